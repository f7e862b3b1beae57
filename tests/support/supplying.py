"""Suppliers, contacts and orders as somebody would type them."""

from typing import Any

from ils_app.suppliers.schemas import ContactDraft, SupplierDraft


def a_supplier(**fields: Any) -> SupplierDraft:
    """A supplier with everything filled in."""
    typed = {
        "name": "Lumen Blanks", "account_number": "NL-4471", "address": "8 Foundry Way\nUnit 3",
        "postcode": "LE4 1AB", "country": "United Kingdom", "phone": "0116 496 0000", "email": "sales@lumen.example",
        "website": "lumen.example", "tax_number": "GB123456789", "payment_days": "30", "lead_time_days": "5",
        "currency": "GBP", "tax_treatment": "domestic", "tax_rate": "20",
    }  # fmt: skip
    return SupplierDraft(**{**typed, **fields})


def a_contact(**fields: Any) -> ContactDraft:
    """Who orders are mailed to."""
    typed = {"name": "Jo Fenn", "role": "Order desk", "email": "orders@lumen.example", "phone": "", "gets_orders": True}
    return ContactDraft(**{**typed, **fields})
