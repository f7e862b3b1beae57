"""Orders from before are found by the last digits of their numbers too."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: what `orders.records.ends` adds to new orders, for those there are."""
    count = "substring(number from '[0-9]+$')"
    op.execute(
        f"""
        UPDATE orders."order" SET search = concat_ws(
            ' ', search, right({count}, 5), right({count}, 4), right({count}, 3),
            CASE WHEN length(ltrim({count}, '0')) > 1 THEN ltrim({count}, '0') END
        ) WHERE number IS NOT NULL
        """  # noqa: S608  a constant
    )


def downgrade() -> None:
    """Take back: the words stay, and find nothing wrong."""
