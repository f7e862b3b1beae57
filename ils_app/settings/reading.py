"""What other rooms read: letterheads, how the lab works, and what a person wants to be told."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from ils_app.auth import service as auth
from ils_app.kernel import clock, files, live
from ils_app.kernel.errors import NotFound
from ils_app.kernel.files import FileRef
from ils_app.kernel.permissions import internal
from ils_app.kernel.remembered import Remembered
from ils_app.settings import calendar
from ils_app.settings.models import THE_LAB, HolidayRow, LabRow, LetterheadRow, PersonRow
from ils_app.settings.room import LAB, LETTERHEAD, PERSON, room
from ils_app.settings.schemas import (
    ALWAYS,
    Currency,
    Holiday,
    Hours,
    LabSettings,
    Letterhead,
    NotificationKind,
    Preferences,
    Theme,
    Week,
)

_WEEKDAY: Final = Hours(opens=time(8), closes=time(18))
USUAL: Final = LabSettings(
    order_prefix="ORD",
    lead_time_days=5,
    zone=clock.USUAL_ZONE,
    opening_hours=(_WEEKDAY, _WEEKDAY, _WEEKDAY, _WEEKDAY, _WEEKDAY, None, None),
    holidays=(),
    payment_terms_days=30,
    currency=Currency.GBP,
)
"""How a lab works until it says otherwise."""


@internal
async def letterhead(organisation_id: UUID) -> Letterhead:
    """What stands on this organisation's documents; what it never set is empty, its name the one it has in ILS.

    Raises NotFound when there is no such organisation.
    """
    return await _letterheads.get(organisation_id)


@internal
async def logo(letterhead: Letterhead) -> bytes | None:
    """The picture of a letterhead, PNG or JPEG; None when there is none or it is not to be found any more."""
    if letterhead.logo is not None:
        with suppress(NotFound):
            return await files.read(letterhead.logo)
    return None


@internal
async def lab() -> LabSettings:
    """How the lab works, as it is or was at most half a minute ago."""
    return await _lab.get(THE_LAB)


@internal
async def working_day_after(days: int, start: date | None = None) -> date:
    """The day that is `days` of the lab's working days after `start` (today at the lab when left out)."""
    return calendar.working_day_after(await lab(), days, start or clock.today_in_lab())


@internal
async def preferences(user_id: UUID) -> Preferences:
    """What a person likes; somebody who never chose is told everything, in the app and by mail."""
    return await _preferences.get(user_id)


async def _read_lab(_: int) -> LabSettings:
    async with room.read() as session:
        row = await session.get(LabRow, THE_LAB)
        holidays = await holidays_of(session)
    found = lab_of(row, holidays)
    clock.set_lab_zone(found.zone)
    return found


async def holidays_of(session: AsyncSession) -> tuple[Holiday, ...]:
    """Every holiday, the earliest first."""
    rows = (await session.execute(select(HolidayRow).order_by(col(HolidayRow.day)))).scalars()
    return tuple(Holiday(day=row.day, name=row.name) for row in rows)


def lab_of(row: LabRow | None, holidays: tuple[Holiday, ...]) -> LabSettings:
    """How the lab works; as labs usually do while it has not said so."""
    if row is None:
        return USUAL.model_copy(update={"holidays": holidays})
    return LabSettings(
        order_prefix=row.order_prefix,
        lead_time_days=row.lead_time_days,
        zone=ZoneInfo(row.time_zone),
        opening_hours=week_of(row.opening_hours),
        holidays=holidays,
        payment_terms_days=row.payment_terms_days,
        currency=row.currency,
    )


def week_of(stored: Sequence[Any]) -> Week:
    """The working hours of the week, Monday first, from their stored form."""
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        Hours.model_validate(day) if day else None for day in stored
    )
    return (monday, tuesday, wednesday, thursday, friday, saturday, sunday)


async def _read_letterhead(organisation_id: UUID) -> Letterhead:
    known = await auth.organisation_name(organisation_id)
    async with room.read() as session:
        row = await session.get(LetterheadRow, organisation_id)
    return letterhead_of(row, organisation_id, known.name)


def letterhead_of(row: LetterheadRow | None, organisation_id: UUID, name: str) -> Letterhead:
    """The letterhead as it is stored; `name` is what the organisation is called where nothing else is."""
    if row is None:
        return Letterhead(organisation_id=organisation_id, name=name)
    return Letterhead(
        organisation_id=organisation_id,
        name=row.name or name,
        address_lines=tuple(row.address_lines),
        postcode=row.postcode,
        country=row.country,
        phone=row.phone,
        email=row.email,
        website=row.website,
        tax_number=row.tax_number,
        company_number=row.company_number,
        bank_details=row.bank_details,
        logo=FileRef.model_validate(row.logo) if row.logo else None,
    )


async def _read_preferences(user_id: UUID) -> Preferences:
    async with room.read() as session:
        row = await session.get(PersonRow, user_id)
    return preferences_of(row)


def preferences_of(row: PersonRow | None) -> Preferences:
    """What a person likes, from what they switched off."""
    everything = frozenset(NotificationKind)
    if row is None:
        return Preferences(theme=Theme.SYSTEM, in_app=everything, by_mail=everything)
    return Preferences(
        theme=row.theme,
        in_app=frozenset(kind for kind in everything if kind in ALWAYS or kind.value not in row.off_in_app),
        by_mail=frozenset(kind for kind in everything if kind in ALWAYS or kind.value not in row.off_by_mail),
    )


_lab: Final = Remembered(_read_lab)
_letterheads: Final = Remembered(_read_letterhead)
_preferences: Final = Remembered(_read_preferences)


async def hear(topics: Sequence[str]) -> None:
    """Forget what these topics say has changed; the lab's zone is taken at once, since clocks ask nobody."""
    everything = live.EVERYTHING in topics
    if everything or LAB in topics:
        _lab.forget()
        await lab()
    if everything:
        _letterheads.forget()
        _preferences.forget()
    for topic in topics:
        if topic.startswith((LETTERHEAD, auth.ORGANISATION)):
            _letterheads.forget(UUID(topic.rpartition(":")[2]))
        elif topic.startswith(PERSON):
            _preferences.forget(UUID(topic.removeprefix(PERSON)))


live.subscribe(hear)
