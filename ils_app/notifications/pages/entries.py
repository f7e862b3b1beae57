"""What a person was told, as the bell and the page show it."""

from typing import Final

from ils_app.notifications.schemas import Notification
from ils_app.settings.schemas import NotificationKind as Kind
from ils_app.ui.bell import Entry

LOOKS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.ORDER_RECEIVED: ("inbox", "info"),
    Kind.ORDER_ON_HOLD: ("circle-pause", "hold"),
    Kind.ORDER_SHIPPED: ("truck", "ok"),
    Kind.PURCHASE_ORDER: ("shopping-cart", "info"),
    Kind.DOCUMENT_EXPIRY: ("calendar-clock", "warn"),
    Kind.INVOICE: ("receipt-text", "info"),
    Kind.PAYMENT: ("credit-card", "ok"),
    Kind.ACCOUNT: ("circle-user", "idle"),
}
"""The mark of each kind, and the tone it comes in."""

WORDS: Final[dict[Kind, str]] = {
    Kind.ORDER_RECEIVED: "Orders received",
    Kind.ORDER_ON_HOLD: "Orders on hold",
    Kind.ORDER_SHIPPED: "Orders shipped",
    Kind.PURCHASE_ORDER: "Purchase orders",
    Kind.DOCUMENT_EXPIRY: "Documents that expire",
    Kind.INVOICE: "Invoices",
    Kind.PAYMENT: "Payments",
    Kind.ACCOUNT: "Accounts",
}
ICONS: Final = dict(LOOKS.values())


def entry_of(told: Notification) -> Entry:
    """One notification as a line."""
    icon, tone = LOOKS[told.kind]
    return Entry(
        id=str(told.id), title=told.title, text=" ".join(told.text.split()), href=told.href, at=told.at.isoformat(),
        icon=icon, tone=tone, unread=told.read_at is None,
    )  # fmt: skip
