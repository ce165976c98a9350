"""A hold that is asked again, what left unasked before it, and the last day for an objection to a suspension.

Revision: expiry_again
Follows: text_documents
"""

import sqlalchemy as sa
from alembic import op

revision = "expiry_again"
down_revision = "text_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("expiry_hold") as table:
        table.add_column(sa.Column("earlier", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("carried_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("final", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("expiry_hold") as table:
        table.alter_column("earlier", server_default=None)
        table.alter_column("final", server_default=None)
    op.add_column("suspension", sa.Column("objection_due", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("suspension", "objection_due")
    with op.batch_alter_table("expiry_hold") as table:
        table.drop_column("final")
        table.drop_column("carried_until")
        table.drop_column("earlier")
