"""The door of the suppliers room: everything another room, a page or a route may ask of it."""

from ils_app.suppliers.document_lists import document, document_counts, documents_page, download_document
from ils_app.suppliers.document_schemas import (
    DocumentCounts,
    DocumentDraft,
    DocumentLine,
    DocumentList,
    DocumentsPage,
    DocumentState,
    DocumentView,
    VersionView,
)
from ils_app.suppliers.documents import (
    HeldFile,
    add_document,
    add_version,
    edit_document,
    hold_file,
    let_go,
    withdraw_document,
)
from ils_app.suppliers.errors import (
    BeingSent,
    ChangedElsewhere,
    NoSuchDocument,
    NoSuchPurchaseOrder,
    NoSuchSupplier,
    NotReady,
    NotThatMove,
    SupplierInactive,
    SupplierTaken,
    WrongContent,
)
from ils_app.suppliers.expiring import remind_of_expiry
from ils_app.suppliers.fulfilling import (
    acknowledge_order,
    cancel_order,
    close_order,
    deliver_order,
    receive_order,
    ship_order,
)
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
from ils_app.suppliers.moves import MOVES, Act
from ils_app.suppliers.order_lists import (
    export_orders,
    find_purchase_orders,
    order_counts,
    order_timeline,
    orders_page,
    purchase_order,
)
from ils_app.suppliers.order_schemas import (
    Happened,
    LineDraft,
    OrderList,
    PurchaseOrderCounts,
    PurchaseOrderDraft,
    PurchaseOrderLine,
    PurchaseOrdersPage,
    PurchaseOrderView,
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
from ils_app.suppliers.sending import mail_gave_up, mail_left, order_paper, send_by_mail, send_stuck
from ils_app.suppliers.telling import tell_of
from ils_app.suppliers.totals import plain
from ils_app.suppliers.words import DocumentKind, PurchaseOrderStatus, TaxTreatment
from ils_app.suppliers.writing import begin_order, order_again, save_order, send_order

__all__ = [
    "MOVES", "Act", "BeingSent", "ChangedElsewhere", "ContactDraft", "ContactView", "DocumentCounts",
    "DocumentDraft", "DocumentKind", "DocumentLine", "DocumentList", "DocumentState", "DocumentView",
    "DocumentsPage", "Happened", "HeldFile", "LineDraft", "Named", "NoSuchDocument", "NoSuchPurchaseOrder",
    "NoSuchSupplier", "NotReady", "NotThatMove", "OrderList", "PurchaseOrderCounts", "PurchaseOrderDraft",
    "PurchaseOrderLine", "PurchaseOrderStatus", "PurchaseOrderView", "PurchaseOrdersPage", "SupplierCounts",
    "SupplierDraft", "SupplierInactive", "SupplierLine", "SupplierTaken", "SupplierUser", "SupplierView",
    "SuppliersPage", "TaxTreatment", "VersionView", "WrongContent", "acknowledge_order", "add_contact",
    "add_document", "add_supplier", "add_version", "begin_order", "cancel_order", "close_order", "deliver_order",
    "document", "document_counts", "documents_page", "download_document", "edit_contact", "edit_document",
    "edit_supplier", "export_orders", "find_purchase_orders", "free_organisations", "hold_file", "let_go",
    "mail_gave_up", "mail_left", "order_again", "order_counts", "order_paper", "order_timeline", "orders_page",
    "plain", "purchase_order", "receive_order", "remind_of_expiry", "remove_contact", "save_order", "send_by_mail",
    "send_order", "send_stuck", "set_supplier_active", "ship_order", "supplier", "supplier_counts",
    "supplier_is_there", "supplier_users", "suppliers_page", "suppliers_to_choose", "tell_of", "withdraw_document",
]  # fmt: skip
