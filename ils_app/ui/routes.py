"""Every path of the pages, in one place."""

from typing import Final
from uuid import UUID

HOME: Final = "/"
SIGN_IN: Final = "/sign-in"
NOT_ALLOWED: Final = "/not-allowed"
ACCOUNT: Final = "/account"
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
BOARD: Final = "/lab"
CATALOG: Final = "/engineering/catalog"
DELIVERIES: Final = "/deliveries"
ADMIN: Final = "/admin"
REQUESTS: Final = "/admin/requests"
INVITATIONS: Final = "/admin/invitations"
AUDIT: Final = "/admin/audit"
PEOPLE: Final = "/admin/people"
ORGANISATIONS: Final = "/admin/organisations"
SESSIONS: Final = "/admin/sessions"

SIGN_IN_FORM: Final = "/auth/sign-in"
SIGN_OUT_FORM: Final = "/auth/sign-out"
DEMO_FORM: Final = "/auth/demo"
INVITATION_FORM: Final = "/auth/invitation"
PASSWORD_FORM: Final = "/auth/new-password"  # noqa: S105  a path
AUDIT_FILE: Final = "/api/v1/audit.csv"


def order(order_id: UUID | str) -> str:
    """The page of one order."""
    return f"/orders/{order_id}"


def patient(patient_id: UUID | str) -> str:
    """The page of one patient."""
    return f"/patients/{patient_id}"


def draft(order_id: UUID | str) -> str:
    """The order form on a draft."""
    return f"{NEW_ORDER}?draft={order_id}"


def orders_of(patient_id: UUID | str) -> str:
    """The orders of one patient."""
    return f"{ORDERS}?patient={patient_id}"


def order_for(patient_id: UUID | str) -> str:
    """The order form, for this patient."""
    return f"{NEW_ORDER}?patient={patient_id}"
