"""What becomes of an order that was sent: each side does its part, and what was counted is what there is."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Invalid
from ils_app.kernel.live import subscribe
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.entering import Reader
from ils_app.suppliers.fulfilling import _arrived
from ils_app.suppliers.models import LineRow
from ils_app.suppliers.room import room
from ils_app.suppliers.words import PurchaseOrderStatus as S
from tests.support.supplying import a_line, an_order

TODAY = today_in_lab()


async def test_a_supplier_acknowledges_ships_in_parcels_and_delivers(theo, marco, sent):
    order = await sent()
    day = (TODAY + timedelta(days=3)).isoformat()
    taken = await suppliers.acknowledge_order(marco, order.id, confirmed_on=day, supplier_reference="SO-881")
    assert (taken.status, taken.confirmed_on.isoformat(), taken.due_on.isoformat()) == (S.ACKNOWLEDGED, day, day)
    await suppliers.ship_order(marco, order.id, carrier="DPD", tracking_number="1Z001")
    shipped = await suppliers.ship_order(marco, order.id, carrier="DPD", tracking_number="1Z002", remark="The polish")
    assert shipped.status is S.IN_TRANSIT
    assert [one.tracking_number for one in shipped.shipments] == ["1Z002", "1Z001"]
    done = await suppliers.deliver_order(marco, order.id)
    assert (done.status, done.delivered_on, done.to_count, done.closed_at) == (S.DELIVERED, TODAY, True, None)
    told = await suppliers.order_timeline(theo, order.id)
    assert [(one.old, one.new) for one in told if one.new] == [
        (S.IN_TRANSIT, S.DELIVERED), (S.ACKNOWLEDGED, S.IN_TRANSIT), (S.SENT, S.ACKNOWLEDGED), (S.DRAFT, S.SENT),
    ]  # fmt: skip
    assert told[0].who == "Marco Bell, Lumen Blanks"
    for words in ("SO-881", "1Z001", "1z002", "CR-39 blank", order.number):
        assert [one.id for one in await suppliers.find_purchase_orders(theo, words)] == [order.id], words


async def test_the_supplier_sees_what_concerns_it_and_not_how_the_draft_came_about(theo, marco, sent):
    order = await sent()
    mine = await suppliers.purchase_order(marco, order.id)
    assert (mine.draft, mine.problems) == (None, {})
    assert [line.description for line in mine.lines] == [line.description for line in order.lines]
    whats = [one.what for one in await suppliers.order_timeline(marco, order.id)]
    assert whats == ["Sent to Jo Fenn, orders@lumen.example"]
    assert len(await suppliers.order_timeline(theo, order.id)) == 3
    assert [row.id for row in (await suppliers.orders_page(marco)).rows] == [order.id]
    assert (await suppliers.order_counts(marco)).of(suppliers.OrderList.SENT) == 1


async def test_the_lab_writes_down_what_it_was_told_by_telephone(theo, sent):
    order = await sent()
    taken = await suppliers.acknowledge_order(theo, order.id, confirmed_on=TODAY.isoformat(), remark="Jo rang")
    assert taken.status is S.ACKNOWLEDGED
    first = (await suppliers.order_timeline(theo, order.id))[0]
    assert (first.who, first.why) == ("Theo Brandt", "Jo rang")


async def test_wrong_words_about_an_order_are_said_by_field_and_change_nothing(theo, marco, sent):
    order = await sent()
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    for day in ("", yesterday, "soon"):
        with pytest.raises(Invalid) as refused:
            await suppliers.acknowledge_order(marco, order.id, confirmed_on=day)
        assert set(refused.value.fields) == {"confirmed_on"}
    await suppliers.acknowledge_order(marco, order.id, confirmed_on=TODAY.isoformat())
    with pytest.raises(Invalid) as refused:
        await suppliers.ship_order(marco, order.id, carrier=" ", tracking_number="x" * 81)
    assert set(refused.value.fields) == {"carrier", "tracking_number"}
    await suppliers.ship_order(marco, order.id, carrier="Post")
    with pytest.raises(Invalid) as refused:
        await suppliers.deliver_order(marco, order.id, delivered_on=(TODAY + timedelta(days=1)).isoformat())
    assert set(refused.value.fields) == {"delivered_on"}
    for door in (suppliers.close_order, suppliers.cancel_order):
        other = await sent()
        await suppliers.acknowledge_order(marco, other.id, confirmed_on=TODAY.isoformat())
        if door is suppliers.close_order:
            await suppliers.ship_order(marco, other.id, carrier="Post")
        with pytest.raises(Invalid) as refused:
            await door(theo, other.id, " ")
        assert set(refused.value.fields) == {"reason"}
    assert (await suppliers.purchase_order(theo, order.id)).status is S.IN_TRANSIT


async def test_an_order_is_delivered_once_everything_is_counted_in_and_each_count_is_kept(theo, marco, sent):
    order = await sent()
    blank, polish = (line.id for line in order.lines)
    part = await suppliers.receive_order(
        theo, order.id, {blank: "30", polish: ""}, version=order.version, remark="Two cracked"
    )
    assert (part.status, part.closed_at) == (S.SENT, None)
    assert [line.remaining for line in part.lines] == [Decimal(20), Decimal("2.5")]
    assert (order.may_cancel, order.may_close) == (True, False)
    assert (part.may_cancel, part.may_close) == (False, True)
    with pytest.raises(suppliers.NotThatMove, match="counted in"):
        await suppliers.cancel_order(theo, order.id, "No more")
    whole = await suppliers.receive_order(theo, order.id, {blank: "20", polish: "2.5"}, version=part.version)
    assert (whole.status, whole.delivered_on, whole.to_count) == (S.DELIVERED, TODAY, False)
    assert [[count[1] for count in receipt.counted] for receipt in whole.receipts] == [
        [Decimal(20), Decimal("2.5")], [Decimal(30)],
    ]  # fmt: skip
    assert whole.receipts[1].note == "Two cracked"
    with pytest.raises(suppliers.NotThatMove, match="counted"):
        await suppliers.receive_order(theo, order.id, {blank: "1"}, version=whole.version)


async def test_more_than_is_to_come_nothing_and_strange_lines_are_refused(theo, sent):
    order = await sent()
    blank = order.lines[0].id
    for counted, field in (({blank: "51"}, str(blank)), ({blank: "-1"}, str(blank)), ({}, "counted"),
                           ({blank: "0"}, "counted")):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await suppliers.receive_order(theo, order.id, counted, version=order.version)
        assert set(refused.value.fields) == {field}, counted
    stranger = uuid4()
    with pytest.raises(Invalid) as refused:
        await suppliers.receive_order(theo, order.id, {stranger: "1"}, version=order.version)
    assert set(refused.value.fields) == {str(stranger)}
    assert (await suppliers.purchase_order(theo, order.id)).receipts == ()


async def test_the_same_parcel_counted_by_two_at_once_is_counted_once(theo, sent):
    order = await sent()
    blank = order.lines[0].id
    done = await asyncio.gather(
        *[suppliers.receive_order(theo, order.id, {blank: "10"}, version=order.version) for _ in range(3)],
        return_exceptions=True,
    )
    assert sum(isinstance(one, suppliers.ChangedElsewhere) for one in done) == 2
    assert (await suppliers.purchase_order(theo, order.id)).lines[0].received == 10


async def test_what_does_not_come_is_closed_short_with_the_reason(theo, marco, sent):
    order = await sent()
    with pytest.raises(suppliers.NotThatMove, match="cancel it"):
        await suppliers.close_order(theo, order.id, "Sold out")
    counted = await suppliers.receive_order(theo, order.id, {order.lines[0].id: "30"}, version=order.version)
    assert counted.may_close
    closed = await suppliers.close_order(theo, order.id, "Sold out")
    assert (closed.status, closed.closed_reason, closed.to_count) == (S.DELIVERED, "Sold out", False)
    with pytest.raises(suppliers.NotThatMove):
        await suppliers.close_order(theo, order.id, "Again")
    assert [line.received for line in closed.lines] == [Decimal(30), Decimal(0)]


async def test_a_cancelled_order_says_why_to_both(theo, marco, sent):
    order = await sent()
    cancelled = await suppliers.cancel_order(theo, order.id, "Ordered twice")
    assert (cancelled.status, cancelled.cancel_reason) == (S.CANCELLED, "Ordered twice")
    assert (await suppliers.purchase_order(marco, order.id)).cancel_reason == "Ordered twice"
    assert (await suppliers.order_timeline(marco, order.id))[0].why == "Ordered twice"


async def test_both_sides_pages_hear_of_every_move(theo, marco, lumen, sent):
    heard = []

    async def hear(topics):
        heard.extend(topics)

    order = await sent()
    end = subscribe(hear)
    try:
        await suppliers.acknowledge_order(marco, order.id, confirmed_on=TODAY.isoformat())
    finally:
        end()
    assert {f"purchase-order:{order.id}", "purchase-orders", f"purchase-orders:supplier:{lumen.id}"} <= set(heard)


async def test_the_counts_of_the_list_are_the_rows_there_are(theo, marco, lumen, other, anna, sent):
    orders = [await sent() for _ in range(5)]
    await suppliers.begin_order(theo, an_order(other.id))
    await suppliers.acknowledge_order(marco, orders[0].id, confirmed_on=TODAY.isoformat())
    await suppliers.acknowledge_order(marco, orders[1].id, confirmed_on=TODAY.isoformat())
    await suppliers.ship_order(marco, orders[1].id, carrier="Post")
    await suppliers.deliver_order(marco, orders[1].id)
    await suppliers.cancel_order(theo, orders[2].id, "Not needed")
    async with room.unit_of_work() as uow:
        await uow.session.execute(
            text("UPDATE suppliers.purchase_order SET expected_on = :day WHERE id = :id"),
            {"day": TODAY - timedelta(days=1), "id": orders[3].id},
        )
    for actor in (theo, marco, anna):
        counts = await suppliers.order_counts(actor)
        for view in suppliers.OrderList:
            page = await suppliers.orders_page(actor, view=view)
            assert counts.of(view) == page.total == len(page.rows), view
        assert counts.late == (await suppliers.orders_page(actor, late=True)).total == (actor is not anna)
    assert (await suppliers.order_counts(theo, supplier_id=other.id)).of(suppliers.OrderList.ALL) == 1
    assert (await suppliers.orders_page(theo, size=2, page=3)).total == 6
    assert (await suppliers.suppliers_page(theo)).rows[1].open_orders == 3


async def test_the_export_is_the_list_and_runs_nothing_in_a_spreadsheet(theo, marco, anna, sent):
    order = await sent(a_line("a", description="Blank"))
    await suppliers.acknowledge_order(marco, order.id, confirmed_on=TODAY.isoformat(), supplier_reference="=1+1")
    rows = (await suppliers.export_orders(theo)).splitlines()
    assert len(rows) == 2
    assert rows[0].startswith("Number,Supplier,Status")
    assert "'=1+1,GBP,625.00,125.00,750.00," in rows[1]
    assert len((await suppliers.export_orders(anna)).splitlines()) == 1
    assert len((await suppliers.export_orders(theo, text="nothing of it")).splitlines()) == 1


quantities = st.decimals(min_value="0.001", max_value="500", places=3)


@given(st.lists(quantities, min_size=1, max_size=6), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_however_it_is_counted_nothing_arrives_twice_and_nothing_is_lost(ordered, data):
    """Counts of any size, right or wrong: what is taken adds up, and never to more than was ordered."""
    lines = [
        LineRow(
            id=uuid4(), order_id=uuid4(), position=n, description="Blank", quantity=quantity, unit="pcs",
            unit_price_minor=1, tax_rate_percent=Decimal(0), net_minor=0, received_quantity=Decimal(0),
        )
        for n, quantity in enumerate(ordered)
    ]  # fmt: skip
    taken = {line.id: Decimal(0) for line in lines}
    for _ in range(data.draw(st.integers(1, 6))):
        counted = {line.id: str(data.draw(quantities)) for line in lines if data.draw(st.booleans())}
        read = Reader()
        arrived = _arrived(read, lines, counted)
        too_much = {str(line.id) for line in lines if Decimal(counted.get(line.id, 0)) > line.quantity - taken[line.id]}
        assert set(read.problems) == too_much
        if read.problems:
            continue  # the door writes nothing then
        for line, quantity in arrived:
            line.received_quantity += quantity
            taken[line.id] += quantity
    assert all(line.received_quantity == taken[line.id] <= line.quantity for line in lines)
