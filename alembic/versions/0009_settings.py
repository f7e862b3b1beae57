"""The tables of `settings`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CURRENCIES = "'GBP', 'EUR', 'USD', 'AUD', 'CAD', 'CHF', 'CZK', 'DKK', 'NOK', 'NZD', 'PLN', 'SEK', 'SGD', 'ZAR'"


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA settings")
    op.create_table(
        "lab",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_prefix", sa.Text(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("opening_hours", postgresql.JSONB(), nullable=False),
        sa.Column("payment_terms_days", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("id = 1", name="ck_lab_one"),
        sa.CheckConstraint(f"currency IN ({CURRENCIES})", name="ck_lab_currency_words"),
        sa.PrimaryKeyConstraint("id", name="pk_lab"),
        schema="settings",
    )
    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_holiday"),
        schema="settings",
    )
    words = ("name", "postcode", "country", "phone", "email", "website", "tax_number", "company_number")
    op.create_table(
        "letterhead",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        *(sa.Column(word, sa.Text(), nullable=False) for word in words),
        sa.Column("address_lines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("logo", postgresql.JSONB(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_letterhead"),
        schema="settings",
    )
    op.create_table(
        "person",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("off_in_app", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("off_by_mail", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("theme IN ('system', 'light', 'dark')", name="ck_person_theme_words"),
        sa.PrimaryKeyConstraint("user_id", name="pk_person"),
        schema="settings",
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA settings CASCADE")
