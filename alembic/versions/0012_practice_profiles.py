"""What is new: profiles, rosters and preferred suppliers in `practices`."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROLES = (
    "'optometrist', 'dispensing_optician', 'contact_lens_optician', 'ophthalmologist', 'optical_assistant', "
    "'front_desk', 'other'"
)


def upgrade() -> None:
    """Apply. Whoever stood on a roster before is of a profession nobody asked for, and may order as before."""
    for name in ("email", "website", "note"):
        op.add_column("practice", _text(name), schema="practices")
    op.add_column("practice", _counted("suppliers_version"), schema="practices")
    op.add_column("site", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True), schema="practices")
    op.add_column("site", _counted("version"), schema="practices")
    op.add_column("person", _text("role", "other"), schema="practices")
    op.add_column("person", _text("body"), schema="practices")
    op.add_column("person", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True), schema="practices")
    op.add_column("person", _counted("version"), schema="practices")
    op.create_check_constraint("ck_person_role_words", "person", f"role IN ({ROLES})", schema="practices")
    op.create_table(
        "supplier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supplier"),
        schema="practices",
    )
    op.create_table(
        "preferred_supplier",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "supplier_id", name="pk_preferred_supplier"),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.practice.id"], name="fk_preferred_supplier_practice_id_practice"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["practices.supplier.id"], name="fk_preferred_supplier_supplier_id_supplier"
        ),
        schema="practices",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("preferred_supplier", schema="practices")
    op.drop_table("supplier", schema="practices")
    op.drop_constraint("ck_person_role_words", "person", schema="practices")
    for table, names in (
        ("person", ("version", "left_at", "body", "role")),
        ("site", ("version", "closed_at")),
        ("practice", ("suppliers_version", "note", "website", "email")),
    ):
        for name in names:
            op.drop_column(table, name, schema="practices")


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _counted(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="1", nullable=False)
