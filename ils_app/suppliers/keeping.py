"""Suppliers as the lab keeps them: added, changed, no longer ordered from; and who is known there."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.kernel.search import folded
from ils_app.settings import service as settings
from ils_app.suppliers.entering import Reader
from ils_app.suppliers.errors import ChangedElsewhere, SupplierTaken
from ils_app.suppliers.events import SupplierAdded
from ils_app.suppliers.models import ContactRow, SupplierRow
from ils_app.suppliers.records import SUPPLIERS, contacts_of, find_supplier
from ils_app.suppliers.records import changed as note_change
from ils_app.suppliers.room import room
from ils_app.suppliers.schemas import ContactDraft, Named, SupplierDraft, SupplierView
from ils_app.suppliers.views import supplier_view
from ils_app.suppliers.words import TaxTreatment

NOT_AS_IT_IS = "Something about this supplier cannot be taken as it is; each reason stands beside its field."


@door("suppliers.manage")
async def add_supplier(actor: Actor, draft: SupplierDraft, *, organisation_id: UUID | None = None) -> SupplierView:
    """Add a supplier and the organisation its people sign in for, or let it stand for one there is.

    Raises Invalid, SupplierTaken when the name or the organisation has one already, NotFound for an organisation that
    is no supplier's.
    """
    values = _read(draft)
    await _refuse_taken(values["name_key"], organisation_id)
    if organisation_id is None:
        kind = auth.OrganisationKind.SUPPLIER
        created = await auth.create_organisation(name=values["name"], kind=kind, organisation_id=uuid4())
        organisation_id = created.id
    elif (await auth.organisation_name(organisation_id)).kind is not auth.OrganisationKind.SUPPLIER:
        raise NotFound
    async with room.unit_of_work() as uow:
        row = SupplierRow(id=organisation_id, **values, search=folded(f"{values['name']} {values['account_number']}"))
        uow.session.add(row)
        try:
            await uow.session.flush()
        except IntegrityError:
            raise _taken() from None  # the database's own text quotes what was entered
        uow.emit(SupplierAdded(supplier_id=row.id, name=row.name, active=row.active))
        uow.publish(SUPPLIERS)
        return supplier_view(row, [])


@door("suppliers.manage")
async def edit_supplier(actor: Actor, supplier_id: UUID, draft: SupplierDraft, version: int) -> SupplierView:
    """Change what is known of a supplier; `version` is the one that was read.

    Raises Invalid, SupplierTaken, ChangedElsewhere, NoSuchSupplier.
    """
    async with room.unit_of_work() as uow:
        row = await _held(uow, supplier_id, version)
        for name, value in _read(draft).items():
            setattr(row, name, value)
        try:
            await note_change(uow, row)
            await uow.session.flush()
        except IntegrityError:
            raise _taken() from None
        return await _view(uow, row)


@door("suppliers.manage")
async def set_supplier_active(actor: Actor, supplier_id: UUID, active: bool) -> SupplierView:
    """Order nothing more from a supplier, or order from it again. What is under way goes on. A repeat does nothing."""
    async with room.unit_of_work() as uow:
        row = await find_supplier(uow.session, supplier_id, for_update=True)
        if row.active is not active:
            row.active = active
            await note_change(uow, row)
        return await _view(uow, row)


@door("suppliers.manage")
async def add_contact(actor: Actor, supplier_id: UUID, draft: ContactDraft) -> SupplierView:
    """Add somebody at a supplier. Raises Invalid, NoSuchSupplier."""
    async with room.unit_of_work() as uow:
        row = await find_supplier(uow.session, supplier_id, for_update=True)
        values = _read_contact(draft)
        await _make_room_at_the_desk(uow, supplier_id, draft)
        uow.session.add(ContactRow(supplier_id=supplier_id, **values))
        await note_change(uow, row)
        return await _view(uow, row)


@door("suppliers.manage")
async def edit_contact(actor: Actor, supplier_id: UUID, contact_id: UUID, draft: ContactDraft) -> SupplierView:
    """Change somebody at a supplier. Raises Invalid, NotFound."""
    async with room.unit_of_work() as uow:
        row = await find_supplier(uow.session, supplier_id, for_update=True)
        contact = await _contact(uow, supplier_id, contact_id)
        values = _read_contact(draft)
        await _make_room_at_the_desk(uow, supplier_id, draft)
        for name, value in values.items():
            setattr(contact, name, value)
        await note_change(uow, row)
        return await _view(uow, row)


@door("suppliers.manage")
async def remove_contact(actor: Actor, supplier_id: UUID, contact_id: UUID) -> SupplierView:
    """Forget somebody who is no longer there. Raises NotFound."""
    async with room.unit_of_work() as uow:
        row = await find_supplier(uow.session, supplier_id, for_update=True)
        await uow.session.delete(await _contact(uow, supplier_id, contact_id))
        await note_change(uow, row)
        return await _view(uow, row)


@door("suppliers.manage")
async def free_organisations(actor: Actor) -> list[Named]:
    """Organisations of suppliers for which no supplier stands yet, by name."""
    known = await auth.organisations_of_kind(auth.OrganisationKind.SUPPLIER)
    async with room.read() as session:
        taken = set((await session.execute(select(col(SupplierRow.id)))).scalars())
    return [Named(id=one.id, name=one.name) for one in known if one.active and one.id not in taken]


def _taken() -> SupplierTaken:
    sentence = "There is a supplier of this name, or one for this organisation, already."
    return SupplierTaken(sentence, fields={"name": sentence})


async def _refuse_taken(name_key: str, organisation_id: UUID | None) -> None:
    """Look before an organisation is made; the database's own constraint decides between two at once."""
    query = select(col(SupplierRow.id)).where(
        (col(SupplierRow.name_key) == name_key) | (col(SupplierRow.id) == organisation_id)
    )
    async with room.read() as session:
        if (await session.execute(query)).first() is not None:
            raise _taken()


async def _held(uow: UnitOfWork, supplier_id: UUID, version: int) -> SupplierRow:
    row = await find_supplier(uow.session, supplier_id, for_update=True)
    if row.version != version:
        raise ChangedElsewhere(row.name)
    return row


async def _view(uow: UnitOfWork, row: SupplierRow) -> SupplierView:
    await uow.session.flush()
    return supplier_view(row, await contacts_of(uow.session, row.id))


async def _contact(uow: UnitOfWork, supplier_id: UUID, contact_id: UUID) -> ContactRow:
    contact = await uow.session.get(ContactRow, contact_id)
    if contact is None or contact.supplier_id != supplier_id:
        raise NotFound("There is no such contact.")
    return contact


async def _make_room_at_the_desk(uow: UnitOfWork, supplier_id: UUID, draft: ContactDraft) -> None:
    """Orders are mailed to one contact at every moment: the old one gives way first."""
    if draft.gets_orders:
        mine = col(ContactRow.supplier_id) == supplier_id
        await uow.session.execute(update(ContactRow).where(mine).values(gets_orders=False))


def _read(draft: SupplierDraft) -> dict[str, Any]:
    """What was typed as what is stored. Raises Invalid with every field's sentence."""
    read = Reader()
    treatment = read.one_of("tax_treatment", draft.tax_treatment, TaxTreatment, "Choose how tax is treated.")
    rate = read.percent("tax_rate", draft.tax_rate)
    name = read.line("name", draft.name, needed="A supplier needs a name.")
    if name and not folded(name):
        read.problems["name"] = "A name needs a letter or a figure."
    values: dict[str, Any] = {
        "name": name,
        "name_key": folded(name),
        "account_number": read.line("account_number", draft.account_number, longest=40),
        "address_lines": read.lines("address", draft.address),
        "postcode": read.line("postcode", draft.postcode, longest=20),
        "country": read.line("country", draft.country, longest=60),
        "phone": read.line("phone", draft.phone, longest=40),
        "email": read.email("email", draft.email),
        "website": read.website("website", draft.website),
        "tax_number": read.line("tax_number", draft.tax_number, longest=40),
        "payment_days": read.whole("payment_days", draft.payment_days, most=365, unit="days"),
        "lead_time_days": read.whole("lead_time_days", draft.lead_time_days, most=250, unit="working days"),
        "currency": read.one_of("currency", draft.currency, settings.Currency, "Choose a currency."),
        "tax_treatment": TaxTreatment(treatment) if treatment in set(TaxTreatment) else TaxTreatment.NONE,
        "tax_rate_percent": rate if treatment == TaxTreatment.DOMESTIC else Decimal(0),
        "notes": read.text("notes", draft.notes),
    }
    read.done(NOT_AS_IT_IS)
    return values


def _read_contact(draft: ContactDraft) -> dict[str, Any]:
    read = Reader()
    needed = "Orders are mailed to this address: it is needed." if draft.gets_orders else ""
    values = {
        "name": read.line("name", draft.name, needed="A contact needs a name."),
        "role": read.line("role", draft.role, longest=80),
        "email": read.email("email", draft.email, needed=needed),
        "phone": read.line("phone", draft.phone, longest=40),
        "gets_orders": draft.gets_orders,
    }
    if read.problems:
        raise Invalid("Something about this contact cannot be taken as it is.", fields=read.problems)
    return values
