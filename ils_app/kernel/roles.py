"""The five roles, and the permission table as data: who may do what, and how far it reaches."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person may be active as. A person may hold several and is one at a time."""

    ECP = "ecp"
    LAB = "lab_tech"
    ENGINEER = "engineer"
    SUPPLIER = "supplier"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        """As it is shown."""
        return _LABELS[self]


_LABELS = {
    Role.ECP: "Eye-care professional",
    Role.LAB: "Lab technician",
    Role.ENGINEER: "Principal Engineer",
    Role.SUPPLIER: "Supplier",
    Role.ADMIN: "Administrator",
}


class Scope(StrEnum):
    """How far a permission reaches."""

    OWN = "own"  # rows of the actor's own practice or organisation
    ORDERED = "ordered"  # patients that stand on an order, and no others
    ALL = "all"


ECP, LAB, ENGINEER, SUPPLIER, ADMIN = Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER, Role.ADMIN
OWN, ORDERED, ALL = Scope.OWN, Scope.ORDERED, Scope.ALL

TABLE: Final[dict[str, dict[Role, Scope]]] = {
    # orders
    "orders.create": {ECP: OWN, LAB: ALL},
    "orders.cancel": {ECP: OWN, LAB: ALL},
    "orders.read": {ECP: OWN, LAB: ALL, ENGINEER: ALL, ADMIN: ALL},
    "orders.read_rx": {ECP: OWN, LAB: ALL, ENGINEER: ALL},
    "orders.move": {LAB: ALL, ENGINEER: ALL},
    "orders.resend": {ECP: OWN, LAB: ALL, ENGINEER: ALL},
    # patients and practices
    "patients.read": {ECP: OWN, LAB: ORDERED, ENGINEER: ORDERED},
    "patients.write": {ECP: OWN},
    "practices.read": {ECP: OWN, LAB: ALL, ENGINEER: ALL, ADMIN: ALL},
    "practices.write": {ECP: OWN, ADMIN: ALL},
    "practices.open": {ADMIN: ALL},
    # settings
    "settings.read": {ECP: ALL, LAB: ALL, ENGINEER: ALL, SUPPLIER: ALL, ADMIN: ALL},
    "settings.manage": {ADMIN: ALL},
    "settings.letterhead": {ECP: OWN, ADMIN: ALL},
    # catalog and rules
    "catalog.read": {ECP: ALL, LAB: ALL, ENGINEER: ALL, ADMIN: ALL},
    "catalog.publish": {ENGINEER: ALL},
    # the lab's floor
    "board.read": {LAB: ALL, ENGINEER: ALL},
    # invoices
    "invoices.read": {ECP: OWN, LAB: ALL, ADMIN: ALL},
    "invoices.pay": {ECP: OWN},
    "invoices.issue": {LAB: ALL, ADMIN: ALL},
    "tax.manage": {ADMIN: ALL},
    # suppliers, what is bought from them, and their papers
    "suppliers.manage": {LAB: ALL, ENGINEER: ALL, ADMIN: ALL},
    "purchase_orders.manage": {LAB: ALL, ENGINEER: ALL, ADMIN: ALL},
    "purchase_orders.read": {LAB: ALL, ENGINEER: ALL, SUPPLIER: OWN, ADMIN: ALL},
    "purchase_orders.fulfil": {LAB: ALL, ENGINEER: ALL, SUPPLIER: OWN, ADMIN: ALL},
    "documents.read": {LAB: ALL, ENGINEER: ALL, SUPPLIER: OWN, ADMIN: ALL},
    "documents.write": {SUPPLIER: OWN},
    # the house
    "deliveries.read": {ENGINEER: ALL, ADMIN: ALL},
    "deliveries.replay": {ENGINEER: ALL, ADMIN: ALL},
    "health.read": {ENGINEER: ALL, ADMIN: ALL},
    "people.manage": {ADMIN: ALL},
    "audit.read": {ADMIN: ALL},
    "mails.manage": {ADMIN: ALL},
    "notifications.own": {ECP: OWN, LAB: OWN, ENGINEER: OWN, SUPPLIER: OWN, ADMIN: OWN},
    "account.own": {ECP: OWN, LAB: OWN, ENGINEER: OWN, SUPPLIER: OWN, ADMIN: OWN},
}
