"""What the lists ask, PostgreSQL finds along an index: shown on a filled database, statement by statement."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event

from bench.filling import fill, filled_id
from ils_app.kernel import database as kernel_database
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.settings_reader import libpq_url
from ils_app.lab import service as lab
from ils_app.orders import service as orders
from ils_app.orders.service import ListView

ORDERS, FLOOR = 20_000, 500  # enough that reading a whole table is never the cheaper way
BIG = {"order", "timeline", "card", "step", "patient", "patient_read"}
LAB = Actor(uuid4(), "Theo Brandt", Role.LAB, uuid4())
ECP = Actor(uuid4(), "Olive Vance", Role.ECP, filled_id("practice", 7), manager=True)
AN_ORDER = filled_id("order", 9_001)
READ: dict[str, Callable[[], Awaitable[object]]] = {
    "the lab's list": lambda: orders.orders_page(LAB),
    "a practice's list": lambda: orders.orders_page(ECP),
    "a view of the lab's list": lambda: orders.orders_page(LAB, view=ListView.ON_HOLD),
    "a view of a practice's list": lambda: orders.orders_page(ECP, view=ListView.QUALITY_CHECK),
    "what needs a practice": lambda: orders.orders_page(ECP, view=ListView.ATTENTION),
    "what is late": lambda: orders.orders_page(LAB, late=True),
    "a search": lambda: orders.orders_page(LAB, text="grace thorhurst"),
    "a search by number": lambda: orders.orders_page(LAB, text="ORD-2025-0000042"),
    "the lab's counts": lambda: orders.counts(LAB),
    "a practice's counts": lambda: orders.counts(ECP),
    "what is due next": lambda: orders.due_next(LAB),
    "what changed at a practice": lambda: orders.recently_changed(ECP),
    "who waits for the lab": lambda: orders.waiting_for_lab(LAB),
    "a barcode": lambda: orders.order_of_code(LAB, "ORD-2025-0000042"),
    "an order": lambda: orders.order(LAB, AN_ORDER),
    "its timeline": lambda: orders.timeline(LAB, AN_ORDER),
    "the board": lambda: lab.board(LAB),
    "the board as a list": lambda: lab.cards(LAB),
    "a card": lambda: lab.by_code(LAB, "JOB-B-0009001"),
}


@pytest.fixture
async def asked(database: str) -> Any:
    """Calls a door and gives the plans of what it asked the database."""
    url = libpq_url(database)
    fill(url, ORDERS, floor=FLOOR)
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        heard.append((statement, parameters))

    event.listen(kernel_database.engine().sync_engine, "before_cursor_execute", hear)

    async def plans(door: Callable[[], Awaitable[object]]) -> list[Any]:
        heard.clear()
        await door()
        with psycopg.connect(url, autocommit=True) as connection:
            return [
                connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()[0]
                for statement, parameters in heard
                if statement.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE"))
            ]

    plans.url = url
    return plans


def whole_tables(plan: Any) -> set[str]:
    """The big tables that a plan reads from end to end."""
    if isinstance(plan, list):
        return set().union(*map(whole_tables, plan)) if plan else set()
    if not isinstance(plan, dict):
        return set()
    here = {plan["Relation Name"]} if "Seq Scan" in plan.get("Node Type", "") else set()
    return (here & BIG).union(*map(whole_tables, plan.values()))


async def test_no_list_no_board_and_no_order_page_reads_a_big_table_from_end_to_end(asked):
    read = {name: whole_tables(await asked(door)) for name, door in READ.items()}
    assert {name: tables for name, tables in read.items() if tables} == {}


async def test_a_missing_index_is_noticed(asked):
    with psycopg.connect(asked.url, autocommit=True) as connection:
        connection.execute("DROP INDEX orders.ix_order_placed")
    assert whole_tables(await asked(READ["the lab's list"])) == {"order"}
    plan = json.loads(
        '[{"Plan": {"Node Type": "Sort", "Plans": [{"Node Type": "Seq Scan", "Relation Name": "card"}]}}]'
    )
    assert whole_tables(plan) == {"card"}
