"""The tables of `practices`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "practice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice"),
        sa.UniqueConstraint("account_number", name="uq_practice_account_number"),
        schema="practices",
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address_lines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.practice.id"], name="fk_site_practice_id_practice"),
        sa.UniqueConstraint("practice_id", "code", name="uq_site_practice_id_code"),
        schema="practices",
    )
    op.create_index(
        "uq_site_practice_id_default",
        "site",
        ["practice_id"],
        unique=True,
        schema="practices",
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.practice.id"], name="fk_person_practice_id_practice"),
        sa.UniqueConstraint("practice_id", "user_id", name="uq_person_practice_id_user_id"),
        schema="practices",
    )


def downgrade() -> None:
    """Take back."""
    for table in ("person", "site", "practice"):
        op.drop_table(table, schema="practices")
