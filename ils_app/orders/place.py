"""Placing an order from another program: one call, once per key, with the same checks as the form."""

import hashlib
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ils_app.kernel import metrics
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now
from ils_app.kernel.errors import IlsError
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import UnitOfWork
from ils_app.orders.drafts import begun, practice_for
from ils_app.orders.errors import KeyUsed, NoSuchOrder
from ils_app.orders.models import KeyRow, Order
from ils_app.orders.records import find, numbering, publish, room
from ils_app.orders.schemas import OrderDraft, OrderStatus, OrderView
from ils_app.orders.sending import Attempt
from ils_app.orders.submit import Bring, Ready, freeze, make_ready, outcome_of, sent_on, submitted, turn
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft

LEFT_AFTER: Final = timedelta(hours=1)
AT_ONCE: Final = 100


@door("orders.create")
async def place(
    actor: Actor, draft: OrderDraft, *, key: str | None = None, patient: PatientDraft | None = None
) -> OrderView:
    """Place an order in one call. With the same key and body again, the same order; KeyUsed for another body.

    `patient` is one the order brings along: taken up when the lab can make what is ordered, unless the practice has
    them. Raises what `submit` raises, and LooksLike when the practice must say which patient is meant; then nothing is
    left behind: no draft, no patient, and the key is free again.
    """
    if patient is not None:
        return await _place_bringing(actor, draft, key, patient)
    fingerprint = _fingerprint(draft, None)
    if key is not None and (known := await _known(actor, key, fingerprint)):
        return await submitted(actor, known, draft)
    practice_id = practice_for(actor, draft)
    order = Order(practice_id=practice_id, practice_name="", entered_by=actor.user_id)
    order.entered_for_practice = actor.role is not Role.ECP
    with metrics.submission() as counted:
        async with turn():
            ready = await make_ready(actor, order, draft.model_copy(update={"practice_id": practice_id}), None)
            attempt = await _kept(actor, ready, key, fingerprint)
            view = await sent_on(actor, order.id, attempt) if attempt else None
        counted.outcome = outcome_of(view) if view else "repeated"
    if view is None:  # somebody with the same key was quicker
        return await place(actor, draft, key=key)
    return view


async def _kept(actor: Actor, ready: Ready, key: str | None, fingerprint: str) -> Attempt | None:
    """Keep the order with its key, its number and all that is told of it, in one transaction: it was never a draft.

    None when the key stands for another order by now. Raises KeyUsed.
    """
    order, numbers = ready.described, await numbering()
    async with room.unit_of_work() as uow:
        if key is not None and await _claim(uow, actor, key, fingerprint, order.id) != order.id:
            return None
        attempt = await freeze(uow, actor, order, ready, numbers)
        uow.session.add(order)
    return attempt


async def _place_bringing(actor: Actor, draft: OrderDraft, key: str | None, patient: PatientDraft) -> OrderView:
    """With a patient there are two transactions of two rooms: a draft holds the key until the patient is taken up.

    A patient of a refused body must not stay, and neither must the draft of a process that died in between.
    """
    order = await begun(actor, draft)
    bring = _bringing(actor, order.practice_id, patient)
    async with room.unit_of_work() as uow:
        order_id = await _claim(uow, actor, key or str(order.id), _fingerprint(draft, patient), order.id)
        if order_id == order.id:
            uow.session.add(order)
            publish(uow, order)
    try:
        return await submitted(actor, order_id, draft, bring=bring)
    except NoSuchOrder:
        if order_id == order.id:
            raise
        # The first call was refused meanwhile, and took its order and the key back.
        return await place(actor, draft, key=key, patient=patient)
    except IlsError:
        if order_id == order.id:
            await _forget(order_id)
        raise


def _bringing(actor: Actor, practice_id: UUID, patient: PatientDraft) -> Bring:
    async def bring() -> UUID:
        return (await patients.take_for_order(actor, practice_id, patient)).id

    return bring


async def _known(actor: Actor, key: str, fingerprint: str) -> UUID | None:
    """The order this key stands for. Raises KeyUsed."""
    async with room.read() as session:
        row = await session.get(KeyRow, (actor.user_id, key))
    return _of_this_body(row, fingerprint).order_id if row else None


async def _claim(uow: UnitOfWork, actor: Actor, key: str, fingerprint: str, order_id: UUID) -> UUID:
    """The order this key stands for: the one given, if we are the first. Raises KeyUsed.

    Whoever comes with the same key meanwhile waits until this transaction has ended.
    """
    await uow.session.execute(
        insert(KeyRow)
        .values(user_id=actor.user_id, key=key, fingerprint=fingerprint, order_id=order_id, at=now())
        .on_conflict_do_nothing()
    )
    row = await uow.session.get(KeyRow, (actor.user_id, key))
    assert row is not None
    return _of_this_body(row, fingerprint).order_id


def _of_this_body(row: KeyRow, fingerprint: str) -> KeyRow:
    if row.fingerprint != fingerprint:
        raise KeyUsed("This Idempotency-Key was used for another order; use a new one for a new order.")
    return row


@internal
async def forget_unplaced() -> int:
    """Take back what a process left that died while it placed an order nobody asked for again. Says how many.

    Somebody who has opened such a draft and typed in it keeps it.
    """
    query: Any = (
        select(col(Order.id))
        .join(KeyRow, col(KeyRow.order_id) == col(Order.id))
        .where(
            col(Order.status) == OrderStatus.DRAFT,
            col(Order.version) == 1,
            col(Order.placed_at) < now() - LEFT_AFTER,
            col(KeyRow.at) < now() - LEFT_AFTER,
        )
    )
    async with room.read() as session:
        left = list((await session.execute(query.limit(AT_ONCE))).scalars())
    for order_id in left:
        await _forget(order_id)
    return len(left)


async def _forget(order_id: UUID) -> None:
    """Take back a draft that was never placed, and its key."""
    async with room.unit_of_work() as uow:
        order = await find(uow.session, order_id, for_update=True)
        if order.status is OrderStatus.DRAFT:
            await uow.session.execute(delete(KeyRow).where(KeyRow.order_id == order_id))  # type: ignore[arg-type]
            await uow.session.execute(delete(Order).where(Order.id == order_id))  # type: ignore[arg-type]


def _fingerprint(draft: OrderDraft, patient: PatientDraft | None) -> str:
    """What makes two bodies the same order; when a confirmation was read is not part of what was sent."""
    said = draft.model_dump_json(exclude={"confirmations": {"__all__": {"at"}}})
    said += patient.model_dump_json() if patient else ""
    return hashlib.sha256(said.encode()).hexdigest()
