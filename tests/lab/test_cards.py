"""Cards: one for each job, born with a tray, and the same whatever order the lab's words are heard in."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from ils_app.kernel import lims as kernel_lims
from ils_app.kernel import live
from ils_app.kernel.events import EventRow
from ils_app.kernel.room import Room
from ils_app.lab import service as lab
from ils_app.lab.models import CardRow, StepRow
from ils_app.lab.trays import tray_number
from ils_app.orders import service as orders
from ils_app.orders.schemas import JobCard
from lims_client.models import HistoryEntry, JobStatus

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        (JobStatus.QUEUED, ""), (JobStatus.IN_PRODUCTION, ""), (JobStatus.IN_PRODUCTION, "PICK"),
        (JobStatus.IN_PRODUCTION, "GEN"), (JobStatus.IN_PRODUCTION, "POLISH"), (JobStatus.IN_PRODUCTION, "AR"),
        (JobStatus.QUALITY_CHECK, "QC"), (JobStatus.READY_FOR_SHIPPING, "SHIP"), (JobStatus.ON_HOLD, ""),
        (JobStatus.FAILED, ""), (JobStatus.SHIPPED, ""), (JobStatus.COMPLETED, ""), (JobStatus.CANCELLED, ""),
    ]
)  # fmt: skip


def told(order_id, history) -> list[JobCard]:
    """What orders would say of a job after each of these words."""
    return [
        JobCard(
            order_id=order_id, practice_id=order_id, practice_name="Quay Vision", number=f"ORD-{order_id}", lens="1.60",
            urgency="rush", frame_to_come=False, job_id=f"JOB-{order_id}", job_status=status, lims_sequence=place,
            lims_at=START + timedelta(minutes=7 * place), station=station, queue_position=None,
            due_at=START + timedelta(days=place), promised_at=None, sent_at=START,
            reason="The tray is being looked for" if status is JobStatus.ON_HOLD else "", carrier="",
            tracking_number="",
        )
        for place, (status, station) in enumerate(history, start=1)
    ]  # fmt: skip


async def kept(order_id) -> dict[str, object]:
    async with Room("lab").read() as session:
        row = await session.get(CardRow, order_id)
        steps = (await session.execute(select(StepRow).where(StepRow.order_id == order_id))).scalars().all()
    card = {name: value for name, value in row.model_dump().items() if name not in ("order_id", "tray", "search")}
    return {**card, "steps": sorted((step.sequence, step.job_status, step.station) for step in steps)}


@given(history=st.lists(WORDS, min_size=1, max_size=9), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_card_is_the_same_whatever_order_and_however_often_the_words_are_heard(database, history, data):
    straight = shuffled = uuid4()
    for reading in told(straight, history):
        await lab.put_card(reading)
    expected = await kept(straight)
    async with Room("lab").unit_of_work() as uow:
        for table in ("card", "step"):
            await uow.session.execute(text(f"DELETE FROM lab.{table}"))
    readings = told(shuffled, history)
    for reading in [*data.draw(st.permutations(readings)), *data.draw(st.lists(st.sampled_from(readings), max_size=4))]:
        await lab.put_card(reading)
    assert await kept(shuffled) == expected


async def test_an_earlier_word_heard_late_never_takes_a_card_back(put, reading, technician):
    job = await put(JobStatus.QUALITY_CHECK, "QC", lims_sequence=7)
    late = reading(JobStatus.QUEUED, order_id=job.order_id, lims_sequence=2, queue_position=4)
    await lab.put_card(late)
    card = (await lab.card(technician, job.order_id)).card
    assert (card.job_status, card.stage, card.lims_sequence) == (JobStatus.QUALITY_CHECK, "inspection", 7)
    assert card.queue_position is None


async def test_moves_within_a_stage_are_one_stay_and_a_hold_does_not_end_it(database, technician):
    order_id = uuid4()
    making = JobStatus.IN_PRODUCTION
    way = [(making, "PICK"), (making, "GEN"), (making, "POLISH"), (JobStatus.ON_HOLD, ""), (making, "CLEAN")]
    readings = told(order_id, way)
    for reading in readings[:4]:
        await lab.put_card(reading)
    held = (await lab.card(technician, order_id)).card
    assert (held.stage, held.held, held.reason) == ("surfacing", True, "The tray is being looked for")
    await lab.put_card(readings[4])
    card = (await lab.card(technician, order_id)).card
    assert (card.stage, card.station, card.held, card.reason) == ("surfacing", "Cleaning", False, "")
    assert card.entered_stage_at == readings[1].lims_at


async def test_a_job_held_before_the_board_heard_of_it_stands_where_its_order_says(put, technician):
    job = await put(
        JobStatus.ON_HOLD,
        lims_sequence=5,
        stood=JobStatus.QUALITY_CHECK,
        stood_sequence=4,
        stood_at=START,
        reason="Why",
    )
    card = (await lab.card(technician, job.order_id)).card
    assert (card.stage, card.held, card.entered_stage_at) == ("inspection", True, START)


async def test_a_jobs_own_history_names_the_station_a_held_job_stood_at(put, reading, technician):
    job = await put(JobStatus.ON_HOLD, lims_sequence=3, stood=JobStatus.IN_PRODUCTION, stood_sequence=2, stood_at=START)
    assert (await lab.card(technician, job.order_id)).card.stage == "making"
    history = [
        HistoryEntry(status=JobStatus.QUEUED, sequence=1, timestamp=START - timedelta(hours=1)),
        HistoryEntry(status=JobStatus.IN_PRODUCTION, sequence=2, timestamp=START, station="AR"),
        HistoryEntry(status=JobStatus.ON_HOLD, sequence=3, timestamp=job.lims_at),
        HistoryEntry(status=JobStatus.ON_HOLD),  # a LIMS that tells no more than this
    ]
    assert await lab.put_card(job, history=history)
    card = (await lab.card(technician, job.order_id)).card
    assert (card.stage, card.station, card.held) == ("coating", "AR", True)
    assert not await lab.put_card(job, history=history)


async def test_a_job_born_on_hold_stands_in_the_queue(put, technician):
    job = await put(JobStatus.ON_HOLD, reason="The lab looks at it.")
    assert (await lab.card(technician, job.order_id)).card.stage == "queued"


async def test_a_new_job_gets_one_tray_for_ever_and_its_own(put, reading, technician):
    first, second = await put(), await put()
    await lab.put_card(reading(JobStatus.QUALITY_CHECK, order_id=first.order_id, lims_sequence=2))
    trays = [(await lab.card(technician, job.order_id)).card.tray for job in (first, second)]
    assert trays == [tray_number(1), tray_number(2)]
    async with Room("kernel").read() as session:
        names = [row.body["tray"] for row in (await session.execute(select(EventRow))).scalars()]
    assert names == trays


async def test_two_workers_hearing_of_a_new_job_at_once_make_one_card(database, reading, technician):
    job = reading()
    await asyncio.gather(*(lab.put_card(job) for _ in range(6)))
    assert (await lab.board(technician)).of(lab.BoardView.ALL) == 1


async def test_open_boards_are_told_of_a_change_and_not_of_a_repeat(database, reading):
    topics: list[str] = []

    async def hear(changed) -> None:
        topics.extend(changed)

    end = live.subscribe(hear)
    try:
        job = reading()
        assert await lab.put_card(job)
        assert topics == ["board"]
        assert not await lab.put_card(job)
        assert topics == ["board"]
    finally:
        end()


async def test_an_order_that_is_sent_appears_on_the_board_by_itself(placed, technician, work_off):
    view = await placed(carded=False)
    assert (await lab.board(technician)).of(lab.BoardView.ALL) == 0
    await work_off()
    card = (await lab.card(technician, view.id)).card
    assert (card.number, card.job_id, card.stage, card.queue_position) == (
        view.number, view.job_id, "queued", view.queue_position,
    )  # fmt: skip
    assert card.lens == view.lens
    assert "tanieck" not in card.model_dump_json()


async def test_a_job_born_in_the_lims_appears_on_the_board(lims, clinic, technician, work_off):
    body = {
        "accountNumber": "HARB-001", "shipTo": "MAIN", "lensType": "single_vision",
        "prescription": {"odSphere": -2, "osSphere": -2, "pd": 63},
    }  # fmt: skip
    job = (
        lims.call("POST", "jobs/create", json=body, headers={"Idempotency-Key": uuid4().hex}).raise_for_status().json()
    )
    assert await orders.adopt(job["jobId"])
    await work_off()
    assert (await lab.by_code(technician, job["jobId"])).card.practice_name == "Harbour Eye Care"


async def test_a_step_from_station_to_station_moves_the_card_and_writes_no_line_for_the_practice(
    lims, clinic, placed, technician
):
    view = await placed()
    lims.call("POST", "sandbox/step", json={"jobId": view.job_id}).raise_for_status()
    lims.control(station_events=True)
    lims.call("POST", "sandbox/step", json={"seconds": 4000}).raise_for_status()
    lims.control(station_events=False)
    job = await kernel_lims.lims().get_job(view.job_id)
    assert job.station != "PICK"
    await orders.take_job(job)
    await lab.take_card(view.id, history=job.history)
    assert [entry.what for entry in await orders.timeline(clinic.actor, view.id)] == [
        "In production",
        "Queued at the lab",
        "Order placed",
    ]
    seen = (await lab.card(technician, view.id)).card
    assert (seen.job_status, seen.lims_sequence, seen.station) == (
        JobStatus.IN_PRODUCTION, job.sequence, lab.station_word(job.station or ""),
    )  # fmt: skip
    passed = await lab.stations_passed(technician, view.id)
    assert passed[0].station == seen.station
    assert passed[-1].station == "Picking"


async def test_an_order_without_a_job_has_no_card(clinic):
    draft = await orders.open_draft(clinic.actor, orders.OrderDraft(patient_id=clinic.patient_id))
    assert not await lab.take_card(draft.id)
    assert not await lab.take_card(uuid4())
