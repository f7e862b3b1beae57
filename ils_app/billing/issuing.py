"""One invoice a shipment: what the LIMS charged, the tax of the day it left, the next number; or why it must wait."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.billing.amounts import taxed
from ils_app.billing.events import InvoiceIssued
from ils_app.billing.ledger import SYSTEM, about, enter
from ils_app.billing.models import InvoiceRow, WaitingRow
from ils_app.billing.numbers import INVOICE, locked_counter, next_number
from ils_app.billing.room import room, topics
from ils_app.billing.schemas import EntryKind, EntrySource, Line, Party, TaxLine, WaitsFor
from ils_app.billing.supplies import kind_of
from ils_app.billing.tax import rates_on
from ils_app.kernel import log
from ils_app.kernel.clock import lab_zone, today_in_lab
from ils_app.kernel.permissions import internal
from ils_app.kernel.roles import Role
from ils_app.kernel.room import UnitOfWork
from ils_app.kernel.search import folded
from ils_app.notifications import service as notifications
from ils_app.orders import service as orders
from ils_app.orders.service import PriceLine, Shipment
from ils_app.practices import service as practices
from ils_app.settings import service as settings

logger = log.get_logger(__name__)


@internal
async def issue_for_order(
    order_id: UUID, *, priced: Sequence[PriceLine] = (), taken_over_on: date | None = None
) -> UUID | None:
    """Issue the invoice of an order that has left the lab; the one it has when it has one. None when it must wait.

    `priced` is the lab's own price, for where the LIMS gives none to this day. `taken_over_on` dates the invoice of a
    shipment that lies behind us, and nobody is told of it.
    """
    shipment = await orders.shipment(order_id)
    if shipment is None:
        return None
    async with room.unit_of_work() as uow:
        if (invoice_id := await _issued(uow, shipment)) is not None:
            return invoice_id
    lab = await auth.the_lab()
    if lab is None:
        return await _wait(shipment, WaitsFor.LAB)
    lines = price_lines(shipment) or priced
    if not lines:
        return await _wait(shipment, WaitsFor.PRICE, lab.id)
    seller = await _seller(lab.id)
    bill_to = await _bill_to(shipment)
    terms = await settings.lab()
    currency = shipment.price.currency if shipment.price else terms.currency.value
    issued_on = taken_over_on or today_in_lab()
    async with room.unit_of_work() as uow:
        counter = await locked_counter(uow.session, lab.id, INVOICE, issued_on.year)
        if (invoice_id := await _issued(uow, shipment)) is not None:
            return invoice_id
        waiting = await uow.session.get(WaitingRow, order_id, with_for_update=True)
        if waiting is not None and waiting.closed_at is not None and not priced:
            return None  # closed without an invoice, by somebody's word
        charged = await _charged(uow, shipment, lines)
        if charged is not None:
            row = InvoiceRow(
                entity_id=lab.id, number=next_number(counter), order_id=order_id, order_number=shipment.number,
                reference=shipment.reference, practice_id=shipment.practice_id, practice_name=bill_to.name,
                seller=seller.model_dump(mode="json"), bill_to=bill_to.model_dump(mode="json"), issued_on=issued_on,
                tax_point_on=_day(shipment), due_on=issued_on + timedelta(days=terms.payment_terms_days),
                terms_days=terms.payment_terms_days, currency=currency, **_sums(charged),
            )  # fmt: skip
            await _issue(uow, row, told=taken_over_on is None)
            if waiting is not None:
                await uow.session.delete(waiting)
            return row.id
    return await _wait(shipment, WaitsFor.TAX_RATE, lab.id)


def price_lines(shipment: Shipment) -> tuple[PriceLine, ...]:
    """What the LIMS charged, line by line, adding up to its total; nothing when it gave no price, or one of nought.

    Where its lines do not add up to its own total, the total counts: a line says what is between them.
    """
    if shipment.price is None or shipment.price.minor <= 0:
        return ()
    lines = tuple(line for line in shipment.price_lines if line.minor)
    rest = shipment.price.minor - sum(line.minor for line in lines)
    if not lines:
        return (PriceLine(what=f"Lenses: {shipment.lens}".rstrip(": "), minor=rest),)
    return (*lines, PriceLine(what="Discount" if rest < 0 else "Other charges", minor=rest)) if rest else lines


async def _issued(uow: UnitOfWork, shipment: Shipment) -> UUID | None:
    """The invoice an order has already; it does not wait for one then."""
    known = select(col(InvoiceRow.id)).where(col(InvoiceRow.order_id) == shipment.order_id)
    invoice_id = (await uow.session.execute(known)).scalar_one_or_none()
    if invoice_id is None:
        return None
    waiting = delete(WaitingRow).where(col(WaitingRow.order_id) == shipment.order_id)
    if (await uow.session.execute(waiting.returning(col(WaitingRow.order_id)))).scalar_one_or_none() is not None:
        uow.publish(*topics(shipment.order_id, shipment.practice_id))
    return UUID(str(invoice_id))


async def _charged(uow: UnitOfWork, shipment: Shipment, lines: Sequence[PriceLine]) -> tuple[Line, ...] | None:
    """The lines with the rates of the day it left; None while a kind of supply has none."""
    rates = await rates_on(uow.session, _day(shipment))
    if any(kind_of(line.what) not in rates for line in lines):
        return None
    return tuple(
        Line(
            what=line.what, kind=kind_of(line.what), net_minor=line.minor, rate_id=rate.id, rate_name=rate.name,
            rate_bp=rate.rate_bp, exempt=rate.exempt,
        )
        for line in lines
        for rate in (rates[kind_of(line.what)],)
    )  # fmt: skip


def _sums(lines: Sequence[Line]) -> dict[str, Any]:
    tax: tuple[TaxLine, ...] = taxed(lines)
    net, owed = sum(line.net_minor for line in lines), sum(one.tax_minor for one in tax)
    return {
        "lines": [line.model_dump(mode="json") for line in lines],
        "tax": [one.model_dump(mode="json") for one in tax],
        "net_minor": net,
        "tax_minor": owed,
        "total_minor": net + owed,
        "balance_minor": net + owed,
    }


async def _issue(uow: UnitOfWork, row: InvoiceRow, *, told: bool) -> None:
    words = (row.number, row.order_number, row.reference, row.practice_name, row.bill_to["account_number"])
    row.search = folded(" ".join(words))
    uow.session.add(row)
    await uow.session.flush()
    await enter(uow, row, EntryKind.INVOICED, row.total_minor, EntrySource.INVOICE, row.number, who=SYSTEM)
    uow.emit(InvoiceIssued(**about(row)))
    if told:
        await uow.enqueue("billing.send_invoice", invoice_id=str(row.id))


async def _wait(shipment: Shipment, waits_for: WaitsFor, lab_id: UUID | None = None) -> UUID | None:
    """Keep an order that cannot be invoiced yet where the lab sees it, and tell the lab once.

    One that somebody invoiced in the meantime does not wait: its invoice is what comes back.
    """
    values: dict[str, Any] = {
        "order_id": shipment.order_id, "order_number": shipment.number, "practice_id": shipment.practice_id,
        "practice_name": shipment.practice_name, "shipped_on": _day(shipment), "waits_for": waits_for,
    }  # fmt: skip
    row = WaitingRow(**values)
    async with room.unit_of_work() as uow:
        if lab_id is not None:  # whoever issues holds the counter until the invoice stands
            await locked_counter(uow.session, lab_id, INVOICE, today_in_lab().year)
        if (invoice_id := await _issued(uow, shipment)) is not None:
            return invoice_id
        keep = insert(WaitingRow).values(row.model_dump())
        await uow.session.execute(
            keep.on_conflict_do_update(index_elements=["order_id"], set_={"waits_for": waits_for})
        )
        uow.publish(*topics(shipment.order_id, shipment.practice_id))
        if lab_id is not None:
            missing = "the LIMS gave no price" if waits_for is WaitsFor.PRICE else "there is no rate of tax for it"
            await notifications.tell(
                key=f"not-invoiced:{shipment.order_id}:{waits_for}",
                kind=settings.NotificationKind.INVOICE,
                title=f"Order {shipment.number} was shipped and not invoiced",
                text=f"Order {shipment.number} has left the lab, but {missing}. It waits to be invoiced.",
                href="/invoices/waiting",
                organisation_id=lab_id,
                roles=(Role.LAB, Role.ADMIN),
                uow=uow,
            )
    logger.warning("order_not_invoiced", order_id=shipment.order_id, waits_for=waits_for)
    return None


async def _seller(lab_id: UUID) -> Party:
    head = await settings.letterhead(lab_id)
    return Party(
        organisation_id=head.organisation_id, name=head.name, address_lines=head.lines, phone=head.phone,
        email=head.email, website=head.website, tax_number=head.tax_number, company_number=head.company_number,
        bank_details=head.bank_details, logo=head.logo,
    )  # fmt: skip


async def _bill_to(shipment: Shipment) -> Party:
    """The practice as it stands now: its name, account, and its letterhead's address, else where lenses go."""
    practice = await practices.profile(shipment.practice_id)
    head = await settings.letterhead(practice.id)
    site = practice.default_site
    lines = (*site.address_lines, site.postcode, site.country) if site else ()
    return Party(
        organisation_id=practice.id, name=head.name, account_number=practice.account_number,
        address_lines=head.lines or tuple(line for line in lines if line), phone=head.phone or practice.phone or "",
    )  # fmt: skip


def _day(shipment: Shipment) -> date:
    return shipment.shipped_at.astimezone(lab_zone()).date()
