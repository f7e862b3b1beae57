"""What the lab does to a job: asked of the LIMS, shown when the LIMS has said so, never twice, never half."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Role
from ils_app.kernel.errors import Conflict, Forbidden, Invalid, Upstream
from ils_app.kernel.events import EventRow
from ils_app.kernel.room import Room
from ils_app.lab import service as lab
from ils_app.lab.schemas import Pick
from ils_app.orders import service as orders
from lims_client import LimsClient, Timing
from lims_client.models import JobStatus

QUEUED, MAKING, CHECK, PACKED, SHIPPED, HELD = (
    JobStatus.QUEUED, JobStatus.IN_PRODUCTION, JobStatus.QUALITY_CHECK, JobStatus.READY_FOR_SHIPPING,
    JobStatus.SHIPPED, JobStatus.ON_HOLD,
)  # fmt: skip


async def acts() -> list[dict]:
    async with Room("kernel").read() as session:
        rows = (await session.execute(select(EventRow).order_by(EventRow.id))).scalars()
        return [row.body for row in rows if row.name == "JobActed"]


def in_lims(lims, view) -> dict:
    return lims.call("GET", f"jobs/{view.job_id}").json()


async def packed(technician, placed):
    view = await placed()
    for to in (MAKING, CHECK, PACKED):
        await lab.move(technician, view.id, to)
    return view


async def test_a_job_goes_all_the_way_by_hand_and_order_lims_and_board_agree_at_once(lims, clinic, placed, technician):
    view = await placed()
    for to, stage in ((MAKING, "preparing"), (CHECK, "inspection"), (PACKED, "packed")):
        bench = await lab.move(technician, view.id, to)
        assert (bench.card.job_status, bench.card.stage) == (to, stage)
        assert (await orders.order(clinic.actor, view.id)).job_status is to
        assert in_lims(lims, view)["status"] == to
    shipped = await lab.ship(technician, view.id, "DPD", "15501234567890")
    assert (shipped.card.job_status, shipped.card.tracking_number) == (SHIPPED, "15501234567890")
    assert (shipped.card.stage_label, shipped.card.station) == ("Shipped", ""), "a parcel stands at no station"
    seen = await orders.order(clinic.actor, view.id)
    assert (seen.carrier, seen.tracking_number) == ("DPD", "15501234567890")
    assert (await lab.board(technician)).of(lab.BoardView.SHIPPED_TODAY) == 1
    assert (await lab.move(technician, view.id, JobStatus.COMPLETED)).card.stage == "gone"
    assert [(act["came_from"], act["went_to"], act["user_id"]) for act in await acts()][-2:] == [
        ("ready_for_shipping", "shipped", str(technician.user_id)),
        ("shipped", "completed", str(technician.user_id)),
    ]


async def test_the_timeline_names_the_technician_who_moved_the_job(clinic, placed, technician):
    view = await placed()
    await lab.move(technician, view.id, MAKING)
    newest = (await orders.timeline(clinic.actor, view.id))[0]
    assert (newest.who, newest.what) == ("Theo Marsh", "In production")


async def test_a_job_sent_back_from_inspection_is_in_production_again(placed, technician):
    view = await placed()
    await lab.move(technician, view.id, MAKING)
    await lab.move(technician, view.id, CHECK)
    assert (await lab.move(technician, view.id, MAKING, note="Power out of tolerance")).card.job_status is MAKING


async def test_a_move_from_where_the_job_no_longer_is_says_where_it_is_and_shows_it(lims, clinic, placed, technician):
    view = await placed()
    lims.call("POST", "sandbox/step", json={"jobId": view.job_id}).raise_for_status()  # its webhook never arrives
    with pytest.raises(lab.MovedOn, match=r"T-\d+-\d is in production by now, not queued; nothing was moved"):
        await lab.move(technician, view.id, MAKING, expected_status=QUEUED)
    assert in_lims(lims, view)["sequence"] == 2
    assert (await orders.order(clinic.actor, view.id)).job_status is MAKING
    assert (await lab.card(technician, view.id)).card.job_status is MAKING
    assert await acts() == []


async def test_two_technicians_moving_one_job_at_once_one_wins_and_the_other_is_told(lims, placed, actor_of):
    view = await placed()
    both = [actor_of(Role.LAB, name) for name in ("Ada", "Ben")]
    done = await asyncio.gather(
        *(lab.move(one, view.id, MAKING, expected_status=QUEUED) for one in both), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in done) == ["MovedOn", "Workbench"]
    assert in_lims(lims, view)["sequence"] == 2


async def test_the_same_act_sent_twice_with_its_key_is_one_act(lims, placed, technician):
    view = await placed()
    for _ in range(2):
        bench = await lab.move(technician, view.id, MAKING, expected_status=QUEUED, key="tap-1")
        assert bench.card.job_status is MAKING
    assert in_lims(lims, view)["sequence"] == 2


async def test_a_move_the_lims_does_not_know_is_refused_in_words(placed, technician):
    view = await placed()
    with pytest.raises(lab.CannotMove, match="is queued; it cannot go there from here"):
        await lab.move(technician, view.id, JobStatus.COMPLETED)


@pytest.mark.parametrize("mode", ["503", "html"])
async def test_with_the_lims_away_nothing_is_moved_and_the_person_is_told(lims, placed, technician, mode):
    view = await placed()
    lims.control(outage=True, outage_mode=mode)
    with pytest.raises(Upstream, match=r"^The lab's system does not answer; nothing was moved\. Try again\.$"):
        await lab.move(technician, view.id, MAKING)
    lims.control(outage=False)
    assert (await lab.card(technician, view.id)).card.job_status is QUEUED
    assert in_lims(lims, view)["sequence"] == 1


async def test_a_refused_connection_says_plainly_that_nothing_was_moved(placed, technician):
    view = await placed()
    await kernel_lims.close()
    kernel_lims.use(LimsClient(base_url="http://127.0.0.1:9", api_key="key", timing=Timing(attempts=1)))
    with pytest.raises(lab.LabSilent) as refusal:
        await lab.move(technician, view.id, MAKING)
    assert refusal.value.message == "The lab's system does not answer; nothing was moved. Try again."


@pytest.mark.parametrize(
    ("answer", "refusal", "words"),
    [
        (httpx.Response(404, json={"code": "not_found", "message": "No."}), lab.CannotMove, "does not know JOB-"),
        (httpx.Response(422, json={"code": "odd", "message": "Not on Sundays."}), lab.CannotMove, "Not on Sundays."),
        (httpx.Response(409, json={"code": "key_reused", "message": "Used."}), lab.CannotMove, "refused it: Used."),
        (httpx.Response(200, json={"hello": "world"}), lab.LabSilent, r"does not answer; nothing was moved\. Try"),
    ],
)
async def test_whatever_else_the_lims_answers_is_a_sentence(placed, technician, answer, refusal, words):
    view = await placed()
    await kernel_lims.close()
    transport = httpx.MockTransport(lambda _: answer)
    kernel_lims.use(
        LimsClient(base_url="http://lims.test", api_key="k", timing=Timing(attempts=1), transport=transport)
    )
    with pytest.raises(refusal, match=words):
        await lab.move(technician, view.id, MAKING)
    assert (await lab.card(technician, view.id)).card.job_status is QUEUED


async def test_a_hold_keeps_its_reason_where_all_see_it_until_it_is_released(clinic, placed, technician):
    view = await placed()
    await lab.move(technician, view.id, MAKING)
    held = await lab.hold(technician, view.id, "  Asks:\n tint depth ")
    assert (held.card.held, held.card.reason, held.card.stage) == (True, "Asks: tint depth", "preparing")
    order = await orders.order(clinic.actor, view.id)
    assert (order.status, order.reason, order.attention) == (orders.OrderStatus.ON_HOLD, "Asks: tint depth", True)
    assert (await lab.board(technician)).of(lab.BoardView.ON_HOLD) == 1
    released = await lab.release(technician, view.id, note="Ten per cent")
    assert (released.card.job_status, released.card.reason) == (MAKING, "")
    assert (await orders.order(clinic.actor, view.id)).attention is False


async def test_releasing_what_is_not_held_says_where_it_is(placed, technician):
    view = await placed()
    with pytest.raises(Conflict, match="is queued by now, not on hold"):
        await lab.release(technician, view.id)


async def test_a_hold_wants_a_reason_and_a_parcel_its_carrier_and_number(lims, placed, technician):
    view = await packed(technician, placed)
    with pytest.raises(Invalid) as refusal:
        await lab.hold(technician, view.id, "   ")
    assert set(refusal.value.fields) == {"reason"}
    with pytest.raises(Invalid) as refusal:
        await lab.ship(technician, view.id, "", " ")
    assert set(refusal.value.fields) == {"carrier", "tracking_number"}
    for to, words in ((SHIPPED, "ship it"), (HELD, "hold it"), (JobStatus.CANCELLED, "theirs to cancel")):
        with pytest.raises(lab.NotThisWay, match=words):
            await lab.move(technician, view.id, to)
    assert in_lims(lims, view)["status"] == PACKED


async def test_several_jobs_move_together_and_each_says_what_became_of_it(lims, placed, technician):
    fine, gone, parcel, done = [await placed() for _ in range(4)]
    for to in (MAKING, CHECK, PACKED):
        for view in (parcel, done):
            await lab.move(technician, view.id, to)
    await lab.ship(technician, done.id, "DPD", "1")
    await lab.move(technician, done.id, JobStatus.COMPLETED)
    lims.call("POST", "sandbox/step", json={"jobId": gone.job_id}).raise_for_status()
    stranger = uuid4()
    seen = ((fine, QUEUED), (gone, QUEUED), (parcel, PACKED), (done, JobStatus.COMPLETED))
    picks = [Pick(order_id=view.id, expected_status=status) for view, status in seen]
    results = await lab.move_many(technician, [*picks, Pick(order_id=stranger)])
    assert [result.order_id for result in results] == [fine.id, gone.id, parcel.id, done.id, stranger]
    assert [result.moved for result in results] == [True, False, False, False, False]
    said = [result.message for result in results]
    assert said[0].endswith("is in production.")
    assert "is in production by now, not queued" in said[1]
    assert said[2].startswith("T-")
    assert "tracking number" in said[2]
    assert "has no next step" in said[3]
    assert "No order" in said[4]
    assert in_lims(lims, fine)["status"] == MAKING


async def test_sent_on_together_no_job_skips_a_station_unless_its_next_status_is_named(lims, placed, technician):
    view = await placed()
    await lab.move(technician, view.id, MAKING)
    pick = Pick(order_id=view.id, expected_status=MAKING)
    (kept,) = await lab.move_many(technician, [pick])
    assert kept.message.endswith("would skip Surfacing, Coating and Edging; open it to send it on all the same.")
    assert (kept.moved, in_lims(lims, view)["status"]) == (False, MAKING)
    (named,) = await lab.move_many(technician, [pick], CHECK)
    assert (named.moved, in_lims(lims, view)["status"]) == (True, CHECK)


async def test_a_bulk_move_is_not_without_end(technician, database):
    with pytest.raises(Invalid, match="at most 100"):
        await lab.move_many(technician, [Pick(order_id=uuid4()) for _ in range(101)])


async def test_an_order_whose_card_is_not_there_yet_can_be_moved_all_the_same(placed, technician):
    view = await placed(carded=False)
    assert (await lab.move(technician, view.id, MAKING)).card.job_status is MAKING


async def test_an_order_nobody_knows_is_not_found(lims, technician):
    with pytest.raises(lab.NoSuchJob):
        await lab.move(technician, uuid4(), MAKING)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.LAB, Role.ENGINEER}])
async def test_only_lab_and_engineer_move_jobs(lims, placed, actor_of, role):
    view, other = await placed(), actor_of(role)
    for call in (
        lab.move(other, view.id, MAKING), lab.hold(other, view.id, "Why"), lab.release(other, view.id),
        lab.ship(other, view.id, "DPD", "1"), lab.move_many(other, [Pick(order_id=view.id)]),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
    assert in_lims(lims, view)["sequence"] == 1


async def test_a_word_of_the_lims_that_no_order_can_take_leaves_order_and_board_as_they_were(lims, placed, technician):
    view = await packed(technician, placed)
    await lab.ship(technician, view.id, "DPD", "1")
    there = in_lims(lims, view)
    back = {**there, "status": "queued", "sequence": there["sequence"] + 1}
    await kernel_lims.close()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=back))
    kernel_lims.use(
        LimsClient(base_url="http://lims.test", api_key="k", timing=Timing(attempts=1), transport=transport)
    )
    bench = await lab.move(technician, view.id, JobStatus.COMPLETED)
    assert bench.card.job_status is SHIPPED
