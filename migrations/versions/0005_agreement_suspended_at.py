"""when an agreement was suspended

Revision: agreement_suspended_at
Follows: delegated_sessions
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "agreement_suspended_at"
down_revision = "delegated_sessions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("master_agreement") as batch:
        batch.add_column(sa.Column("suspended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("master_agreement") as batch:
        batch.drop_column("suspended_at")
