"""Contracts are billed in a cycle, and their tax rounds by line, month, invoice or contract.

Revision: contract_invoices
Follows: 0001
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "contract_invoices"
down_revision = "0001"
branch_labels = None
depends_on = None

_PLACE = "contract_rounding_place"
_CYCLE = "contract_billing_cycle"


def upgrade() -> None:
    """Apply: what was rounded in `total` is rounded once for the `contract`, which is billed at once."""
    _set_answers_aside()
    with op.batch_alter_table("contract_version", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "billing_cycle",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="once",
            )
        )
        batch_op.drop_constraint(_PLACE, type_="check")
    op.execute("UPDATE contract_version SET rounding_place = 'contract' WHERE rounding_place = 'total'")
    with op.batch_alter_table("contract_version", schema=None) as batch_op:
        batch_op.alter_column("billing_cycle", server_default=None)
        batch_op.create_check_constraint(_PLACE, "rounding_place IN ('line', 'month', 'invoice', 'contract')")
        batch_op.create_check_constraint(
            _CYCLE, "billing_cycle IN ('once', 'monthly', 'quarterly', 'half_yearly', 'yearly')"
        )
    _put_answers_back()


def downgrade() -> None:
    """Take back: the sums stay as they are, the places that are not known any more become `total`."""
    _set_answers_aside()
    with op.batch_alter_table("contract_version", schema=None) as batch_op:
        batch_op.drop_constraint(_CYCLE, type_="check")
        batch_op.drop_constraint(_PLACE, type_="check")
    op.execute("UPDATE contract_version SET rounding_place = 'total' WHERE rounding_place <> 'line'")
    with op.batch_alter_table("contract_version", schema=None) as batch_op:
        batch_op.create_check_constraint(_PLACE, "rounding_place IN ('line', 'total')")
        batch_op.drop_column("billing_cycle")
    _put_answers_back()


# SQLite changes a constraint by making the table anew, and dropping the old one would delete the versions under their
# answers' foreign key. So the answers wait in a table of their own, all in the migration's one transaction.


def _set_answers_aside() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TABLE contract_answer_aside AS SELECT * FROM contract_answer")
        op.execute("DELETE FROM contract_answer")


def _put_answers_back() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO contract_answer SELECT * FROM contract_answer_aside")
        op.execute("DROP TABLE contract_answer_aside")
