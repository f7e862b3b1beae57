"""The tables of `lab`: the card of each job, the steps it has taken, and the sequence of the trays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JOB_STATUSES = (
    "('queued', 'in_production', 'quality_check', 'ready_for_shipping', 'shipped', 'completed', 'failed', 'on_hold', "
    "'cancelled')"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "card",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("practice_name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("tray", sa.Text(), nullable=False),
        sa.Column("lens", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("frame_to_come", sa.Boolean(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("job_status", sa.Text(), nullable=False),
        sa.Column("lims_sequence", sa.Integer(), nullable=False),
        sa.Column("lims_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("entered_stage_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_floor", sa.Boolean(), nullable=False),
        sa.Column("queue_position", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.CheckConstraint(f"job_status IN {JOB_STATUSES}", name="ck_card_job_status_words"),
        sa.PrimaryKeyConstraint("order_id", name="pk_card"),
        sa.UniqueConstraint("tray", name="uq_card_tray"),
        schema="lab",
    )
    on_the_floor = sa.text("on_floor")
    op.create_index(
        "ix_card_floor_stage_due",
        "card",
        ["stage", "due_at", "order_id"],
        schema="lab",
        postgresql_where=on_the_floor,
        postgresql_include=["urgency", "job_status", "frame_to_come", "entered_stage_at"],
    )
    op.create_index("ix_card_floor_due", "card", ["due_at", "order_id"], schema="lab", postgresql_where=on_the_floor)
    shipped = sa.text("shipped_at IS NOT NULL")
    op.create_index("ix_card_shipped", "card", ["shipped_at"], schema="lab", postgresql_where=shipped)
    op.create_index("ix_card_number", "card", ["number"], schema="lab")
    op.create_index("ix_card_job_id", "card", ["job_id"], schema="lab")
    op.create_table(
        "step",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_status", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.CheckConstraint(f"job_status IN {JOB_STATUSES}", name="ck_step_job_status_words"),
        sa.PrimaryKeyConstraint("order_id", "sequence", "at", name="pk_step"),
        schema="lab",
    )
    op.execute("CREATE SEQUENCE lab.tray")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SEQUENCE lab.tray")
    for table in ("step", "card"):
        op.drop_table(table, schema="lab")
