"""Lists of orders: found by every word on them, counted truly whatever happens, shown to those who may see them."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import HealthCheck

from ils_app.kernel import clock
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.search import folded, prefix_query
from ils_app.orders import service as orders
from ils_app.orders.schemas import ListView, OrderDraft, OrderStatus
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft


async def test_an_order_is_found_by_every_kind_of_word_on_it(lab, clinic, good, placed, technician):
    patient = await patients.add(
        clinic.actor, PatientDraft(given_name="Zoë-Anne", family_name="O\u2019Brien-Łukasz", reference="Z9")
    )
    order = await placed(good(patient_id=patient.id, reference="Tray 17/b"))
    await placed(good(reference="Another"))
    lab.call("POST", f"jobs/{order.job_id}/advance", json={}).raise_for_status()
    year = order.number.split("-")[1]
    for text in (
        order.number, order.number.lower(), order.number.split("-")[2], f"{year} {order.number.split('-')[2]}",
        "zoe", "Zoë", "ZOE ANNE", "obrien lukasz".replace("ob", "o b"), "O'Brien", "łuk", patient.number,
        "17 b", "tray", order.job_id, order.job_id.lower(), "harbour zoe", "eye lukasz 17",
    ):  # fmt: skip
        for actor in (clinic.actor, technician):
            assert [row.id for row in await orders.find_orders(actor, text)] == [order.id], text
    for text in ("nobody", "zoe another", "", "  ", "\x00", "!!", "'; drop table"):
        assert await orders.find_orders(clinic.actor, text) == [], text


async def test_an_order_is_found_by_the_end_of_its_number(lab, clinic, placed, technician):
    orders_there = [await placed() for _ in range(3)]
    order = orders_there[1]
    admin = Actor(uuid4(), "Ada", Role.ADMIN, uuid4())
    count = order.number.rpartition("-")[2]
    for text in (count[1:], count[-4:], count[-3:]):
        # The lab counts on from test to test, and a job's own number may begin so.
        meant = {one.id for one in orders_there if one.number.endswith(text) or f"-{text}" in one.job_id}
        assert order.id in meant
        for actor in (clinic.actor, technician, admin):
            assert {row.id for row in await orders.find_orders(actor, text)} == meant, text
    assert await orders.find_orders(clinic.actor, "998") == []


async def test_an_order_is_found_by_its_tracking_number_once_it_has_one(lab, clinic, placed, tell_lims):
    order = await placed()
    for _ in range(4):
        lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()
    await tell_lims(order.job_id)
    seen = await orders.order(clinic.actor, order.id)
    assert [row.id for row in await orders.find_orders(clinic.actor, seen.tracking_number)] == [order.id]


async def test_a_foreign_practices_orders_are_not_found(lab, clinic, clinic_of, placed):
    other = await clinic_of("MILL-001", "Mill Lane")
    order = await placed()
    assert await orders.find_orders(other.actor, order.number) == []
    with pytest.raises(orders.NoSuchOrder):
        await orders.order_of_code(other.actor, order.number)


async def test_a_scanned_code_opens_the_order_by_number_or_job(lab, clinic, placed, technician):
    order = await placed()
    for code in (order.number, f" {order.number.lower()} ", order.job_id, order.job_id.lower()):
        assert (await orders.order_of_code(technician, code)).id == order.id
    for code in ("", "ORD-1999-000001", "\x00"):
        with pytest.raises(orders.NoSuchOrder):
            await orders.order_of_code(technician, code)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_what_is_asked_is_always_a_query_postgres_takes(text):
    asked = prefix_query(text)
    assert asked is None or all(word.endswith(":*") and folded(word) for word in asked.split(" & "))
    assert folded(folded(text)) == folded(text)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40))
async def test_an_order_is_found_by_its_reference_whatever_it_is(text, lab, clinic):
    opened = await orders.open_draft(clinic.actor, OrderDraft(reference=text))
    if folded(text):
        found = (await orders.orders_page(clinic.actor, text=text, limit=100)).rows
        assert opened.id in [row.id for row in found]
    await orders.discard(clinic.actor, opened.id)


async def test_views_show_what_their_names_say_and_the_counts_are_theirs(
    lab, wire, clinic, good, placed, tell_lims, technician
):
    made = {}
    for view, steps in (
        (ListView.IN_PRODUCTION, 1), (ListView.QUALITY_CHECK, 2), (ListView.SHIPPED, 4), (ListView.COMPLETED, 5),
    ):  # fmt: skip
        order = await placed()
        for _ in range(steps):
            lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()
        await tell_lims(order.job_id)
        made[view] = order.id
    held = await placed()
    lab.call("POST", f"jobs/{held.job_id}/hold", json={"reason": "Frame broken"}).raise_for_status()
    await tell_lims(held.job_id)
    made[ListView.ON_HOLD] = made[ListView.ATTENTION] = held.id
    gone = await placed()
    await orders.cancel(clinic.actor, gone.id, reason="Not wanted")
    made[ListView.CANCELLED] = gone.id
    made[ListView.DRAFTS] = (await orders.open_draft(clinic.actor, good())).id
    wire.cut = True
    made[ListView.WAITING] = (await placed()).id
    for view in ListView:
        rows = (await orders.orders_page(clinic.actor, view=view)).rows
        assert len(rows) == (await orders.counts(clinic.actor)).of(view), view
        if view is not ListView.ALL:
            assert [row.id for row in rows] == [made[view]], view
    of_lab = await orders.counts(technician)
    assert of_lab.of(ListView.ALL) == len((await orders.orders_page(technician, limit=100)).rows)
    waiting = await orders.waiting_for_lab(technician)
    assert (waiting.count, (await orders.waiting_for_lab(clinic.actor)).count) == (1, 1)
    assert waiting.since
    assert waiting.next_try_at


async def test_late_and_due_orders_are_counted_as_they_are_listed(lab, clinic, placed, sql, technician):
    late, today, held = [await placed() for _ in range(3)]
    due = "UPDATE orders.\"order\" SET due_at = now() + :hours * interval '1 hour' WHERE id = :id"
    await sql(due, hours=-48, id=late.id)
    await sql(due, hours=0.0005, id=today.id)
    await sql(due, hours=-48, id=held.id)
    await sql("UPDATE orders.\"order\" SET status = 'on_hold' WHERE id = :id", id=held.id)
    counted = await orders.counts(clinic.actor)
    rows = (await orders.orders_page(clinic.actor, late=True)).rows
    assert late.id in [row.id for row in rows]
    assert counted.late == len(rows)
    assert [row.id for row in await orders.due_next(technician)] == [late.id, today.id]
    changed = [row.id for row in await orders.recently_changed(clinic.actor)]
    assert set(changed) == {late.id, today.id, held.id}


async def test_a_patients_orders_are_listed_for_their_practice(lab, clinic, good, placed, technician):
    other = await patients.add(clinic.actor, PatientDraft(given_name="Ann", family_name="Other"))
    mine = await placed(good(patient_id=other.id))
    await placed()
    for actor in (clinic.actor, technician):
        assert [row.id for row in (await orders.orders_page(actor, patient_id=other.id)).rows] == [mine.id]
    assert await orders.patient_is_ordered(other.id)
    assert not await orders.patient_is_ordered(uuid4())


async def test_the_card_of_a_job_is_the_labs_view_without_a_patient(lab, clinic, good, placed, tell_lims):
    assert await orders.job_card((await orders.open_draft(clinic.actor, good())).id) is None
    order = await placed()
    lab.call("POST", "sandbox/step", json={"jobId": order.job_id}).raise_for_status()
    await tell_lims(order.job_id)
    lab.call("POST", f"jobs/{order.job_id}/hold", json={"reason": "Frame broken"}).raise_for_status()
    await tell_lims(order.job_id)
    card = await orders.job_card(order.id)
    assert (card.job_status, card.stood, card.stood_sequence, card.lims_sequence) == ("on_hold", "in_production", 2, 3)
    assert "Jones" not in card.model_dump_json()


async def counted_by_hand(sql, practice_id) -> dict[str, int]:
    rows = await sql(
        'SELECT status AS bucket, count(*) AS n FROM orders."order" WHERE practice_id = :p GROUP BY status UNION ALL '
        'SELECT \'attention\', count(*) FROM orders."order" WHERE practice_id = :p AND attention',
        p=practice_id,
    )  # fmt: skip
    return {row.bucket: row.n for row in rows if row.n}


async def counters(sql, practice_id) -> dict[str, int]:
    rows = await sql("SELECT bucket, count FROM orders.tally WHERE practice_id = :p", p=practice_id)
    return {row.bucket: row.count for row in rows if row.count}


BORN = {
    "accountNumber": "HARB-001", "shipTo": "MAIN", "lensType": "single_vision", "design": "sv-sph",
    "material": "159", "prescription": {"odSphere": -7, "osSphere": -7, "odPd": 31, "osPd": 31},
    "coatings": ["hc", "ar-std"],
    "frame": {"type": "rimless", "a": 52, "b": 34, "dbl": 18, "ed": 54, "status": "supplied"},
}  # fmt: skip
"""A telephone order that the lab holds at once."""

STEPS = ["draft", "discard", "place", "wait", "refuse", "resend", "step", "hold", "cancel", "correct", "copy", "born"]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(walk=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), min_size=8, max_size=20))
async def test_the_counters_equal_a_count_after_any_walk(
    walk, lab, wire, clinic_of, good, tell_lims, sql, forget_failures
):
    account = f"WALK-{uuid4().hex[:8]}"
    lab.call("POST", "sandbox/accounts", json={"accountNumber": account}).raise_for_status()
    clinic = await clinic_of(account)
    one = good(patient_id=clinic.patient_id)
    made: list = []
    for what, which in walk:
        forget_failures()
        wire.cut = what in ("wait", "refuse")
        chosen = made[which % len(made)] if made else None
        try:
            if what in ("place", "wait", "refuse"):
                wanted = good({"od_axis": ""}, patient_id=clinic.patient_id) if what == "refuse" else one
                made.append((await orders.open_draft(clinic.actor, wanted)).id)
                await orders.submit(clinic.actor, made[-1], wanted)
            elif what == "draft":
                made.append((await orders.open_draft(clinic.actor, one)).id)
            elif what == "born":
                job = (
                    lab.call("POST", "sandbox/jobs", json={**BORN, "accountNumber": account}).raise_for_status().json()
                )
                await orders.adopt(job["jobId"])
                made += [row.id for row in (await orders.orders_page(clinic.actor, text=job["jobId"])).rows]
            elif chosen is None:
                continue
            elif what == "discard":
                await orders.discard(clinic.actor, chosen)
                made.remove(chosen)
            elif what == "resend":
                await orders.resend(clinic.actor, chosen)
            elif what == "cancel":
                await orders.cancel(clinic.actor, chosen, reason="Walked")
            elif what in ("correct", "copy"):
                act = orders.cancel_and_correct if what == "correct" else orders.duplicate
                made.append((await act(clinic.actor, chosen)).id)
            else:
                job_id = (await orders.order(clinic.actor, chosen)).job_id
                path, body = ("sandbox/step", {"jobId": job_id}) if what == "step" else (
                    f"jobs/{job_id}/hold", {"reason": "Walked"})  # fmt: skip
                if job_id and lab.call("POST", path, json=body).is_success:
                    await tell_lims(job_id)
        except (orders.NotADraft, orders.TooLate, orders.NoSuchOrder):
            pass  # the walk asks for things at the wrong moment on purpose
    assert await counters(sql, clinic.id) == await counted_by_hand(sql, clinic.id)


async def test_fifty_orders_at_once_are_fifty_orders_fifty_jobs_and_true_counts(
    lab, clinic, good, sql, jobs_of, emitted
):
    drafts = [(await orders.open_draft(clinic.actor, good(reference=f"No {n}"))).id for n in range(50)]
    views = await asyncio.gather(
        *(orders.submit(clinic.actor, order_id, good(reference=f"No {n}")) for n, order_id in enumerate(drafts)),
        *(orders.submit(clinic.actor, order_id, good(reference=f"No {n}")) for n, order_id in enumerate(drafts[:20])),
    )
    assert len({view.job_id for view in views}) == len({view.number for view in views}) == 50
    assert {view.reference for view in views} == {f"No {n}" for n in range(50)}
    assert len(jobs_of(clinic.id)) == 50
    assert await counters(sql, clinic.id) == await counted_by_hand(sql, clinic.id) == {"in_production": 50}
    assert (await emitted()).count("OrderSubmitted") == 50
    rows, cursor = [], None
    while True:
        page = await orders.orders_page(clinic.actor, cursor=cursor, limit=7)
        rows += [row.id for row in page.rows]
        if (cursor := page.next_cursor) is None:
            break
    assert sorted(rows) == sorted(drafts)


async def test_moves_in_every_direction_at_once_wait_for_each_other_in_no_ring(
    lab, wire, clinic, good, sql, forget_failures
):
    """Refusals, corrections, new drafts and adoptions of one practice touch the same counters, again and again."""
    wrong = good({"od_axis": ""})
    wire.cut = True
    refused = []
    for _ in range(8):
        draft = await orders.open_draft(clinic.actor, wrong)
        refused.append((await orders.submit(clinic.actor, draft.id, wrong)).id)
    wire.cut = False
    forget_failures()
    corrected = []
    for order_id in refused[:4]:
        await orders.resend(clinic.actor, order_id)
        corrected.append((await orders.cancel_and_correct(clinic.actor, order_id)).id)
    jobs = [lab.call("POST", "sandbox/jobs", json=BORN).raise_for_status().json()["jobId"] for _ in range(4)]
    await asyncio.gather(
        *(orders.resend(clinic.actor, order_id) for order_id in refused[4:]),
        *(orders.submit(clinic.actor, order_id, good()) for order_id in corrected),
        *(orders.adopt(job) for job in jobs),
        *(orders.open_draft(clinic.actor, good()) for _ in range(4)),
    )
    assert await counters(sql, clinic.id) == await counted_by_hand(sql, clinic.id) == {
        "on_hold": 12, "attention": 8, "in_production": 4, "draft": 4,
    }  # fmt: skip


async def test_numbers_restart_with_the_year_in_the_labs_zone(lab, clinic, placed, monkeypatch):
    async def drawn(moment: datetime) -> str:
        monkeypatch.setattr(clock, "now", lambda: moment)
        return await orders.draw_number()

    summer_eve = datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert await drawn(summer_eve) == "ORD-2030-000001"
    assert await drawn(summer_eve) == "ORD-2030-000002"
    assert await drawn(datetime(2031, 1, 1, tzinfo=UTC)) == "ORD-2031-000001"
    assert await drawn(summer_eve) == "ORD-2030-000003"
    monkeypatch.setattr(clock, "_lab_zone", clock.ZoneInfo("Pacific/Auckland"))
    assert await drawn(datetime(2031, 12, 31, 12, tzinfo=UTC)) == "ORD-2032-000001"  # already new year at the lab


async def test_the_first_orders_of_a_year_drawn_at_once_have_numbers_of_their_own(lab, clinic, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2040, 6, 1, tzinfo=UTC))
    numbers = await asyncio.gather(*(orders.draw_number() for _ in range(20)))
    assert sorted(numbers) == [f"ORD-2040-{n:06d}" for n in range(1, 21)]


async def test_a_status_of_the_list_is_a_status_of_orders():
    assert set(ListView) - {ListView.ALL, ListView.ATTENTION, ListView.DRAFTS, ListView.WAITING} <= set(OrderStatus)
