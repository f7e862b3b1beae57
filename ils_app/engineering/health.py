"""How ILS itself is: what it stands on, how fast it is, what waits and what has given up, in the last minutes."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ils_app.engineering.rule_sets import room
from ils_app.engineering.schemas import HealthFigure, HealthPart, SystemHealth
from ils_app.kernel import health, trend
from ils_app.kernel.actor import Actor
from ils_app.kernel.permissions import door
from ils_app.kernel.trend import Trend

WINDOW_SECONDS: Final = 900
OUTCOMES: Final = ("sent", "waiting", "refused", "rejected")
BREAKER: Final = ("closed", "half open", "open")
PARTS: Final = {
    "database": "Database",
    "migrations": "Tables",
    "worker": "Worker",
    "lims": "The lab's LIMS",
}
# The limits of the alert rules in deploy/prometheus, as far as these have one.
ORDERING_SECONDS, LIMS_SECONDS, WEBHOOK_SECONDS, PUSH_SECONDS, JOB_AGE_SECONDS = 0.5, 2.0, 5.0, 0.5, 60.0
FORGED = 5

# The inbox knows when a delivery was worked whichever process did it.
_WORKED: Final = text(
    "SELECT count(*), percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM worked_at - received_at))"
    " FROM kernel.inbox WHERE received_at > now() - make_interval(secs => :window) AND worked_at IS NOT NULL"
    " AND attempts = 1"
)


@door("health.read")
async def system_health(actor: Actor) -> SystemHealth:
    """How ILS is now and has been for a quarter of an hour, or since this process started."""
    parts, lately = await health.parts(), await trend.trend(WINDOW_SECONDS)
    worked, slowest = await _worked()
    return SystemHealth(
        parts=tuple(HealthPart(name=PARTS[key], says=said, ok=said == health.OK) for key, said in parts.items()),
        figures=(
            *_ordering(lately),
            *_lims(lately),
            *_webhooks(lately, worked, slowest),
            *_jobs(lately),
            *_live(lately),
        ),
        seconds=lately.seconds,
    )


async def _worked() -> tuple[int | None, float | None]:
    """How many deliveries were worked, and within how many seconds 99 of 100; None while the database is away."""
    try:
        async with room.read() as session:
            count, slowest = (await session.execute(_WORKED, {"window": WINDOW_SECONDS})).one()
    except (SQLAlchemyError, OSError):  # the parts say so, and the page is for just such a day
        return None, None
    return count, None if slowest is None else float(slowest)


def _ordering(lately: Trend) -> list[HealthFigure]:
    placed = {word: int(lately.more("order_submissions_total", outcome=word)) for word in OUTCOMES}
    return [
        HealthFigure(
            group="Ordering",
            label="From click to job, 99 of 100 within",
            value=lately.quantile(0.99, "order_submission_duration_seconds", outcome="sent"),
            unit="s",
            limit=ORDERING_SECONDS,
            detail=", ".join(f"{count} {word}" for word, count in placed.items() if count) or "no order placed",
        ),
        HealthFigure(
            group="Ordering",
            label="Orders that wait for the lab",
            value=placed["waiting"],
            limit=0,
            detail="placed lately",
        ),
    ]


def _lims(lately: Trend) -> list[HealthFigure]:
    asked = lately.more("lims_request_duration_seconds_count")
    answered = sum(lately.more("lims_request_duration_seconds_count", outcome=word) for word in ("2xx", "4xx"))
    state = int(lately.value("lims_breaker_state"))
    return [
        HealthFigure(
            group="The LIMS",
            label="An answer, 95 of 100 within",
            value=lately.quantile(0.95, "lims_request_duration_seconds"),
            unit="s",
            limit=LIMS_SECONDS,
            detail=f"{int(asked)} asked, {int(asked - answered)} without an answer that counts",
        ),
        HealthFigure(
            group="The LIMS", label="Breaker", value=state, limit=0, words=BREAKER[state], detail="closed is well"
        ),
    ]


def _webhooks(lately: Trend, worked: int | None, slowest: float | None) -> list[HealthFigure]:
    return [
        HealthFigure(
            group="Webhooks",
            label="Accepted to worked, 99 of 100 within",
            value=slowest,
            unit="s",
            limit=WEBHOOK_SECONDS,
            detail="unknown: the database is away" if worked is None else f"{worked} worked",
        ),
        HealthFigure(
            group="Webhooks",
            label="Signatures that prove nothing",
            value=int(lately.more("webhook_signature_failures_total")),
            limit=FORGED,
            detail="refused with 401",
        ),
    ]


def _jobs(lately: Trend) -> list[HealthFigure]:
    jobs = {state: lately.value("jobs", state=state) for state in ("waiting", "doing", "scheduled", "failed")}
    return [
        HealthFigure(
            group="Durable jobs",
            label="Oldest that is due has waited",
            value=lately.value("jobs_oldest_age_seconds", state="waiting"),
            unit="s",
            limit=JOB_AGE_SECONDS,
            detail="{waiting:.0f} due, {doing:.0f} under way, {scheduled:.0f} for later".format(**jobs),
        ),
        HealthFigure(
            group="Durable jobs",
            label="Given up",
            value=jobs["failed"],
            limit=0,
            detail="on the deliveries page, to be tried again",
        ),
    ]


def _live(lately: Trend) -> list[HealthFigure]:
    return [
        HealthFigure(
            group="Live pages",
            label="Telling every open page, 99 of 100 within",
            value=lately.quantile(0.99, "push_fan_out_seconds"),
            unit="s",
            limit=PUSH_SECONDS,
            detail=f"{int(lately.more('push_fan_out_seconds_count'))} changes told",
        ),
        HealthFigure(group="Live pages", label="Open pages told of changes", value=int(lately.value("live_sessions"))),
    ]
