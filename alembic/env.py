"""How migrations run: every room's tables, only our schemas, one process at a time."""

import sys

from alembic import context
from sqlalchemy import create_engine, text

from ils_app import rooms
from ils_app.kernel import config

LOCK = 7_215_001  # any number; the advisory lock that lets one process migrate and the others wait
SCHEMAS = {"kernel", *rooms.ROOMS}


def include_name(name: str | None, type_: str, _: object) -> bool:
    """Look at our schemas only; procrastinate's tables in `public` are its own."""
    return type_ != "schema" or name in SCHEMAS


def run() -> None:
    """Upgrade, or compare, over one connection."""
    try:
        url = context.config.attributes.get("url") or config.require_database()
    except config.ConfigError as error:
        sys.exit(str(error))
    engine = create_engine(url, hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=rooms.metadata(),
            include_schemas=True,
            include_name=include_name,
            compare_type=True,
            version_table_schema="public",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()
    engine.dispose()


run()
