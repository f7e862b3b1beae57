"""The audit: every act of every room, in an append-only list that administrators search and export."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from ils_app.admin.events import AuditExported
from ils_app.admin.room import room
from ils_app.admin.schemas import AuditEntry, AuditFilter, AuditPage
from ils_app.admin.wording import entry, known, names_in
from ils_app.auth import service as auth
from ils_app.kernel import facts
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import lab_zone
from ils_app.kernel.errors import Invalid, NotFound
from ils_app.kernel.permissions import door
from ils_app.kernel.spreadsheets import as_text
from ils_app.orders import service as orders

LARGEST_PAGE: Final = 100
LARGEST_CHUNK: Final = 1000
MOST_MEANT: Final = 50
"""How many people, organisations or invitations a name may mean."""

COLUMNS: Final = ("at", "who", "role", "what", "area", "kind", "details", "request", "number")


@door("audit.read")
async def audit(
    actor: Actor, wanted: AuditFilter | None = None, *, cursor: str | None = None, limit: int = 50
) -> AuditPage:
    """A page of the audit, the newest first. Raises Invalid for a cursor that is none of ours or days that cross."""
    found = await _meant(actor, wanted or AuditFilter())
    return await _page(found, _read_cursor(cursor), max(1, min(limit, LARGEST_PAGE)))


@door("audit.read")
async def act(actor: Actor, fact_id: int) -> AuditEntry:
    """One act with everything its fact says. Raises NotFound."""
    async with room.read() as session:
        row = await facts.one(session, fact_id)
    if row is None:
        raise NotFound
    return entry(row, await known([row]))


@door("audit.read")
async def export(actor: Actor, wanted: AuditFilter | None = None) -> AsyncIterator[str]:
    """The audit, or the part of it that is wanted, as CSV, line by line. That it was taken is recorded first."""
    wanted = wanted or AuditFilter()
    found = await _meant(actor, wanted)
    named = [name for name, value in wanted.model_dump().items() if value]
    async with room.unit_of_work() as uow:
        uow.emit(AuditExported(part=f"by {' and '.join(named)}" if named else "whole"))
    return _lines(found)


async def _lines(found: facts.Wanted) -> AsyncIterator[str]:
    yield _line(COLUMNS)
    place: facts.Place | None = None
    while True:
        page = await _page(found, place, LARGEST_CHUNK)
        for row in page.rows:
            yield _line(_cells(row))
        if page.next_cursor is None:
            return
        place = _read_cursor(page.next_cursor)


def _cells(row: AuditEntry) -> Sequence[str]:
    return (
        row.at.isoformat(),
        row.who,
        row.role.label if row.role else "",
        row.what,
        row.area.label if row.area else "",
        row.name,
        "; ".join(f"{label}: {value}" for label, value in row.details),
        row.request_id,
        str(row.id),
    )


def _line(cells: Sequence[str]) -> str:
    """A line of CSV; what a spreadsheet would take for a formula is made plain text."""
    written = io.StringIO()
    csv.writer(written).writerow([as_text(cell) for cell in cells])
    return written.getvalue()


async def _page(found: facts.Wanted, after: facts.Place | None, limit: int) -> AuditPage:
    async with room.read() as session:
        rows = list(await facts.listed(session, found, after=after, limit=limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    names = await known(rows)
    cursor = f"{rows[-1].at.isoformat()}~{rows[-1].id}" if more else None
    return AuditPage(rows=tuple(entry(row, names) for row in rows), next_cursor=cursor)


async def _meant(actor: Actor, wanted: AuditFilter) -> facts.Wanted:
    """The ids that what was typed may mean, and the days as moments."""
    if wanted.since and wanted.until and wanted.until < wanted.since:
        sentence = "The last day is before the first."
        raise Invalid(sentence, fields={"until": sentence})
    return facts.Wanted(
        actors=await _people(actor, wanted.who, "who") if wanted.who.strip() else None,
        subjects=await _subjects(actor, wanted.about.strip()) if wanted.about.strip() else None,
        names=names_in(wanted.area) if wanted.area else None,
        since=_start(wanted.since) if wanted.since else None,
        until=_start(wanted.until + timedelta(days=1)) if wanted.until else None,
        by_people=wanted.by_people,
    )


async def _people(actor: Actor, text: str, field: str) -> list[UUID]:
    if (one := _id(text)) is not None:
        return [one]
    found = await auth.people(actor, search=text, size=MOST_MEANT)
    _refuse_many(found.total, "people", field)
    return [row.user_id for row in found.rows]


async def _subjects(actor: Actor, text: str) -> list[UUID]:
    if (one := _id(text)) is not None:
        return [one]
    found = await _people(actor, text, "about")
    organisations = await auth.organisations(actor, search=text)
    _refuse_many(len(organisations), "organisations", "about")
    invited = await auth.invitations(actor, search=text, size=MOST_MEANT)
    _refuse_many(invited.total, "invitations", "about")
    found += [*(one.id for one in organisations), *(one.id for one in invited.rows)]
    with suppress(NotFound):  # what an order is called in full: beginnings would mean more than can be shown
        found.append((await orders.order_of_code(actor, text)).id)
    return found


def _refuse_many(count: int, what: str, field: str) -> None:
    """Nothing of a search is left out unsaid. Raises Invalid when a name means more than can be looked for."""
    if count > MOST_MEANT:
        sentence = f"This may mean {count} {what}, more than {MOST_MEANT}. Write more of the name."
        raise Invalid(sentence, fields={field: sentence})


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, lab_zone())


def _id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _read_cursor(cursor: str | None) -> facts.Place | None:
    if not cursor:
        return None
    try:
        at, _, number = cursor.partition("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return facts.Place(moment, int(number))
    except ValueError:
        raise Invalid("This is not a cursor of the list.", fields={"cursor": "Begin with the first page."}) from None
