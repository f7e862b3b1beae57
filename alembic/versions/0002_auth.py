"""The tables of `auth`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = "('ecp', 'lab_tech', 'engineer', 'supplier', 'admin')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('practice', 'lab', 'supplier')", name="ck_organisation_kind_words"),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        schema="auth",
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("temporary_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("manager", sa.Boolean(), nullable=False),
        sa.Column("supervisor", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'active', 'suspended')", name="ck_person_status_words"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["auth.organisation.id"], name="fk_person_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
        schema="auth",
    )
    op.create_index("ix_person_organisation_id", "person", ["organisation_id"], schema="auth")
    op.create_index("ix_person_name_id", "person", ["name", "id"], schema="auth")
    op.create_table(
        "role_grant",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"role IN {ROLES}", name="ck_role_grant_role_words"),
        sa.ForeignKeyConstraint(["person_id"], ["auth.person.id"], name="fk_role_grant_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "role", name="pk_role_grant"),
        schema="auth",
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('browser', 'api')", name="ck_session_kind_words"),
        sa.CheckConstraint(f"role IN {ROLES}", name="ck_session_role_words"),
        sa.ForeignKeyConstraint(["person_id"], ["auth.person.id"], name="fk_session_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_sha256", name="uq_session_token_sha256"),
        schema="auth",
    )
    op.create_index("ix_session_person_id", "session", ["person_id"], schema="auth")
    op.create_index("ix_session_expires_at", "session", ["expires_at"], schema="auth")
    op.create_table(
        "attempt",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_attempt"),
        schema="auth",
    )
    op.create_index("ix_attempt_last_at", "attempt", ["last_at"], schema="auth")


def downgrade() -> None:
    """Take back."""
    for table in ("attempt", "session", "role_grant", "person", "organisation"):
        op.drop_table(table, schema="auth")
