"""The tables of `billing`: invoices and credit notes, the entries of their money, tax rates, and what waits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATUSES = "('open', 'part_paid', 'paid', 'overpaid', 'credited', 'void')"
TALLY = """
CREATE FUNCTION billing.keep_tally() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step record;
BEGIN
    -- In one order of buckets, so that two moves between the same two never wait for each other in a ring.
    FOR step IN
        SELECT practice_id, bucket, sum(delta) AS delta FROM (
            SELECT NEW.practice_id, NEW.status AS bucket, 1 AS delta
            UNION ALL SELECT OLD.practice_id, OLD.status, -1 WHERE TG_OP = 'UPDATE'
        ) AS steps GROUP BY practice_id, bucket HAVING sum(delta) <> 0 ORDER BY practice_id, bucket
    LOOP
        INSERT INTO billing.tally (practice_id, bucket, count) VALUES (step.practice_id, step.bucket, step.delta)
        ON CONFLICT (practice_id, bucket) DO UPDATE SET count = billing.tally.count + step.delta;
    END LOOP;
    RETURN NULL;
END $$
"""
KEPT = """
CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of billing.% is refused: what was issued or entered stands for ever', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
AS_ISSUED = {
    "invoice": (
        "id, entity_id, number, order_id, order_number, reference, practice_id, practice_name, seller, bill_to, "
        "issued_on, tax_point_on, due_on, terms_days, currency, lines, tax, net_minor, tax_minor, total_minor, "
        "created_at"
    ),
    "credit_note": (
        "id, entity_id, number, invoice_id, practice_id, issued_on, reason, lines, positions, tax, net_minor, "
        "tax_minor, total_minor, issued_by, created_at"
    ),
    "tax_rate": "id, kind, name, rate_bp, exempt, valid_from, entered_by, entered_at",
}
"""The columns that never change once a row is there."""


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA billing")
    _papers()
    _entries()
    _rates()
    op.execute(TALLY)
    op.execute(
        "CREATE TRIGGER invoice_tally AFTER INSERT OR UPDATE OF status ON billing.invoice "
        "FOR EACH ROW EXECUTE FUNCTION billing.keep_tally()"
    )
    op.execute(KEPT)
    refused = "EXECUTE FUNCTION billing.refuse_change()"
    op.execute(f"CREATE TRIGGER entry_kept BEFORE UPDATE OR DELETE ON billing.entry FOR EACH ROW {refused}")
    for table, columns in AS_ISSUED.items():
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON billing.{table} FOR EACH ROW {refused}")
        op.execute(f"CREATE TRIGGER {table}_as_issued BEFORE UPDATE OF {columns} ON billing.{table} "
                   f"FOR EACH ROW {refused}")  # fmt: skip


def _papers() -> None:
    document, now = postgresql.JSONB, sa.DateTime(timezone=True)
    op.create_table(
        "counter",
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", "series", "year", name="pk_counter"),
        schema="billing",
    )
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("practice_name", sa.Text(), nullable=False),
        sa.Column("seller", document(), nullable=False),
        sa.Column("bill_to", document(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("tax_point_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines", document(), nullable=False),
        sa.Column("tax", document(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("net_minor", "tax_minor", "total_minor")),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search)", persisted=True),
            nullable=True,
        ),
        sa.Column("status", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("paid_minor", "credited_minor", "refunded_minor", "voided_minor", "balance_minor")
        ),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.Column("pdf", document(), nullable=True),
        sa.Column("mailed_at", now, nullable=True),
        sa.Column("reminded_at", now, nullable=True),
        sa.Column("created_at", now, nullable=False),
        sa.Column("changed_at", now, nullable=False),
        sa.CheckConstraint(f"status IN {STATUSES}", name="ck_invoice_status_words"),
        sa.CheckConstraint("total_minor = net_minor + tax_minor", name="ck_invoice_total"),
        sa.CheckConstraint(
            "balance_minor = total_minor - credited_minor - voided_minor - paid_minor + refunded_minor",
            name="ck_invoice_balance",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoice"),
        sa.UniqueConstraint("order_id", name="uq_invoice_order_id"),
        sa.UniqueConstraint("entity_id", "number", name="uq_invoice_entity_id_number"),
        schema="billing",
    )
    here = {"schema": "billing"}
    op.create_index("ix_invoice_practice_issued", "invoice", ["practice_id", "issued_on", "number"], **here)
    op.create_index("ix_invoice_issued", "invoice", ["issued_on", "number"], **here)
    owed = sa.text("status IN ('open', 'part_paid')")
    op.create_index(
        "ix_invoice_owed", "invoice", ["practice_id", "due_on", "balance_minor"], postgresql_where=owed, **here
    )
    op.create_index("ix_invoice_search_vector", "invoice", ["search_vector"], postgresql_using="gin", **here)
    op.create_table(
        "credit_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", document(), nullable=False),
        sa.Column("positions", document(), nullable=False),
        sa.Column("tax", document(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("net_minor", "tax_minor", "total_minor")),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("pdf", document(), nullable=True),
        sa.Column("created_at", now, nullable=False),
        sa.CheckConstraint("total_minor = net_minor + tax_minor", name="ck_credit_note_total"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_note"),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoice.id"], name="fk_credit_note_invoice_id_invoice"),
        sa.UniqueConstraint("entity_id", "number", name="uq_credit_note_entity_id_number"),
        schema="billing",
    )
    op.create_index("ix_credit_note_invoice", "credit_note", ["invoice_id"], **here)
    op.create_index("ix_credit_note_issued", "credit_note", ["issued_on", "number"], **here)


def _entries() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('invoiced', 'payment', 'credit', 'refund', 'void')", name="ck_entry_kind_words"),
        sa.CheckConstraint(
            "source IN ('invoice', 'credit_note', 'card', 'transfer', 'lab')", name="ck_entry_source_words"
        ),
        sa.CheckConstraint("minor <> 0 AND (minor > 0) = (kind IN ('invoiced', 'refund'))", name="ck_entry_sign"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.ForeignKeyConstraint(["invoice_id"], ["billing.invoice.id"], name="fk_entry_invoice_id_invoice"),
        sa.UniqueConstraint(
            "invoice_id", "kind", "source", "reference", name="uq_entry_invoice_id_kind_source_reference"
        ),
        schema="billing",
    )
    op.create_index(
        "uq_entry_card", "entry", ["kind", "reference"], unique=True, schema="billing",
        postgresql_where=sa.text("source = 'card'"),
    )  # fmt: skip


def _rates() -> None:
    now = sa.DateTime(timezone=True)
    op.create_table(
        "tax_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", now, nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", now, nullable=True),
        sa.CheckConstraint("kind IN ('lenses', 'glazing', 'service')", name="ck_tax_rate_kind_words"),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000 AND (rate_bp = 0 OR NOT exempt)", name="ck_tax_rate_rate"),
        sa.PrimaryKeyConstraint("id", name="pk_tax_rate"),
        schema="billing",
    )
    op.create_index(
        "uq_tax_rate_kind_valid_from", "tax_rate", ["kind", "valid_from"], unique=True, schema="billing",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "waiting",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("practice_name", sa.Text(), nullable=False),
        sa.Column("shipped_on", sa.Date(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=False),
        sa.Column("since", now, nullable=False),
        sa.Column("closed_at", now, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("waits_for IN ('price', 'tax_rate', 'lab')", name="ck_waiting_waits_for_words"),
        sa.PrimaryKeyConstraint("order_id", name="pk_waiting"),
        schema="billing",
    )
    op.create_index(
        "ix_waiting_open", "waiting", ["since"], schema="billing", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_table(
        "tally",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "bucket", name="pk_tally"),
        schema="billing",
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA billing CASCADE")
