"""The door of the suppliers room: everything another room, a page or a route may ask of it."""

from ils_app.suppliers.errors import ChangedElsewhere, NoSuchSupplier, SupplierTaken
from ils_app.suppliers.keeping import (
    add_contact,
    add_supplier,
    edit_contact,
    edit_supplier,
    free_organisations,
    remove_contact,
    set_supplier_active,
)
from ils_app.suppliers.lists import (
    supplier,
    supplier_counts,
    supplier_is_there,
    supplier_users,
    suppliers_page,
    suppliers_to_choose,
)
from ils_app.suppliers.schemas import (
    ContactDraft,
    ContactView,
    Named,
    SupplierCounts,
    SupplierDraft,
    SupplierLine,
    SuppliersPage,
    SupplierUser,
    SupplierView,
)
from ils_app.suppliers.words import DocumentKind, PurchaseOrderStatus, TaxTreatment

__all__ = [
    "ChangedElsewhere", "ContactDraft", "ContactView", "DocumentKind", "Named", "NoSuchSupplier",
    "PurchaseOrderStatus", "SupplierCounts", "SupplierDraft", "SupplierLine", "SupplierTaken", "SupplierUser",
    "SupplierView", "SuppliersPage", "TaxTreatment", "add_contact", "add_supplier", "edit_contact", "edit_supplier",
    "free_organisations", "remove_contact", "set_supplier_active", "supplier", "supplier_counts",
    "supplier_is_there", "supplier_users", "suppliers_page", "suppliers_to_choose",
]  # fmt: skip
