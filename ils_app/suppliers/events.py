"""Facts of the suppliers room that others may rely on; only ever added to."""

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


class PurchaseOrderMoved(Fact):
    """A purchase order stands elsewhere: by the lab, the supplier, or because its mail left."""

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
        return self.sentence if self.old != self.new else "Purchase order {number}: {act}"


class DocumentAdded(Fact):
    """A supplier has put up a document, or a new version of one."""

    sentence = "A document was put up (version {number})"

    document_id: UUID
    supplier_id: UUID
    number: int


class DocumentWithdrawn(Fact):
    """A supplier has taken a document back."""

    sentence = "A document was taken back"

    document_id: UUID
    supplier_id: UUID
