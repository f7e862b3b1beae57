"""The tables of `orders`: the order, its timeline, the counters a trigger keeps, the keys of API clients."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATUSES = "('draft', 'submitted', 'in_production', 'quality_check', 'shipped', 'completed', 'on_hold', 'cancelled')"
JOB_STATUSES = (
    "('queued', 'in_production', 'quality_check', 'ready_for_shipping', 'shipped', 'completed', 'failed', 'on_hold', "
    "'cancelled')"
)

TALLY = """
CREATE FUNCTION orders.keep_tally() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step record;
BEGIN
    -- In one order of buckets, so that two moves between the same two never wait for each other in a ring.
    FOR step IN
        SELECT practice_id, bucket, sum(delta) AS delta FROM (
            SELECT NEW.practice_id, NEW.status AS bucket, 1 AS delta WHERE TG_OP <> 'DELETE'
            UNION ALL SELECT NEW.practice_id, 'attention', 1 WHERE TG_OP <> 'DELETE' AND NEW.attention
            UNION ALL SELECT OLD.practice_id, OLD.status, -1 WHERE TG_OP <> 'INSERT'
            UNION ALL SELECT OLD.practice_id, 'attention', -1 WHERE TG_OP <> 'INSERT' AND OLD.attention
        ) AS steps GROUP BY practice_id, bucket HAVING sum(delta) <> 0 ORDER BY practice_id, bucket
    LOOP
        INSERT INTO orders.tally (practice_id, bucket, count) VALUES (step.practice_id, step.bucket, step.delta)
        ON CONFLICT (practice_id, bucket) DO UPDATE SET count = orders.tally.count + step.delta;
    END LOOP;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("practice_name", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("ship_to", sa.Text(), nullable=False),
        sa.Column("ecp_id", sa.Uuid(), nullable=True),
        sa.Column("ecp_name", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_for_practice", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("attention", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("patient_name", sa.Text(), nullable=False),
        sa.Column("patient_number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("lens", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("frame_to_come", sa.Boolean(), nullable=False),
        sa.Column("draft", postgresql.JSONB(), nullable=False),
        sa.Column("configuration", postgresql.JSONB(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search)", persisted=True),
            nullable=True,
        ),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("job_status", sa.Text(), nullable=True),
        sa.Column("lims_sequence", sa.Integer(), nullable=False),
        sa.Column("lims_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("queue_position", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("price", postgresql.JSONB(), nullable=True),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("may_have_arrived", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("corrected_by", sa.Uuid(), nullable=True),
        sa.Column("copied_from", sa.Uuid(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"status IN {STATUSES}", name="ck_order_status_words"),
        sa.CheckConstraint(f"job_status IN {JOB_STATUSES}", name="ck_order_job_status_words"),
        sa.PrimaryKeyConstraint("id", name="pk_order"),
        sa.UniqueConstraint("number", name="uq_order_number"),
        sa.UniqueConstraint("job_id", name="uq_order_job_id"),
        schema="orders",
    )
    index = {"schema": "orders"}
    op.create_index("ix_order_practice_placed", "order", ["practice_id", "placed_at", "id"], **index)
    op.create_index("ix_order_placed", "order", ["placed_at", "id"], **index)
    op.create_index("ix_order_practice_status_placed", "order", ["practice_id", "status", "placed_at", "id"], **index)
    op.create_index("ix_order_status_placed", "order", ["status", "placed_at", "id"], **index)
    op.create_index(
        "ix_order_attention",
        "order",
        ["practice_id", "placed_at", "id"],
        postgresql_where=sa.text("attention"),
        **index,
    )
    on_the_floor = sa.text("status IN ('in_production', 'quality_check')")
    op.create_index("ix_order_open_due", "order", ["due_at"], postgresql_where=on_the_floor, **index)
    known = sa.text("job_id IS NOT NULL AND status NOT IN ('completed', 'cancelled')")
    op.create_index("ix_order_heard", "order", ["heard_at"], postgresql_where=known, **index)
    unsent = sa.text("status = 'submitted'")
    op.create_index("ix_order_unsent", "order", ["next_try_at"], postgresql_where=unsent, **index)
    op.create_index("ix_order_patient", "order", ["patient_id", "placed_at"], **index)
    op.create_index("ix_order_practice_changed", "order", ["practice_id", "changed_at"], **index)
    op.create_index("ix_order_practice_due", "order", ["practice_id", "due_at"], postgresql_where=on_the_floor, **index)
    op.create_index("ix_order_search_vector", "order", ["search_vector"], postgresql_using="gin", **index)
    prefix = {"number": "text_pattern_ops"}
    op.create_index("ix_order_number_prefix", "order", ["number"], postgresql_ops=prefix, **index)
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("job_status", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lims_sequence", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(f"old IN {STATUSES}", name="ck_timeline_old_words"),
        sa.CheckConstraint(f"new IN {STATUSES}", name="ck_timeline_new_words"),
        sa.CheckConstraint(f"job_status IN {JOB_STATUSES}", name="ck_timeline_job_status_words"),
        sa.PrimaryKeyConstraint("id", name="pk_timeline"),
        sa.UniqueConstraint("order_id", "lims_sequence", name="uq_timeline_order_id_lims_sequence"),
        schema="orders",
    )
    op.create_index("ix_timeline_order_at", "timeline", ["order_id", "at", "id"], **index)
    op.create_table(
        "tally",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "bucket", name="pk_tally"),
        schema="orders",
    )
    op.execute(TALLY)
    op.execute(
        "CREATE TRIGGER order_tally AFTER INSERT OR UPDATE OF practice_id, status, attention OR DELETE "
        'ON orders."order" FOR EACH ROW EXECUTE FUNCTION orders.keep_tally()'
    )
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_key"),
        schema="orders",
    )


def downgrade() -> None:
    """Take back."""
    for table in ("idempotency_key", "tally", "timeline", "order"):
        op.drop_table(table, schema="orders")
    op.execute("DROP FUNCTION orders.keep_tally()")
