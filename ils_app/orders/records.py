"""Finding an order for whoever asks, and writing down what happened to it; private to the room."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from ils_app.kernel import log
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now, today_in_lab
from ils_app.kernel.remembered import Remembered
from ils_app.kernel.room import Room, UnitOfWork
from ils_app.kernel.search import folded
from ils_app.orders.errors import NoSuchOrder
from ils_app.orders.models import Order, TimelineRow
from ils_app.orders.schemas import OrderStatus
from ils_app.settings import service as settings
from lims_client.models import JobStatus

room = Room("orders")
LAB = "The lab"  # who speaks when the LIMS does
ILS = "ILS"


async def find(session: AsyncSession, order_id: UUID, *, for_update: bool = False) -> Order:
    """The order, locked when asked. Raises NoSuchOrder."""
    order = await session.get(Order, order_id, with_for_update=for_update)
    if order is None:
        raise NoSuchOrder
    return order


async def find_for(session: AsyncSession, actor: Actor, row: str, order_id: UUID, *, for_update: bool = False) -> Order:
    """The order if this person's row of the permission table reaches it; NoSuchOrder otherwise.

    A practice's drafts are its own business; those the lab enters for it are the lab's too.
    """
    order = await find(session, order_id, for_update=for_update)
    private = order.status is OrderStatus.DRAFT and not order.entered_for_practice
    if not actor.may(row, practice_id=order.practice_id) or (private and actor.practice_id is None):
        raise NoSuchOrder
    return order


async def find_by_job(session: AsyncSession, job_id: str) -> Order | None:
    """The order this job of the LIMS belongs to, locked."""
    query = select(Order).where(col(Order.job_id) == job_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def note(
    uow: UnitOfWork,
    order: Order,
    who: str,
    what: str,
    *,
    old: OrderStatus | None = None,
    new: OrderStatus | None = None,
    job_status: JobStatus | None = None,
    why: str = "",
    at: datetime | None = None,
    sequence: int | None = None,
) -> None:
    """Write one line of the timeline; the same word of the LIMS is written once however often it comes."""
    values: dict[str, Any] = {
        "order_id": order.id, "at": at or now(), "who": who, "what": what, "old": old, "new": new,
        "job_status": job_status, "why": why, "lims_sequence": sequence,
        "request_id": log.request_id(),
    }  # fmt: skip
    with uow.session.no_autoflush:  # the order itself is written once, when all about it is known
        await uow.session.execute(insert(TimelineRow).values(values).on_conflict_do_nothing())


def publish(uow: UnitOfWork, order: Order) -> None:
    """Tell the pages that show this order, its practice's lists, and the lab's."""
    uow.publish(f"order:{order.id}", f"orders:practice:{order.practice_id}", "orders:all")


SHORTEST_END = 3


def remember_words(order: Order) -> None:
    """Refresh what the order is found by."""
    words = (
        order.number or "", order.patient_name, order.patient_number, order.reference, order.job_id or "",
        order.practice_name, order.ecp_name, order.tracking_number, *ends(order.number or ""),
    )  # fmt: skip
    order.search = folded(" ".join(words))


def ends(number: str) -> tuple[str, ...]:
    """What an order is called aloud: its last three digits or more, and its count without the zeros before it.

    >>> ends("ORD-2026-000123")
    ('00123', '0123', '123')
    >>> ends("ORD-2026-000042")
    ('00042', '0042', '042', '42')
    """
    digits = number.rpartition("-")[2]
    cut = [digits[start:] for start in range(1, len(digits) - SHORTEST_END + 1)]
    count = digits.lstrip("0")
    return tuple(dict.fromkeys([*cut, *([count] if 1 < len(count) < len(digits) else [])]))


@dataclass(frozen=True, slots=True)
class Numbering:
    """How orders are numbered at present: `ORD-2026-000001`, from a sequence that restarts with the calendar year."""

    prefix: str
    year: int


async def numbering() -> Numbering:
    """The prefix and the year in the lab's zone, with the year's sequence there to draw from; before a transaction.

    All of a year are drawn from one sequence, whatever the lab's prefix is: taking another, or an old one again,
    repeats no number.
    """
    found = Numbering((await settings.lab()).order_prefix, today_in_lab().year)
    await _sequences.get(found.year)
    return found


async def draw(session: AsyncSession, numbers: Numbering) -> str:
    """The next order number. No order waits for another's, and one that is not kept after all leaves a gap."""
    value = (await session.execute(text(f"SELECT nextval('orders.number_{numbers.year:d}')"))).scalar_one()
    return f"{numbers.prefix}-{numbers.year}-{value:06d}"


async def next_number() -> str:
    """An order number for what is not placed here."""
    numbers = await numbering()
    async with room.unit_of_work() as uow:
        return await draw(uow.session, numbers)


async def _make_sequence(year: int) -> bool:
    """The first order of the year makes the year's sequence."""
    async with room.unit_of_work() as uow:
        named = f"orders.number_{year:d}"
        if (await uow.session.execute(text("SELECT to_regclass(:named)"), {"named": named})).scalar_one() is None:
            await uow.session.execute(text("SELECT pg_advisory_xact_lock(7215002)"))
            await uow.session.execute(text(f"CREATE SEQUENCE IF NOT EXISTS {named}"))
    return True


_sequences: Final = Remembered(_make_sequence)
