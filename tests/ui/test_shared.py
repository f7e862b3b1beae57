"""Tabs that hear of the same change share what is read for it, and never hear of one from before."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ils_app.kernel import live as bus
from ils_app.kernel.errors import NotFound
from ils_app.ui import live, shared
from ils_app.ui.session import SessionState

TOPIC = "orders:all"


@pytest.fixture
async def tab(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A tab that listens to the topic, in a process whose pages hear of changes."""
    monkeypatch.setattr(live, "_app", None)  # where the app is gathered it forgets a tab that has no socket
    end = bus.subscribe(live._on_change)
    live.watch("a tab", {TOPIC: SessionState.lims_changed})
    await bus._hear([TOPIC])  # what is shared are pushes: something has changed
    yield
    live.leave("a tab")
    end()


class Book:
    """Counts how often it is read; what stands in it is that figure."""

    def __init__(self) -> None:
        self.read_times = 0
        self.gate = asyncio.Event()

    async def read(self) -> int:
        self.read_times += 1
        answer = self.read_times
        await self.gate.wait()
        return answer


async def test_a_thousand_tabs_that_ask_after_one_change_read_once(tab):
    book = Book()
    asking = [asyncio.create_task(shared.shared(TOPIC, "first page", book.read)) for _ in range(1_000)]
    await asyncio.sleep(0)
    book.gate.set()
    assert set(await asyncio.gather(*asking)) == {1}
    assert book.read_times == 1


async def test_after_a_change_nobody_gets_what_was_read_before_it_even_while_that_is_still_being_read(tab):
    book = Book()
    before = asyncio.create_task(shared.shared(TOPIC, "page", book.read))
    await asyncio.sleep(0)
    await bus._hear([TOPIC])
    after = asyncio.create_task(shared.shared(TOPIC, "page", book.read))
    await asyncio.sleep(0)
    book.gate.set()
    assert [await before, await after] == [1, 2]


async def test_who_asks_for_something_else_or_sees_less_far_reads_for_themselves(tab):
    book = Book()
    book.gate.set()
    asked = [("page one", "lab"), ("page two", "lab"), ("page one", "practice"), ("page one", "lab")]
    assert [await shared.shared(TOPIC, key, book.read) for key in asked] == [1, 2, 3, 1]


async def test_what_was_read_before_the_last_listener_left_is_not_given_to_the_next(tab):
    book = Book()
    book.gate.set()
    assert await shared.shared(TOPIC, "left", book.read) == 1
    live.leave("a tab")
    assert await shared.shared(TOPIC, "left", book.read) == 2
    live.watch("a tab", {TOPIC: SessionState.lims_changed})
    await bus._hear([TOPIC])
    assert await shared.shared(TOPIC, "left", book.read) == 3


async def test_a_tab_that_closes_while_it_asks_leaves_the_others_their_answer(tab):
    book = Book()
    first, second = (asyncio.create_task(shared.shared(TOPIC, "closing", book.read)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    book.gate.set()
    assert await second == 1


async def test_an_answer_is_given_for_a_second_at_most_and_a_refusal_reaches_everybody(tab, monkeypatch):
    monkeypatch.setattr(shared, "KEPT_SECONDS", 0.01)
    book = Book()
    book.gate.set()
    assert await shared.shared(TOPIC, "old", book.read) == 1
    await asyncio.sleep(0.05)
    assert await shared.shared(TOPIC, "old", book.read) == 2

    async def refused() -> int:
        raise NotFound

    asking = [shared.shared(TOPIC, "foreign", refused) for _ in range(2)]
    assert [type(one) for one in await asyncio.gather(*asking, return_exceptions=True)] == [NotFound, NotFound]
