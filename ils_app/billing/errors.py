"""What the billing room refuses, by name."""

from ils_app.kernel.errors import Conflict, NotFound


class NoSuchInvoice(NotFound):
    """There is no such invoice, or it is another practice's."""

    def __init__(self) -> None:
        super().__init__("There is no such invoice.")


class NoSuchCreditNote(NotFound):
    """There is no such credit note, or it is another practice's."""

    def __init__(self) -> None:
        super().__init__("There is no such credit note.")


class NothingOwed(Conflict):
    """The invoice is settled: nothing is left to pay."""

    code = "nothing_owed"

    def __init__(self, number: str) -> None:
        super().__init__(f"Nothing is owed on {number} any more.")
