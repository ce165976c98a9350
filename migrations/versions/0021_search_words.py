"""The words that stand for others in searches, and their changes.

Revision: search_words
Follows: personal_notices
"""

import sqlalchemy as sa
from alembic import op

revision = "search_words"
down_revision = "personal_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_word",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("meant", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('means', 'same', 'replaced_by')", name="search_word_kind"),
        sa.CheckConstraint("source IN ('seed', 'agency')", name="search_word_source"),
        sa.CheckConstraint("status IN ('active', 'retired')", name="search_word_status"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "key"),
    )
    op.create_index("ix_search_word_status", "search_word", ["status"])
    op.create_table(
        "search_word_change",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("meant", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'retired')", name="search_word_change_status"),
        sa.ForeignKeyConstraint(["word_id"], ["search_word.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("word_id", "version"),
    )
    op.create_index("ix_search_word_change_word_id", "search_word_change", ["word_id"])


def downgrade() -> None:
    """Revert: searches go by the product's own words again."""
    op.drop_table("search_word_change")
    op.drop_table("search_word")
