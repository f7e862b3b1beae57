"""What the suppliers room refuses, by name."""

from ils_app.kernel.errors import Conflict, Invalid, NotFound


class NoSuchSupplier(NotFound):
    """There is no such supplier."""

    def __init__(self) -> None:
        super().__init__("There is no such supplier.")


class NoSuchPurchaseOrder(NotFound):
    """There is no such purchase order, or it is another supplier's, or it was never sent to them."""

    def __init__(self) -> None:
        super().__init__("There is no such purchase order.")


class NoSuchDocument(NotFound):
    """There is no such document, or it is another supplier's."""

    def __init__(self) -> None:
        super().__init__("There is no such document.")


class SupplierTaken(Conflict):
    """There is a supplier of that name, or one that stands for that organisation."""

    code = "supplier_taken"


class ChangedElsewhere(Conflict):
    """Somebody saved it since it was read."""

    code = "changed_elsewhere"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed elsewhere in the meantime: look at it again, then save.")


class NotThatMove(Conflict):
    """The purchase order does not go there from where it stands."""

    code = "not_that_move"


class BeingSent(Conflict):
    """The mail with the order is on its way; until it left or came back nobody changes the order."""

    code = "being_sent"

    def __init__(self) -> None:
        super().__init__("This order is being sent: it can be changed once the mail has left or could not be sent.")


class SupplierInactive(Conflict):
    """Nothing more is ordered from this supplier."""

    code = "supplier_inactive"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not active: make it active again before ordering from it.")


class NotReady(Invalid):
    """The order cannot be sent as it is written; each reason stands beside its field."""

    code = "not_ready"


class WrongContent(Invalid):
    """The file is not of a kind that is kept here."""

    code = "wrong_content"
