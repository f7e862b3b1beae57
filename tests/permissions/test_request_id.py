"""One id follows an order: from the click to the LIMS, back with its webhook, and on to the page of who watches."""

import asyncio
import json
from typing import Any

import httpx

from ils_app.kernel.roles import Role
from ils_app.ui import routes
from tests.support.surfaces import handlers

EVENTS = {one.id: one.full_name for one in handlers()}


async def test_the_id_of_a_click_goes_to_the_lims_and_comes_back_to_an_engineer_s_page(live, world, sandbox, tab_of):
    live.programs.start_worker()
    draft = world.mill.draft_id
    async with tab_of(Role.ECP) as practice, tab_of(Role.ENGINEER) as engineer:
        await practice.send(EVENTS["NewOrderState.load"], at=routes.draft(draft))
        await practice.settle()
        await practice.send(EVENTS["NewOrderState.submit"], {"form": {}}, at=routes.draft(draft))
        (sent,) = await until(lambda: jobs_made(live, str(draft)))
        clicked = header(sent, "x-request-id")

        await until(lambda: says(live.log, "order_sent", clicked))
        told = world.sql("SELECT name FROM kernel.event WHERE request_id = %s ORDER BY id", clicked)
        assert [name for (name,) in told][:2] == ["OrderSubmitted", "OrderSent"]

        await engineer.send(EVENTS["OrderState.load"], at=routes.order(draft))
        await engineer.settle()
        job = (
            await until(lambda: world.sql("SELECT job_id FROM orders.\"order\" WHERE id = %s AND job_id > ''", draft))
        )[0][0]
        engineer.heard.clear()
        sandbox.call("POST", "sandbox/step", json={"jobId": job}).raise_for_status()  # the lab moves it by itself
        line = (await until(lambda: pushed(engineer, "In production")))[0]

        assert (line["trace"], line["trace_href"]) == (clicked, routes.deliveries_of(clicked))
        kept = world.sql("SELECT request_id FROM kernel.inbox WHERE subject = %s", job)
        assert set(kept) == {(clicked,)}
        moved = world.sql("SELECT request_id FROM kernel.event WHERE name = 'OrderMoved' AND body ->> 'order_id' = %s "
                          "ORDER BY id DESC LIMIT 1", str(draft))  # fmt: skip
        assert moved == [(clicked,)]
        assert says(live.programs.worker.log.read_text(), "status_worked", clicked)
        assert clicked not in practice.transcript  # it is for who looks after the system

        await engineer.send(EVENTS["DeliveriesState.load"], at=routes.deliveries_of(clicked))
        await engineer.settle()
        rows = last_of(engineer, "rows")
        assert [(row["subject"], row["request_id"]) for row in rows] == [(job, clicked)]
    token = {"authorization": f"Bearer {world.tokens[Role.ENGINEER]}"}
    async with httpx.AsyncClient(base_url=live.url, headers=token, trust_env=False) as program:
        found = await program.get("/api/v1/deliveries", params={"request_id": clicked})
        assert [row["subject"] for row in found.json()["rows"]] == [job]


async def until(look: Any) -> Any:
    """What `look` finds, as soon as it does."""
    async with asyncio.timeout(30):
        while not (found := look()):  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(0.05)
        return found


def jobs_made(live: Any, order_id: str) -> list[Any]:
    return [one for one in live.listener.requests
            if one.path.startswith("/jobs/create") and header(one, "idempotency-key") == order_id]  # fmt: skip


def says(log: str, event: str, request_id: str) -> bool:
    return any(f'"{event}"' in line and request_id in line for line in log.splitlines())


def header(request: Any, name: str) -> str:
    return {key.lower(): value for key, value in request.headers.items()}[name]


def pushed(tab: Any, title: str) -> list[Any]:
    """The timeline's lines of this title that the tab was sent without asking."""
    return [line for line in last_of(tab, "entries") if line["title"].lower() == title.lower()]


def last_of(tab: Any, name: str) -> list[Any]:
    """The last value this variable of a page was given in the tab."""
    found = [
        value
        for update in tab.heard
        for said in (update.get("delta") or {}).values()
        for key, value in said.items()
        if key.startswith(f"{name}_rx_state") and value
    ]
    return list(json.loads(json.dumps(found[-1]))) if found else []
