"""The tables of `billing`."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA billing")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA billing CASCADE")
