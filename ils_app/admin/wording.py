"""Facts in words a person understands: sentences with names in place of ids, and of patients nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from ils_app import rooms
from ils_app.admin.schemas import Area, AuditEntry
from ils_app.auth import service as auth
from ils_app.billing import service as billing
from ils_app.kernel.events import EventRow, Fact
from ils_app.kernel.roles import Role
from ils_app.orders import service as orders

SYSTEM: Final = "ILS"
NOTHING: Final = "–"
A_PATIENT: Final = "a patient"
PEOPLE: Final = {"user_id", "by", "ecp_id", "person_id"}
PLAIN: Final = {"why", "old", "new", "kind", "verb", "came_from", "went_to", "act", "changed"}
"""Fields that hold words of the trade as the code spells them."""

ORGANISATIONS: Final = {"organisation_id", "practice_id", "supplier_id"}
rooms.import_events()

ROLES: Final = {role.value: role.label for role in Role}


@dataclass(frozen=True)
class Known:
    """What the ids of a page of facts stand for."""

    people: Mapping[UUID, str] = field(default_factory=dict)
    organisations: Mapping[UUID, str] = field(default_factory=dict)
    invitations: Mapping[UUID, str] = field(default_factory=dict)
    orders: Mapping[UUID, str] = field(default_factory=dict)
    invoices: Mapping[UUID, str] = field(default_factory=dict)


async def known(rows: Sequence[EventRow]) -> Known:
    """The names of everybody and everything these facts are about; patients' are not asked for."""
    ids = {one for row in rows for one in (*row.subjects, *([row.actor_id] if row.actor_id else []))}
    ids |= {UUID(by) for row in rows if isinstance(by := row.body.get("by"), str)}
    ordered, invoiced = (
        [UUID(row.body[name]) for row in rows if row.body.get(name)] for name in ("order_id", "invoice_id")
    )
    names = await auth.names(ids)
    return Known(
        names.people,
        names.organisations,
        names.invitations,
        await orders.numbers(ordered),
        await billing.invoice_numbers(invoiced),
    )


def entry(row: EventRow, names: Known) -> AuditEntry:
    """One fact as an act somebody reads."""
    assert row.id is not None
    kind = Fact.known.get(row.name)
    who = names.people.get(row.actor_id, "somebody") if row.actor_id else SYSTEM
    return AuditEntry(
        id=row.id,
        at=row.at,
        who=who,
        who_id=row.actor_id,
        role=Role(row.actor_role) if row.actor_role else None,
        what=_sentence(kind, row, names),
        area=area_of(kind) if kind else None,
        name=row.name,
        href=_href(row),
        request_id=row.request_id or "",
        details=tuple((_label(name), _value(name, value, names)) for name, value in sorted(row.body.items())),
    )


def area_of(kind: type[Fact]) -> Area | None:
    """The room whose fact this is."""
    _, _, rest = kind.__module__.partition("ils_app.")
    room = rest.partition(".")[0]
    return Area(room) if room in {area.value for area in Area} else None


def names_in(area: Area) -> list[str]:
    """The kinds of facts of a room."""
    return sorted(name for name, kind in Fact.known.items() if area_of(kind) is area)


def _sentence(kind: type[Fact] | None, row: EventRow, names: Known) -> str:
    if kind is None:  # of a room that was taken out
        return row.name
    try:
        told = kind.model_validate(row.body).told()
    except ValidationError:  # older than a field that came later
        told = kind.sentence
    parts = []
    for words, name, _, _ in Formatter().parse(told):
        parts.append(words)
        if name:
            parts.append(_value(name, row.body.get(name), names))
    sentence = "".join(parts).rstrip(".")
    return sentence[:1].upper() + sentence[1:]


def _value(name: str, value: Any, names: Known) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_value(name, one, names) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{_label(key).lower()}: {_value(key, one, names)}" for key, one in value.items())
    text = str(value)
    if "patient" in name:
        return A_PATIENT
    if (row_id := _id(text)) is not None:
        return _named(name, row_id, names)
    return ROLES.get(text, text.replace("_", " ") if name in PLAIN or "status" in name else text)


def _named(name: str, row_id: UUID, names: Known) -> str:
    if name in PEOPLE:
        return names.people.get(row_id, "somebody")
    if name in ORGANISATIONS or row_id in names.organisations:
        return names.organisations.get(row_id, "an organisation")
    if name == "order_id":
        return names.orders.get(row_id) or "without a number"
    if name == "invoice_id":
        return names.invoices.get(row_id, "without a number")
    if name == "invitation_id":
        return names.invitations.get(row_id, "somebody")
    return names.people.get(row_id, str(row_id)[:8])


def _href(row: EventRow) -> str:
    if order_id := row.body.get("order_id"):
        return f"/orders/{order_id}"
    if user_id := row.body.get("user_id"):
        return f"/admin/people?person={user_id}"
    return ""


def _label(name: str) -> str:
    words = name.removesuffix("_id").replace("_", " ")
    return {"user": "Person", "by": "By"}.get(words, words[:1].upper() + words[1:])


def _id(text: str) -> UUID | None:
    if len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
