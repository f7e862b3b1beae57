"""Suppliers, contacts and orders as somebody would type them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from ils_app.kernel.mail import Message
from ils_app.suppliers.order_schemas import LineDraft, PurchaseOrderDraft
from ils_app.suppliers.schemas import ContactDraft, SupplierDraft

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


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


def a_line(key: str = "a", **fields: Any) -> LineDraft:
    """Fifty blanks at £12.50."""
    typed = {
        "description": "CR-39 blank 70 mm, base 4", "part_number": "LB-70-4", "quantity": "50", "unit": "pcs",
        "unit_price": "12.50", "tax_rate": "20",
    }  # fmt: skip
    return LineDraft(key=key, **{**typed, **fields})


def an_order(supplier_id: UUID, *lines: LineDraft, **fields: Any) -> PurchaseOrderDraft:
    """An order of two lines."""
    wanted = lines or (a_line("a"), a_line("b", description="Polish, 5 l", quantity="2.5", unit="l", unit_price="8.40"))
    return PurchaseOrderDraft(supplier_id=supplier_id, lines=wanted, **{"reference": "Spring stock", **fields})


class Carrier:
    """Stands where the mail provider would: keeps what it takes, and refuses while `refuses` is set."""

    name = "a carrier"

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.refuses: Exception | None = None
        self.before: Callable[[], Awaitable[None]] | None = None

    async def send(self, message: Message, key: str) -> str:
        """Take a mail, or not."""
        if self.before is not None:
            await self.before()
        if self.refuses is not None:
            raise self.refuses
        self.taken.append(message)
        return f"taken-{len(self.taken)}"

    def to(self, address: str) -> list[Message]:
        """What it took for an address."""
        return [message for message in self.taken if message.to == address]
