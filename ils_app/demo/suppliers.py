"""The demo's suppliers: three to order from, purchase orders wherever one can stand, documents, one about to end."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from ils_app.demo.people import LUMEN, Cast, fixed
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.paper import Paper, Sender
from ils_app.kernel.roles import Role
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.service import (
    ContactDraft,
    DocumentDraft,
    LineDraft,
    PurchaseOrderDraft,
    PurchaseOrderView,
    SupplierDraft,
    SupplierView,
)

MARCO: Final = Actor(fixed("supplier@lumen.example"), "Marco Bell", Role.SUPPLIER, LUMEN)
BLANKS: Final = (
    ("CR-39 blank 70 mm, base 4", "LB-150-70-4", "200", "pcs", "1.85"),
    ("CR-39 blank 70 mm, base 6", "LB-150-70-6", "120", "pcs", "1.85"),
    ("MR-8 blank 75 mm, base 3", "LB-160-75-3", "80", "pcs", "4.20"),
    ("Polycarbonate blank 70 mm, base 5", "LB-PC-70-5", "60", "pcs", "3.10"),
)
CHEMICALS: Final = (
    ("Hard coat lacquer HC-7, 5 l", "KC-HC7-5", "4", "can", "128.00"),
    ("Polish, alumina 1 µm", "KC-PA-1", "12.5", "kg", "9.60"),
)
FRAMES: Final = (("Tracing patterns, round 50", "VF-TP-50", "30", "pcs", "2.40"),)
Step = Callable[[PurchaseOrderView], Awaitable[object]]


async def seed(cast: Cast) -> int:
    """Add suppliers with orders and documents, unless they are there; says how many orders were added."""
    if await suppliers.supplier_is_there(LUMEN):
        return 0
    lab = cast.technician
    lumen = await _supplier(
        lab, "Lumen Blanks", "Jo Fenn", "orders@lumen.example", "8 Foundry Way\nLeicester", "LE4 1AB",
        organisation_id=LUMEN,
    )  # fmt: skip
    keld = await _supplier(
        lab, "Keld Coatings", "Ruth Ambler", "ruth@keld.example", "The Old Mill\nSkipton", "BD23 1NJ"
    )
    verre = await _supplier(
        lab, "Verrerie Étoile", "Zoé Lambert", "commandes@etoile.example", "12 rue de l’Étoile\nLyon", "69002",
        country="France", currency="EUR", tax_treatment="reverse_charge", tax_rate="0", lead_time_days="12",
    )  # fmt: skip
    old = await _supplier(lab, "Brass & Sons Tools", "Amos Brass", "amos@brass.example", "2 Lock Row\nDerby", "DE1 2XY")
    await suppliers.set_supplier_active(lab, old.id, False)
    orders = [
        await _order(lab, lumen, BLANKS, *steps)
        for steps in (
            (_delivered(lab, whole=True),), (_delivered(lab, whole=False),), (_in_transit(lab),),
            (_acknowledged(lab),), (_sent,), (),
        )
    ]  # fmt: skip
    orders.append(await _order(lab, keld, CHEMICALS, _closed(lab)))
    orders.append(await _order(lab, keld, CHEMICALS[:1], _cancelled(lab)))
    orders.append(await _order(lab, verre, FRAMES, _sent))
    await _documents()
    return len(orders)


async def _supplier(
    lab: Actor, name: str, desk: str, email: str, address: str, postcode: str,
    *, organisation_id: UUID | None = None, **more: str,
) -> SupplierView:  # fmt: skip
    terms = {"country": "United Kingdom", "tax_rate": "20", "account_number": f"NL-{len(name):04d}", **more}
    draft = SupplierDraft(name=name, address=address, postcode=postcode, email=email, **terms)
    added = await suppliers.add_supplier(lab, draft, organisation_id=organisation_id)
    contact = ContactDraft(name=desk, role="Order desk", email=email, phone="0116 496 0000", gets_orders=True)
    return await suppliers.add_contact(lab, added.id, contact)


async def _order(
    lab: Actor, supplier: SupplierView, what: tuple[tuple[str, str, str, str, str], ...], *steps: Step
) -> PurchaseOrderView:
    rate = suppliers.plain(supplier.tax_rate_percent)
    lines = tuple(
        LineDraft(key=str(place), description=description, part_number=part, quantity=quantity, unit=unit,
                  unit_price=price, tax_rate=rate)
        for place, (description, part, quantity, unit, price) in enumerate(what)
    )  # fmt: skip
    draft = PurchaseOrderDraft(supplier_id=supplier.id, reference="Stock", lines=lines)
    order = await suppliers.begin_order(lab, draft)
    if steps:
        await suppliers.send_order(lab, order.id, order.version)
        await suppliers.mail_left(f"purchase-order:{order.id}:1")  # what the worker says once the mail is gone
        order = await suppliers.purchase_order(lab, order.id)
        for step in steps:
            await step(order)
    return order


async def _sent(order: PurchaseOrderView) -> None:
    """Nothing more has happened."""


def _acknowledged(lab: Actor) -> Step:
    async def step(order: PurchaseOrderView) -> None:
        by = MARCO if order.supplier_id == LUMEN else lab
        day = (order.expected_on or today_in_lab()).isoformat()
        await suppliers.acknowledge_order(by, order.id, confirmed_on=day, supplier_reference=f"SO-{order.number[-4:]}")

    return step


def _in_transit(lab: Actor) -> Step:
    async def step(order: PurchaseOrderView) -> None:
        await _acknowledged(lab)(order)
        by = MARCO if order.supplier_id == LUMEN else lab
        await suppliers.ship_order(by, order.id, carrier="Parcelforce", tracking_number=f"PF{order.number[-6:]}GB")

    return step


def _delivered(lab: Actor, *, whole: bool) -> Step:
    async def step(order: PurchaseOrderView) -> None:
        await _in_transit(lab)(order)
        await suppliers.deliver_order(MARCO, order.id)
        now_at = await suppliers.purchase_order(lab, order.id)
        lines = now_at.lines if whole else now_at.lines[:1]
        counted = {line.id: suppliers.plain(line.quantity) for line in lines if line.id}
        await suppliers.receive_order(lab, order.id, counted, version=now_at.version)

    return step


def _closed(lab: Actor) -> Step:
    async def step(order: PurchaseOrderView) -> None:
        await _in_transit(lab)(order)
        now_at = await suppliers.purchase_order(lab, order.id)
        counted = {line.id: "3" for line in now_at.lines[:1] if line.id}
        await suppliers.receive_order(lab, order.id, counted, version=now_at.version, remark="One can leaked")
        await suppliers.close_order(lab, order.id, "The rest is out of stock until spring.")

    return step


def _cancelled(lab: Actor) -> Step:
    async def step(order: PurchaseOrderView) -> None:
        await suppliers.cancel_order(lab, order.id, "Ordered twice by mistake.")

    return step


async def _documents() -> None:
    """What Lumen has put up: one data sheet with two versions, one certificate that ends soon."""
    sheet = await _put_up("Hard coat blanks: safety data", "sds", 400)
    await suppliers.add_version(
        MARCO, sheet, _in_days(720), "sds-blanks-2.pdf", _pdf("Hard coat blanks", "SDS-7, issue 2")
    )
    await _put_up("ISO 9001 certificate", "certificate", 12)
    await _put_up("MR-8 blanks: specification", "spec_sheet", None)
    await _put_up("REACH statement", "compliance", 200)


async def _put_up(title: str, kind: str, days: int | None) -> UUID:
    draft = DocumentDraft(title=title, kind=kind, valid_until="" if days is None else _in_days(days))
    return (await suppliers.add_document(MARCO, draft, f"{kind}.pdf", _pdf(title, kind.upper()))).id


def _in_days(days: int) -> str:
    return (today_in_lab() + timedelta(days=days)).isoformat()


def _pdf(title: str, number: str) -> bytes:
    sender = Sender(name="Lumen Blanks", lines=("8 Foundry Way", "Leicester", "LE4 1AB"))
    paper = Paper(title, number, sender=sender, made_at=now())
    paper.words("This document belongs to the demo. It says nothing about any product.")
    return paper.finished()
