"""Trying a draft on past orders: who gains and who loses before anything is published."""

from collections import Counter
from typing import Final

from ils_app.engineering.errors import asking_the_lab
from ils_app.engineering.schemas import CodeCount, Direction, Simulation, TriedOrder
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.lims import BACKGROUND_SECONDS, lims
from ils_app.kernel.permissions import door
from ils_app.orders import service as orders
from lims_client import Decision, Finding, SimulatedJob

LAST: Final = 500
NAMED: Final = 100  # of the orders a draft changes, so many are looked up by number and practice
_STRICTNESS = {decision: place for place, decision in enumerate(Decision)}  # accept, warn, confirm, hold, reject
_SHOWN_FIRST = (Direction.LOSES, Direction.GAINS, Direction.OTHER)


@door("catalog.publish")
async def simulate(actor: Actor, version: str, *, last: int = LAST) -> Simulation:
    """Judge the lab's last orders by this set and by the one in force. Raises NoSuchRules, LabAway."""
    with asking_the_lab():
        result = await lims().simulate(version, last=max(1, min(last, LAST)), deadline_seconds=BACKGROUND_SECONDS)
    directions = {job.job_id: _direction(job) for job in result.jobs}
    counted = Counter(directions.values())
    changed = [job for job in result.jobs if directions[job.job_id] is not Direction.SAME]
    changed.sort(key=lambda job: _SHOWN_FIRST.index(directions[job.job_id]))
    tried = [await _order(actor, job, directions[job.job_id], named=place < NAMED) for place, job in enumerate(changed)]
    return Simulation(
        version=version,
        tried=len(result.jobs),
        counts={direction: counted[direction] for direction in Direction},
        codes=_codes(changed),
        orders=tuple(tried),
    )


def _direction(job: SimulatedJob) -> Direction:
    before, after = _STRICTNESS[job.decision_before], _STRICTNESS[job.decision_after]
    if before == after:
        return Direction.OTHER if job.findings_gained or job.findings_lost else Direction.SAME
    return Direction.LOSES if after > before else Direction.GAINS


def _codes(changed: list[SimulatedJob]) -> tuple[CodeCount, ...]:
    gained = Counter(code for job in changed for code in {one.code for one in job.findings_gained})
    lost = Counter(code for job in changed for code in {one.code for one in job.findings_lost})
    codes = sorted(gained.keys() | lost.keys(), key=lambda code: (-(gained[code] + lost[code]), code))
    return tuple(CodeCount(code=code, gained=gained[code], lost=lost[code]) for code in codes)


async def _order(actor: Actor, job: SimulatedJob, direction: Direction, *, named: bool) -> TriedOrder:
    try:
        row = await orders.order_of_code(actor, job.job_id) if named else None
    except NotFound:
        row = None  # a job of the lab's own
    return TriedOrder(
        job_id=job.job_id,
        order_id=row.id if row else None,
        number=row.number if row else "",
        practice_name=row.practice_name if row else "",
        direction=direction,
        before=job.decision_before,
        after=job.decision_after,
        gained=_sentences(job.findings_gained),
        lost=_sentences(job.findings_lost),
    )


def _sentences(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.message for finding in findings))
