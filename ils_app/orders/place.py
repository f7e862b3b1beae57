"""Placing an order from another program: one call, once per key, with the same checks as the form."""

import hashlib
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import IlsError
from ils_app.kernel.permissions import door
from ils_app.orders.drafts import open_draft
from ils_app.orders.errors import KeyUsed, NoSuchOrder
from ils_app.orders.models import KeyRow, Order
from ils_app.orders.records import find, room
from ils_app.orders.schemas import OrderDraft, OrderStatus, OrderView
from ils_app.orders.submit import Bring, submitted
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft


@door("orders.create")
async def place(
    actor: Actor, draft: OrderDraft, *, key: str | None = None, patient: PatientDraft | None = None
) -> OrderView:
    """Place an order in one call. With the same key and body again, the same order; KeyUsed for another body.

    `patient` is one the order brings along: taken up when the lab can make what is ordered, unless the practice has
    them. Raises what `submit` raises, and LooksLike when the practice must say which patient is meant; then nothing is
    left behind: no draft, no patient, and the key is free again.
    """
    opened = await open_draft(actor, draft)
    bring = _bringing(actor, opened.practice_id, patient) if patient else None
    try:
        order_id = await _claim(actor, key, _fingerprint(draft, patient), opened.id) if key else opened.id
        if order_id == opened.id:
            return await submitted(actor, order_id, draft, bring=bring)
    except IlsError:
        await _forget(opened.id)
        raise
    await _forget(opened.id)
    try:
        return await submitted(actor, order_id, draft, bring=bring)
    except NoSuchOrder:  # the first call was refused meanwhile, and took its order and the key back
        return await place(actor, draft, key=key, patient=patient)


def _bringing(actor: Actor, practice_id: UUID, patient: PatientDraft) -> Bring:
    async def bring() -> UUID:
        return (await patients.take_for_order(actor, practice_id, patient)).id

    return bring


async def _claim(actor: Actor, key: str, fingerprint: str, order_id: UUID) -> UUID:
    """The order this key stands for: ours if we are the first. Raises KeyUsed."""
    async with room.unit_of_work() as uow:
        await uow.session.execute(
            insert(KeyRow)
            .values(user_id=actor.user_id, key=key, fingerprint=fingerprint, order_id=order_id, at=now())
            .on_conflict_do_nothing()
        )
        row = await uow.session.get(KeyRow, (actor.user_id, key))
        assert row is not None
        if row.fingerprint != fingerprint:
            raise KeyUsed("This Idempotency-Key was used for another order; use a new one for a new order.")
        return row.order_id


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
