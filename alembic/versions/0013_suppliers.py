"""The tables of `suppliers`."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA suppliers")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA suppliers CASCADE")
