"""A change reaches the tabs that show the same with one read and one emit; each is asked for its rights as ever."""

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from reflex.event import Event
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event.processor import BaseStateEventProcessor
from sqlalchemy import event as sql_event

from bench.filling import fill, filled_id
from ils_app.auth import service as auth
from ils_app.auth.http import COOKIE
from ils_app.kernel import database as kernel_database
from ils_app.kernel import live as bus
from ils_app.kernel.actor import Role
from ils_app.kernel.settings_reader import libpq_url
from ils_app.orders.pages.order_list import OrdersState
from ils_app.orders.pages.rows import Line
from ils_app.ui import live, pushing, showing
from ils_app.ui.showing import CaughtUp, Picture, Showing, name_of

REFRESH = name_of(OrdersState.refresh)
PASSWORD = "violet-meniscus-42"
STATE = OrdersState.get_full_name()


class Sockets:
    """The app's end of the sockets: keeps what was emitted, and to whom."""

    def __init__(self) -> None:
        self.emitted: list[tuple[dict[str, Any], list[str]]] = []
        self.open: dict[str, Any] = {}
        self.event_namespace = SimpleNamespace(
            _token_manager=SimpleNamespace(token_to_socket=self.open), emit=self._emit
        )

    async def _emit(self, _event: str, update: Any, *, to: list[str]) -> None:
        self.emitted.append((update.delta, to))

    async def push(self) -> list[str]:
        """Show what changed in every open tab; the tabs whose own event has to run."""
        return [tab for tab, _ in await pushing.push(self, [(tab, REFRESH) for tab in self.open])]


class Floor:
    """A filled database, people of two practices and of the lab, and tabs with their lists of orders."""

    def __init__(self, url: str, processor: Any) -> None:
        self.url, self.processor, self.sockets = url, processor, Sockets()
        self.statements: list[str] = []

    async def sign_in(self, name: str, organisation_id: Any, role: Role) -> str:
        await auth.create_user(
            email=f"{name}@x.example", name=name, password=PASSWORD, organisation_id=organisation_id, roles=(role,)
        )
        return (await auth.sign_in(f"{name}@x.example", PASSWORD, address="127.0.0.1")).token

    async def open_list(self, tab: str, session: str) -> dict[str, Any]:
        """Open the orders list in a tab; what its browser was told."""
        told = await self.run(tab, OrdersState.load, session)
        self.sockets.open[tab] = SimpleNamespace(sid=f"socket of {tab}")
        return told

    async def run(self, tab: str, event: Any, session: str) -> dict[str, Any]:
        router = {"pathname": "/orders", "asPath": "/orders", "query": {}, "token": tab, "sid": f"socket of {tab}",
                  "headers": {"cookie": f"{COOKIE}={session}"}}  # fmt: skip
        told: dict[str, Any] = {}
        asked = Event(name=name_of(event), payload={}, router_data=router)
        async for delta in self.processor.enqueue_stream_delta(tab, asked):
            told.update(delta.get(STATE, {}))
        return told

    def move(self, practice: str, to: str) -> str:
        """Move the newest order of a practice; its id."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return str(connection.execute(
                'UPDATE orders."order" SET status = %s, changed_at = now() WHERE id = (SELECT id FROM orders."order"'
                " WHERE practice_id = %s ORDER BY placed_at DESC LIMIT 1) RETURNING id",
                (to, filled_id("practice", int(practice))),
            ).fetchone()[0])  # fmt: skip


async def nothing(*_: Any) -> None:
    """Do nothing."""


@pytest.fixture
async def floor(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Floor]:
    """Everybody's tabs, in a process whose pages hear of changes."""
    url = libpq_url(database)
    fill(url, 600, floor=500, practices=20)
    monkeypatch.setattr(showing, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(live, "_app", None)
    monkeypatch.setattr(BaseStateEventProcessor, "_rehydrate", nothing)  # there are no pages to send a state to
    end = bus.subscribe(live._on_change)
    processor = BaseStateEventProcessor()
    async with processor.configure(state_manager=StateManagerMemory()):
        found = Floor(url, processor)
        engine = kernel_database.engine().sync_engine
        sql_event.listen(engine, "before_cursor_execute", lambda *told: found.statements.append(told[2]))
        yield found
        for tab in found.sockets.open:
            live.leave(tab)
    end()


async def test_one_change_and_fifty_lists_of_a_practice_are_one_read_and_one_small_emit(floor):
    session = await floor.sign_in("olive", filled_id("practice", 7), Role.ECP)
    tabs = [f"tab {number}" for number in range(50)]
    shown = [await floor.open_list(tab, session) for tab in tabs]
    assert len(shown[0]["lines_rx_state_"]) == 25
    moved = floor.move("7", "quality_check")
    await bus._hear([f"orders:practice:{filled_id('practice', 7)}"])
    floor.statements.clear()

    assert await floor.sockets.push() == []
    pages = [one for one in floor.statements if "LIMIT" in one and 'orders."order"' in one]
    assert len(pages) == 1, floor.statements
    assert len(floor.statements) < 6
    [(delta, to)] = floor.sockets.emitted
    assert to == [f"socket of {tab}" for tab in tabs]
    assert list(delta) == [STATE]
    assert "lines_rx_state_" not in delta[STATE]
    [(key, row)] = delta[STATE]["changed_rx_state_"].items()
    assert (key, row.id, row.status) == (moved, moved, "quality_check")

    await bus._hear([f"orders:practice:{filled_id('practice', 7)}"])
    assert await floor.sockets.push() == []
    assert len(floor.sockets.emitted) == 1, "nothing changed, so nobody is told anything"


async def test_what_is_read_for_one_never_reaches_a_tab_that_sees_less_far(floor):
    olive = await floor.sign_in("olive", filled_id("practice", 7), Role.ECP)
    vera = await floor.sign_in("vera", filled_id("practice", 8), Role.ECP)
    await floor.open_list("olive's", olive)
    await floor.open_list("vera's", vera)
    floor.move("7", "quality_check")
    await bus._hear([f"orders:practice:{filled_id('practice', one)}" for one in (7, 8)])
    assert await floor.sockets.push() == []
    assert [to for _, to in floor.sockets.emitted] == [["socket of olive's"]]


async def test_whose_session_ended_is_told_nothing_and_led_away_by_the_tabs_own_event(floor):
    olive = await floor.sign_in("olive", filled_id("practice", 7), Role.ECP)
    await floor.open_list("olive's", olive)
    floor.move("7", "quality_check")
    await auth.sign_out(olive)
    await bus._hear([f"orders:practice:{filled_id('practice', 7)}"])
    assert await floor.sockets.push() == ["olive's"]
    assert floor.sockets.emitted == []


async def test_what_was_told_past_a_tabs_state_is_in_it_before_its_next_event(floor):
    olive = await floor.sign_in("olive", filled_id("practice", 7), Role.ECP)
    await floor.open_list("olive's", olive)
    moved = floor.move("7", "quality_check")
    await bus._hear([f"orders:practice:{filled_id('practice', 7)}"])
    await floor.sockets.push()
    state = next(iter(floor.processor._root_context.state_manager.states.values()))
    orders = state.get_substate(STATE.split("."))
    assert orders.changed == {}
    await CaughtUp().preprocess(None, state, Event(name=REFRESH, payload={}))
    assert orders.changed[moved].status == "quality_check"
    assert orders.dirty_vars == set(), "the browser has it already"
    told = await floor.run("olive's", OrdersState.refresh, olive)
    assert (told["changed_rx_state_"], told["lines_rx_state_"][0].status) == ({}, "quality_check")


async def test_a_tab_whose_own_word_may_still_be_on_its_way_hears_by_its_own_event(floor, monkeypatch):
    monkeypatch.setattr(showing, "SETTLED_SECONDS", 60.0)
    olive = await floor.sign_in("olive", filled_id("practice", 7), Role.ECP)
    await floor.open_list("olive's", olive)
    assert await floor.sockets.push() == ["olive's"]
    showing.settle("olive's", REFRESH)
    assert await floor.sockets.push() == []


async def test_what_changes_while_a_tab_reads_is_told_once_more(floor, monkeypatch):
    waited: list[str] = []
    monkeypatch.setattr(live, "_wait_for", waited.append)
    live.watch("a tab", {"orders:all": OrdersState.refresh})
    showing_now = Showing(OrdersState, "orders.read", "orders:all", "?", None)
    live.shows("a tab", OrdersState.refresh, showing_now, since=live.heard("orders:all"))
    assert waited == []
    since = live.heard("orders:all")
    await bus._hear(["orders:all"])
    waited.clear()
    live.shows("a tab", OrdersState.refresh, showing_now, since=since)
    assert waited == ["orders:all"]
    live.leave("a tab")


def lines(count: int) -> list[Line]:
    """So many orders in production."""
    words = ["", "", "", "", "", "", "in_production", False, "", "", False, "", "", "", ""]
    return [Line(f"order {number}", *words) for number in range(count)]


def test_a_list_is_sent_whole_when_its_order_changed_or_much_of_it_and_else_only_what_differs():
    def told(before: Showing, rows: list[Line]) -> dict[str, Any]:
        picture = Picture.of({"lines": rows, "summary": "two late"})
        values, before.whole = before.differing(picture)
        before.seen = picture
        return values

    def moved(rows: list[Line], *places: int) -> list[Line]:
        return [replace(row, status="shipped") if place in places else row for place, row in enumerate(rows)]

    rows = lines(25)
    tab = Showing(OrdersState, "orders.read", "t", "?", None, rows=("lines", "changed"))
    assert told(tab, rows) == {"lines": rows, "summary": "two late", "changed": {}}
    assert told(tab, rows) == {}
    once = moved(rows, 3)
    assert told(tab, once) == {"changed": {"order 3": once[3]}}
    twice = moved(rows, 3, 5)
    assert told(tab, twice) == {"changed": {"order 3": twice[3], "order 5": twice[5]}}
    assert told(tab, rows) == {"changed": {}}
    much = moved(rows, *range(9))
    assert told(tab, much) == {"lines": much, "changed": {}}
    assert told(tab, much[1:]) == {"lines": much[1:], "changed": {}}
