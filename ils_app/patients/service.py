"""The door of the patients room: a practice's patients, found, added once and changed by one hand at a time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import Room, UnitOfWork
from ils_app.patients import finding, names
from ils_app.patients.errors import ChangedElsewhere, LooksLike
from ils_app.patients.events import PatientAdded, PatientChanged
from ils_app.patients.models import NUMBERS, PatientReadRow, PatientRow, ReadFor
from ils_app.patients.schemas import PatientDraft, PatientPage, PatientRead, PatientView

room = Room("patients")

READ_AGAIN_AFTER = timedelta(minutes=5)
MAX_PAGE = 100


def topic(practice_id: UUID) -> str:
    """What open pages listen to for changes of a practice's patients."""
    return f"patients:practice:{practice_id}"


@door("patients.read")
async def search(actor: Actor, text: str, *, practice_id: UUID | None = None, limit: int = 10) -> list[PatientView]:
    """The patients of the actor's practice whom the text may mean, the likeliest first.

    Any beginnings of names in any order, number, reference, date of birth as it is usually typed. Raises Forbidden for
    roles that see only patients of an order, NotFound for another's practice.
    """
    own = _own_practice(actor, "patients.read", practice_id)
    query = finding.likeliest_first(finding.of_practice(own, text), text).limit(min(limit, MAX_PAGE))
    async with room.read() as session:
        return [_view(row) for row in (await session.execute(query)).scalars()]


@door("patients.read")
async def page(
    actor: Actor, text: str = "", *, after: UUID | None = None, limit: int = 25, practice_id: UUID | None = None
) -> PatientPage:
    """A page of the practice's patients by name, those the text may mean; `after` is the page before's `next`.

    Raises Invalid when `after` names no patient of this practice. Otherwise as `search`.
    """
    own = _own_practice(actor, "patients.read", practice_id)
    size = max(1, min(limit, MAX_PAGE))
    found = finding.of_practice(own, text)
    async with room.read() as session:
        total = (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()
        if after is not None:
            last = await _of_practice(session, after, own)
            if last is None:
                raise Invalid("This page no longer exists; start from the first.", fields={"cursor": "unknown"})
            place = tuple_(col(PatientRow.search_text), col(PatientRow.id))
            found = found.where(place > tuple_(literal(last.search_text), literal(last.id)))
        rows = (await session.execute(finding.by_name(found).limit(size + 1))).scalars().all()
    shown = [_view(row) for row in rows[:size]]
    return PatientPage(items=tuple(shown), next=shown[-1].id if len(rows) > size else None, total=total)


@door("patients.read")
async def patient(actor: Actor, patient_id: UUID) -> PatientView:
    """One patient of the actor's practice; that it was read is recorded.

    Raises NotFound when there is none, it is another practice's, or the role sees only patients of an order.
    """
    if actor.scope("patients.read") is not Scope.OWN:
        raise NotFound
    return await _read(actor, patient_id, actor.organisation_id, ReadFor.OPENED)


@door("patients.read")
async def for_order(actor: Actor, patient_id: UUID, practice_id: UUID) -> PatientView:
    """The patient an order is for, to whoever may see that order; that it was read is recorded.

    The orders room calls it with the ids of an order it has checked; no page and no route does. Raises NotFound when
    the patient is not of that practice.
    """
    actor.must("patients.read", practice_id=practice_id)
    return await _read(actor, patient_id, practice_id, ReadFor.ORDER)


@door("patients.read")
async def readers(actor: Actor, patient_id: UUID, *, limit: int = 20) -> list[PatientRead]:
    """Who read one of the practice's patients, the latest first. Raises NotFound like `patient`."""
    if actor.scope("patients.read") is not Scope.OWN:
        raise NotFound
    async with room.read() as session:
        if await _of_practice(session, patient_id, actor.organisation_id) is None:
            raise NotFound
        log = select(PatientReadRow).where(col(PatientReadRow.patient_id) == patient_id)
        latest = log.order_by(col(PatientReadRow.at).desc(), col(PatientReadRow.id).desc()).limit(limit)
        return [
            PatientRead(user_id=row.user_id, user_name=row.user_name, role=row.role, why=row.why, at=row.at)
            for row in (await session.execute(latest)).scalars()
        ]


@door("patients.write")
async def add(actor: Actor, draft: PatientDraft, *, even_if_alike: bool = False) -> PatientView:
    """Add a patient to the actor's practice.

    Raises LooksLike, with the ones it may be, when the practice seems to have the patient already; `even_if_alike`
    is the person's word that it is someone else.
    """
    practice_id = _own_practice(actor, "patients.write")
    async with room.unit_of_work() as uow:
        await finding.lock_additions(uow.session, practice_id)
        if not even_if_alike and (alike := await finding.looking_like(uow.session, practice_id, draft)):
            raise LooksLike([_view(row) for row in alike])
        return await _add(uow, practice_id, draft)


@door("orders.create")
async def take_for_order(
    actor: Actor, practice_id: UUID, draft: PatientDraft, *, even_if_alike: bool = False
) -> PatientView:
    """The patient whom an order brings along: the one the practice has under this name and date of birth, or a new one.

    The practice's own people are asked when one is merely alike: raises LooksLike, unless `even_if_alike`. The lab,
    entering an order for a practice, is shown nobody: the practice can tell them apart later. Raises NotFound for a
    foreign practice.
    """
    actor.must("orders.create", practice_id=practice_id)
    async with room.unit_of_work() as uow:
        await finding.lock_additions(uow.session, practice_id)
        alike = await finding.looking_like(uow.session, practice_id, draft)
        for row in alike:
            if finding.exactly(draft, row):
                await _record(uow.session, actor, row.id, ReadFor.ORDER)
                return _view(row)
        if alike and not even_if_alike and actor.practice_id == practice_id:
            raise LooksLike([_view(row) for row in alike])
        return await _add(uow, practice_id, draft)


@door("patients.write")
async def edit(actor: Actor, patient_id: UUID, draft: PatientDraft, version: int) -> PatientView:
    """Change a patient; `version` is the one that was read.

    Raises ChangedElsewhere, with the patient as it stands, when someone saved in between, NotFound for a foreign one.
    Saving what is already so changes nothing.
    """
    practice_id = _own_practice(actor, "patients.write")
    async with room.unit_of_work() as uow:
        row = await _of_practice(uow.session, patient_id, practice_id, lock=True)
        if row is None:
            raise NotFound
        entered = draft.model_dump()
        if entered == row.model_dump(include=set(entered)):
            return _view(row)
        if row.version != version:
            raise ChangedElsewhere(_view(row))
        for field, value in entered.items():
            setattr(row, field, value)
        row.search_text = names.search_text(row.family_name, row.given_name, row.number, row.reference)
        row.version, row.updated_at = row.version + 1, now()
        uow.emit(PatientChanged(patient_id=row.id, practice_id=practice_id))
        uow.publish(topic(practice_id))
        return _view(row)


@internal
async def profile(patient_id: UUID) -> PatientView:
    """One patient, for what other rooms keep of it; nobody looks, so no read is recorded. Raises NotFound."""
    async with room.read() as session:
        row = await session.get(PatientRow, patient_id)
    if row is None:
        raise NotFound
    return _view(row)


@internal
async def of_practice(patient_id: UUID, practice_id: UUID) -> PatientView:
    """One patient, for a draft of that practice; no read is recorded, nobody looks. Raises NotFound for others."""
    async with room.read() as session:
        row = await _of_practice(session, patient_id, practice_id)
    if row is None:
        raise NotFound
    return _view(row)


def _own_practice(actor: Actor, row: str, practice_id: UUID | None = None) -> UUID:
    """The practice whose patients the actor may go through; a role that sees only patients of an order has none."""
    if actor.scope(row) is not Scope.OWN:
        raise Forbidden
    actor.must(row, practice_id=practice_id)
    return actor.organisation_id


async def _of_practice(
    session: AsyncSession, patient_id: UUID, practice_id: UUID, *, lock: bool = False
) -> PatientRow | None:
    mine = col(PatientRow.id) == patient_id, col(PatientRow.practice_id) == practice_id
    query = select(PatientRow).where(*mine)
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def _read(actor: Actor, patient_id: UUID, practice_id: UUID, why: ReadFor) -> PatientView:
    async with room.unit_of_work() as uow:
        row = await _of_practice(uow.session, patient_id, practice_id)
        if row is None:
            raise NotFound
        await _record(uow.session, actor, row.id, why)
        return _view(row)


async def _record(session: AsyncSession, actor: Actor, patient_id: UUID, why: ReadFor) -> None:
    """Record a read; a page that refreshes itself under its reader's eyes within minutes is one read."""
    at = now()
    said: dict[str, Any] = {"patient_id": patient_id, "user_id": actor.user_id, "role": actor.role, "why": why}
    recent = (
        select(literal(1))
        .where(*(getattr(PatientReadRow, name) == value for name, value in said.items()))
        .where(col(PatientReadRow.at) > at - READ_AGAIN_AFTER)
    )
    if (await session.execute(recent.limit(1))).first() is None:
        await session.execute(insert(PatientReadRow).values(**said, user_name=actor.name, at=at))


async def _add(uow: UnitOfWork, practice_id: UUID, draft: PatientDraft) -> PatientView:
    number = f"CUST-{await uow.session.scalar(NUMBERS):06}"
    row = PatientRow(
        practice_id=practice_id,
        number=number,
        search_text=names.search_text(draft.family_name, draft.given_name, number, draft.reference),
        **draft.model_dump(),
    )
    uow.session.add(row)
    uow.emit(PatientAdded(patient_id=row.id, practice_id=practice_id))
    uow.publish(topic(practice_id))
    return _view(row)


def _view(row: PatientRow) -> PatientView:
    return PatientView.model_validate(row.model_dump(exclude={"search_text"}))
