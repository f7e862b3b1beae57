"""What the catalog room tells others."""

from ils_app.kernel.events import Fact


class CatalogChanged(Fact):
    """The LIMS offers something else than before; `number` is ILS's own count of the versions it has kept."""

    sentence = "The lab offers something else: rules {rules_version}"

    number: int
    rules_version: str
    version: str
