"""What each kind of notification says to each role: the words of the switches, grouped as the role thinks of them."""

from typing import Final

from ils_app.kernel.roles import Role
from ils_app.settings.schemas import ALWAYS, REACHES, NotificationKind

GROUPS: Final = {
    NotificationKind.ORDER_RECEIVED: "Orders",
    NotificationKind.ORDER_ON_HOLD: "Orders",
    NotificationKind.ORDER_SHIPPED: "Orders",
    NotificationKind.PURCHASE_ORDER: "Supply",
    NotificationKind.DOCUMENT_EXPIRY: "Supply",
    NotificationKind.INVOICE: "Money",
    NotificationKind.PAYMENT: "Money",
    NotificationKind.ACCOUNT: "You",
}

_ECP, _LAB, _ENGINEER, _SUPPLIER, _ADMIN = Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER, Role.ADMIN
_ACCOUNT: Final = "Your access: invitations, approval, suspension, a new password"

WORDS: Final[dict[NotificationKind, dict[Role, str]]] = {
    NotificationKind.ORDER_RECEIVED: {
        _ECP: "The lab received an order of your practice",
    },
    NotificationKind.ORDER_ON_HOLD: {
        _ECP: "An order is on hold or was refused, and what it needs",
    },
    NotificationKind.ORDER_SHIPPED: {_ECP: "An order left the lab, with its tracking"},
    NotificationKind.PURCHASE_ORDER: {
        _LAB: "A supplier acknowledged, shipped or delivered a purchase order",
        _SUPPLIER: "The lab sent, changed or cancelled a purchase order to you",
    },
    NotificationKind.DOCUMENT_EXPIRY: {
        _LAB: "A supplier's document runs out soon",
        _ENGINEER: "A supplier's document runs out soon",
        _SUPPLIER: "A document of yours runs out soon",
    },
    NotificationKind.INVOICE: {
        _ECP: "The lab sent your practice an invoice or a credit note, or voided one",
        _LAB: "A shipment could not be invoiced, and what is missing",
        _ADMIN: "A shipment could not be invoiced, and what is missing",
    },
    NotificationKind.PAYMENT: {
        _ECP: "A payment of yours arrived, failed or was given back",
        _LAB: "A practice's payment arrived, failed or was given back",
        _ADMIN: "A practice's payment arrived, failed or was given back",
    },
    NotificationKind.ACCOUNT: dict.fromkeys(Role, _ACCOUNT),
}


def words_for(role: Role) -> dict[NotificationKind, str]:
    """What can be told to somebody in this role, and in which words; nothing that can never reach them."""
    return {kind: WORDS[kind][role] for kind in NotificationKind if role in REACHES[kind]}


def is_fixed(kind: NotificationKind) -> bool:
    """Whether nobody can switch this off."""
    return kind in ALWAYS
