"""A practice as it is read: with its sites, its people, its suppliers, or with what stands in its way."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel import live
from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.remembered import Remembered
from ils_app.practices.errors import NotYetOpen
from ils_app.practices.models import PersonRow, PracticeRow, PreferredRow, SiteRow, SupplierRow
from ils_app.practices.room import PRACTICE, room
from ils_app.practices.schemas import (
    KnownSupplier,
    PracticePage,
    PracticePerson,
    PracticeSummary,
    PracticeView,
    SiteView,
)


@door("practices.read")
async def practice(actor: Actor, practice_id: UUID) -> PracticeView:
    """One practice. Raises NotFound when there is none, or it is another's; NotYetOpen when it cannot order yet."""
    actor.must("practices.read", practice_id=practice_id)
    return await profile(practice_id)


@door("practices.read")
async def practices(actor: Actor) -> list[PracticeView]:
    """The practices this person may see, by name: an ECP's own, everyone's for the lab and the admin."""
    async with room.read() as session:
        return await _views(session, (await session.execute(_by_name(_seen_by(actor)))).scalars().all())


@door("practices.read")
async def find_practices(actor: Actor, text: str = "", *, page: int = 1, size: int = 25) -> PracticePage:
    """A page of the practices this person may see, by name; `text` is part of a name, an account number or a site."""
    query = _seen_by(actor)
    if wanted := text.strip():
        site = exists().where(
            col(SiteRow.practice_id) == col(PracticeRow.id),
            or_(
                col(SiteRow.name).icontains(wanted, autoescape=True),
                col(SiteRow.postcode).icontains(wanted, autoescape=True),
            ),
        )
        named = (col(PracticeRow.name), col(PracticeRow.account_number))
        query = query.where(or_(*(one.icontains(wanted, autoescape=True) for one in named), site))
    async with room.read() as session:
        total = (await session.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
        shown = query.limit(size).offset((max(1, page) - 1) * size)
        rows = await _views(session, (await session.execute(_by_name(shown))).scalars().all())
    return PracticePage(rows=tuple(_summary(row) for row in rows), total=total, page=max(1, page), size=size)


@internal
async def profile(practice_id: UUID) -> PracticeView:
    """One practice, for other rooms. Raises NotFound, or NotYetOpen for one that was added but has no account yet."""
    async with room.read() as session:
        row = await session.get(PracticeRow, practice_id)
        if row is not None:
            return await in_session(session, row)
    if (await auth.organisation_name(practice_id)).kind is auth.OrganisationKind.PRACTICE:
        raise NotYetOpen
    raise NotFound


@internal
async def remembered(practice_id: UUID) -> PracticeView:
    """As `profile`, as it is or was at most half a minute ago: for what is done very often."""
    return await _profiles.get(practice_id)


@internal
async def practice_of_account(account_number: str) -> UUID | None:
    """Whose account with the lab this is; None when nobody's here."""
    query = select(col(PracticeRow.id)).where(col(PracticeRow.account_number) == account_number.strip())
    async with room.read() as session:
        return (await session.execute(query)).scalar_one_or_none()


async def in_session(session: AsyncSession, row: PracticeRow) -> PracticeView:
    """The practice as this session sees it."""
    return (await _views(session, [row]))[0]


def site_view(row: SiteRow) -> SiteView:
    """A site as it is read."""
    return SiteView(
        id=row.id,
        code=row.code,
        name=row.name,
        address=", ".join(part for part in (*row.address_lines, row.postcode, row.country) if part),
        address_lines=tuple(row.address_lines),
        postcode=row.postcode,
        country=row.country,
        default=row.is_default,
        open=row.closed_at is None,
        version=row.version,
    )


def person_view(row: PersonRow) -> PracticePerson:
    """Somebody of the roster as they are read."""
    return PracticePerson(
        id=row.id,
        name=row.name,
        user_id=row.user_id,
        role=row.role,
        registration=row.registration,
        body=row.body,
        active=row.left_at is None,
        orders=row.left_at is None and row.role.orders,
        version=row.version,
    )


def _seen_by(actor: Actor) -> Select[PracticeRow]:
    query = select(PracticeRow)
    if actor.scope("practices.read") is Scope.OWN:
        query = query.where(col(PracticeRow.id) == actor.organisation_id)
    return query


def _by_name(query: Select[PracticeRow]) -> Select[PracticeRow]:
    return query.order_by(func.lower(col(PracticeRow.name)), col(PracticeRow.id))


def _summary(view: PracticeView) -> PracticeSummary:
    return PracticeSummary(
        id=view.id,
        name=view.name,
        account_number=view.account_number,
        active=view.active,
        place=view.default_site.address if view.default_site else "",
        sites=len(view.open_sites),
        people=sum(person.active for person in view.people),
    )


async def _views(session: AsyncSession, rows: Sequence[PracticeRow]) -> list[PracticeView]:
    """The practices with all that is theirs, in four queries however many they are."""
    ids = [row.id for row in rows]
    sites = await _sites(session, ids)
    people = await _people(session, ids)
    suppliers = await _suppliers(session, ids)
    return [
        PracticeView(
            **row.model_dump(exclude={"created_at", "updated_at"}),
            sites=tuple(sites[row.id]),
            people=tuple(people[row.id]),
            suppliers=tuple(suppliers[row.id]),
        )
        for row in rows
    ]


async def _sites(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[SiteView]]:
    query = select(SiteRow).where(col(SiteRow.practice_id).in_(ids))
    closed = col(SiteRow.closed_at).is_not(None)
    found = await session.execute(query.order_by(closed, col(SiteRow.is_default).desc(), col(SiteRow.code)))
    sites: dict[UUID, list[SiteView]] = defaultdict(list)
    for site in found.scalars():
        sites[site.practice_id].append(site_view(site))
    return sites


async def _people(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[PracticePerson]]:
    query = select(PersonRow).where(col(PersonRow.practice_id).in_(ids))
    left = col(PersonRow.left_at).is_not(None)
    people: dict[UUID, list[PracticePerson]] = defaultdict(list)
    for person in (await session.execute(query.order_by(left, col(PersonRow.name), col(PersonRow.id)))).scalars():
        people[person.practice_id].append(person_view(person))
    return people


async def _suppliers(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[KnownSupplier]]:
    query = (
        select(col(PreferredRow.practice_id), SupplierRow)
        .join(SupplierRow, col(SupplierRow.id) == col(PreferredRow.supplier_id))
        .where(col(PreferredRow.practice_id).in_(ids))
        .order_by(col(PreferredRow.place))
    )
    suppliers: dict[UUID, list[KnownSupplier]] = defaultdict(list)
    for practice_id, row in (await session.execute(query)).all():
        suppliers[practice_id].append(KnownSupplier(id=row.id, name=row.name, active=row.active))
    return suppliers


_profiles: Final = Remembered(profile)


async def hear(topics: Sequence[str]) -> None:
    """Forget the practices these topics name; all of them when notes were lost."""
    if live.EVERYTHING in topics:
        _profiles.forget()
    for named in topics:
        if named.startswith(PRACTICE):
            _profiles.forget(UUID(named.removeprefix(PRACTICE)))


live.subscribe(hear)
