"""answers of pages' forms, and forms that wait to be sent again

Revision: page_forms
Follows: contract_invoices
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "page_forms"
down_revision = "contract_invoices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "unsent_form",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sealed", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("unsent_form", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unsent_form_person_id"), ["person_id"], unique=False)
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answer", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_column("answer")
    with op.batch_alter_table("unsent_form", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unsent_form_person_id"))
    op.drop_table("unsent_form")
