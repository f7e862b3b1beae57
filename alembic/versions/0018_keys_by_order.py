"""The key of a placing is found by its order, which is what taking one back asks for."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_idempotency_key_order_id", "idempotency_key", ["order_id"], schema="orders")


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_idempotency_key_order_id", "idempotency_key", schema="orders")
