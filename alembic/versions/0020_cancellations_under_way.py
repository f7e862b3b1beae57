"""Orders whose cancellation the lab has not answered are found without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_order_cancelling", "order", ["id"], schema="orders", postgresql_where=sa.text("cancel_requested")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_order_cancelling", "order", schema="orders")
