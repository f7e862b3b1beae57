"""The tables of `catalog`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("entries", postgresql.JSONB(), nullable=False),
        sa.Column("rules", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("difference", postgresql.JSONB(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.UniqueConstraint("number", name="uq_version_number"),
        schema="catalog",
    )
    op.create_index("ix_version_rules_version", "version", ["rules_version"], schema="catalog")
    op.create_index(
        "uq_version_current",
        "version",
        ["current"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("current"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("version", schema="catalog")
