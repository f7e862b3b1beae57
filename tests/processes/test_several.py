"""Several app processes and several workers are one ILS: a change is seen everywhere, and none of them is needed."""

import asyncio
import os
import signal
from contextlib import AbstractAsyncContextManager

import psutil
import pytest

from ils_app.kernel.roles import Role
from ils_app.orders.pages.order_list import OrdersState
from ils_app.ui.notices import Notices
from tests.support.fleet import Fleet, Member
from tests.support.orders_http import place
from tests.support.sockets import Tab, a_tab
from tests.support.world import World

OPENS = f"{OrdersState.get_full_name()}.load"


def tab_at(member: Member, world: World, *, token: str | None = None) -> AbstractAsyncContextManager[Tab]:
    """A tab of the practice's at this process."""
    return a_tab(member.url, world.tokens[Role.ECP], Notices.get_full_name(), token=token)


async def placed(member: Member, world: World) -> str:
    """The number of an order placed at this process."""
    answer = await asyncio.to_thread(place, member.url, world)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def test_a_tab_at_one_process_shows_what_was_done_at_another(fleet: Fleet, world: World):
    here, there = fleet.app("here"), fleet.app("there")
    async with tab_at(here, world) as tab:
        await tab.send(OPENS, at="/orders")
        await tab.shows(world.mill.number)
        await tab.shows(await placed(there, world))


async def test_who_is_signed_in_goes_on_when_the_process_that_served_them_is_killed(fleet: Fleet, world: World):
    house = fleet.app("house", workers=2)
    async with tab_at(house, world) as tab:
        await tab.send(OPENS, at="/orders")
        await tab.shows(world.mill.number)
        os.kill(_serving(house, tab), signal.SIGKILL)
        await asyncio.wait_for(tab.lost.wait(), 20)
        token = tab.token
    async with tab_at(house, world, token=token) as again:  # as a browser does by itself
        await again.send(OPENS, at="/orders")
        await again.shows(world.mill.number)
        await again.shows(await placed(house, world))
    fleet.until(lambda: len(_workers(house)) == 2)  # another takes its place


def _workers(house: Member) -> list[psutil.Process]:
    assert house.program.process
    return [one for one in psutil.Process(house.program.process.pid).children() if one.status() != "zombie"]


def _serving(house: Member, tab: Tab) -> int:
    """The worker at the other end of the tab's socket."""
    ours = tab.client.eio.ws._response.connection.transport.get_extra_info("sockname")[1]
    for worker in _workers(house):
        if any(link.raddr and link.raddr.port == ours for link in worker.net_connections()):
            return int(worker.pid)
    pytest.fail("no worker holds the socket")


async def test_jobs_are_spread_over_the_workers_there_are(fleet: Fleet, world: World):
    world.sandbox.control(latency_ms=1500)  # so that a job is under way for long enough to be seen
    fleet.worker("one")
    fleet.worker("two")
    for _ in range(16):  # more than one worker takes at once
        fleet.sql(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'catalog.look', 0, NULL, NULL, %s, NULL)"
            "::procrastinate_job_to_defer_v1])",
            '{"timestamp": 0}',
        )
    doing = "SELECT count(DISTINCT worker_id) FROM procrastinate_jobs WHERE status = 'doing'"
    fleet.until(lambda: fleet.sql(doing) == [(2,)])
