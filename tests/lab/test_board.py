"""The board: true counts, the right cards first, one answer for every code a scanner may read."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest

from ils_app.kernel.actor import Role
from ils_app.kernel.clock import lab_zone, now, today_in_lab
from ils_app.kernel.errors import Forbidden
from ils_app.lab import service as lab
from ils_app.lab.schemas import BoardView, Filters
from ils_app.lab.trays import tray_number
from lims_client.models import JobStatus

MAKING = JobStatus.IN_PRODUCTION


def stage(board, key):
    return next(stage for stage in board.stages if stage.key == key)


async def test_jobs_stand_in_the_stage_of_their_station_with_true_counts(put, technician):
    for station in ("PICK", "GEN", "POLISH", "AR", "EDGE"):
        await put(MAKING, station)
    await put(JobStatus.QUEUED, due_at=now() - timedelta(hours=1))
    await put(JobStatus.QUALITY_CHECK, "QC")
    await put(JobStatus.READY_FOR_SHIPPING, "SHIP")
    board = await lab.board(technician)
    assert [(one.key, one.count, one.late) for one in board.stages] == [
        ("queued", 1, 1), ("preparing", 1, 0), ("surfacing", 2, 0), ("coating", 1, 0), ("edging", 1, 0),
        ("inspection", 1, 0), ("packed", 1, 0),
    ]  # fmt: skip
    assert board.of(BoardView.ALL) == 8


async def test_a_lims_that_tells_no_stations_fills_one_column_that_is_there_only_then(put, technician):
    assert "making" not in {one.key for one in (await lab.board(technician)).stages}
    await put(MAKING)
    assert stage(await lab.board(technician), "making").count == 1


async def test_a_column_shows_the_first_cards_by_due_date_and_counts_them_all(put, technician):
    jobs = [await put(MAKING, "GEN", due_at=now() + timedelta(hours=hours)) for hours in (9, 1, 5, 3)]
    undated = await put(MAKING, "GEN", due_at=None)
    column = stage(await lab.board(technician, limit=3), "surfacing")
    assert column.count == 5
    assert [card.order_id for card in column.cards] == [jobs[1].order_id, jobs[3].order_id, jobs[2].order_id]
    everything = stage(await lab.board(technician), "surfacing")
    assert everything.cards[-1].order_id == undated.order_id


async def test_shipped_completed_and_cancelled_jobs_leave_the_board(put, technician):
    await put(JobStatus.SHIPPED, lims_at=now())
    await put(JobStatus.SHIPPED, lims_at=now() - timedelta(days=3))
    await put(JobStatus.COMPLETED)
    await put(JobStatus.CANCELLED)
    board = await lab.board(technician)
    assert sum(one.count for one in board.stages) == board.of(BoardView.ALL) == 0
    assert board.of(BoardView.SHIPPED_TODAY) == 1
    assert (await lab.cards(technician, Filters(view=BoardView.SHIPPED_TODAY))).total == 1
    shipped = await lab.board(technician, Filters(view=BoardView.SHIPPED_TODAY))
    assert [(one.key, one.count) for one in shipped.stages] == [("shipped", 1)]


async def test_shipped_today_has_a_column_even_when_nothing_was(put, technician):
    shipped = await lab.board(technician, Filters(view=BoardView.SHIPPED_TODAY))
    assert [(one.key, one.count) for one in shipped.stages] == [("shipped", 0)]


async def test_each_view_counts_and_holds_its_own(put, technician):
    end_of_today = datetime.combine(today_in_lab(), time.max, lab_zone())
    today = await put(MAKING, "AR", due_at=end_of_today)
    late = await put(MAKING, "AR", due_at=now() - timedelta(minutes=1))
    rush = await put(MAKING, "AR", urgency="rush")
    held = await put(JobStatus.ON_HOLD, reason="Asks: tint depth")
    failed = await put(JobStatus.FAILED, reason="Broken")
    wanted = {
        BoardView.DUE_TODAY: {today}, BoardView.LATE: {late}, BoardView.RUSH: {rush}, BoardView.ON_HOLD: {held, failed},
        BoardView.ALL: {today, late, rush, held, failed},
    }  # fmt: skip
    counts = (await lab.board(technician)).counts
    for view, jobs in wanted.items():
        found = await lab.cards(technician, Filters(view=view))
        assert {card.order_id for card in found.cards} == {job.order_id for job in jobs}, view
        assert counts[view] == found.total == len(jobs)
        columns = (await lab.board(technician, Filters(view=view))).stages
        assert {card.order_id for one in columns for card in one.cards} == {job.order_id for job in jobs}


async def test_a_job_that_waits_for_its_frame_is_never_late(put, technician):
    overdue = now() - timedelta(days=1)
    waiting = await put(JobStatus.QUEUED, frame_to_come=True, due_at=overdue)
    begun = await put(MAKING, "GEN", frame_to_come=True, due_at=overdue)
    assert not (await lab.card(technician, waiting.order_id)).card.late
    assert (await lab.card(technician, begun.order_id)).card.late
    board = await lab.board(technician)
    assert (stage(board, "queued").late, stage(board, "surfacing").late, board.of(BoardView.LATE)) == (0, 1, 1)


async def test_the_board_is_found_by_words_practice_and_stage(put, technician):
    mine = await put(MAKING, "GEN", practice_name="Évry Optique", lens="Trivex drill mount")
    await put(MAKING, "AR")
    for wanted in (
        Filters(text="evry TRIVEX"), Filters(text=mine.number[-6:]), Filters(text=mine.job_id.lower()),
        Filters(practice_id=mine.practice_id), Filters(stage="surfacing"),
    ):  # fmt: skip
        assert [card.order_id for card in (await lab.cards(technician, wanted)).cards] == [mine.order_id], wanted
    only = await lab.board(technician, Filters(stage="surfacing"))
    assert [one.key for one in only.stages] == ["surfacing"]
    assert only.of(BoardView.ALL) == 2  # counts of views are of the whole floor


async def test_a_percent_sign_in_the_search_is_only_a_percent_sign(put, technician):
    await put()
    assert (await lab.cards(technician, Filters(text="%"))).total == 0


async def test_the_list_goes_page_by_page_through_every_card_once(put, technician):
    for hours in range(7):
        await put(MAKING, "GEN", due_at=now() + timedelta(hours=hours))
    pages = [await lab.cards(technician, offset=offset, limit=3) for offset in (0, 3, 6)]
    assert [page.total for page in pages] == [7, 7, 7]
    seen = [card.order_id for page in pages for card in page.cards]
    assert len(seen) == len(set(seen)) == 7


async def test_any_code_of_a_job_opens_it(put, technician):
    job = await put()
    tray = (await lab.card(technician, job.order_id)).card.tray
    for code in (
        job.number, job.number.lower(), job.job_id, tray, tray.replace("-", ""), f" {tray} \n", str(job.order_id),
        f"http://127.0.0.1:3000/orders/{job.order_id}", f"https://ils.example/orders/{job.order_id}/",
    ):  # fmt: skip
        assert (await lab.by_code(technician, code)).card.order_id == job.order_id, code


async def test_an_unknown_code_is_not_found_and_a_misread_tray_says_so(put, technician):
    job = await put()
    tray = (await lab.card(technician, job.order_id)).card.tray
    misread = tray[:-1] + str((int(tray[-1]) + 1) % 10)
    with pytest.raises(lab.MisreadTray, match="check digit"):
        await lab.by_code(technician, misread)
    for code in ("ORD-1999-000001", str(uuid4()), "https://ils.example/orders/nonsense", tray_number(99999)):
        with pytest.raises(lab.NoSuchJob):
            await lab.by_code(technician, code)


async def test_the_workbench_offers_what_may_be_done_from_where_the_job_is(put, technician, actor_of):
    packed = await put(JobStatus.READY_FOR_SHIPPING, "SHIP")
    bench = await lab.card(technician, packed.order_id)
    assert (bench.may_ship, bench.may_hold, bench.may_release) == (True, True, False)
    assert [choice.to for choice in bench.moves] == [JobStatus.QUALITY_CHECK]
    held = await lab.card(technician, (await put(JobStatus.ON_HOLD)).order_id)
    assert (held.may_release, held.may_hold, held.moves) == (True, False, ())
    engineer = await lab.card(actor_of(Role.ENGINEER), packed.order_id)
    assert engineer == bench, "the engineer moves jobs too"


@pytest.mark.parametrize(
    ("station", "skips"),
    [("PICK", ("Surfacing", "Coating", "Edging")), ("AR", ("Edging",)), ("MOUNT", ()), ("", ())],
)
async def test_a_move_that_skips_stations_names_them(put, technician, station, skips):
    bench = await lab.card(technician, (await put(JobStatus.IN_PRODUCTION, station)).order_id)
    assert [(choice.to, choice.skips) for choice in bench.moves] == [(JobStatus.QUALITY_CHECK, skips)]


@pytest.mark.parametrize("role", [Role.ECP, Role.SUPPLIER, Role.ADMIN])
async def test_roles_without_the_floor_are_refused_before_anything_is_read(role, put, actor_of):
    job, stranger = await put(), actor_of(role)
    for call in (
        lab.board(stranger), lab.cards(stranger), lab.card(stranger, job.order_id), lab.by_code(stranger, job.number),
        lab.ticket_pdf(stranger, job.order_id), lab.jobs_on_floor(stranger),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call


async def test_the_rail_counts_the_jobs_on_the_floor(put, technician):
    await put()
    await put(JobStatus.SHIPPED)
    assert await lab.jobs_on_floor(technician) == 1
