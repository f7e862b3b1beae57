"""The tables of `suppliers`: suppliers and contacts, purchase orders with what became of them, technical documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATUSES = "('draft', 'sent', 'acknowledged', 'in_transit', 'delivered', 'cancelled')"


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA suppliers")
    op.create_table(
        "supplier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("address_lines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_treatment", sa.Text(), nullable=False),
        sa.Column("tax_rate_percent", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search)", persisted=True),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "tax_treatment IN ('domestic', 'reverse_charge', 'none')", name="ck_supplier_tax_treatment_words"
        ),
        sa.CheckConstraint("payment_days >= 0 AND lead_time_days >= 0", name="ck_supplier_days"),
        sa.CheckConstraint("tax_rate_percent >= 0 AND tax_rate_percent <= 100", name="ck_supplier_tax_rate"),
        sa.PrimaryKeyConstraint("id", name="pk_supplier"),
        sa.UniqueConstraint("name_key", name="uq_supplier_name_key"),
        schema="suppliers",
    )
    op.create_index("ix_supplier_active_name_key", "supplier", ["active", "name_key"], schema="suppliers")
    op.create_index(
        "ix_supplier_search_vector", "supplier", ["search_vector"], schema="suppliers", postgresql_using="gin"
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"new IN {STATUSES}", name="ck_timeline_new_words"),
        sa.CheckConstraint(f"old IN {STATUSES}", name="ck_timeline_old_words"),
        sa.PrimaryKeyConstraint("id", name="pk_timeline"),
        schema="suppliers",
    )
    op.create_index("ix_timeline_order_at", "timeline", ["order_id", "at", "id"], schema="suppliers")
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("gets_orders", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.supplier.id"], name="fk_contact_supplier_id_supplier"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        schema="suppliers",
    )
    op.create_index("ix_contact_supplier_id", "contact", ["supplier_id"], schema="suppliers")
    op.create_index(
        "uq_contact_supplier_id_orders",
        "contact",
        ["supplier_id"],
        unique=True,
        schema="suppliers",
        postgresql_where=sa.text("gets_orders"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search)", persisted=True),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('spec_sheet', 'certificate', 'sds', 'compliance', 'other')", name="ck_document_kind_words"
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.supplier.id"], name="fk_document_supplier_id_supplier"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        schema="suppliers",
    )
    op.create_index(
        "ix_document_search_vector", "document", ["search_vector"], schema="suppliers", postgresql_using="gin"
    )
    op.create_index("ix_document_supplier_id", "document", ["supplier_id"], schema="suppliers")
    op.create_index("ix_document_valid_until", "document", ["valid_until"], schema="suppliers")
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("supplier_reference", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_treatment", sa.Text(), nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("supplier_address", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("sent_to", sa.Text(), nullable=False),
        sa.Column("sent_to_name", sa.Text(), nullable=False),
        sa.Column("send_key", sa.Text(), nullable=True),
        sa.Column("send_attempt", sa.Integer(), nullable=False),
        sa.Column("sending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("send_error", sa.Text(), nullable=False),
        sa.Column("paper", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_by_name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search)", persisted=True),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"status IN {STATUSES}", name="ck_purchase_order_status_words"),
        sa.CheckConstraint(
            "tax_treatment IN ('domestic', 'reverse_charge', 'none')", name="ck_purchase_order_tax_treatment_words"
        ),
        sa.CheckConstraint("total_minor = subtotal_minor + tax_minor", name="ck_purchase_order_total"),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.supplier.id"], name="fk_purchase_order_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_order"),
        sa.UniqueConstraint("number", name="uq_purchase_order_number"),
        sa.UniqueConstraint("send_key", name="uq_purchase_order_send_key"),
        schema="suppliers",
    )
    op.create_index("ix_purchase_order_created", "purchase_order", ["created_at", "id"], schema="suppliers")
    op.create_index(
        "ix_purchase_order_search_vector",
        "purchase_order",
        ["search_vector"],
        schema="suppliers",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_purchase_order_status_created", "purchase_order", ["status", "created_at", "id"], schema="suppliers"
    )
    op.create_index(
        "ix_purchase_order_supplier_created", "purchase_order", ["supplier_id", "created_at", "id"], schema="suppliers"
    )
    op.create_table(
        "document_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["suppliers.document.id"], name="fk_document_version_document_id_document"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_version"),
        sa.UniqueConstraint("document_id", "number", name="uq_document_version_document_id_number"),
        schema="suppliers",
    )
    op.create_table(
        "purchase_order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_percent", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.CheckConstraint(
            "received_quantity >= 0 AND received_quantity <= quantity", name="ck_purchase_order_line_received"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["suppliers.purchase_order.id"], name="fk_purchase_order_line_order_id_purchase_order"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_order_line"),
        sa.UniqueConstraint("order_id", "position", name="uq_purchase_order_line_order_id_position"),
        schema="suppliers",
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["suppliers.purchase_order.id"], name="fk_receipt_order_id_purchase_order"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_receipt"),
        schema="suppliers",
    )
    op.create_index("ix_receipt_order_id", "receipt", ["order_id"], schema="suppliers")
    op.create_table(
        "shipment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["suppliers.purchase_order.id"], name="fk_shipment_order_id_purchase_order"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shipment"),
        schema="suppliers",
    )
    op.create_index("ix_shipment_order_id", "shipment", ["order_id"], schema="suppliers")
    op.create_table(
        "receipt_line",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_receipt_line_quantity"),
        sa.ForeignKeyConstraint(
            ["line_id"], ["suppliers.purchase_order_line.id"], name="fk_receipt_line_line_id_purchase_order_line"
        ),
        sa.ForeignKeyConstraint(["receipt_id"], ["suppliers.receipt.id"], name="fk_receipt_line_receipt_id_receipt"),
        sa.PrimaryKeyConstraint("receipt_id", "line_id", name="pk_receipt_line"),
        schema="suppliers",
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA suppliers CASCADE")
