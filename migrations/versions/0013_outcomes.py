"""What vendors are told after a decision, counts of their listings, and why a body goes on alone.

Revision: outcomes
Follows: contract_care
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "outcomes"
down_revision = "contract_care"
branch_labels = None
depends_on = None

STRING = sqlmodel.sql.sqltypes.AutoString
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    """Apply. The projects' column is added without batch mode: making the table anew would meet its foreign keys."""
    op.create_table(
        "outcome_notice",
        sa.Column("id", STRING(), nullable=False),
        sa.Column("project_id", STRING(), nullable=False),
        sa.Column("shortlist_item_id", STRING(), nullable=False),
        sa.Column("vendor_id", STRING(), nullable=False),
        sa.Column("result", STRING(), nullable=False),
        sa.Column("status", STRING(), nullable=False),
        sa.Column("reason", STRING(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prepared_at", MOMENT(), nullable=False),
        sa.Column("reminded_at", MOMENT(), nullable=True),
        sa.Column("sent_at", MOMENT(), nullable=True),
        sa.Column("sent_by", STRING(), nullable=True),
        sa.Column("ask_until", sa.Date(), nullable=True),
        sa.Column("question", STRING(), nullable=False),
        sa.Column("asked_at", MOMENT(), nullable=True),
        sa.Column("asked_by", STRING(), nullable=True),
        sa.Column("answer", STRING(), nullable=False),
        sa.Column("answered_at", MOMENT(), nullable=True),
        sa.Column("answered_by", STRING(), nullable=True),
        sa.CheckConstraint(
            "status IN ('prepared', 'sent', 'asked', 'answered')", name="outcome_notice_status"
        ),
        sa.CheckConstraint(
            "result IN ('selected', 'not_selected', 'none_suitable', 'cancelled')",
            name="outcome_notice_result",
        ),
        sa.CheckConstraint(
            "status = 'prepared' OR (sent_at IS NOT NULL AND ask_until IS NOT NULL AND reason <> '')",
            name="outcome_notice_sent",
        ),
        sa.CheckConstraint("(question = '') = (asked_at IS NULL)", name="outcome_notice_asked"),
        sa.CheckConstraint("(answer = '') = (answered_at IS NULL)", name="outcome_notice_answered"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.ForeignKeyConstraint(["vendor_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(
            ["shortlist_item_id", "project_id"], ["shortlist_item.id", "shortlist_item.project_id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("shortlist_item_id", "vendor_id"),
    )
    for column in ("project_id", "vendor_id", "status"):
        op.create_index(f"ix_outcome_notice_{column}", "outcome_notice", [column])
    op.create_table(
        "listing_count",
        sa.Column("entry_id", STRING(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", STRING(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('seen', 'compared')", name="listing_count_kind"),
        sa.CheckConstraint("count > 0", name="listing_count_positive"),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.PrimaryKeyConstraint("entry_id", "week", "kind"),
    )
    op.add_column("project", sa.Column("alone_reason", STRING(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take back."""
    op.drop_column("project", "alone_reason")
    op.drop_table("listing_count")
    op.drop_table("outcome_notice")
