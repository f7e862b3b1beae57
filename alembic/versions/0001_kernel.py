"""The schemas of every room, the durable jobs, and the kernel's own tables."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = ("kernel", "auth", "practices", "patients", "catalog", "orders", "lab")


DROP_JOBS = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT 1 AS turn, 'TABLE IF EXISTS ' || oid::regclass AS thing FROM pg_class
        WHERE relkind = 'r' AND relname ~ '^procrastinate_' AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT 2, 'FUNCTION IF EXISTS ' || oid::regprocedure FROM pg_proc
        WHERE proname ~ '^procrastinate_' AND pronamespace = 'public'::regnamespace
        UNION ALL SELECT 3, 'TYPE IF EXISTS ' || type.oid::regtype FROM pg_type AS type LEFT JOIN pg_class AS class
        ON class.oid = type.typrelid WHERE typname ~ '^procrastinate_' AND typnamespace = 'public'::regnamespace
        AND (typtype = 'e' OR class.relkind = 'c') ORDER BY 1
    LOOP
        EXECUTE 'DROP ' || found.thing || ' CASCADE';
    END LOOP;
END $$
"""
"""What `SchemaManager.get_schema()` made, in whatever version of procrastinate it was."""


def upgrade() -> None:
    """Apply."""
    for schema in SCHEMAS:
        op.execute(f"CREATE SCHEMA {schema}")
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())  # several statements, so past SQLAlchemy's parameters
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        schema="kernel",
    )
    op.create_index("ix_event_name", "event", ["name"], schema="kernel")
    op.create_table(
        "heard",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "listener", name="pk_heard"),
        schema="kernel",
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'applied', 'repeated', 'unmatched', 'failed')", name="ck_inbox_state_words"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("source", "delivery_id", name="uq_inbox_source_delivery_id"),
        schema="kernel",
    )
    op.create_index("ix_inbox_received_at_id", "inbox", ["received_at", "id"], schema="kernel")
    op.create_index("ix_inbox_state_subject", "inbox", ["state", "subject"], schema="kernel")
    # Facts are append-only, for the application too.
    op.execute(
        "CREATE FUNCTION kernel.refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'kernel.event is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON kernel.event "
        "FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change()"
    )


def downgrade() -> None:
    """Take back everything, the jobs included."""
    for schema in reversed(SCHEMAS):
        op.execute(f"DROP SCHEMA {schema} CASCADE")
    op.execute(DROP_JOBS)
