"""Order numbers under the lab's own prefix: old ones stay and are found, and none is ever given twice."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from ils_app.kernel import clock
from ils_app.kernel.actor import Actor, Role
from ils_app.orders import service as orders
from ils_app.settings import service as settings


async def take(prefix: str) -> None:
    """Have the lab number its orders like this from now on."""
    admin = Actor(uuid4(), "Ada", Role.ADMIN, uuid4())
    view = await settings.lab_settings(admin)
    draft = settings.LabDraft(**view.model_dump(include=set(settings.LabDraft.model_fields)))
    await settings.set_lab_settings(admin, draft.model_copy(update={"order_prefix": prefix}), view.version)


async def test_another_prefix_counts_on_and_coming_back_to_an_old_one_repeats_no_number(
    lab, clinic, placed, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: datetime(2041, 6, 1, tzinfo=UTC))
    numbers = [(await placed()).number]
    for prefix in ("NLT", "AB12CD", "ORD"):
        await take(prefix)
        numbers.append((await placed()).number)
    assert numbers == ["ORD-2041-000001", "NLT-2041-000002", "AB12CD-2041-000003", "ORD-2041-000004"]


async def test_an_order_under_an_old_prefix_is_found_by_its_number_as_ever(lab, clinic, placed):
    old = await placed()
    await take("NLT")
    new = await placed()
    for order in (old, new):
        assert [row.number for row in await orders.find_orders(clinic.actor, order.number)] == [order.number]
        assert (await orders.order_of_code(clinic.actor, order.number)).id == order.id
    assert (await orders.order(clinic.actor, old.id)).number == old.number


async def test_numbers_drawn_while_the_prefix_changes_are_all_their_own(lab, clinic):
    async def keep_changing() -> None:
        for turn in range(6):
            await take("NLT" if turn % 2 else "ORD")

    drawn, _ = await asyncio.gather(asyncio.gather(*(orders.draw_number() for _ in range(60))), keep_changing())
    assert len({number.split("-", 1)[1] for number in drawn}) == 60
