"""Reading the lists, bare: psycopg and one statement for each thing that is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Rows = list[dict[str, Any]]

ROW = """id, number, practice_id, practice_name, patient_name, reference, ecp_name, lens, status, job_status,
cancel_requested, last_error, refused, attention, job_id, queue_position, due_at, frame_to_come, urgency, reason,
placed_at, changed_at"""
OURS_TO_SEE = "(status <> 'draft' OR entered_for_practice)"
LATEST = "ORDER BY placed_at DESC, id DESC LIMIT 26"
COUNTS = "SELECT bucket, sum(count) FROM orders.tally {where} GROUP BY bucket"
DUE = """SELECT count(*) FILTER (WHERE due_at < now()), count(*) FILTER (WHERE due_at >= now()) FROM orders."order"
WHERE status IN ('in_production', 'quality_check') AND due_at < date_trunc('day', now()) + interval '1 day' {also}"""
STAGES = ["queued", "making", "preparing", "surfacing", "coating", "edging", "inspection", "packed"]
CARDS = """SELECT card.* FROM unnest(%s::text[]) AS wanted, LATERAL (SELECT * FROM lab.card WHERE on_floor
AND stage = wanted ORDER BY due_at, order_id LIMIT 12) card"""
FLOOR = """SELECT stage, count(*), min(entered_stage_at),
count(*) FILTER (WHERE due_at < now() AND NOT (frame_to_come AND job_status = 'queued')),
count(*) FILTER (WHERE due_at >= now() AND due_at < date_trunc('day', now()) + interval '1 day'),
count(*) FILTER (WHERE urgency = 'rush'), count(*) FILTER (WHERE job_status IN ('on_hold', 'failed'))
FROM lab.card WHERE on_floor GROUP BY stage"""
SHIPPED = "SELECT count(*) FROM lab.card WHERE shipped_at >= date_trunc('day', now())"
TOLD = (
    "SELECT at, who, what, old, new, job_status, why FROM orders.timeline WHERE order_id = %s ORDER BY at DESC, id DESC"
)
READ = """INSERT INTO patients.patient_read (patient_id, user_id, user_name, role, why, at)
VALUES (%s, %s, 'Theo Brandt', 'lab_tech', 'order', now())"""


class Reader:
    """Reads as somebody of the lab, or of one practice."""

    def __init__(self, pool: AsyncConnectionPool, practice: UUID | None) -> None:
        self._pool, self._practice = pool, practice

    async def _rows(self, *asked: tuple[str, list[Any]]) -> list[Rows]:
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            found = []
            for statement, values in asked:
                await cursor.execute(statement, values)
                found.append(await cursor.fetchall() if cursor.description else [])
            return found

    async def orders_list(self) -> list[Rows]:
        """The newest orders and every count."""
        if self._practice is None:
            return await self._rows(
                (f'SELECT {ROW} FROM orders."order" WHERE {OURS_TO_SEE} {LATEST}', []),
                (COUNTS.format(where=""), []),
                ("SELECT count(*) FROM orders.\"order\" WHERE status = 'draft' AND entered_for_practice", []),
                (DUE.format(also=""), []),
            )
        return await self._rows(
            (f'SELECT {ROW} FROM orders."order" WHERE practice_id = %s {LATEST}', [self._practice]),
            (COUNTS.format(where="WHERE practice_id = %s"), [self._practice]),
            (DUE.format(also="AND practice_id = %s"), [self._practice]),
        )

    async def search(self, words: str) -> list[Rows]:
        """The newest orders with all these words."""
        asked = " & ".join(f"{word}:*" for word in words.split())
        statement = f"""SELECT {ROW} FROM orders."order" WHERE {OURS_TO_SEE}
            AND search_vector @@ to_tsquery('simple', %s) {LATEST}"""
        return await self._rows((statement, [asked]))

    async def board(self) -> list[Rows]:
        """The floor: its counts, and the first cards of each stage."""
        return await self._rows((FLOOR, []), (SHIPPED, []), (CARDS, [STAGES]))

    async def order_page(self, order_id: UUID) -> list[Rows]:
        """An order with its timeline; that its patient was read is written down."""
        (order,), told = await self._rows(
            ('SELECT * FROM orders."order" WHERE id = %s', [order_id]), (TOLD, [order_id])
        )
        await self._rows((READ, [order["patient_id"], uuid4()]))
        return [[order], told]
