"""Standard specifications, their versions and requirements, and what listings say about them.

Revision: specifications
Follows: search_words
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "specifications"
down_revision = "search_words"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "specification",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("business_area", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("steward_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ministry", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("id_scheme", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("page_url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("page_note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mapping", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id_scheme IN ('function_id', 'own')", name="specification_id_scheme"),
        sa.ForeignKeyConstraint(
            ["steward_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("specification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_specification_business_area"), ["business_area"], unique=False)
        batch_op.create_index(batch_op.f("ix_specification_steward_id"), ["steward_id"], unique=False)

    op.create_table(
        "specification_version",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("specification_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("conform_by", sa.Date(), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("based_on_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("corrects_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("errata", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("renumbered", sa.JSON(), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("requirement_count", sa.Integer(), nullable=False),
        sa.Column("content_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("proposed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("proposed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("origin IN ('editor', 'hosted')", name="specification_version_origin"),
        sa.CheckConstraint(
            "status IN ('draft', 'proposed', 'comment', 'in_force', 'superseded', 'withdrawn')",
            name="specification_version_status",
        ),
        sa.ForeignKeyConstraint(
            ["based_on_id"],
            ["specification_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["specification_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["specification_id"],
            ["specification.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("specification_id", "number"),
    )
    with op.batch_alter_table("specification_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_specification_version_specification_id"), ["specification_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_specification_version_status"), ["status"], unique=False)

    op.create_table(
        "specification_requirement",
        sa.Column("version_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("category", sa.JSON(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("obligation", sa.JSON(), nullable=False),
        sa.Column("conform_by", sa.Date(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["specification_version.id"],
        ),
        sa.PrimaryKeyConstraint("version_id", "position"),
        sa.UniqueConstraint("version_id", "key"),
    )
    op.create_table(
        "conformance_claim",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entry_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("states", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["specification_version.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id", "version_id", "revision_number"),
    )
    with op.batch_alter_table("conformance_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conformance_claim_entry_id"), ["entry_id"])
        batch_op.create_index(batch_op.f("ix_conformance_claim_version_id"), ["version_id"])


def downgrade() -> None:
    """Revert: specifications are lost, and what listings say about them."""
    with op.batch_alter_table("conformance_claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conformance_claim_version_id"))
        batch_op.drop_index(batch_op.f("ix_conformance_claim_entry_id"))
    op.drop_table("conformance_claim")
    op.drop_table("specification_requirement")
    with op.batch_alter_table("specification_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_specification_version_status"))
        batch_op.drop_index(batch_op.f("ix_specification_version_specification_id"))

    op.drop_table("specification_version")
    with op.batch_alter_table("specification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_specification_steward_id"))
        batch_op.drop_index(batch_op.f("ix_specification_business_area"))

    op.drop_table("specification")
