"""The tables of `notifications`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = (
    "'order_received', 'order_on_hold', 'order_shipped', 'purchase_order', 'document_expiry', 'invoice', 'payment', "
    "'account'"
)


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA notifications")
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("href", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("user_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("attachments", postgresql.JSONB(), nullable=False),
        sa.Column("sender_organisation_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spread_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("way IN ('told', 'written')", name="ck_notice_way_words"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_notice_kind_words"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("way", "key", name="uq_notice_way_key"),
        schema="notifications",
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_entry_kind_words"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.ForeignKeyConstraint(["notice_id"], ["notifications.notice.id"], name="fk_entry_notice_id_notice"),
        sa.UniqueConstraint("notice_id", "user_id", name="uq_entry_notice_id_user_id"),
        schema="notifications",
    )
    op.create_index("ix_entry_user_at", "entry", ["user_id", "at", "id"], schema="notifications")
    op.create_index(
        "ix_entry_user_unread",
        "entry",
        ["user_id"],
        schema="notifications",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_entry_read_at", "entry", ["read_at"], schema="notifications")
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'given_up')", name="ck_mail_state_words"),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
        sa.ForeignKeyConstraint(["notice_id"], ["notifications.notice.id"], name="fk_mail_notice_id_notice"),
        sa.UniqueConstraint("notice_id", "address", name="uq_mail_notice_id_address"),
        schema="notifications",
    )
    op.create_index("ix_mail_state_at", "mail", ["state", "at", "id"], schema="notifications")
    op.create_index(
        "ix_mail_waiting",
        "mail",
        ["next_try_at"],
        schema="notifications",
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA notifications CASCADE")
