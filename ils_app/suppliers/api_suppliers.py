"""The HTTP door to suppliers: `/api/v1/suppliers`, for the lab, the engineer and the administrator."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.asgi import API
from ils_app.suppliers import service
from ils_app.suppliers.schemas import ContactDraft, SupplierDraft, SuppliersPage, SupplierUser, SupplierView
from ils_app.suppliers.words import TaxTreatment

router = APIRouter(tags=["suppliers"])
Keeper = Annotated[Actor, Depends(asks("suppliers.manage"))]
EXAMPLE: dict[str, Any] = {
    "name": "Lumen Blanks", "account_number": "NL-4471", "address_lines": ["8 Foundry Way"], "postcode": "LE4 1AB",
    "country": "United Kingdom", "email": "sales@lumen.example", "payment_days": 30, "lead_time_days": 5,
    "currency": "GBP", "tax_treatment": "domestic", "tax_rate_percent": "20",
}  # fmt: skip


class SupplierIn(BaseModel):
    """A supplier as a program gives it; what is wrong with it is said field by field."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE}, hide_input_in_errors=True)

    name: str = Field(max_length=500)
    account_number: str = Field("", max_length=500)
    address_lines: list[str] = Field(default_factory=list, max_length=20)
    postcode: str = Field("", max_length=500)
    country: str = Field("", max_length=500)
    phone: str = Field("", max_length=500)
    email: str = Field("", max_length=500)
    website: str = Field("", max_length=500)
    tax_number: str = Field("", max_length=500)
    payment_days: int = 30
    lead_time_days: int = 5
    currency: str = "GBP"
    tax_treatment: TaxTreatment = TaxTreatment.DOMESTIC
    tax_rate_percent: str = Field("0", max_length=20)
    notes: str = Field("", max_length=5000)

    def draft(self) -> SupplierDraft:
        """As it would have been typed."""
        return SupplierDraft(
            **self.model_dump(include=set(SupplierDraft.model_fields) - {"payment_days", "lead_time_days"}),
            address="\n".join(self.address_lines),
            payment_days=str(self.payment_days),
            lead_time_days=str(self.lead_time_days),
            tax_rate=self.tax_rate_percent,
        )


class SupplierNew(SupplierIn):
    """A new supplier; with `organisation_id` it stands for an organisation there is."""

    organisation_id: UUID | None = None


class SupplierChange(SupplierIn):
    """A supplier as it is to be; `version` is the one that was read."""

    version: int


class ActiveIn(BaseModel):
    """Whether the lab orders from it."""

    active: bool


class ContactIn(BaseModel):
    """Somebody at a supplier."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: str = Field(max_length=500)
    role: str = Field("", max_length=500)
    email: str = Field("", max_length=500)
    phone: str = Field("", max_length=500)
    gets_orders: bool = False

    def draft(self) -> ContactDraft:
        """As it would have been typed."""
        return ContactDraft(**self.model_dump())


@router.get(f"{API}/suppliers")
async def list_suppliers(
    actor: Keeper,
    text: Annotated[str, Query(max_length=200)] = "",
    active: bool | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 25,
) -> SuppliersPage:
    """Suppliers by name, a page at a time."""
    return await service.suppliers_page(actor, text=text, active=active, page=page, size=size)


@router.post(f"{API}/suppliers", status_code=201)
async def add_supplier(actor: Keeper, body: SupplierNew, response: Response) -> SupplierView:
    """Add a supplier, with an organisation its people sign in for."""
    view = await service.add_supplier(actor, body.draft(), organisation_id=body.organisation_id)
    response.headers["location"] = f"{API}/suppliers/{view.id}"
    return view


@router.get(f"{API}/suppliers/{{supplier_id}}")
async def read_supplier(actor: Keeper, supplier_id: UUID) -> SupplierView:
    """One supplier, with its contacts."""
    return await service.supplier(actor, supplier_id)


@router.put(f"{API}/suppliers/{{supplier_id}}")
async def change_supplier(actor: Keeper, supplier_id: UUID, body: SupplierChange) -> SupplierView:
    """Change what is known of a supplier."""
    return await service.edit_supplier(actor, supplier_id, body.draft(), body.version)


@router.put(f"{API}/suppliers/{{supplier_id}}/active")
async def set_active(actor: Keeper, supplier_id: UUID, body: ActiveIn) -> SupplierView:
    """Order from it no more, or again."""
    return await service.set_supplier_active(actor, supplier_id, body.active)


@router.get(f"{API}/suppliers/{{supplier_id}}/users")
async def read_users(actor: Keeper, supplier_id: UUID) -> list[SupplierUser]:
    """Who of its people can sign in."""
    return await service.supplier_users(actor, supplier_id)


@router.post(f"{API}/suppliers/{{supplier_id}}/contacts", status_code=201)
async def add_contact(actor: Keeper, supplier_id: UUID, body: ContactIn) -> SupplierView:
    """Add somebody at a supplier."""
    return await service.add_contact(actor, supplier_id, body.draft())


@router.put(f"{API}/suppliers/{{supplier_id}}/contacts/{{contact_id}}")
async def change_contact(actor: Keeper, supplier_id: UUID, contact_id: UUID, body: ContactIn) -> SupplierView:
    """Change somebody at a supplier."""
    return await service.edit_contact(actor, supplier_id, contact_id, body.draft())


@router.delete(f"{API}/suppliers/{{supplier_id}}/contacts/{{contact_id}}")
async def remove_contact(actor: Keeper, supplier_id: UUID, contact_id: UUID) -> SupplierView:
    """Forget somebody who is no longer there."""
    return await service.remove_contact(actor, supplier_id, contact_id)
