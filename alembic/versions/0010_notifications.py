"""The tables of `notifications`."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA notifications")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA notifications CASCADE")
