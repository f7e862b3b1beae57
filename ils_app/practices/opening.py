"""Practices that can order: opened by an administrator with an account number and a site, and those still waiting."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door, internal
from ils_app.practices.errors import AccountTaken, AlreadyOpen
from ils_app.practices.events import PracticeRegistered
from ils_app.practices.models import PersonRow, PracticeRow, SiteRow
from ils_app.practices.reading import profile
from ils_app.practices.room import LIST, room, topic
from ils_app.practices.schemas import PersonDraft, PracticeDraft, PracticeView, SiteDraft, WaitingPractice


@door("practices.open")
async def open_practice(actor: Actor, draft: PracticeDraft) -> PracticeView:
    """Let a practice that was added in auth order: give it its account with the lab and at least one site.

    Doing it again with the same account number changes nothing. Raises NotFound when there is no such practice in
    auth, Invalid without a site, AccountTaken, AlreadyOpen when it has another account number.
    """
    organisation = await auth.organisation_name(draft.id)
    if organisation.kind is not auth.OrganisationKind.PRACTICE:
        raise NotFound
    if not draft.sites:
        sentence = "Give the practice at least one site to send lenses to."
        raise Invalid(sentence, fields={"sites": sentence})
    opened = await register(draft)
    if opened.account_number != draft.account_number:
        raise AlreadyOpen
    return opened


@door("practices.open")
async def waiting(actor: Actor) -> list[WaitingPractice]:
    """Practices added in auth that cannot order yet, by name: they have no account number and no site."""
    added = await auth.organisations(actor, kind=auth.OrganisationKind.PRACTICE)
    async with room.read() as session:
        there = set((await session.execute(select(col(PracticeRow.id)))).scalars())
    return [
        WaitingPractice(id=one.id, name=one.name, people=one.people, since=one.created_at)
        for one in added
        if one.active and one.id not in there
    ]


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
            uow.publish(topic(draft.id), LIST, "people")  # those who count who waits hear of people
    return await profile(draft.id)


async def _flush_or_taken(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise AccountTaken from None  # the database's own text quotes what was entered


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
