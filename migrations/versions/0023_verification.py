"""What reviewers verified of statements of conformance, and what bodies confirmed themselves.

Revision: verification
Follows: specifications
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "verification"
down_revision = "specifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "conformance_verification",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entry_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("level", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("looked_at", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("report_url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tester", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint(
            "status IN ('in_effect', 'withdrawn', 'ended')", name="conformance_verification_status"
        ),
        sa.CheckConstraint("level IN ('documents', 'tested')", name="conformance_verification_level"),
        sa.CheckConstraint(
            "level = 'documents' OR (report_url <> '' AND tester <> '' AND tested_on IS NOT NULL)",
            name="conformance_verification_report",
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["specification_version.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("conformance_verification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conformance_verification_entry_id"), ["entry_id"])
        batch_op.create_index(batch_op.f("ix_conformance_verification_status"), ["status"])
        batch_op.create_index(batch_op.f("ix_conformance_verification_version_id"), ["version_id"])
    op.create_table(
        "conformance_confirmation",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entry_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("level", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("looked_at", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("remaining", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'partly', 'not_confirmed')", name="conformance_confirmation_outcome"
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["specification_version.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("conformance_confirmation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conformance_confirmation_project_id"), ["project_id"])


def downgrade() -> None:
    """Revert: what was verified and confirmed is lost."""
    with op.batch_alter_table("conformance_confirmation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conformance_confirmation_project_id"))
    op.drop_table("conformance_confirmation")
    with op.batch_alter_table("conformance_verification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conformance_verification_version_id"))
        batch_op.drop_index(batch_op.f("ix_conformance_verification_status"))
        batch_op.drop_index(batch_op.f("ix_conformance_verification_entry_id"))
    op.drop_table("conformance_verification")
