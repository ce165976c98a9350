"""What each person was told inside the service, and which mail the person does not want.

Revision: personal_notices
Follows: index_runs
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "personal_notices"
down_revision = "index_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: nobody has been told anything yet, and everybody wants every mail."""
    op.create_table(
        "personal_notice",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("path", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("read_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "source"),
    )
    op.create_index("ix_personal_notice_reader", "personal_notice", ["person_id", "read_at"])
    op.create_table(
        "unwanted_mail",
        sa.Column("person_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id", "kind"),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("unwanted_mail")
    op.drop_index("ix_personal_notice_reader", "personal_notice")
    op.drop_table("personal_notice")
