"""The door of the practices room: who may order, under which account, and where lenses are sent."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel.actor import Actor, Role, Scope
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.kernel.room import Room
from ils_app.practices.errors import AccountTaken, ChangedElsewhere
from ils_app.practices.events import PracticeChanged, PracticeRegistered
from ils_app.practices.models import PersonRow, PracticeRow, SiteRow
from ils_app.practices.schemas import (
    PersonDraft,
    PracticeDraft,
    PracticePerson,
    PracticeView,
    ProfileDraft,
    SiteDraft,
    SiteView,
)

room = Room("practices")


def topic(practice_id: UUID) -> str:
    """What open pages listen to for changes of this practice's profile."""
    return f"practice:{practice_id}"


@door("practices.read")
async def practice(actor: Actor, practice_id: UUID) -> PracticeView:
    """One practice. Raises NotFound when there is none, or it is another's."""
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


@door("practices.write")
async def edit_profile(actor: Actor, practice_id: UUID, draft: ProfileDraft, version: int) -> PracticeView:
    """Change the telephone number and the default site; `version` is the one that was read.

    For the practice's manager and the admin. Raises NotFound for a foreign practice, Forbidden for a member who is no
    manager, ChangedElsewhere when someone saved in between, Invalid for a site of another practice.
    """
    actor.must("practices.write", practice_id=practice_id)
    if actor.role is Role.ECP and not actor.manager:
        raise Forbidden
    async with room.unit_of_work() as uow:
        row = await uow.session.get(PracticeRow, practice_id, with_for_update=True)
        if row is None:
            raise NotFound
        if row.version != version:
            raise ChangedElsewhere
        row.phone, row.version, row.updated_at = draft.phone, row.version + 1, now()
        if draft.default_site_id is not None:
            await _make_default(uow.session, practice_id, draft.default_site_id)
        uow.emit(PracticeChanged(practice_id=practice_id))
        uow.publish(topic(practice_id))
    return await profile(practice_id)


@internal
async def profile(practice_id: UUID) -> PracticeView:
    """One practice, for other rooms. Raises NotFound."""
    async with room.read() as session:
        row = await session.get(PracticeRow, practice_id)
        if row is None:
            raise NotFound
        return (await _views(session, [row]))[0]


@internal
async def practice_of_account(account_number: str) -> UUID | None:
    """Whose account with the lab this is; None when nobody's here."""
    query = select(col(PracticeRow.id)).where(col(PracticeRow.account_number) == account_number.strip())
    async with room.read() as session:
        return (await session.execute(query)).scalar_one_or_none()


@internal
async def register(draft: PracticeDraft) -> PracticeView:
    """Open a practice with its account, sites and people. Registering it again changes nothing.

    Raises AccountTaken when another practice has the account number.
    """
    async with room.unit_of_work() as uow:
        if await uow.session.get(PracticeRow, draft.id) is None:
            uow.session.add(
                PracticeRow(id=draft.id, name=draft.name, account_number=draft.account_number, phone=draft.phone)
            )
            await _flush_or_taken(uow.session)
            uow.session.add_all(_sites(draft.id, draft.sites))
            uow.session.add_all(_person(draft.id, person) for person in draft.people)
            uow.emit(PracticeRegistered(practice_id=draft.id, account_number=draft.account_number))
    return await profile(draft.id)


@internal
async def add_person(practice_id: UUID, draft: PersonDraft) -> PracticePerson:
    """Add someone who prescribes at a practice; an account that already stands for someone is taken as it is."""
    async with room.unit_of_work() as uow:
        if await uow.session.get(PracticeRow, practice_id, with_for_update=True) is None:
            raise NotFound
        if known := await _holder(uow.session, practice_id, draft.user_id):
            return _person_view(known)
        row = _person(practice_id, draft)
        uow.session.add(row)
        uow.emit(PracticeChanged(practice_id=practice_id))
        uow.publish(topic(practice_id))
        return _person_view(row)


async def _holder(session: AsyncSession, practice_id: UUID, user_id: UUID | None) -> PersonRow | None:
    if user_id is None:
        return None
    query = select(PersonRow).where(col(PersonRow.practice_id) == practice_id, col(PersonRow.user_id) == user_id)
    return (await session.execute(query)).scalar_one_or_none()


async def _flush_or_taken(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise AccountTaken from None  # the database's own text quotes what was entered


async def _make_default(session: AsyncSession, practice_id: UUID, site_id: UUID) -> None:
    """Exactly one site of a practice is its default, at every moment: the old one gives way first."""
    site = await session.get(SiteRow, site_id)
    if site is None or site.practice_id != practice_id:
        sentence = "Choose one of the practice's own sites."
        raise Invalid(sentence, fields={"default_site_id": sentence})
    mine = col(SiteRow.practice_id) == practice_id
    await session.execute(update(SiteRow).where(mine, col(SiteRow.id) != site_id).values(is_default=False))
    await session.execute(update(SiteRow).where(mine, col(SiteRow.id) == site_id).values(is_default=True))


def _sites(practice_id: UUID, drafts: Sequence[SiteDraft]) -> list[SiteRow]:
    chosen = next((draft for draft in drafts if draft.default), drafts[0] if drafts else None)
    return [
        SiteRow(
            practice_id=practice_id,
            code=draft.code,
            name=draft.name,
            address_lines=list(draft.address_lines),
            postcode=draft.postcode,
            country=draft.country,
            is_default=draft is chosen,
        )
        for draft in drafts
    ]


def _person(practice_id: UUID, draft: PersonDraft) -> PersonRow:
    return PersonRow(practice_id=practice_id, **draft.model_dump())


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
        people[person.practice_id].append(_person_view(person))
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


def _person_view(row: PersonRow) -> PracticePerson:
    return PracticePerson(id=row.id, name=row.name, user_id=row.user_id, registration=row.registration)
