"""The sandbox's SQLite file: its tables, and the one connection that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rule_set (
    version INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    based_on TEXT, author TEXT, note TEXT, created_at TEXT NOT NULL, published_at TEXT, rules TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS one_published ON rule_set (state) WHERE state = 'published';
CREATE TABLE IF NOT EXISTS account (
    number TEXT PRIMARY KEY, name TEXT NOT NULL, on_stop INTEGER NOT NULL DEFAULT 0, credit_limit_minor INTEGER,
    balance_minor INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
    sequence INTEGER NOT NULL, change INTEGER NOT NULL UNIQUE, changed_at TEXT NOT NULL,
    timestamp TEXT NOT NULL, created_at TEXT NOT NULL, rank INTEGER NOT NULL,
    account_number TEXT, order_number TEXT, configuration TEXT NOT NULL, metadata TEXT NOT NULL,
    findings TEXT NOT NULL, decision TEXT NOT NULL, price TEXT, rules_version TEXT NOT NULL,
    estimated_completion_date TEXT, stations TEXT NOT NULL, stop INTEGER NOT NULL DEFAULT 0, due REAL,
    held_from TEXT, held_at TEXT, carrier TEXT, tracking_number TEXT, reason TEXT, remake_of TEXT, origin TEXT NOT NULL,
    request_id TEXT
);
CREATE INDEX IF NOT EXISTS queue ON job (rank, number) WHERE status = 'queued';
CREATE INDEX IF NOT EXISTS due ON job (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_status ON job (status);
CREATE TABLE IF NOT EXISTS history (
    job INTEGER NOT NULL REFERENCES job (number), sequence INTEGER NOT NULL, status TEXT NOT NULL, previous_status TEXT,
    station TEXT, reason TEXT, note TEXT, by TEXT, timestamp TEXT NOT NULL, PRIMARY KEY (job, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, digest TEXT NOT NULL, job_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhook (
    id TEXT PRIMARY KEY, url TEXT NOT NULL UNIQUE, events TEXT NOT NULL, secret TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
    webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE, type TEXT NOT NULL, subject TEXT NOT NULL,
    body TEXT NOT NULL, created_at TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, outcome TEXT, request_id TEXT
);
CREATE INDEX IF NOT EXISTS pending ON delivery (next_at) WHERE state = 'pending';
"""


class DatabaseInUse(RuntimeError):
    """Another sandbox holds the file."""


class Database:
    """One connection, used by one thread: the event loop's. Every change is one short transaction."""

    def __init__(self, path: Path | str) -> None:
        """Open or create the file. Raises `DatabaseInUse`, or `sqlite3.DatabaseError` for one that is broken."""
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        try:
            # Exclusive: two sandboxes on one file would each move the jobs.
            for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(SCHEMA)
            for table in ("job", "delivery"):  # files from before these columns
                if "request_id" not in [row["name"] for row in self.all(f"PRAGMA table_info({table})")]:
                    self._connection.execute(f"ALTER TABLE {table} ADD COLUMN request_id TEXT")
        except sqlite3.OperationalError as error:
            self._connection.close()
            if "locked" in str(error):
                raise DatabaseInUse(f"{path} is in use by another sandbox; stop that one first.") from None
            raise

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another is part of it."""
        if self._depth:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._depth -= 1

    def run(self, statement: str, **values: Any) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def one(self, statement: str, **values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def all(self, statement: str, **values: Any) -> list[sqlite3.Row]:
        return self._connection.execute(statement, values).fetchall()

    def number(self, statement: str, **values: Any) -> int:
        """The first column of the first row, as a whole number; 0 without one."""
        row = self.one(statement, **values)
        return 0 if row is None or row[0] is None else int(row[0])

    def setting(self, name: str, default: str = "") -> str:
        row = self.one("SELECT value FROM setting WHERE name = :name", name=name)
        return default if row is None else str(row[0])

    def keep_setting(self, name: str, value: str) -> None:
        self.run(
            "INSERT INTO setting VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=name,
            value=value,
        )

    def next_number(self, name: str) -> int:
        """A counter that only grows; call it inside a transaction."""
        number = int(self.setting(name, "0")) + 1
        self.keep_setting(name, str(number))
        return number
