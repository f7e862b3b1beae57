"""The database a command works on: `DATABASE_URL`, else the embedded one, started for the command if need be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ils_app.kernel import config, postgres


@contextlib.contextmanager
def reached_database() -> Iterator[str]:
    """Reach the database; yields its address for psycopg. Everything in this process finds the same one meanwhile."""
    settings = config.current()
    if settings.database_url is not None or settings.production:
        yield settings.require_libpq_url()
        return
    server = postgres.start(settings.home)
    os.environ["DATABASE_URL"] = server.url
    config.current.cache_clear()
    try:
        yield server.url
    finally:
        os.environ.pop("DATABASE_URL", None)
        config.current.cache_clear()
        if not server.reused:
            server.stop()
