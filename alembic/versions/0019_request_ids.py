"""The id of a request goes along: with what a LIMS tells, and with each line of an order's history."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: what there is has none."""
    op.add_column("inbox", sa.Column("request_id", sa.Text()), schema="kernel")
    op.create_index(
        "ix_inbox_request_id",
        "inbox",
        ["request_id"],
        schema="kernel",
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )
    op.add_column("timeline", sa.Column("request_id", sa.Text()), schema="orders")


def downgrade() -> None:
    """Take back."""
    op.drop_column("timeline", "request_id", schema="orders")
    op.drop_index("ix_inbox_request_id", "inbox", schema="kernel")
    op.drop_column("inbox", "request_id", schema="kernel")
