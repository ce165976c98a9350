"""supporters (支援者) with their projects, comments on projects, and last days of memberships

Revision: supporters
Follows: review_width
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "supporters"
down_revision = "review_width"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "support",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("invited_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("membership_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("has_interest", sa.Boolean(), nullable=True),
        sa.Column("declaration", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ties", sa.JSON(), nullable=False),
        sa.Column("accepted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("confirmed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("end_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("status IN ('invited', 'accepted', 'active', 'ended')", name="support_status"),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'active') OR declaration <> ''", name="support_declared"
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'active') OR membership_id IS NOT NULL", name="support_has_person"
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"],
            ["membership.id"],
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("id", "organisation_id"),
    )
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_invited_by"), ["invited_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_support_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_support_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "project_comment",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("support_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('comment', 'selection_reason')", name="project_comment_kind"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.ForeignKeyConstraint(
            ["support_id"],
            ["support.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("project_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_comment_project_id"), ["project_id"], unique=False)

    op.create_table(
        "support_project",
        sa.Column("support_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("price_granted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("price_granted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "organisation_id"],
            ["project.id", "project.organisation_id"],
        ),
        sa.ForeignKeyConstraint(
            ["support_id", "organisation_id"],
            ["support.id", "support.organisation_id"],
        ),
        sa.PrimaryKeyConstraint("support_id", "project_id"),
    )
    with op.batch_alter_table("support_project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_project_project_id"), ["project_id"], unique=False)

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("last_day_reminded", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_column("last_day_reminded")
        batch_op.drop_column("last_day")

    with op.batch_alter_table("support_project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_project_project_id"))

    op.drop_table("support_project")
    with op.batch_alter_table("project_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_comment_project_id"))

    op.drop_table("project_comment")
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_support_membership_id"))
        batch_op.drop_index(batch_op.f("ix_support_invited_by"))

    op.drop_table("support")
