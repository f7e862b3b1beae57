"""Placing an order: safely ours before the lab is told, and told at once."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.kernel import metrics
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.gate import Gate
from ils_app.kernel.lims import CLICK_SECONDS
from ils_app.kernel.permissions import door
from ils_app.kernel.room import UnitOfWork
from ils_app.orders.checking import ask_the_lab, complete, question
from ils_app.orders.drafts import describe, practice_for, take_description
from ils_app.orders.errors import Busy, DraftChanged
from ils_app.orders.events import OrderSubmitted
from ils_app.orders.models import Order
from ils_app.orders.records import Numbering, draw, find, find_for, note, numbering, publish, remember_words, room
from ils_app.orders.schemas import OrderDraft, OrderStatus, OrderView
from ils_app.orders.sending import Attempt, begin, carry, seen, send_to_lab
from ils_app.orders.views import draft_view, view_of
from lims_client.models import Configuration, ValidationResult

NET_SECONDS = 6  # when the durable job looks whether the direct way got through
AT_ONCE: Final = 64
"""How many orders one process places at a time: the time the lab has for its answer begins when it is an order's turn,
so that of a thousand at once none is told that the lab does not answer."""
STUCK_SECONDS: Final = 30.0
OUTCOMES = {OrderStatus.SUBMITTED: "waiting", OrderStatus.ON_HOLD: "refused"}
"""What a placing that made no job is counted as, by where the order stands after it."""

Bring = Callable[[], Awaitable[UUID]]
"""Takes up the patient an order brings along; called when everything else about the order is right."""

_gate: Final = Gate(AT_ONCE, stuck_seconds=STUCK_SECONDS)


@dataclass(frozen=True, slots=True)
class Ready:
    """An order that may be placed: what is stored, what the lab gets, and what the lab said of it."""

    draft: OrderDraft
    described: Order
    configuration: Configuration
    verdict: ValidationResult | None


@door("orders.create")
async def submit(actor: Actor, order_id: UUID, draft: OrderDraft, *, version: int | None = None) -> OrderView:
    """Place an order and send it to the lab. Submitting twice is submitting once.

    The order is safely ours before the lab is told, and no lock is held while it is. With the lab away the order
    waits and `send_to_lab` goes on by itself. Raises NotReadable, NotConfirmed or CannotBeMade with the fields to
    mend, and DraftChanged when the draft was saved elsewhere since the named `version`; then nothing was sent and the
    draft stands as it was.
    """
    return await submitted(actor, order_id, draft, version=version)


async def submitted(
    actor: Actor, order_id: UUID, draft: OrderDraft, *, version: int | None = None, bring: Bring | None = None
) -> OrderView:
    """As `submit`; `bring` takes up the patient once the lab has said that it can make this."""
    with metrics.submission() as counted:
        if already := await _already_sent(actor, order_id):
            counted.outcome = "repeated"
            return already
        async with turn():
            view = await _placed(actor, order_id, draft, version, bring)
        counted.outcome = outcome_of(view)
    return view


@contextlib.asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """An order's turn to be placed. Raises Busy when those before it do not come through."""
    async with contextlib.AsyncExitStack() as held:
        try:
            await held.enter_async_context(_gate.turn())
        except TimeoutError:
            raise Busy("Too many orders are on their way at this moment: try again in a minute.") from None
        yield


def outcome_of(view: OrderView) -> str:
    """What a placing is counted as."""
    return "sent" if view.job_id else OUTCOMES.get(view.status, "sent")


async def make_ready(actor: Actor, described: Order, draft: OrderDraft, bring: Bring | None) -> Ready:
    """Everything that is to be known before an order is kept; the lab is asked with no transaction open.

    Raises what `submit` raises; then nothing has happened, and nobody was brought along.
    """
    await describe(actor, described, draft)
    configuration = complete(described, draft, patient_comes=bring is not None)
    return Ready(draft, described, configuration, await ask_the_lab(configuration))


async def with_patient(actor: Actor, ready: Ready, bring: Bring) -> Ready:
    """The same with the patient it brings along, who is taken up now."""
    draft = ready.draft.model_copy(update={"patient_id": await bring()})
    await describe(actor, ready.described, draft)
    patient_id = str(ready.described.patient_id)
    return Ready(
        draft, ready.described, ready.configuration.model_copy(update={"patient_id": patient_id}), ready.verdict
    )


async def freeze(uow: UnitOfWork, actor: Actor, order: Order, ready: Ready, numbers: Numbering) -> Attempt:
    """Make a placed order of it, with its first attempt begun. From here the body never changes."""
    order.number = await draw(uow.session, numbers)
    configuration = ready.configuration.model_copy(update={"order_number": order.number})
    order.configuration = configuration.to_wire()
    order.move(OrderStatus.SUBMITTED)
    order.version += 1
    order.placed_at = now()
    if (verdict := ready.verdict) is not None:
        order.price = verdict.price.to_wire() if verdict.price else None
        order.findings = [finding.to_wire() for finding in verdict.findings]
        order.rules_version = verdict.rules_version or ""
        order.promised_at = order.due_at = verdict.promised_date
    remember_words(order)
    for tick in ready.draft.confirmations:
        await note(uow, order, tick.by_name, "Confirmed", why=question(tick, verdict), at=tick.at)
    await note(uow, order, actor.name, "Order placed", old=OrderStatus.DRAFT, new=OrderStatus.SUBMITTED)
    uow.emit(OrderSubmitted(order_id=order.id, practice_id=order.practice_id))
    await uow.enqueue("orders.send_to_lab", schedule_at=now() + timedelta(seconds=NET_SECONDS), order_id=str(order.id))
    publish(uow, order)
    return begin(order, configuration)


async def sent_on(actor: Actor, order_id: UUID, attempt: Attempt) -> OrderView:
    """Tell the lab of an order that was just kept; the order as it stands then."""
    order = await carry(order_id, attempt, within_seconds=CLICK_SECONDS)
    return await seen(actor, order_id) if order is None else view_of(order, actor)


async def _placed(
    actor: Actor, order_id: UUID, draft: OrderDraft, version: int | None, bring: Bring | None
) -> OrderView:
    ready = await make_ready(actor, Order(practice_id=practice_for(actor, draft), practice_name=""), draft, bring)
    if bring is not None:
        ready = await with_patient(actor, ready, bring)
    numbers, attempt = await numbering(), None
    async with room.unit_of_work() as uow:
        order = await find_for(uow.session, actor, "orders.create", order_id, for_update=True)
        if order.status is OrderStatus.DRAFT:
            if version is not None and order.version != version:
                raise DraftChanged(draft_view(order))
            if order.corrects:
                await _link_correction(uow.session, order, order.corrects)
            publish(uow, order)  # to where it was: the lab may have chosen another practice
            take_description(order, ready.described)
            attempt = await freeze(uow, actor, order, ready, numbers)
    if attempt is not None:
        return await sent_on(actor, order_id, attempt)
    await send_to_lab(order_id, within_seconds=CLICK_SECONDS)  # another tab was quicker
    return await seen(actor, order_id)


async def _already_sent(actor: Actor, order_id: UUID) -> OrderView | None:
    async with room.read() as session:
        order = await find_for(session, actor, "orders.create", order_id)
        if order.status is OrderStatus.DRAFT:
            return None
    await send_to_lab(order_id, within_seconds=CLICK_SECONDS)
    return await seen(actor, order_id)


async def _link_correction(session: AsyncSession, order: Order, corrects: UUID) -> None:
    """The refused or cancelled original no longer asks for attention: this order stands in its place.

    Counters are locked in the order of their names: attention before the order's own.
    """
    original = await find(session, corrects, for_update=True)
    original.corrected_by, original.attention = order.id, False
    await session.flush()
