"""How the lab works, as its administrator keeps it, and what its calendar says to whoever waits."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ils_app.auth import service as auth
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door
from ils_app.settings import calendar, reading, words
from ils_app.settings.errors import ChangedElsewhere
from ils_app.settings.events import HolidayAdded, HolidayRemoved, LabSettingsChanged
from ils_app.settings.models import THE_LAB, HolidayRow, LabRow
from ils_app.settings.room import LAB, room
from ils_app.settings.schemas import Currency, LabDraft, LabSettings, LabToday, LabView, Week

NAMES: Final = (
    "order_prefix", "lead_time_days", "time_zone", "opening_hours", "payment_terms_days", "currency",
)  # fmt: skip
MOST_HOLIDAYS: Final = 500
FURTHEST_YEARS: Final = 5


@door("settings.read")
async def lab_settings(actor: Actor) -> LabView:
    """How the lab works: hours, holidays, lead time, terms; for everybody who works with it."""
    lab_id = await _lab_id()
    async with room.read() as session:
        return await _view(session, lab_id)


@door("settings.read")
async def lab_today(actor: Actor) -> LabToday:
    """Whether the lab is open, and when something sent now is usually ready: an estimate, never a promise."""
    lab, moment = await reading.lab(), clock.now()
    closed = calendar.closed_sentence(lab, moment)
    return LabToday(
        open=not closed,
        closed=closed,
        lead_time_days=lab.lead_time_days,
        about=calendar.estimate(lab, moment),
        estimate=calendar.estimate_sentence(lab, moment),
    )


@door("settings.manage")
async def set_lab_settings(actor: Actor, draft: LabDraft, version: int) -> LabView:
    """Have the lab work like this from now on; what was made under the old settings stays as it is.

    `version` is the one that was read. Raises Invalid field by field, ChangedElsewhere. A repeat changes nothing.
    """
    wanted, lab_id = words.checked_lab(draft), await _lab_id()
    async with room.unit_of_work() as uow:
        row = await _row(uow.session)
        if row.version != version:
            raise ChangedElsewhere
        if changed := words.changed(_draft(row), wanted, NAMES):
            _write(row, wanted)
            row.version, row.updated_at, row.updated_by = row.version + 1, clock.now(), actor.user_id
            uow.emit(LabSettingsChanged(changed=changed))
            uow.publish(LAB)
        await uow.session.flush()
        return await _view(uow.session, lab_id)


@door("settings.manage")
async def add_holiday(actor: Actor, day: date, name: str) -> LabView:
    """Close the lab on a day, or call a holiday otherwise. Raises Invalid for a day gone by or too far ahead."""
    name, today = words.line(name), clock.today_in_lab()
    problems = {}
    if not name or len(name) > 60:
        problems["name"] = "Say what is celebrated, in at most 60 characters."
    if day < today:
        problems["day"] = "This day has gone by."
    elif day > today + timedelta(days=366 * FURTHEST_YEARS):
        problems["day"] = f"Give a day within {FURTHEST_YEARS} years."
    words.refuse(problems)
    lab_id = await _lab_id()
    async with room.unit_of_work() as uow:
        await _row(uow.session)  # holidays are changed one after the other
        kept = await reading.holidays_of(uow.session)
        if len(kept) >= MOST_HOLIDAYS:
            raise Invalid("There are 500 holidays already. Remove some that have gone by.")
        if (day, name) not in {(holiday.day, holiday.name) for holiday in kept}:
            await uow.session.merge(HolidayRow(day=day, name=name))
            uow.emit(HolidayAdded(day=day))
            uow.publish(LAB)
        await uow.session.flush()
        return await _view(uow.session, lab_id)


@door("settings.manage")
async def remove_holiday(actor: Actor, day: date) -> LabView:
    """Have the lab work on a day after all. Raises NotFound when it is no holiday."""
    lab_id = await _lab_id()
    async with room.unit_of_work() as uow:
        await _row(uow.session)
        gone = await uow.session.execute(delete(HolidayRow).where(HolidayRow.day == day).returning(HolidayRow.day))  # type: ignore[arg-type, call-overload]
        if gone.first() is None:
            raise NotFound("This day is no holiday of the lab.")
        uow.emit(HolidayRemoved(day=day))
        uow.publish(LAB)
        return await _view(uow.session, lab_id)


async def _row(session: AsyncSession) -> LabRow:
    """The lab's row, locked; made as labs usually work (version 0) when there is none."""
    await session.execute(insert(LabRow).values(_usual().model_dump()).on_conflict_do_nothing())
    row = await session.get(LabRow, THE_LAB, with_for_update=True)
    assert row is not None
    return row


def _usual() -> LabRow:
    lab = reading.USUAL
    return LabRow(
        order_prefix=lab.order_prefix,
        lead_time_days=lab.lead_time_days,
        time_zone=lab.zone.key,
        opening_hours=_stored(lab.opening_hours),
        payment_terms_days=lab.payment_terms_days,
        currency=lab.currency,
        version=0,
    )


def _draft(row: LabRow) -> LabDraft:
    return LabDraft(
        order_prefix=row.order_prefix,
        lead_time_days=row.lead_time_days,
        time_zone=row.time_zone,
        opening_hours=reading.week_of(row.opening_hours),
        payment_terms_days=row.payment_terms_days,
        currency=row.currency.value,
    )


def _write(row: LabRow, draft: LabDraft) -> None:
    row.order_prefix, row.lead_time_days, row.time_zone = draft.order_prefix, draft.lead_time_days, draft.time_zone
    row.opening_hours = _stored(draft.opening_hours)
    row.payment_terms_days, row.currency = draft.payment_terms_days, Currency(draft.currency)


def _stored(week: Week) -> list[dict[str, str] | None]:
    return [hours.model_dump(mode="json") if hours else None for hours in week]


async def _lab_id() -> UUID | None:
    """Whose settings these are; asked before a transaction is open."""
    known = await auth.the_lab()
    return known.id if known else None


async def _view(session: AsyncSession, lab_id: UUID | None) -> LabView:
    row = await session.get(LabRow, THE_LAB)
    lab: LabSettings = reading.lab_of(row, await reading.holidays_of(session))
    return LabView(
        lab_id=lab_id,
        order_prefix=lab.order_prefix,
        lead_time_days=lab.lead_time_days,
        time_zone=lab.zone.key,
        opening_hours=lab.opening_hours,
        holidays=lab.holidays,
        payment_terms_days=lab.payment_terms_days,
        currency=lab.currency,
        version=row.version if row else 0,
        updated_at=row.updated_at if row and row.version else None,
    )
