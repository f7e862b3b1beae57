"""Which kind of supply a line of the LIMS's price is, as far as its tax may differ; the rate itself is in the table.

The LIMS names its lines in words and gives no kind, so the words decide: glazing and urgent service by how their lines
begin, everything else goes with the lenses. Pure.
"""

from typing import Final

from ils_app.billing.schemas import SupplyKind

LABELS: Final = {
    SupplyKind.LENSES: "Lenses, coatings and tints",
    SupplyKind.GLAZING: "Glazing",
    SupplyKind.SERVICE: "Urgent service and carriage",
}
_BEGINNINGS: Final = {
    "glazing": SupplyKind.GLAZING,
    "edging": SupplyKind.GLAZING,
    "expedited": SupplyKind.SERVICE,
    "rush": SupplyKind.SERVICE,
    "carriage": SupplyKind.SERVICE,
    "delivery": SupplyKind.SERVICE,
}


def kind_of(what: str) -> SupplyKind:
    """The kind of supply a line is.

    >>> kind_of("Glazing: full rim"), kind_of("Rush"), kind_of("Right lens: SV spherical, 1.50")
    (<SupplyKind.GLAZING: 'glazing'>, <SupplyKind.SERVICE: 'service'>, <SupplyKind.LENSES: 'lenses'>)
    """
    words = what.strip().lower().replace(":", " ").split()
    return _BEGINNINGS.get(words[0], SupplyKind.LENSES) if words else SupplyKind.LENSES
