"""What is new: card payments in `billing`: attempts, refunds, and the stand-in's pages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATES = "('opened', 'failed', 'processing', 'expired', 'succeeded', 'refunded')"
HERE = {"schema": "billing"}


def upgrade() -> None:
    """Apply."""
    now = sa.DateTime(timezone=True)
    op.create_table(
        "card_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("payment_intent", sa.Text(), nullable=True),
        sa.Column("decline", sa.Text(), nullable=False),
        sa.Column("declined_at", now, nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", now, nullable=False),
        sa.Column("expires_at", now, nullable=False),
        sa.Column("asked_at", now, nullable=False),
        sa.Column("settled_at", now, nullable=True),
        sa.CheckConstraint(f"state IN {STATES}", name="ck_card_attempt_state_words"),
        sa.CheckConstraint("amount_minor > 0", name="ck_card_attempt_amount"),
        sa.PrimaryKeyConstraint("id", name="pk_card_attempt"),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoice.id"], name="fk_card_attempt_invoice_id_invoice"),
        sa.UniqueConstraint("session_id", name="uq_card_attempt_session_id"),
        sa.UniqueConstraint("payment_intent", name="uq_card_attempt_payment_intent"),
        **HERE,
    )
    live = sa.text("live")
    op.create_index("uq_card_attempt_live", "card_attempt", ["invoice_id"], unique=True, postgresql_where=live, **HERE)
    op.create_index("ix_card_attempt_invoice_id_created_at", "card_attempt", ["invoice_id", "created_at"], **HERE)
    op.create_index("ix_card_attempt_asked", "card_attempt", ["asked_at"], postgresql_where=live, **HERE)
    op.create_table(
        "card_refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", now, nullable=False),
        sa.Column("asked_at", now, nullable=False),
        sa.Column("settled_at", now, nullable=True),
        sa.CheckConstraint("state IN ('pending', 'succeeded', 'failed')", name="ck_card_refund_state_words"),
        sa.CheckConstraint("origin IN ('lab', 'surplus', 'stripe')", name="ck_card_refund_origin_words"),
        sa.CheckConstraint("amount_minor > 0", name="ck_card_refund_amount"),
        sa.PrimaryKeyConstraint("id", name="pk_card_refund"),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["billing.card_attempt.id"], name="fk_card_refund_attempt_id_card_attempt"
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoice.id"], name="fk_card_refund_invoice_id_invoice"),
        sa.UniqueConstraint("stripe_id", name="uq_card_refund_stripe_id"),
        **HERE,
    )
    op.create_index("ix_card_refund_attempt_id", "card_refund", ["attempt_id"], **HERE)
    op.create_index("ix_card_refund_invoice_id", "card_refund", ["invoice_id"], **HERE)
    op.create_index(
        "ix_card_refund_pending", "card_refund", ["asked_at"], postgresql_where=sa.text("state = 'pending'"), **HERE
    )
    op.create_table(
        "stand_in",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_intent", sa.Text(), nullable=False),
        sa.Column("refunds", postgresql.JSONB(), nullable=False),
        sa.Column("expires_at", now, nullable=False),
        sa.CheckConstraint("status IN ('open', 'complete', 'expired')", name="ck_stand_in_status_words"),
        sa.PrimaryKeyConstraint("id", name="pk_stand_in"),
        sa.UniqueConstraint("attempt_id", name="uq_stand_in_attempt_id"),
        sa.UniqueConstraint("payment_intent", name="uq_stand_in_payment_intent"),
        **HERE,
    )


def downgrade() -> None:
    """Take back."""
    for table in ("stand_in", "card_refund", "card_attempt"):
        op.drop_table(table, **HERE)
