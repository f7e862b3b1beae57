"""The work ticket of a job: what the floor must know, gathered from orders, the catalog and the board."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from ils_app.auth import service as auth
from ils_app.catalog import service as catalog
from ils_app.kernel import config
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.permissions import door
from ils_app.lab import ticket_page
from ils_app.lab.board import card
from ils_app.lab.schemas import Card
from ils_app.orders import service as orders
from ils_app.orders.service import OrderDraft, OrderView
from ils_app.settings import service as settings
from lims_client.models import Prescription, Prism

FRAME_STATUS: Final = {
    "supplied": "Supplied", "to_come": "To come", "lab_supplies": "Lab supplies", "uncut": "Uncut lenses",
}  # fmt: skip
EYES: Final = (("od", "R", "right"), ("os", "L", "left"))


@dataclass(frozen=True)
class EyeLine:
    """One eye of the Rx as it is printed; `written` only when it was written another way than it is made."""

    eye: str
    cells: tuple[str, ...]  # sphere, cylinder, axis, add, prism, PD, height
    written: str = ""


@dataclass(frozen=True)
class House:
    """Whose ticket it is: the lab's name, a line of address and one of contacts, and its logo (PNG or JPEG)."""

    name: str = ""
    lines: tuple[str, ...] = ()
    logo: bytes | None = None


@dataclass(frozen=True)
class Ticket:
    """Everything a ticket says, in the words it says it with."""

    card: Card
    link: str
    patient: str
    reference: str
    ecp: str
    ship_to: str
    eyes: tuple[EyeLine, ...]
    shared: tuple[tuple[str, str], ...]
    lens: tuple[tuple[str, str], ...]
    frame: tuple[tuple[str, str], ...]
    notes: str
    promised_at: datetime | None
    placed_at: datetime
    rules_version: str
    printed_at: datetime
    printed_by: str
    house: House = House()


@door("board.read")
async def ticket(actor: Actor, order_id: UUID) -> Ticket:
    """What the work ticket of a job says. Raises NoSuchJob while the order has no job.

    It names the patient, since the tray is packed by name; so it wants the right to read prescriptions as well.
    """
    actor.must("orders.read_rx")
    bench = await card(actor, order_id)
    view = await orders.order(actor, order_id)
    offered = await catalog.current()
    names = {entry.id: entry.name for entry in offered.entries} if offered else {}
    return replace(ticket_of(bench.card, view, names, printed_by=actor.name), house=await _house())


@door("board.read")
async def ticket_pdf(actor: Actor, order_id: UUID) -> bytes:
    """The work ticket as a PDF of A5 pages. Raises as `ticket` does."""
    said = await ticket(actor, order_id)
    return await asyncio.to_thread(ticket_page.drawn, said)  # fonts and drawing take a while: not in the loop


async def _house() -> House:
    """The lab's letterhead, short; nothing before there is a lab."""
    known = await auth.the_lab()
    if known is None:
        return House()
    head = await settings.letterhead(known.id)
    return House(head.name, (", ".join(head.lines), " · ".join(head.contacts)), await settings.logo(head))


def ticket_of(card: Card, view: OrderView, names: Mapping[str, str], *, printed_by: str) -> Ticket:
    """What the ticket of this order says."""
    draft = view.draft or OrderDraft()
    rx = Prescription.model_validate(view.prescription) if view.prescription else None
    return Ticket(
        card=card,
        link=f"{config.current().public_url}/orders/{view.id}",
        patient=view.patient_name,
        reference=view.reference,
        ecp=view.ecp_name,
        ship_to=view.ship_to,
        eyes=tuple(_eye(rx, draft, short, letter) for short, letter, _ in EYES) if rx else (),
        shared=tuple(_shared(rx)) if rx else (),
        lens=tuple(_lens(view, draft, names)),
        frame=tuple(_frame(draft, names)),
        notes=draft.notes.strip(),
        promised_at=view.promised_at,
        placed_at=view.placed_at,
        rules_version=view.rules_version,
        printed_at=now(),
        printed_by=printed_by,
    )


def power(value: Decimal | None) -> str:
    """A power as a lab writes it, dioptres to the hundredth with its sign.

    >>> power(Decimal("-2.5")), power(Decimal("1")), power(Decimal(0)), power(None)
    ('-2.50', '+1.00', '0.00', '')
    """
    if value is None:
        return ""
    return f"{value:+.2f}" if value else "0.00"


def prisms(lines: tuple[Prism, ...]) -> str:
    """Prism dioptres, each with its base.

    >>> prisms((Prism(amount="1.5", base="in"), Prism(amount="0.5", base="up")))
    '1.50 in + 0.50 up'
    """
    return " + ".join(f"{prism.amount:.2f} {prism.base or '?'}" for prism in lines)


def _eye(rx: Prescription, draft: OrderDraft, short: str, letter: str) -> EyeLine:
    def of(part: str) -> Decimal | None:
        value: Decimal | None = getattr(rx, f"{short}_{part}")
        return value

    if of("sphere") is None:
        only = "balance lens" if rx.balance else "not ordered"
        return EyeLine(letter, (only, "", "", "", "", "", ""))
    axis = of("axis")
    cells = (
        power(of("sphere")), power(of("cylinder")), f"{int(axis):d}" if axis is not None else "", power(of("add")),
        prisms(getattr(rx, f"{short}_prism")), _mm(of("pd")), _mm(of("height")),
    )  # fmt: skip
    return EyeLine(letter, cells, _written(draft, short))


def _written(draft: OrderDraft, short: str) -> str:
    """What the practice wrote, when that was a plus cylinder: the lab makes it in minus."""
    text = {part: draft.text(f"{short}_{part}") for part in ("sphere", "cylinder", "axis")}
    try:
        cylinder = Decimal(text["cylinder"].replace("−", "-").replace(",", ".") or "0")
    except InvalidOperation:
        return ""
    return f"{text['sphere']} / {text['cylinder']} × {text['axis']}" if cylinder > 0 else ""


def _mm(value: Decimal | None) -> str:
    return f"{value:.1f}" if value is not None else ""


def _shared(rx: Prescription) -> list[tuple[str, str]]:
    both = rx.pd if rx.od_pd is None or rx.os_pd is None else None
    lines = [("PD", _mm(both), "mm"), ("Near PD", _mm(rx.near_pd), "mm"),
             ("Vertex", _mm(rx.back_vertex_distance), "mm"), ("Tilt", _mm(rx.pantoscopic_tilt), "°"),
             ("Wrap", _mm(rx.wrap_angle), "°")]  # fmt: skip
    return [(label, f"{value} {unit}".replace(" °", "°")) for label, value, unit in lines if value]


def _lens(view: OrderView, draft: OrderDraft, names: Mapping[str, str]) -> list[tuple[str, str]]:
    def named(choice: str) -> str:
        return names.get(choice, choice.replace("_", " "))

    tint = named(draft.tint) if draft.tint else ""
    if tint and draft.text("tint_density"):
        tint = f"{tint}, {draft.text('tint_density')} %"
    lines = [("Design", named(draft.design or draft.lens_type)), ("Material", named(draft.material)),
             ("Colour", named(draft.colour)), ("Treatments", ", ".join(named(one) for one in draft.coatings)),
             ("Tint", tint)]  # fmt: skip
    told = [(label, value) for label, value in lines if value]
    return told or [("Lens", view.lens)]


def _frame(draft: OrderDraft, names: Mapping[str, str]) -> list[tuple[str, str]]:
    sizes = [("A", "frame_a"), ("B", "frame_b"), ("DBL", "frame_dbl"), ("ED", "frame_ed")]
    measured = "  ".join(f"{label} {draft.text(name)}" for label, name in sizes if draft.text(name))
    kind = names.get(draft.frame_type, draft.frame_type.replace("_", " ").capitalize())
    lines = [("Frame", kind), ("Sizes", f"{measured} mm" if measured else ""),
             ("Frame is", FRAME_STATUS.get(draft.frame_status, draft.frame_status)),
             ("Trace", draft.file.name if draft.file else "")]  # fmt: skip
    return [(label, value) for label, value in lines if value]
