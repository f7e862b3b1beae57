"""What the catalog room refuses."""

from ils_app.kernel.errors import NotFound, Upstream


class NoCatalog(Upstream):
    """The LIMS has never answered, so there is nothing to offer yet."""

    code = "no_catalog"

    def __init__(self) -> None:
        super().__init__("The lab's catalog has not been fetched yet: the lab does not answer. ILS goes on asking.")


class NoSuchVersion(NotFound):
    """No version of the catalog has this number."""

    def __init__(self) -> None:
        super().__init__("There is no such version of the catalog.")
