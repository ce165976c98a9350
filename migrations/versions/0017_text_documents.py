"""A text that governs a contract may be one of the contract's documents.

Revision: text_documents
Follows: contract_precedence
"""

import sqlalchemy as sa
from alembic import op

revision = "text_documents"
down_revision = "contract_precedence"
branch_labels = None
depends_on = None

_SOURCE = "governing_text_source"
_DOCUMENT = "fk_governing_text_document_id"

# SQLite makes the table anew for the key and the check, which loses nothing here: no other table refers to its rows.


def upgrade() -> None:
    """Apply: the texts that there are stay as they are."""
    with op.batch_alter_table("governing_text", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document_id", sa.String(), nullable=True))
        batch_op.drop_constraint(_SOURCE, type_="check")
        batch_op.create_check_constraint(
            _SOURCE,
            "(body = '' AND url = '') OR (body = '' AND document_id IS NULL) OR (url = '' AND document_id IS NULL)",
        )
        batch_op.create_foreign_key(_DOCUMENT, "contract_document", ["document_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_governing_text_document_id"), ["document_id"])


def downgrade() -> None:
    """Revert: a text that is a document keeps its title and digest, and loses which document it is."""
    with op.batch_alter_table("governing_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_governing_text_document_id"))
        batch_op.drop_constraint(_DOCUMENT, type_="foreignkey")
        batch_op.drop_constraint(_SOURCE, type_="check")
        batch_op.create_check_constraint(_SOURCE, "body = '' OR url = ''")
        batch_op.drop_column("document_id")
