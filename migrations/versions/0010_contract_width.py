"""Contracts state their fiscal form, and what is paid to others than the vendor.

Revision: contract_width
Follows: supporters
"""

import sqlalchemy as sa
from alembic import op

revision = "contract_width"
down_revision = "supporters"
branch_labels = None
depends_on = None

# Columns are added and dropped without batch mode: SQLite knows both, and making the table anew would delete the
# versions under their answers' foreign key. A contract recorded before states none, and pays
# the vendor alone.


def upgrade() -> None:
    """Apply."""
    op.add_column("contract_version", sa.Column("fiscal", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "contract_version", sa.Column("other_payments", sa.JSON(), server_default="[]", nullable=False)
    )


def downgrade() -> None:
    """Revert: the fiscal forms and the sums of other payees are lost, the vendor's sums stay."""
    op.drop_column("contract_version", "other_payments")
    op.drop_column("contract_version", "fiscal")
