"""Each line between ILS and what it stands on is cut, goes silent or drips: it is said, it ends, and it comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from ils_app.kernel import deadline
from ils_app.kernel.roles import Role
from ils_app.orders.pages.order_list import OrdersState
from ils_app.ui.notices import Notices
from ils_app.ui.session import NO_DATABASE
from tests.support.delay_proxy import DelayProxy, Line, delay_proxy
from tests.support.fleet import Fleet, Member, fleet_environ
from tests.support.orders_http import place, place_for_another
from tests.support.redis_server import Redis
from tests.support.sandbox_process import SandboxProcess, free_port
from tests.support.sockets import Tab, a_tab
from tests.support.world import World

LATEST_SECONDS = deadline.SECONDS + 5  # on a busy machine
FAULTS = ("delay", "cut", "silence", "drip")


@dataclass
class Link:
    """A line between the app and something, and the proxy that carries it."""

    line: Line
    proxy: DelayProxy

    def suffer(self, fault: str) -> None:
        """Have this trouble from now on."""
        if fault == "delay":
            self.line.round_trip_seconds = 0.5
        elif fault == "drip":
            self.line.bytes_per_second = 2_000
        elif fault == "silence":
            self.line.silent = True
        else:
            self.line.refusing = True
            self.proxy.cut()


@dataclass
class Linked:
    """An app whose every line passes through a proxy."""

    app: Member
    elsewhere: Member  # another process, whose lines are whole
    links: dict[str, Link]
    world: World

    def orders(self) -> httpx.Response:
        """Ask for the practice's orders; fails when no answer comes in time."""
        headers = {"authorization": f"Bearer {self.world.tokens[Role.ECP]}"}
        return httpx.get(f"{self.app.url}/api/v1/orders", headers=headers, timeout=LATEST_SECONDS, trust_env=False)

    async def until_well(self) -> None:
        """Until the app answers as if nothing had happened."""
        await asyncio.to_thread(self._until_well)

    def _until_well(self) -> None:
        until = time.monotonic() + 60
        while (answer := self.orders()).status_code != 200:
            assert time.monotonic() < until, answer.text
            time.sleep(0.2)


@pytest.fixture(scope="module")
def linked(
    world: World, sandbox: SandboxProcess, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Linked]:
    """One app for all of them."""
    folder = tmp_path_factory.mktemp("links")
    told = fleet_environ(world.database_url, sandbox, folder)
    places = {"DATABASE_URL": world.database_url, "REDIS_URL": redis.url, "LIMS_API_BASE_URL": sandbox.base_url}
    links: dict[str, Link] = {}
    with ExitStack() as held:
        for name, url in places.items():
            line, port = Line(), free_port()
            was = urlsplit(url).port
            assert was
            links[name] = Link(line, held.enter_context(delay_proxy(line, port=port, to_port=was)))
            told[name] = url.replace(f":{was}", f":{port}", 1)
        fleet = Fleet(folder, told)
        held.callback(fleet.close)
        straight = {name: places[name] for name in ("DATABASE_URL", "REDIS_URL", "LIMS_API_BASE_URL")}
        elsewhere = fleet.alone("elsewhere", "ils_app.orders.api:app", **straight)
        yield Linked(fleet.app("linked"), elsewhere, links, world)


@pytest.fixture
async def suffering(linked: Linked) -> AsyncIterator[Linked]:
    """The app, whose lines are good again afterwards."""
    await linked.until_well()
    yield linked
    for link in linked.links.values():
        link.line.heal()


def tab_of(linked: Linked) -> AbstractAsyncContextManager[Tab]:
    """A tab of the practice's."""
    return a_tab(linked.app.url, linked.world.tokens[Role.ECP], Notices.get_full_name())


async def opened(tab: Tab, linked: Linked) -> None:
    """Bring up the list of orders."""
    await tab.send(f"{OrdersState.get_full_name()}.load", at="/orders")
    await tab.shows(linked.world.mill.number)


async def placed_elsewhere(linked: Linked) -> str:
    """The number of an order placed at the other process."""
    answer = await asyncio.to_thread(place, linked.elsewhere.url, linked.world)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def test_without_its_database_every_request_and_page_says_so_and_both_come_back(suffering: Linked):
    link = suffering.links["DATABASE_URL"]
    async with tab_of(suffering) as tab:
        await opened(tab, suffering)
        link.suffer("cut")
        answer = await asyncio.to_thread(suffering.orders)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
        assert answer.headers["retry-after"]
        await tab.shows(NO_DATABASE)
        missed = await placed_elsewhere(suffering)
        assert missed not in tab.transcript
        tab.heard.clear()
        link.line.heal()
        await suffering.until_well()
        await tab.shows(missed)  # it has read again
        await tab.shows('"banner_rx_state_": ""')


async def test_a_page_that_opens_while_the_database_is_away_comes_up_when_it_is_back(suffering: Linked):
    link = suffering.links["DATABASE_URL"]
    link.suffer("cut")
    async with tab_of(suffering) as tab:
        await tab.send(f"{OrdersState.get_full_name()}.load", at="/orders")
        await tab.shows(NO_DATABASE)
        link.line.heal()
        await tab.shows(suffering.world.mill.number)


async def test_a_database_that_swallows_everything_holds_no_request_past_its_deadline(suffering: Linked):
    suffering.links["DATABASE_URL"].suffer("silence")
    answers = await asyncio.gather(*(asyncio.to_thread(suffering.orders) for _ in range(3)))
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(503, "database_away")] * 3
    suffering.links["DATABASE_URL"].line.heal()
    await suffering.until_well()  # the pool has let go of what stays dead


@pytest.mark.parametrize("fault", ["cut", "silence"])
async def test_an_order_waits_when_the_line_to_the_lab_is_broken(fault: str, suffering: Linked):
    suffering.links["LIMS_API_BASE_URL"].suffer(fault)
    answer = await asyncio.to_thread(place, suffering.app.url, suffering.world)
    assert answer.status_code == 201, answer.text
    assert answer.json()["waiting_for_lab"]


@pytest.mark.parametrize("fault", ["cut", "silence"])
async def test_without_redis_orders_are_placed_and_pages_catch_up_when_it_is_back(fault: str, suffering: Linked):
    link = suffering.links["REDIS_URL"]
    async with tab_of(suffering) as tab:
        await opened(tab, suffering)
        link.suffer(fault)
        answer = await asyncio.to_thread(place_for_another, suffering.app.url, suffering.world)
        assert answer.status_code == 201, answer.text
        missed = await placed_elsewhere(suffering)  # told through Redis, which this app does not hear now
        assert missed not in tab.transcript
        link.line.heal()
        await tab.shows(missed)


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["DATABASE_URL", "LIMS_API_BASE_URL", "REDIS_URL"])
async def test_whatever_happens_to_whichever_line_requests_end_and_it_recovers(
    name: str, fault: str, suffering: Linked
):
    link = suffering.links[name]
    link.suffer(fault)
    answers = await asyncio.gather(*(asyncio.to_thread(suffering.orders) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    placed = await asyncio.to_thread(place, suffering.app.url, suffering.world)
    assert placed.status_code in (201, 503), placed.text
    link.line.heal()
    await suffering.until_well()
    assert (await asyncio.to_thread(place, suffering.app.url, suffering.world)).status_code == 201
