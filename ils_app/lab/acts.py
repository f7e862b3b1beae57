"""What the lab asks of the LIMS: move, hold, release, ship, several at once. Shown when the LIMS has said so.

Each act names the status the person saw and carries a key of its own, so that a repeat is no second act. No
transaction is open while the LIMS is asked; its answer is applied to the order and to the card at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID, uuid4

from ils_app.kernel import log
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import IlsError, Invalid
from ils_app.kernel.lims import CLICK_SECONDS, lims
from ils_app.kernel.permissions import door
from ils_app.lab import floor
from ils_app.lab.board import card
from ils_app.lab.cards import TOPIC, room, take_card
from ils_app.lab.errors import CannotMove, LabSilent, MovedOn, NoSuchJob, NotThisWay
from ils_app.lab.events import JobActed
from ils_app.lab.models import CardRow
from ils_app.lab.schemas import Card, MoveResult, Pick, Workbench
from ils_app.orders import service as orders
from lims_client.errors import (
    LimsConflict,
    LimsError,
    LimsNotFound,
    LimsRefused,
    LimsUnavailable,
)
from lims_client.models import Job, JobStatus

MOST_AT_ONCE: Final = 100
LANES: Final = 4
LONGEST_WORDS: Final = 500

logger = log.get_logger(__name__)
Ask = Callable[[str, JobStatus, str], Awaitable[Job]]  # job id, expected status, idempotency key


@door("orders.move")
async def move(
    actor: Actor,
    order_id: UUID,
    to: JobStatus,
    *,
    expected_status: JobStatus | None = None,
    note: str = "",
    key: str | None = None,
) -> Workbench:
    """Have the LIMS move a job along its way; `expected_status` is what the person saw, the card's when absent.

    Raises MovedOn with where the job is now, CannotMove, LabSilent; NotThisWay for a hold or a parcel, which want more.
    """
    if to in {JobStatus.SHIPPED, JobStatus.ON_HOLD, JobStatus.CANCELLED}:
        asks = {JobStatus.SHIPPED: "a carrier and a tracking number: ship it", JobStatus.ON_HOLD: "a reason: hold it"}
        raise NotThisWay(f"This move wants {asks.get(to, 'the practice: it is theirs to cancel')}.")

    async def ask(job_id: str, expected: JobStatus, act_key: str) -> Job:
        return await lims().advance(
            job_id, to=to, note=_words(note) or None, expected_status=expected, idempotency_key=act_key,
            deadline_seconds=CLICK_SECONDS,
        )  # fmt: skip

    return await _act(actor, order_id, "move", expected_status, key, ask)


@door("orders.move")
async def hold(
    actor: Actor, order_id: UUID, reason: str, *, expected_status: JobStatus | None = None, key: str | None = None
) -> Workbench:
    """Have the LIMS stop a job. Raises Invalid without a reason: the practice is shown it."""
    why = _words(reason)
    if not why:
        raise Invalid("Say why the job is held; the practice is shown it.", fields={"reason": "Say why."})

    async def ask(job_id: str, expected: JobStatus, act_key: str) -> Job:
        return await lims().hold(
            job_id, reason=why, expected_status=expected, idempotency_key=act_key, deadline_seconds=CLICK_SECONDS
        )

    return await _act(actor, order_id, "hold", expected_status, key, ask)


@door("orders.move")
async def release(actor: Actor, order_id: UUID, *, note: str = "", key: str | None = None) -> Workbench:
    """Have the LIMS let a held job go on where it stood. Raises MovedOn when it is held no more."""

    async def ask(job_id: str, expected: JobStatus, act_key: str) -> Job:
        return await lims().release(
            job_id, note=_words(note) or None, expected_status=JobStatus.ON_HOLD, idempotency_key=act_key,
            deadline_seconds=CLICK_SECONDS,
        )  # fmt: skip

    return await _act(actor, order_id, "release", JobStatus.ON_HOLD, key, ask)


@door("orders.move")
async def ship(
    actor: Actor,
    order_id: UUID,
    carrier: str,
    tracking_number: str,
    *,
    expected_status: JobStatus | None = None,
    key: str | None = None,
) -> Workbench:
    """Have the LIMS ship a packed job. Raises Invalid without carrier or tracking number."""
    by, number = _words(carrier), _words(tracking_number)
    missing = {} if by else {"carrier": "Who carries it?"}
    if not number:
        missing["tracking_number"] = "The carrier's number of the parcel."
    if missing:
        raise Invalid("A parcel leaves with its carrier and tracking number.", fields=missing)

    async def ask(job_id: str, expected: JobStatus, act_key: str) -> Job:
        return await lims().advance(
            job_id, to=JobStatus.SHIPPED, carrier=by, tracking_number=number, expected_status=expected,
            idempotency_key=act_key, deadline_seconds=CLICK_SECONDS,
        )  # fmt: skip

    return await _act(actor, order_id, "ship", expected_status, key, ask)


@door("orders.move")
async def move_many(
    actor: Actor, picks: Sequence[Pick], to: JobStatus | None = None, *, note: str = "", key: str | None = None
) -> tuple[MoveResult, ...]:
    """Move several jobs, to `to` or each to its usual next step; each has its own result, in the order given.

    Raises Invalid for more than a hundred. Jobs whose next step is shipping are refused singly: each has its parcel.
    So are those whose next step would skip stations: that is asked for job by job, or by naming `to`.
    """
    if len(picks) > MOST_AT_ONCE:
        raise Invalid(f"Move at most {MOST_AT_ONCE} jobs at once.")
    lanes = asyncio.Semaphore(LANES)

    async def one(pick: Pick) -> MoveResult:
        async with lanes:
            tray, seen = "", None
            try:
                seen = (await card(actor, pick.order_id)).card
                tray = seen.tray
                going = to or _next(seen)
                after = await move(
                    actor, pick.order_id, going, expected_status=pick.expected_status, note=note, key=key
                )
            except IlsError as error:
                said = error.message if not tray or error.message.startswith(tray) else f"{tray}: {error.message}"
                return MoveResult(order_id=pick.order_id, tray=tray, moved=False, message=said, card=seen)
            said = f"{tray} is {floor.STATUS_WORDS[after.card.job_status]}."
            return MoveResult(order_id=pick.order_id, tray=tray, moved=True, message=said, card=after.card)

    return tuple(await asyncio.gather(*(one(pick) for pick in picks)))


async def _act(
    actor: Actor, order_id: UUID, verb: str, expected: JobStatus | None, key: str | None, ask: Ask
) -> Workbench:
    """Ask the LIMS, apply its answer, and say where the job is."""
    before = await _before(order_id)
    seen = expected or before.job_status
    try:
        job = await ask(before.job_id, seen, f"act:{actor.user_id}:{order_id}:{key or uuid4()}"[:255])
    except LimsConflict as error:
        raise await _refused(order_id, before, seen, error) from None
    except LimsNotFound:
        raise CannotMove(f"The lab's system does not know {before.job_id}.") from None
    except LimsRefused as error:
        raise CannotMove(f"The lab's system refused it: {error.body.message}") from None
    except LimsUnavailable as error:
        logger.warning("act_unanswered", order_id=order_id, verb=verb, error=type(error).__name__)
        raise LabSilent from None
    except LimsError as error:
        logger.error("act_not_understood", order_id=order_id, verb=verb, error=type(error).__name__)
        raise LabSilent from None
    await _apply(order_id, job, actor.name)
    async with room.unit_of_work() as uow:
        uow.emit(
            JobActed(
                order_id=order_id, practice_id=before.practice_id, verb=verb, came_from=before.job_status,
                went_to=job.status, lims_sequence=job.sequence or 0, user_id=actor.user_id,
            )
        )  # fmt: skip
        uow.publish(TOPIC)
    return await card(actor, order_id)


async def _before(order_id: UUID) -> CardRow:
    """The card as it stands. An order whose fact has not reached the board yet is read here and now."""
    for _ in range(2):
        async with room.read() as session:
            row = await session.get(CardRow, order_id)
        if row is not None:
            return row
        await take_card(order_id)
    raise NoSuchJob


async def _apply(order_id: UUID, job: Job, who: str) -> None:
    """Take the LIMS's answer for the order and its card, without waiting for the webhook that says the same."""
    try:
        await orders.take_job(job, who=who)
    except ValueError:  # a move no order makes; the engineer sees it with the delivery that tells of it too
        logger.warning("illegal_move", order_id=order_id, job_id=job.job_id)
    await take_card(order_id, history=job.history)


async def _refused(order_id: UUID, before: CardRow, seen: JobStatus, error: LimsConflict) -> MovedOn | CannotMove:
    """Where the job is now, in a sentence; the order and the board know it too from here on."""
    if error.job is not None:
        await _apply(order_id, error.job, "The lab")
    here = error.status
    name = before.tray
    if here is not None and here is not seen:
        return MovedOn(
            f"{name} is {floor.STATUS_WORDS[here]} by now, not {floor.STATUS_WORDS[seen]}; nothing was moved."
        )
    if here is not None:
        return CannotMove(f"{name} is {floor.STATUS_WORDS[here]}; it cannot go there from here.")
    return CannotMove(f"The lab's system refused it: {error.body.message}")


def _next(seen: Card) -> JobStatus:
    """The usual next step of a job. Raises NotThisWay when there is none."""
    onward = floor.BY_HAND.get(seen.job_status, ())
    if not onward:
        raise NotThisWay(f"{seen.tray} is {floor.STATUS_WORDS[seen.job_status]}; it has no next step.")
    if missed := floor.skipped(seen.stage, onward[0]):
        raise NotThisWay(f"{seen.tray} would skip {spoken(missed)}; open it to send it on all the same.")
    return onward[0]


def spoken(names: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> spoken(["Surfacing", "Coating", "Edging"])
    'Surfacing, Coating and Edging'
    """
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _words(text: str) -> str:
    """What a person wrote, on one line, no longer than the LIMS takes."""
    return " ".join(text.split())[:LONGEST_WORDS]
