"""the change feed: notes of change, and each entry's place

Revision: change_feed
Follows: agreement_suspended_at
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "change_feed"
down_revision = "agreement_suspended_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "change_note",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_change_note_due_at"), "change_note", ["due_at"], unique=False)
    op.create_table(
        "feed_place",
        sa.Column("entry_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("numbered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_feed_place_kind", "feed_place", ["kind", "number"], unique=False)
    # What is there already gets its place from the worker, as if it had changed now.
    op.execute(
        "INSERT INTO change_note (id, topic, key, due_at) "
        "SELECT 'cn_' || id, 'catalogue.sync', id, created_at FROM entry WHERE kind = 'software'"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_feed_place_kind", table_name="feed_place")
    op.drop_table("feed_place")
    op.drop_index(op.f("ix_change_note_due_at"), table_name="change_note")
    op.drop_table("change_note")
