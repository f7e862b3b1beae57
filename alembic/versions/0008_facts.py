"""What is new: facts say who caused them and whom and what they are about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"
WHO = f"""
UPDATE kernel.event SET
    actor_id = CASE WHEN body ->> 'by' ~ '{ID}' THEN (body ->> 'by')::uuid END,
    subjects = ARRAY(
        SELECT DISTINCT value::uuid FROM jsonb_each_text(body) WHERE key <> 'by' AND value ~ '{ID}'
    )
"""  # noqa: S608  a pattern of our own
"""What older facts say of both in their bodies."""


def upgrade() -> None:
    """Apply."""
    op.add_column("event", sa.Column("actor_id", sa.Uuid(), nullable=True), schema="kernel")
    op.add_column("event", sa.Column("actor_role", sa.Text(), nullable=True), schema="kernel")
    op.add_column("event", sa.Column("request_id", sa.Text(), nullable=True), schema="kernel")
    op.add_column(
        "event",
        sa.Column("subjects", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        schema="kernel",
    )
    op.execute("ALTER TABLE kernel.event DISABLE TRIGGER event_append_only")
    op.execute(WHO)
    op.execute("ALTER TABLE kernel.event ENABLE TRIGGER event_append_only")
    op.drop_index("ix_event_name", table_name="event", schema="kernel")
    op.create_index("ix_event_at_id", "event", ["at", "id"], schema="kernel")
    op.create_index("ix_event_name_at_id", "event", ["name", "at", "id"], schema="kernel")
    op.create_index(
        "ix_event_actor_id_at_id",
        "event",
        ["actor_id", "at", "id"],
        schema="kernel",
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    op.create_index(
        "ix_event_by_people", "event", ["at", "id"], schema="kernel", postgresql_where=sa.text("actor_id IS NOT NULL")
    )
    op.create_index("ix_event_subjects", "event", ["subjects"], schema="kernel", postgresql_using="gin")


def downgrade() -> None:
    """Take back."""
    by = ("subjects", "by_people", "actor_id_at_id", "name_at_id", "at_id")
    for index in (f"ix_event_{columns}" for columns in by):
        op.drop_index(index, table_name="event", schema="kernel")
    op.create_index("ix_event_name", "event", ["name"], schema="kernel")
    for column in ("subjects", "request_id", "actor_role", "actor_id"):
        op.drop_column("event", column, schema="kernel")
