"""The words this room stores: where a purchase order stands, what a paper is, how tax is treated."""

from enum import StrEnum
from typing import Final


class PurchaseOrderStatus(StrEnum):
    """Where a purchase order stands."""

    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class TaxTreatment(StrEnum):
    """Who accounts for the tax on what a supplier delivers."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    NONE = "none"

    @property
    def label(self) -> str:
        """As it is shown."""
        return _TREATMENTS[self]


class DocumentKind(StrEnum):
    """What a technical document is."""

    SPEC_SHEET = "spec_sheet"
    CERTIFICATE = "certificate"
    SDS = "sds"
    COMPLIANCE = "compliance"
    OTHER = "other"

    @property
    def label(self) -> str:
        """As it is shown."""
        return _KINDS[self]


_TREATMENTS: Final = {
    TaxTreatment.DOMESTIC: "Tax is added by line",
    TaxTreatment.REVERSE_CHARGE: "Reverse charge: the lab accounts for the tax",
    TaxTreatment.NONE: "No tax",
}
_KINDS: Final = {
    DocumentKind.SPEC_SHEET: "Spec sheet",
    DocumentKind.CERTIFICATE: "Certificate",
    DocumentKind.SDS: "Safety data sheet",
    DocumentKind.COMPLIANCE: "Compliance",
    DocumentKind.OTHER: "Other",
}
