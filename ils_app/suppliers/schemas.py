"""Suppliers as they cross the door: drafts in, views out. All frozen; none is a table row."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ils_app.suppliers.words import TaxTreatment


class Value(BaseModel):
    """A frozen value; what people entered never shows in a validation error's text."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class SupplierDraft(Value):
    """A supplier as it was typed: every figure is text, so that nothing typed is lost. `address` is several lines."""

    name: str = ""
    account_number: str = ""
    address: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_number: str = ""
    payment_days: str = "30"
    lead_time_days: str = "5"
    currency: str = "GBP"
    tax_treatment: str = TaxTreatment.DOMESTIC.value
    tax_rate: str = "0"
    notes: str = ""

    @classmethod
    def read(cls, form: Mapping[str, Any]) -> "SupplierDraft":
        """The draft out of a form's fields; what the form does not have stays as it begins."""
        return cls(**{name: str(form[name]) for name in cls.model_fields if name in form})


class ContactDraft(Value):
    """Somebody at a supplier, as typed."""

    name: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    gets_orders: bool = False


class ContactView(Value):
    """Somebody at a supplier."""

    id: UUID
    name: str
    role: str
    email: str
    phone: str
    gets_orders: bool


class SupplierLine(Value):
    """A supplier on a list."""

    id: UUID
    name: str
    active: bool
    account_number: str
    contact: str
    email: str
    lead_time_days: int
    currency: str
    open_orders: int
    changed_at: datetime


class SupplierView(Value):
    """A supplier on its own page. `contacts` begin with whom orders are mailed to."""

    id: UUID
    version: int
    name: str
    active: bool
    account_number: str
    address_lines: tuple[str, ...]
    postcode: str
    country: str
    phone: str
    email: str
    website: str
    tax_number: str
    payment_days: int
    lead_time_days: int
    currency: str
    tax_treatment: TaxTreatment
    tax_rate_percent: Decimal
    notes: str
    contacts: tuple[ContactView, ...]
    created_at: datetime
    changed_at: datetime

    @property
    def order_desk(self) -> ContactView | None:
        """Whom purchase orders are mailed to."""
        return next((one for one in self.contacts if one.gets_orders), None)


class SupplierUser(Value):
    """Somebody of the supplier's who can sign in."""

    user_id: UUID
    name: str
    email: str


class SuppliersPage(Value):
    """One page of suppliers; `total` counts all that match."""

    rows: tuple[SupplierLine, ...]
    total: int
    page: int
    size: int


class SupplierCounts(Value):
    """How many suppliers there are."""

    active: int
    inactive: int


class Named(Value):
    """A thing to choose: an organisation, or a supplier to order from."""

    id: UUID
    name: str
