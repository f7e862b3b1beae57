"""A practice as it is read: with its sites, its people, and what stands in its way."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor, Scope
from ils_app.kernel.errors import NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.practices.errors import NotYetOpen
from ils_app.practices.models import PersonRow, PracticeRow, SiteRow
from ils_app.practices.room import room
from ils_app.practices.schemas import PracticePerson, PracticeView, SiteView


@door("practices.read")
async def practice(actor: Actor, practice_id: UUID) -> PracticeView:
    """One practice. Raises NotFound when there is none, or it is another's; NotYetOpen when it cannot order yet."""
    actor.must("practices.read", practice_id=practice_id)
    return await profile(practice_id)


@door("practices.read")
async def practices(actor: Actor) -> list[PracticeView]:
    """The practices this person may see, by name: an ECP's own, everyone's for the lab and the admin."""
    query = select(PracticeRow).order_by(col(PracticeRow.name), col(PracticeRow.id))
    if actor.scope("practices.read") is Scope.OWN:
        query = query.where(col(PracticeRow.id) == actor.organisation_id)
    async with room.read() as session:
        return await _views(session, (await session.execute(query)).scalars().all())


@internal
async def profile(practice_id: UUID) -> PracticeView:
    """One practice, for other rooms. Raises NotFound, or NotYetOpen for one that was added but has no account yet."""
    async with room.read() as session:
        row = await session.get(PracticeRow, practice_id)
        if row is not None:
            return (await _views(session, [row]))[0]
    if (await auth.organisation_name(practice_id)).kind is auth.OrganisationKind.PRACTICE:
        raise NotYetOpen
    raise NotFound


@internal
async def practice_of_account(account_number: str) -> UUID | None:
    """Whose account with the lab this is; None when nobody's here."""
    query = select(col(PracticeRow.id)).where(col(PracticeRow.account_number) == account_number.strip())
    async with room.read() as session:
        return (await session.execute(query)).scalar_one_or_none()


async def _views(session: AsyncSession, rows: Sequence[PracticeRow]) -> list[PracticeView]:
    """The practices with their sites and people, in three queries however many they are."""
    ids = [row.id for row in rows]
    sites: dict[UUID, list[SiteView]] = defaultdict(list)
    by_default = select(SiteRow).where(col(SiteRow.practice_id).in_(ids))
    for site in (
        await session.execute(by_default.order_by(col(SiteRow.is_default).desc(), col(SiteRow.code)))
    ).scalars():
        sites[site.practice_id].append(_site_view(site))
    people: dict[UUID, list[PracticePerson]] = defaultdict(list)
    by_name = select(PersonRow).where(col(PersonRow.practice_id).in_(ids))
    for person in (await session.execute(by_name.order_by(col(PersonRow.name), col(PersonRow.id)))).scalars():
        people[person.practice_id].append(person_view(person))
    return [
        PracticeView(
            id=row.id,
            name=row.name,
            account_number=row.account_number,
            phone=row.phone,
            active=row.active,
            version=row.version,
            sites=tuple(sites[row.id]),
            people=tuple(people[row.id]),
        )
        for row in rows
    ]


def _site_view(row: SiteRow) -> SiteView:
    return SiteView(
        id=row.id,
        code=row.code,
        name=row.name,
        address=", ".join(part for part in (*row.address_lines, row.postcode, row.country) if part),
        address_lines=tuple(row.address_lines),
        postcode=row.postcode,
        country=row.country,
        default=row.is_default,
    )


def person_view(row: PersonRow) -> PracticePerson:
    return PracticePerson(id=row.id, name=row.name, user_id=row.user_id, registration=row.registration)
