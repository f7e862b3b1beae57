"""The tables of `patients`."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("patient_number", start=1001, schema="patients")))
    op.create_table(
        "patient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("search_text", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sa.UniqueConstraint("number", name="uq_patient_number"),
        schema="patients",
    )
    op.create_index(
        "ix_patient_practice_id_search_text_id", "patient", ["practice_id", "search_text", "id"], schema="patients"
    )
    op.create_index(
        "ix_patient_practice_id_date_of_birth", "patient", ["practice_id", "date_of_birth"], schema="patients"
    )
    op.create_index(
        "ix_patient_words",
        "patient",
        [sa.text("array_to_tsvector(string_to_array(search_text, ' '))")],
        schema="patients",
        postgresql_using="gin",
    )
    op.create_table(
        "patient_read",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('ecp', 'lab_tech', 'engineer', 'supplier', 'admin')", name="ck_patient_read_role_words"
        ),
        sa.CheckConstraint("why IN ('opened', 'order')", name="ck_patient_read_why_words"),
        sa.PrimaryKeyConstraint("id", name="pk_patient_read"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.patient.id"], name="fk_patient_read_patient_id_patient"),
        schema="patients",
    )
    op.create_index("ix_patient_read_patient_id_at", "patient_read", ["patient_id", "at"], schema="patients")
    # Who read a patient is append-only, for the application too.
    op.execute(
        "CREATE FUNCTION patients.refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'patients.patient_read is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER patient_read_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON patients.patient_read "
        "FOR EACH STATEMENT EXECUTE FUNCTION patients.refuse_change()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("patient_read", schema="patients")
    op.execute("DROP FUNCTION patients.refuse_change()")
    op.drop_table("patient", schema="patients")
    op.execute("DROP SEQUENCE patients.patient_number")
