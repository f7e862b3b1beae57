"""The tables of `settings`."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA settings")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA settings CASCADE")
