"""sessions remember a login on behalf of another firm

Revision: delegated_sessions
Follows: page_forms
"""

import sqlalchemy as sa
from alembic import op

revision = "delegated_sessions"
down_revision = "page_forms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Sessions that are open now count as the person's own."""
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delegated", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.alter_column("delegated", server_default=None)


def downgrade() -> None:
    """Revert."""
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_column("delegated")
