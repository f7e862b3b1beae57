"""Drafts: begun, saved while typing, shared by two tabs without either losing a word, thrown away on purpose only."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.catalog import service as catalog
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door
from ils_app.orders.errors import DraftChanged, NotADraft
from ils_app.orders.events import DraftDiscarded
from ils_app.orders.models import Order
from ils_app.orders.reading import WRITTEN_FIELDS
from ils_app.orders.records import find_for, publish, remember_words, room
from ils_app.orders.schemas import DraftView, OrderDraft, OrderStatus
from ils_app.orders.views import draft_view
from ils_app.patients import service as patients
from ils_app.practices import service as practices


@door("orders.create")
async def open_draft(actor: Actor, draft: OrderDraft) -> DraftView:
    """Begin an order. A practice's person begins it for the practice, the lab's for the practice the draft names."""
    order = await begun(actor, draft)
    async with room.unit_of_work() as uow:
        uow.session.add(order)
        publish(uow, order)
    return draft_view(order)


async def begun(actor: Actor, draft: OrderDraft) -> Order:
    """An order as it begins, not stored yet. Raises what `practice_for` raises."""
    practice_id = practice_for(actor, draft)
    order = Order(practice_id=practice_id, practice_name="", entered_by=actor.user_id)
    order.entered_for_practice = actor.role is not Role.ECP
    await describe(actor, order, draft.model_copy(update={"practice_id": practice_id}))
    return order


@door("orders.create")
async def draft(actor: Actor, order_id: UUID) -> DraftView:
    """A saved draft. Raises NoSuchOrder, or NotADraft when it has been sent."""
    async with room.read() as session:
        order = await find_for(session, actor, "orders.create", order_id)
        if order.status is not OrderStatus.DRAFT:
            raise NotADraft("This order has been sent; open it to see where it is.")
        return await _with_origin(session, order)


@door("orders.create")
async def autosave(actor: Actor, order_id: UUID, draft: OrderDraft, *, version: int) -> DraftView:
    """Save what has been typed so far. Raises DraftChanged, with what stands there, when another tab saved since."""
    described = Order(practice_id=practice_for(actor, draft), practice_name="")
    await describe(actor, described, draft)
    async with room.unit_of_work() as uow:
        order = await find_for(uow.session, actor, "orders.create", order_id, for_update=True)
        if order.status is not OrderStatus.DRAFT:
            raise NotADraft("This order has been sent; what you typed since is still in the form.")
        if order.version != version:
            raise DraftChanged(draft_view(order))
        publish(uow, order)  # to where it was: the lab may have chosen another practice
        take_description(order, described)
        order.version, order.changed_at = version + 1, now()
        publish(uow, order)
        return draft_view(order)


@door("orders.create")
async def discard(actor: Actor, order_id: UUID) -> None:
    """Throw a draft away."""
    async with room.unit_of_work() as uow:
        order = await find_for(uow.session, actor, "orders.create", order_id, for_update=True)
        if order.status is not OrderStatus.DRAFT:
            raise NotADraft("Only a draft can be thrown away; a sent order is cancelled.")
        await uow.session.delete(order)
        uow.emit(DraftDiscarded(order_id=order.id, practice_id=order.practice_id))
        publish(uow, order)


def practice_for(actor: Actor, draft: OrderDraft) -> UUID:
    """The practice an order is for. Raises NotFound for a foreign one, Invalid when the lab has not chosen."""
    practice_id = actor.practice_id or draft.practice_id
    if practice_id is None:
        raise Invalid("Choose the practice this order is for.", fields={"practice_id": "Choose a practice."})
    if draft.practice_id is not None:
        actor.must("orders.create", practice_id=draft.practice_id)
    return practice_id


async def describe(actor: Actor, order: Order, draft: OrderDraft) -> None:
    """Fill in what lists and searches show, from the doors of the rooms that know it."""
    practice = await practices.remembered(order.practice_id)
    order.practice_name, order.account_number = practice.name, practice.account_number
    chosen = practice.site(draft.ship_to)
    site = chosen if chosen and chosen.open else practice.default_site
    order.ship_to = site.code if site else ""
    people = {person.id: person.name for person in practice.prescribers}
    own = next((person.id for person in practice.prescribers if person.user_id == actor.user_id), None)
    order.ecp_id = draft.ecp_id if draft.ecp_id in people else own
    order.ecp_name = people.get(order.ecp_id, actor.name if actor.role is Role.ECP else "") if order.ecp_id else ""
    order.patient_id, order.patient_name, order.patient_number = None, "", ""
    if draft.patient_id is not None:
        patient = await patients.profile(draft.patient_id)
        if patient.practice_id != order.practice_id:
            raise NotFound
        order.patient_id, order.patient_number = patient.id, patient.number
        order.patient_name = f"{patient.family_name}, {patient.given_name}".strip(", ")
    known = {name: text for name, text in draft.written.items() if name in WRITTEN_FIELDS and text.strip()}
    order.draft = draft.model_copy(
        update={"written": known, "practice_id": order.practice_id, "ship_to": order.ship_to, "ecp_id": order.ecp_id}
    ).model_dump(mode="json")
    order.reference, order.urgency = draft.reference.strip(), draft.urgency
    order.frame_to_come = draft.frame_status == "to_come"
    order.lens = await _lens(draft)
    remember_words(order)


DESCRIBED = (
    "practice_id", "practice_name", "account_number", "ship_to", "ecp_id", "ecp_name", "patient_id", "patient_name",
    "patient_number", "draft", "reference", "urgency", "frame_to_come", "lens",
)  # fmt: skip


def take_description(order: Order, described: Order) -> None:
    """Put what `describe` found onto the stored order, now that it is locked."""
    for name in DESCRIBED:
        setattr(order, name, getattr(described, name))
    remember_words(order)


async def _lens(draft: OrderDraft) -> str:
    """What is ordered, in one line: design, material, what is on it."""
    names = await catalog.names()
    chosen = (draft.design or draft.lens_type, draft.material, *draft.coatings, draft.tint)
    return " · ".join(names.get(choice, choice.replace("_", " ")) for choice in chosen if choice)


async def _with_origin(session: AsyncSession, order: Order) -> DraftView:
    origins = [origin for origin in (order.copied_from, order.corrects) if origin]
    numbers: dict[UUID, str] = {}
    if origins:
        query = select(col(Order.id), col(Order.number)).where(col(Order.id).in_(origins))
        numbers = {key: number or "" for key, number in (await session.execute(query)).all()}
    return draft_view(
        order,
        copied_from=numbers.get(order.copied_from, "") if order.copied_from else "",
        corrects=numbers.get(order.corrects, "") if order.corrects else "",
    )


@door("orders.create")
async def patient_of_draft(actor: Actor, order_id: UUID) -> tuple[str, str]:
    """The name on a draft and what tells the patient apart; empty when none is chosen yet."""
    async with room.read() as session:
        order = await find_for(session, actor, "orders.create", order_id)
    if order.patient_id is None:
        return "", ""
    patient = await patients.for_order(actor, order.patient_id, order.practice_id)
    born = f"born {patient.date_of_birth:%d %b %Y}" if patient.date_of_birth else ""
    return order.patient_name, " · ".join(filter(None, (born, patient.number, patient.reference)))
