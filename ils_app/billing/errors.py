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


class NoSuchTaxRate(NotFound):
    """There is no such rate of tax."""

    def __init__(self) -> None:
        super().__init__("There is no such rate of tax.")


class NotWaiting(NotFound):
    """No order of this id waits to be invoiced."""

    def __init__(self) -> None:
        super().__init__("No order waits here to be invoiced.")


class NothingToCredit(Conflict):
    """All of the invoice was taken back already."""

    code = "nothing_to_credit"

    def __init__(self, number: str) -> None:
        super().__init__(f"Nothing of {number} is left to credit.")


class CannotVoid(Conflict):
    """Something was paid or credited on it."""

    code = "cannot_void"

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} has been paid or credited in part; issue a credit note instead.")
