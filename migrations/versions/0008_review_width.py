"""change classes, stages and samples of cases, phrases, absences, official lists

Revision: review_width
Follows: jobs
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "review_width"
down_revision = "jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "official_list_import",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("list_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("imported_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_official_list_import_list_name"), "official_list_import", ["list_name"], unique=False
    )

    op.create_table(
        "agency_task",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("list_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("message", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("done_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'done')", name="agency_task_status"),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="agency_task_done"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_agency_task_organisation_id"), "agency_task", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_agency_task_status"), "agency_task", ["status"], unique=False)
    op.create_index(
        "uq_agency_task_open",
        "agency_task",
        ["organisation_id", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )

    op.create_table(
        "official_entry",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("list_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("corporate_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("successor_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("import_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["official_list_import.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("list_name", "number"),
    )
    op.create_index(
        op.f("ix_official_entry_corporate_number"), "official_entry", ["corporate_number"], unique=False
    )
    op.create_index(op.f("ix_official_entry_import_id"), "official_entry", ["import_id"], unique=False)

    op.create_table(
        "review_phrase",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'retired')", name="review_phrase_status"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_review_phrase_organisation_id"), "review_phrase", ["organisation_id"], unique=False
    )

    op.create_table(
        "reviewer_absence",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("deputy_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deputy_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_reviewer_absence_person_id"), "reviewer_absence", ["person_id"], unique=False)
    op.create_index(
        "uq_reviewer_absence_open",
        "reviewer_absence",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "case_stage",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("case_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stage", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("began_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("stage IN ('queued', 'claimed', 'vendor')", name="case_stage_name"),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="case_stage_term"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["review_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_case_stage_case_id"), "case_stage", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_stage_ended_at"), "case_stage", ["ended_at"], unique=False)
    op.create_index(
        "uq_case_stage_open",
        "case_stage",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "review_sample",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("case_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entry_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("comment", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'findings', 'taken_back')", name="review_sample_status"
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="review_sample_decision"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["review_case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entry.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
    )
    op.create_index(op.f("ix_review_sample_entry_id"), "review_sample", ["entry_id"], unique=False)
    op.create_index(op.f("ix_review_sample_status"), "review_sample", ["status"], unique=False)

    op.add_column(
        "finding",
        sa.Column("late_reason", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False),
    )

    op.add_column("review_case", sa.Column("answers", sa.JSON(), server_default="{}", nullable=False))
    op.add_column(
        "review_case",
        sa.Column("change_class", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False),
    )
    op.add_column("review_case", sa.Column("changes", sa.JSON(), server_default="[]", nullable=False))
    op.add_column(
        "review_case", sa.Column("self_published", sa.Boolean(), server_default=sa.false(), nullable=False)
    )

    op.add_column(
        "revision", sa.Column("self_published", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("revision", sa.Column("revoked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column(
        "revision",
        sa.Column("revocation_note", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False),
    )
    op.add_column(
        "revision",
        sa.Column("revocation_reason", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False),
    )

    _backfill()


def _backfill() -> None:
    """What is known of earlier cases: their stretches of time, and what was submitted where it is still there."""
    run = op.get_bind().exec_driver_sql
    run(
        "INSERT INTO case_stage (id, case_id, stage, began_at, ended_at) "
        "SELECT 'stg_q_' || id, id, 'queued', opened_at, "
        "CASE WHEN claimed_at >= opened_at THEN claimed_at WHEN decided_at >= opened_at THEN decided_at "
        "ELSE NULL END FROM review_case WHERE status = 'queued' OR claimed_at >= opened_at OR decided_at >= opened_at"
    )
    run(
        "INSERT INTO case_stage (id, case_id, stage, began_at, ended_at) "
        "SELECT 'stg_c_' || id, id, 'claimed', claimed_at, "
        "CASE WHEN decided_at >= claimed_at THEN decided_at ELSE NULL END FROM review_case "
        "WHERE claimed_at >= opened_at AND (status = 'claimed' OR decided_at >= claimed_at)"
    )
    run(
        "UPDATE review_case SET answers = (SELECT revision.answers FROM revision "
        "WHERE revision.id = review_case.revision_id AND revision.content_hash = review_case.content_hash) "
        "WHERE EXISTS (SELECT 1 FROM revision WHERE revision.id = review_case.revision_id "
        "AND revision.content_hash = review_case.content_hash)"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("revision", "revocation_reason")
    op.drop_column("revision", "revocation_note")
    op.drop_column("revision", "revoked_at")
    op.drop_column("revision", "self_published")

    op.drop_column("review_case", "self_published")
    op.drop_column("review_case", "changes")
    op.drop_column("review_case", "change_class")
    op.drop_column("review_case", "answers")

    op.drop_column("finding", "late_reason")

    op.drop_index(op.f("ix_review_sample_status"), table_name="review_sample")
    op.drop_index(op.f("ix_review_sample_entry_id"), table_name="review_sample")

    op.drop_table("review_sample")
    op.drop_index(
        "uq_case_stage_open",
        table_name="case_stage",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_case_stage_ended_at"), table_name="case_stage")
    op.drop_index(op.f("ix_case_stage_case_id"), table_name="case_stage")

    op.drop_table("case_stage")
    op.drop_index(
        "uq_reviewer_absence_open",
        table_name="reviewer_absence",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_reviewer_absence_person_id"), table_name="reviewer_absence")

    op.drop_table("reviewer_absence")
    op.drop_index(op.f("ix_review_phrase_organisation_id"), table_name="review_phrase")

    op.drop_table("review_phrase")
    op.drop_index(op.f("ix_official_entry_import_id"), table_name="official_entry")
    op.drop_index(op.f("ix_official_entry_corporate_number"), table_name="official_entry")

    op.drop_table("official_entry")
    op.drop_index(
        "uq_agency_task_open",
        table_name="agency_task",
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.drop_index(op.f("ix_agency_task_status"), table_name="agency_task")
    op.drop_index(op.f("ix_agency_task_organisation_id"), table_name="agency_task")

    op.drop_table("agency_task")
    op.drop_index(op.f("ix_official_list_import_list_name"), table_name="official_list_import")

    op.drop_table("official_list_import")
