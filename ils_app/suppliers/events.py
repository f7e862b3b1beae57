"""Facts of the suppliers room that others may rely on; only ever added to."""

from typing import Final
from uuid import UUID

from ils_app.kernel.events import Fact


class SupplierAdded(Fact):
    """The lab can buy from somebody new. The id is its organisation's."""

    sentence = "The supplier {name} was added"

    supplier_id: UUID
    name: str
    active: bool = True


class SupplierChanged(Fact):
    """A supplier is called otherwise, or nothing more is ordered from it, or other things about it changed."""

    sentence = "The supplier {name} was changed"

    supplier_id: UUID
    name: str
    active: bool


STAYED: Final = {
    "begin": "was begun",
    "send": "is being sent",
    "give_up": "could not be sent",
    "leave": "had a mail of an earlier writing leave",
    "ship": "had another parcel shipped",
    "receive": "was counted in",
    "close": "was closed short",
    "cancel": "had its mail leave after it was cancelled",
}
"""What an act did to an order that stayed where it was."""


class PurchaseOrderMoved(Fact):
    """Something was done to a purchase order: by the lab, the supplier, or because its mail left."""

    sentence = "Purchase order {number} went from {old} to {new}"

    purchase_order_id: UUID
    supplier_id: UUID
    number: str
    old: str
    new: str
    act: str
    moved_id: int  # of the timeline's line, so that one move is told of once
    by_supplier: bool = False

    def told(self) -> str:
        """What was done, where the order stayed where it was."""
        stayed = f"Purchase order {{number}} {STAYED.get(self.act, 'was changed')}"
        return self.sentence if self.old != self.new else stayed


class DocumentAdded(Fact):
    """A supplier has put up a document, or a new version of one."""

    sentence = "A document was put up (version {number})"

    document_id: UUID
    supplier_id: UUID
    number: int


class DocumentRenamed(Fact):
    """A supplier calls a document otherwise, or says that it is of another kind."""

    sentence = "A document was renamed"

    document_id: UUID
    supplier_id: UUID


class DocumentWithdrawn(Fact):
    """A supplier has taken a document back."""

    sentence = "A document was taken back"

    document_id: UUID
    supplier_id: UUID
