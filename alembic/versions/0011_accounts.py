"""What is new: sign-up, invitations and forgotten passwords in `auth`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLES = "('ecp', 'lab_tech', 'engineer', 'supplier', 'admin')"
STATUS = "ck_person_status_words"


def upgrade() -> None:
    """Apply."""
    op.drop_constraint(STATUS, "person", schema="auth", type_="check")
    op.create_check_constraint(
        sa.schema.conv(STATUS), "person", "status IN ('pending', 'active', 'suspended', 'rejected')", schema="auth"
    )
    op.alter_column("person", "organisation_id", nullable=True, schema="auth")
    op.create_check_constraint(
        sa.schema.conv("ck_person_works_somewhere"),
        "person",
        "organisation_id IS NOT NULL OR status IN ('pending', 'rejected')",
        schema="auth",
    )
    op.create_index(
        "ix_person_waiting", "person", ["created_at"], schema="auth", postgresql_where=sa.text("status = 'pending'")
    )
    op.create_table(
        "sign_up",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"role IN {ROLES}", name="ck_sign_up_role_words"),
        sa.ForeignKeyConstraint(["person_id"], ["auth.person.id"], name="fk_sign_up_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_sign_up"),
        schema="auth",
    )
    _invitations()
    op.create_table(
        "password_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["auth.person.id"], name="fk_password_link_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_password_link"),
        schema="auth",
    )
    op.create_index("ix_password_link_person_id", "password_link", ["person_id"], schema="auth")
    op.create_index("ix_password_link_created_at", "password_link", ["created_at"], schema="auth")


def _invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("manager", sa.Boolean(), nullable=False),
        sa.Column("supervisor", sa.Boolean(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("sent", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["auth.organisation.id"], name="fk_invitation_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        schema="auth",
    )
    op.create_index("ix_invitation_organisation_id", "invitation", ["organisation_id"], schema="auth")
    op.create_index("ix_invitation_created_at_id", "invitation", ["created_at", "id"], schema="auth")
    op.create_index(
        "uq_invitation_email_open",
        "invitation",
        ["email"],
        unique=True,
        schema="auth",
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Take back; who signed up and was never let in goes with it."""
    for table in ("password_link", "invitation", "sign_up"):
        op.drop_table(table, schema="auth")
    op.drop_index("ix_person_waiting", table_name="person", schema="auth")
    op.drop_constraint("ck_person_works_somewhere", "person", schema="auth", type_="check")
    op.execute("DELETE FROM auth.person WHERE organisation_id IS NULL")
    op.execute("UPDATE auth.person SET status = 'suspended' WHERE status = 'rejected'")
    op.alter_column("person", "organisation_id", nullable=False, schema="auth")
    op.drop_constraint(STATUS, "person", schema="auth", type_="check")
    op.create_check_constraint(
        sa.schema.conv(STATUS), "person", "status IN ('pending', 'active', 'suspended')", schema="auth"
    )
