"""suspensions as procedures; reminders, grace and held nights of expiry; public note of a suspended agreement

Revision: suspension_expiry
Follows: bodies
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "suspension_expiry"
down_revision = "bodies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "expiry_hold",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("going", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("(status = 'asked') = (decided_at IS NULL)", name="expiry_hold_decided"),
        sa.CheckConstraint("(status = 'extended') = (until IS NOT NULL)", name="expiry_hold_until"),
        sa.CheckConstraint("status IN ('asked', 'released', 'extended')", name="expiry_hold_status"),
        sa.CheckConstraint("until IS NULL OR until > day", name="expiry_hold_term"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day"),
    )
    with op.batch_alter_table("expiry_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expiry_hold_status"), ["status"], unique=False)

    op.create_table(
        "expiry_reminder",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("item", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("months IN (6, 3, 1, 0)", name="expiry_reminder_months"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject_id", "item", "ends_on", "months", name="uq_expiry_reminder"),
    )
    with op.batch_alter_table("expiry_reminder", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_expiry_reminder_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "grace",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("declared_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("declared_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint("until > ends_on", name="grace_term"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject_id", "ends_on", name="uq_grace"),
    )
    with op.batch_alter_table("grace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grace_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "suspension",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("owner_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("ground", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("begun_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("begun_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("statement_due", sa.Date(), nullable=False),
        sa.Column("statement", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("statement_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("statement_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("decision_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("confirmed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("confirmation_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("objection", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("objected_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("objected_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answered_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("end_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("end_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("end_note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('dropped', 'ended')) = (ended_at IS NOT NULL)", name="suspension_ended"
        ),
        sa.CheckConstraint(
            "status IN ('noticed', 'dropped', 'suspended', 'objected', 'ended')", name="suspension_status"
        ),
        sa.CheckConstraint(
            "status NOT IN ('suspended', 'objected') OR (decided_at IS NOT NULL AND note <> '')",
            name="suspension_decided",
        ),
        sa.CheckConstraint(
            "subject_kind IN ('software', 'offer', 'agreement')", name="suspension_subject_kind"
        ),
        sa.CheckConstraint("urgent = (ground <> '')", name="suspension_ground"),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspension_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspension_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspension_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suspension_until"), ["until"], unique=False)
        batch_op.create_index(
            "uq_suspension_open",
            ["subject_kind", "subject_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('noticed', 'suspended', 'objected')"),
            postgresql_where=sa.text("status IN ('noticed', 'suspended', 'objected')"),
        )

    with op.batch_alter_table("master_agreement", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False)
        )

    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.drop_column("warned_on")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.add_column(sa.Column("warned_on", sa.DATE(), nullable=True))

    with op.batch_alter_table("master_agreement", schema=None) as batch_op:
        batch_op.drop_column("note")

    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_suspension_open",
            sqlite_where=sa.text("status IN ('noticed', 'suspended', 'objected')"),
            postgresql_where=sa.text("status IN ('noticed', 'suspended', 'objected')"),
        )
        batch_op.drop_index(batch_op.f("ix_suspension_until"))
        batch_op.drop_index(batch_op.f("ix_suspension_subject_id"))
        batch_op.drop_index(batch_op.f("ix_suspension_status"))
        batch_op.drop_index(batch_op.f("ix_suspension_owner_id"))

    op.drop_table("suspension")
    with op.batch_alter_table("grace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grace_organisation_id"))

    op.drop_table("grace")
    with op.batch_alter_table("expiry_reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expiry_reminder_organisation_id"))

    op.drop_table("expiry_reminder")
    with op.batch_alter_table("expiry_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expiry_hold_status"))

    op.drop_table("expiry_hold")
