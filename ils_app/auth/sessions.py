"""Who holds a token, and which sessions there are; each can be ended at once."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlmodel import col

from ils_app.auth.ending import end_sessions
from ils_app.auth.errors import AccountSuspended, OrganisationClosed, Refused
from ils_app.auth.models import IDLE, OrganisationRow, PersonRow, SessionRow
from ils_app.auth.room import room
from ils_app.auth.rows import live_sessions, person_of
from ils_app.auth.schemas import Person, PersonStatus, SessionsPage, SessionView
from ils_app.auth.session_cache import Known, cache
from ils_app.auth.sign_in import token_hash
from ils_app.auth.words import like
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import anyone, door

SEEN_EVERY_SECONDS = 60
LARGEST_PAGE = 100


@anyone
async def person_for(token: str | None, *, touch: bool = True) -> Person | None:
    """The person whose live session this token belongs to, None for nobody.

    Remembered for up to 30 seconds, but never past the end of the session. With `touch` the session counts as used,
    which is written at most once a minute; a page that only follows live changes passes False, or it would keep an
    abandoned browser signed in.
    """
    if not token:
        return None
    hashed, moment = token_hash(token), clock.now()
    known = cache.get(hashed, moment) or await _read(hashed)
    if known is None or known.person.expires_at <= moment or known.seen_at + IDLE <= moment:
        return None
    if touch and (moment - known.seen_at).total_seconds() >= SEEN_EVERY_SECONDS:
        known.seen_at = moment
        async with room.unit_of_work() as uow:
            used = update(SessionRow).where(col(SessionRow.id) == known.person.session_id)
            await uow.session.execute(used.values(last_seen_at=moment))
    return known.person


@anyone
async def shut_out(token: str | None) -> Refused | None:
    """Why the holder of this token, whose session was ended, could not sign in at present; None when they could.

    Only who had the session has its token, so they may read what signing in would tell them.
    """
    if not token:
        return None
    query = (
        select(PersonRow, col(OrganisationRow.active))
        .join(SessionRow, col(SessionRow.person_id) == col(PersonRow.id))
        .join(OrganisationRow, col(OrganisationRow.id) == col(PersonRow.organisation_id))
        .where(col(SessionRow.token_sha256) == token_hash(token), col(SessionRow.revoked_at).is_not(None))
    )
    async with room.read() as session:
        found = (await session.execute(query)).first()
    if found is None:
        return None
    person, active = found
    if person.status is PersonStatus.SUSPENDED:
        return AccountSuspended(person.status_reason)
    return None if active else OrganisationClosed()


@door("account.own")
async def own_sessions(actor: Actor) -> list[SessionView]:
    """Where the actor is signed in, the latest used first."""
    query = live_sessions(clock.now()).where(col(SessionRow.person_id) == actor.user_id)
    async with room.read() as session:
        found = (await session.execute(_latest_first(query).limit(LARGEST_PAGE))).all()
    return [_view(actor, *row) for row in found]


@door("people.manage")
async def sessions(actor: Actor, *, search: str = "", page: int = 1, size: int = 25) -> SessionsPage:
    """Everybody's live sessions, the latest used first; `search` looks in names, emails and organisations."""
    query = live_sessions(clock.now())
    if search.strip():
        pattern = like(search)
        query = query.where(
            or_(
                col(PersonRow.name).ilike(pattern),
                col(PersonRow.email).ilike(pattern),
                col(OrganisationRow.name).ilike(pattern),
            )
        )
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    async with room.read() as session:
        total = await session.scalar(select(func.count()).select_from(query.subquery()))
        found = (await session.execute(_latest_first(query).limit(size).offset((page - 1) * size))).all()
    return SessionsPage(rows=[_view(actor, *row) for row in found], total=total or 0, page=page, size=size)


@door("account.own")
async def end_session(actor: Actor, session_id: UUID) -> None:
    """End a session at once: one's own, or an administrator anybody's. NotFound for another's or one that is over."""
    which = col(SessionRow.id) == session_id
    if not actor.may("people.manage"):
        which = which & (col(SessionRow.person_id) == actor.user_id)
    async with room.unit_of_work() as uow:
        if not await end_sessions(uow, which, why="ended", by=actor.user_id):
            raise NotFound


@door("account.own")
async def end_other_sessions(actor: Actor) -> int:
    """End every session of the actor but the one they ask from; answers how many."""
    async with room.unit_of_work() as uow:
        return await end_sessions(uow, others_of(actor), why="ended", by=actor.user_id)


def others_of(actor: Actor) -> Any:
    """The actor's sessions but the one they ask from."""
    mine = col(SessionRow.person_id) == actor.user_id
    return mine if actor.session_id is None else mine & (col(SessionRow.id) != actor.session_id)


async def _read(token_sha256: str) -> Known | None:
    evictions, moment = cache.evictions, clock.now()
    async with room.read() as session:
        query = live_sessions(moment).where(col(SessionRow.token_sha256) == token_sha256)
        found = (await session.execute(query)).first()
    if found is None:
        return None
    known = Known(person=person_of(*found), seen_at=found[0].last_seen_at, read_at=moment)
    cache.put(token_sha256, known, evictions=evictions)
    return known


def _latest_first(query: Any) -> Any:
    return query.order_by(col(SessionRow.last_seen_at).desc(), col(SessionRow.id))


def _view(
    actor: Actor, session: SessionRow, person: PersonRow, organisation: OrganisationRow, _: list[str]
) -> SessionView:
    return SessionView(
        id=session.id,
        user_id=person.id,
        person_name=person.name,
        organisation_name=organisation.name,
        kind=session.kind,
        role=session.role,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        address=session.address,
        agent=session.agent,
        current=session.id == actor.session_id,
    )
