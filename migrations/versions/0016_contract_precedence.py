"""The texts of a contract in their order of precedence, and the deviations asked from them.

Revision: contract_precedence
Follows: suspension_expiry
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "contract_precedence"
down_revision = "suspension_expiry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "governing_text",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contract_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("retrieved_on", sa.Date(), nullable=True),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("position >= 1", name="governing_text_position"),
        sa.CheckConstraint(
            "kind IN ('individual', 'special_provisions', 'general_conditions', 'statement_of_requirements',"
            " 'master', 'terms_of_use', 'other')",
            name="governing_text_kind",
        ),
        sa.CheckConstraint(
            "(kind = 'individual' AND sha256 = '') OR (kind <> 'individual' AND length(sha256) = 64)",
            name="governing_text_digest",
        ),
        sa.CheckConstraint("body = '' OR url = ''", name="governing_text_source"),
        sa.CheckConstraint(
            "(url = '' AND retrieved_on IS NULL) OR (url <> '' AND retrieved_on IS NOT NULL)",
            name="governing_text_retrieval",
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "version_number"], ["contract_version.contract_id", "contract_version.number"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contract_id", "version_number", "position"),
    )
    op.create_index(op.f("ix_governing_text_contract_id"), "governing_text", ["contract_id"])
    op.create_table(
        "contract_deviation",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contract_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("text_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text_title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("clause", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("wanted", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("answer_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("answered_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "status IN ('asked', 'accepted', 'declined', 'withdrawn')", name="deviation_status"
        ),
        sa.CheckConstraint(
            "(status = 'asked' AND answered_at IS NULL) OR status = 'withdrawn'"
            " OR (status IN ('accepted', 'declined') AND answered_at IS NOT NULL AND answer_reason <> '')",
            name="deviation_answer",
        ),
        sa.ForeignKeyConstraint(
            ["contract_id", "version_number"], ["contract_version.contract_id", "contract_version.number"]
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_contract_deviation_contract_id"), "contract_deviation", ["contract_id"])


def downgrade() -> None:
    """Revert: what was frozen and agreed in texts and deviations is lost."""
    op.drop_table("contract_deviation")
    op.drop_table("governing_text")
