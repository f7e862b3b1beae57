"""How fast the client asks."""

import asyncio

import pytest

from lims_client import CreateJobRequest, LimsTimeout, Prescription
from lims_client.rate import Lane, LaneFull, Lanes

REQUEST = CreateJobRequest(prescription=Prescription(od_sphere=-2))


async def test_no_minute_sees_more_than_the_rate(held):
    lanes, times = Lanes(1000, held), []
    for number in range(3000):
        await lanes.turn(Lane.JOBS if number % 4 == 0 else Lane.OTHER, within_seconds=1e9)
        times.append(held.passed)
    for first, begins in enumerate(times):
        assert sum(begins <= at < begins + 60 for at in times[first : first + 1001]) <= 1000


async def test_creating_a_job_never_waits_behind_typing(lims_that, held, job):
    lims, script = lims_that(job, rate_per_minute=60)
    with pytest.raises(LimsTimeout):
        for _ in range(100):
            await lims.get_job("J-1", deadline_seconds=0.5)
    held.slept.clear()
    asked = len(script.requests)
    await lims.create_job(REQUEST)
    assert held.slept == []
    assert len(script.requests) == asked + 1


async def test_a_turn_that_comes_after_the_deadline_is_refused_at_once_and_is_no_failure_of_the_lims(
    lims_that, held, job
):
    lims, script = lims_that(job, rate_per_minute=2)
    await lims.get_job("J-1")
    for _ in range(6):
        with pytest.raises(LimsTimeout) as caught:
            await lims.get_job("J-1", deadline_seconds=1)
        assert not caught.value.may_have_arrived
        assert caught.value.retry_at > held.now()
    assert len(script.requests) == 1
    assert (await lims.health()).breaker == "closed"


async def test_one_who_is_cancelled_while_waiting_gives_the_turn_back(held):
    lanes = Lanes(10, held)

    async def cancelled(_: float) -> None:
        raise asyncio.CancelledError

    await lanes.turn(Lane.OTHER, within_seconds=0)
    sleep, held.sleep = held.sleep, cancelled
    with pytest.raises(asyncio.CancelledError):
        await lanes.turn(Lane.OTHER, within_seconds=60)
    held.sleep = sleep
    await lanes.turn(Lane.OTHER, within_seconds=60)
    assert len(held.slept) == 1
    assert held.slept[0] < 10


async def test_with_no_rate_nobody_waits(held):
    lanes = Lanes(None, held)
    for _ in range(5000):
        await lanes.turn(Lane.OTHER, within_seconds=0)
    assert held.slept == []


def test_a_rate_that_leaves_no_room_for_jobs_is_refused(held):
    with pytest.raises(ValueError, match="at least 2"):
        Lanes(1, held)


async def test_a_full_lane_says_when_the_next_turn_is(held):
    lanes = Lanes(10, held)
    await lanes.turn(Lane.OTHER, within_seconds=0)
    with pytest.raises(LaneFull) as caught:
        await lanes.turn(Lane.OTHER, within_seconds=1)
    assert caught.value.seconds > 1
