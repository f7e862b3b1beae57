"""Every path of the pages, in one place."""

from typing import Final
from uuid import UUID

HOME: Final = "/"
SIGN_IN: Final = "/sign-in"
NOT_ALLOWED: Final = "/not-allowed"
ACCOUNT: Final = "/account"
SETTINGS: Final = "/settings"
SIGN_UP: Final = "/sign-up"
FORGOTTEN: Final = "/forgotten"
INVITATION: Final = "/invitation"
NEW_PASSWORD: Final = "/new-password"  # noqa: S105  a page
SETUP: Final = "/setup"

ORDERS: Final = "/orders"
NEW_ORDER: Final = "/orders/new"
ORDER: Final = "/orders/[order_id]"
PATIENTS: Final = "/patients"
NEW_PATIENT: Final = "/patients/new"
PATIENT: Final = "/patients/[patient_id]"
OWN_PRACTICE: Final = "/practice"
PRACTICES: Final = "/practices"
PRACTICE: Final = "/practices/[practice_id]"
BOARD: Final = "/lab"
SUPPLIERS: Final = "/suppliers"
SUPPLIER: Final = "/suppliers/[supplier_id]"
PURCHASE_ORDERS: Final = "/purchase-orders"
NEW_PURCHASE_ORDER: Final = "/purchase-orders/new"
PURCHASE_ORDER: Final = "/purchase-orders/[purchase_order_id]"
DOCUMENTS: Final = "/documents"
SUPPLIES: Final = "/supplies"
PURCHASE_ORDERS_FILE: Final = "/api/v1/purchase-orders.csv"
INVOICES: Final = "/invoices"
CATALOG: Final = "/engineering/catalog"
DELIVERIES: Final = "/deliveries"
SYSTEM_HEALTH: Final = "/engineering/health"
ADMIN: Final = "/admin"
REQUESTS: Final = "/admin/requests"
INVITATIONS: Final = "/admin/invitations"
AUDIT: Final = "/admin/audit"
NOTIFICATIONS: Final = "/notifications"
MAILS: Final = "/admin/mails"
INVOICES: Final = "/invoices"
INVOICES_WAITING: Final = "/invoices/waiting"
INVOICE: Final = "/invoices/[invoice_id]"
STAND_IN: Final = "/stand-in-payment/[session_id]"
TAX: Final = "/admin/tax"
PEOPLE: Final = "/admin/people"
ORGANISATIONS: Final = "/admin/organisations"
SESSIONS: Final = "/admin/sessions"
LAB_SETTINGS: Final = "/admin/settings"

SIGN_IN_FORM: Final = "/auth/sign-in"
SIGN_OUT_FORM: Final = "/auth/sign-out"
DEMO_FORM: Final = "/auth/demo"
INVITATION_FORM: Final = "/auth/invitation"
PASSWORD_FORM: Final = "/auth/new-password"  # noqa: S105  a path
AUDIT_FORM: Final = "/api/v1/audit/export"


def id_in(text: str) -> UUID | None:
    """The id at the end of an address, or the text itself as one; None when it is none.

    >>> id_in("/orders/6f0e3b0a-9f3e-4a52-9f0e-2f9a1a3f7c11/"), id_in("/orders/new")
    (UUID('6f0e3b0a-9f3e-4a52-9f0e-2f9a1a3f7c11'), None)
    """
    try:
        return UUID(text.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None


def order(order_id: UUID | str) -> str:
    """The page of one order."""
    return f"/orders/{order_id}"


def invoice(invoice_id: UUID | str) -> str:
    """The page of one invoice."""
    return f"/invoices/{invoice_id}"


def patient(patient_id: UUID | str) -> str:
    """The page of one patient."""
    return f"/patients/{patient_id}"


def practice(practice_id: UUID | str) -> str:
    """The page of one practice, as the lab and the administrator open it."""
    return f"{PRACTICES}/{practice_id}"


def deliveries_of(request_id: str) -> str:
    """What one click or request has led to."""
    return f"{DELIVERIES}?request={request_id}"


def draft(order_id: UUID | str) -> str:
    """The order form on a draft."""
    return f"{NEW_ORDER}?draft={order_id}"


def orders_of(patient_id: UUID | str) -> str:
    """The orders of one patient."""
    return f"{ORDERS}?patient={patient_id}"


def order_for(patient_id: UUID | str) -> str:
    """The order form, for this patient."""
    return f"{NEW_ORDER}?patient={patient_id}"


def supplier(supplier_id: UUID | str) -> str:
    """The page of one supplier."""
    return f"{SUPPLIERS}/{supplier_id}"


def purchase_order(order_id: UUID | str) -> str:
    """The page of one purchase order."""
    return f"{PURCHASE_ORDERS}/{order_id}"


def purchase_draft(order_id: UUID | str) -> str:
    """The form on a draft of a purchase order."""
    return f"{NEW_PURCHASE_ORDER}?draft={order_id}"


def purchase_orders_of(supplier_id: UUID | str) -> str:
    """The purchase orders of one supplier."""
    return f"{PURCHASE_ORDERS}?supplier={supplier_id}"


def document_file(version_id: UUID | str, role: str) -> str:
    """The file of a document's version, for this person in this role."""
    return f"/api/v1/document-files/{version_id}?as={role}"


def purchase_order_paper(order_id: UUID | str, role: str) -> str:
    """A purchase order as PDF, for this person in this role."""
    return f"/api/v1/purchase-orders/{order_id}/pdf?as={role}"
