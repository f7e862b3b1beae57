"""The database the bench fills fits together as one that people filled."""

import psycopg

from bench.filling import FLOOR, fill
from ils_app.kernel.settings_reader import libpq_url
from ils_app.lab.trays import read_tray

ORDERS = FLOOR + 2_000
COUNTED = """
SELECT practice_id, status, count(*) FROM orders."order" GROUP BY 1, 2
UNION ALL SELECT practice_id, 'attention', count(*) FROM orders."order" WHERE attention GROUP BY 1"""


def test_counters_cards_and_timelines_agree_with_the_orders_and_a_second_filling_adds_only_what_is_missing(database):
    url = libpq_url(database)
    fill(url, FLOOR + 1_000)
    fill(url, ORDERS, already=FLOOR + 1_000)
    with psycopg.connect(url, autocommit=True) as connection:

        def ask(query: str) -> list[tuple]:
            return connection.execute(query).fetchall()

        assert ask('SELECT count(*) FROM orders."order"') == [(ORDERS,)]
        assert sorted(ask("SELECT practice_id, bucket, count FROM orders.tally")) == sorted(ask(COUNTED))
        assert ask(
            """SELECT count(*) FROM orders."order" o LEFT JOIN lab.card c ON c.order_id = o.id
            WHERE (o.job_id IS NULL) <> (c.order_id IS NULL) OR o.job_status <> c.job_status"""
        ) == [(0,)]
        assert ask("SELECT count(*) FROM orders.timeline t LEFT JOIN orders.\"order\" o ON o.id = t.order_id "
                   "WHERE o.id IS NULL") == [(0,)]  # fmt: skip
        trays = [tray for (tray,) in ask("SELECT tray FROM lab.card LIMIT 500")]
        assert [read_tray(tray) for tray in trays] == trays
        connection.execute("""UPDATE orders."order" SET status = 'completed' WHERE status = 'shipped'""")
        assert sorted(ask("SELECT practice_id, bucket, count FROM orders.tally WHERE count > 0")) == sorted(
            ask(COUNTED)
        )
