"""A letterhead names the account that invoices are paid to."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: none is known yet."""
    op.add_column(
        "letterhead", sa.Column("bank_details", sa.Text(), nullable=False, server_default=""), schema="settings"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("letterhead", "bank_details", schema="settings")
