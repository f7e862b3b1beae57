"""Every act on a purchase order, from every status, by every role: what the table allows happens, nothing else."""

import itertools
from uuid import uuid4

import pytest
from sqlalchemy import text

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.roles import TABLE, Role
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.models import PurchaseOrderRow
from ils_app.suppliers.moves import MOVES, SENTENCES, Act, Move
from ils_app.suppliers.order_records import find_order
from ils_app.suppliers.room import room
from ils_app.suppliers.words import PurchaseOrderStatus as S
from tests.support.supplying import an_order

TODAY = today_in_lab()
LAB = {Role.LAB, Role.ENGINEER, Role.ADMIN}
# What the product says, written down once more by hand: from where, to where, by whom.
SAID = {
    Act.EDIT: ({S.DRAFT}, None, LAB),
    Act.SEND: ({S.DRAFT}, None, LAB),
    Act.LEAVE: ({S.DRAFT}, S.SENT, set()),
    Act.ACKNOWLEDGE: ({S.SENT}, S.ACKNOWLEDGED, LAB | {Role.SUPPLIER}),
    Act.SHIP: ({S.ACKNOWLEDGED, S.IN_TRANSIT}, S.IN_TRANSIT, LAB | {Role.SUPPLIER}),
    Act.DELIVER: ({S.IN_TRANSIT}, S.DELIVERED, LAB | {Role.SUPPLIER}),
    Act.RECEIVE: ({S.SENT, S.ACKNOWLEDGED, S.IN_TRANSIT, S.DELIVERED}, None, LAB),
    Act.CLOSE: ({S.SENT, S.ACKNOWLEDGED, S.IN_TRANSIT, S.DELIVERED}, S.DELIVERED, LAB),
    Act.CANCEL: ({S.DRAFT, S.SENT, S.ACKNOWLEDGED}, S.CANCELLED, LAB),
}
ROWS = {
    Act.EDIT: "purchase_orders.manage", Act.SEND: "purchase_orders.manage", Act.RECEIVE: "purchase_orders.manage",
    Act.CLOSE: "purchase_orders.manage", Act.CANCEL: "purchase_orders.manage",
    Act.ACKNOWLEDGE: "purchase_orders.fulfil", Act.SHIP: "purchase_orders.fulfil",
    Act.DELIVER: "purchase_orders.fulfil",
}  # fmt: skip


def test_the_table_is_what_the_product_says():
    assert {act: (set(move.start), move.end, set(move.roles)) for act, move in MOVES.items()} == SAID
    assert set(SENTENCES) == set(MOVES) == set(Act)
    assert all(isinstance(move, Move) for move in MOVES.values())


@pytest.mark.parametrize("act", ROWS)
def test_the_roles_of_an_act_are_those_of_its_row_in_the_permission_table(act):
    assert set(TABLE[ROWS[act]]) == set(MOVES[act].roles)


@pytest.fixture
async def standing(theo, lumen):
    """Puts an order into a status, past the doors, with one line; something of it is counted unless told not to."""

    async def put(status: S, *, received: int = 1) -> PurchaseOrderRow:
        begun = await suppliers.begin_order(theo, an_order(lumen.id))
        sent = status is not S.DRAFT
        async with room.unit_of_work() as uow:
            order = await find_order(uow.session, begun.id)
            order.status, order.sent_at = status, now() if sent else None
            order.sent_to, order.sent_to_name = "orders@lumen.example", "Jo Fenn"
            if sent:
                await uow.session.execute(
                    text(
                        "INSERT INTO suppliers.purchase_order_line (id, order_id, position, description, part_number, "
                        "quantity, unit, unit_price_minor, tax_rate_percent, net_minor, received_quantity) VALUES "
                        "(gen_random_uuid(), :id, 1, 'Blank', '', 50, 'pcs', 1250, 20, 62500, :received)"
                    ),
                    {"id": begun.id, "received": received},
                )
        return order

    return put


async def do(act: Act, actor: Actor, order_id, version: int):
    line = None
    if act is Act.RECEIVE:
        async with room.read() as session:
            row = (
                await session.execute(
                    text("SELECT id FROM suppliers.purchase_order_line WHERE order_id = :id"), {"id": order_id}
                )
            ).first()
            line = row[0] if row else uuid4()
    calls = {
        Act.EDIT: lambda: suppliers.save_order(actor, order_id, an_order(actor.organisation_id), version),
        Act.SEND: lambda: suppliers.send_order(actor, order_id, version),
        Act.ACKNOWLEDGE: lambda: suppliers.acknowledge_order(actor, order_id, confirmed_on=TODAY.isoformat()),
        Act.SHIP: lambda: suppliers.ship_order(actor, order_id, carrier="Post"),
        Act.DELIVER: lambda: suppliers.deliver_order(actor, order_id),
        Act.RECEIVE: lambda: suppliers.receive_order(actor, order_id, {line: "1"}, version=version),
        Act.CLOSE: lambda: suppliers.close_order(actor, order_id, "Sold out"),
        Act.CANCEL: lambda: suppliers.cancel_order(actor, order_id, "Not needed"),
    }
    return await calls[act]()


@pytest.mark.parametrize("role", Role)
async def test_every_act_from_every_status(role, standing, lumen):
    actor = Actor(uuid4(), "Somebody", role, lumen.id)  # as a supplier it is their own; an edit names this supplier
    for act in ROWS:
        for status in S:
            order = await standing(status, received=0 if act is Act.CANCEL else 1)
            hidden = role is Role.SUPPLIER and status is S.DRAFT
            if role not in MOVES[act].roles:
                expected = Forbidden
            elif hidden:
                expected = suppliers.NoSuchPurchaseOrder
            elif status not in MOVES[act].start:
                expected = suppliers.NotThatMove
            else:
                view = await do(act, actor, order.id, order.version)
                assert view.status is (MOVES[act].end or status), (act, status)
                assert view.version > order.version
                continue
            with pytest.raises(expected):
                await do(act, actor, order.id, order.version)
            async with room.read() as session:
                assert (await find_order(session, order.id)).version == order.version, (act, status)


async def test_an_order_that_is_being_sent_is_locked(theo, lumen):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    sending = await suppliers.send_order(theo, begun.id, begun.version)
    assert (sending.status, sending.sending) == (S.DRAFT, True)
    assert not any(getattr(sending, f"may_{act.value}") for act in Act if act is not Act.LEAVE)
    for act in (Act.EDIT, Act.SEND, Act.CANCEL):
        with pytest.raises(suppliers.BeingSent):
            await do(act, theo, begun.id, sending.version)


async def happens(act: Act, actor: Actor, order: PurchaseOrderRow) -> bool:
    try:
        await do(act, actor, order.id, order.version)
    except (Forbidden, suppliers.NotThatMove):
        return False
    return True


async def test_what_a_person_may_do_is_offered_and_nothing_else(standing, lumen):
    for role in (*LAB, Role.SUPPLIER):
        actor = Actor(uuid4(), "Somebody", role, lumen.id)
        for status, received in itertools.product(set(S) - {S.DRAFT}, (0, 1)):
            order = await standing(status, received=received)
            view = await suppliers.purchase_order(actor, order.id)
            for act in ROWS:
                offered = getattr(view, f"may_{act.value}")
                assert offered is await happens(act, actor, await standing(status, received=received)), (
                    role, status, act, received,
                )  # fmt: skip


async def test_another_suppliers_order_is_not_found_whatever_is_tried(standing, anna):
    order = await standing(S.SENT)
    for act in (Act.ACKNOWLEDGE, Act.SHIP, Act.DELIVER):
        with pytest.raises(suppliers.NoSuchPurchaseOrder):
            await do(act, anna, order.id, order.version)
    for door in (suppliers.purchase_order, suppliers.order_timeline, suppliers.order_paper):
        with pytest.raises(suppliers.NoSuchPurchaseOrder):
            await door(anna, order.id)
        with pytest.raises(suppliers.NoSuchPurchaseOrder):
            await door(anna, uuid4())
    assert (await suppliers.orders_page(anna)).total == 0
    assert await suppliers.find_purchase_orders(anna, order.number) == []


async def test_a_draft_of_the_lab_is_not_the_suppliers_business(theo, lumen, marco):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    with pytest.raises(suppliers.NoSuchPurchaseOrder):
        await suppliers.purchase_order(marco, begun.id)
    await suppliers.cancel_order(theo, begun.id)
    with pytest.raises(suppliers.NoSuchPurchaseOrder):
        await suppliers.purchase_order(marco, begun.id)
    assert (await suppliers.orders_page(marco)).total == 0
    assert (await suppliers.order_counts(marco)).of(suppliers.OrderList.ALL) == 0
