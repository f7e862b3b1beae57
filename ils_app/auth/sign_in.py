"""Signing in and out: proof, then a session of which only a hash is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from ils_app.auth import attempts, hashing
from ils_app.auth.attempts import Purpose
from ils_app.auth.ending import end_sessions
from ils_app.auth.errors import (
    AccountRejected,
    AccountSuspended,
    NotYetApproved,
    OrganisationClosed,
    Refused,
    TemporaryPasswordOver,
    WrongCredentials,
)
from ils_app.auth.events import PersonSignedIn
from ils_app.auth.models import LIFE, OrganisationRow, PersonRow, SessionRow
from ils_app.auth.room import room
from ils_app.auth.rows import accounts, person_of, roles_of
from ils_app.auth.schemas import DemoPerson, PersonStatus, SessionKind, SignedIn
from ils_app.auth.session_cache import SESSIONS
from ils_app.auth.words import coarse_address, coarse_agent, normal_email
from ils_app.kernel import clock, config, log
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.permissions import anyone
from ils_app.kernel.roles import Role

logger: Final = log.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a new session is to be like."""

    kind: SessionKind
    role: Role | None
    address: str
    agent: str
    replaces: str | None


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@anyone
async def sign_in(
    email: str,
    password: str,
    *,
    address: str,
    agent: str = "",
    kind: SessionKind = SessionKind.BROWSER,
    role: Role | None = None,
    replaces: str | None = None,
) -> SignedIn:
    """Begin a session, and end the one whose token came with the request (`replaces`).

    Raises a Refused that says as much as the person may know: whether an account exists, and in which state it is,
    learns only who has its password. An unknown account costs the same work as a known one. `role` is the one a
    program asks for; Forbidden when the person lacks it.
    """
    normal = normal_email(email)
    attempt = await attempts.count(Purpose.SIGN_IN, normal or email, address)
    try:
        user_id, checked_hash = await _prove(normal, password)
        await attempts.forgive(attempt)
        began = _Beginning(kind=kind, role=role, address=address, agent=agent, replaces=replaces)
        return await _begin(user_id, checked_hash, began)
    except Refused as refusal:
        logger.info("sign_in_refused", reason=refusal.code)
        raise


@anyone
async def sign_in_demo(email: str, *, address: str, agent: str = "", replaces: str | None = None) -> SignedIn:
    """Begin a session as one of the demo people, without a password. Raises NotFound for others and in production."""
    if config.current().production:
        raise NotFound
    async with room.read() as session:
        query = select(PersonRow).where(col(PersonRow.email) == normal_email(email), col(PersonRow.demo))
        row = (await session.execute(query)).scalar_one_or_none()
    if row is None:
        raise NotFound
    began = _Beginning(kind=SessionKind.BROWSER, role=None, address=address, agent=agent, replaces=replaces)
    return await _begin(row.id, row.password_hash, began)


async def begin_session(
    user_id: UUID, password_hash: str, *, address: str, agent: str, replaces: str | None
) -> SignedIn:
    """Sign a person in who has just proved themselves otherwise than by a password. Raises a Refused."""
    began = _Beginning(kind=SessionKind.BROWSER, role=None, address=address, agent=agent, replaces=replaces)
    return await _begin(user_id, password_hash, began)


@anyone
async def demo_people() -> list[DemoPerson]:
    """Who may be signed in as with one click: nobody in production."""
    if config.current().production:
        return []
    query = (
        accounts()
        .where(col(PersonRow.demo), col(PersonRow.status) == PersonStatus.ACTIVE, col(OrganisationRow.active))
        .order_by(col(PersonRow.created_at), col(PersonRow.id))
    )
    async with room.read() as session:
        found = (await session.execute(query)).all()
    return [
        DemoPerson(email=row.email, name=row.name, roles=tuple(map(Role, roles)), organisation_name=organisation.name)
        for row, organisation, roles, _, _ in found
    ]


@anyone
async def sign_out(token: str) -> None:
    """End the session this token belongs to; a token that belongs to none is a wish already fulfilled."""
    async with room.unit_of_work() as uow:
        await end_sessions(uow, col(SessionRow.token_sha256) == token_hash(token), why="signed_out", by=None)


async def _prove(email: str | None, password: str) -> tuple[UUID, str]:
    """The account that this email and password prove, and the hash they were checked against."""
    async with room.read() as session:
        query = select(PersonRow).where(col(PersonRow.email) == email)
        row = (await session.execute(query)).scalar_one_or_none() if email else None
    if not await hashing.matches(password, row.password_hash if row else None) or row is None:
        raise WrongCredentials
    return row.id, row.password_hash


async def _begin(user_id: UUID, checked_hash: str, began: _Beginning) -> SignedIn:
    """Keep a new session. The account is read again, and held: it may have changed while the password was checked."""
    token, moment = secrets.token_urlsafe(32), clock.now()
    async with room.unit_of_work() as uow:
        row = await uow.session.get_one(PersonRow, user_id, with_for_update={"read": True})
        organisation = await uow.session.get(OrganisationRow, row.organisation_id) if row.organisation_id else None
        roles = await roles_of(uow.session, row.id)
        _refuse_entry(row, organisation, checked_hash, began.kind)
        assert organisation
        if began.role is not None and began.role not in roles:
            raise Forbidden
        if began.replaces:
            replaced = col(SessionRow.token_sha256) == token_hash(began.replaces)
            await end_sessions(uow, replaced, why="replaced", by=row.id)
        session = SessionRow(
            person_id=row.id,
            token_sha256=token_hash(token),
            kind=began.kind,
            role=began.role,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + LIFE[began.kind],
            address=coarse_address(began.address),
            agent=coarse_agent(began.agent),
        )
        uow.session.add(session)
        uow.emit(PersonSignedIn(user_id=row.id, session_id=session.id))
        uow.publish(SESSIONS)
        person = person_of(session, row, organisation, roles)
    return SignedIn(token=token, expires_at=session.expires_at, person=person)


def _refuse_entry(row: PersonRow, organisation: OrganisationRow | None, checked_hash: str, kind: SessionKind) -> None:
    if row.password_hash != checked_hash or (row.demo and config.current().production):
        raise WrongCredentials
    if row.status is PersonStatus.PENDING:
        raise NotYetApproved
    if row.status is PersonStatus.SUSPENDED:
        raise AccountSuspended(row.status_reason)
    if row.status is PersonStatus.REJECTED:
        raise AccountRejected(row.status_reason)
    if organisation is None or not organisation.active:
        raise OrganisationClosed
    if row.temporary_until is not None and (kind is SessionKind.API or row.temporary_until <= clock.now()):
        raise TemporaryPasswordOver
