"""Bodies beside the local governments, their members, departments, and mergers.

Revision: bodies
Follows: outcomes
"""

import sqlalchemy as sa
from alembic import op

revision = "bodies"
down_revision = "outcomes"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('vendor', 'sole_proprietor', 'local_government', 'agency')"
AFTER = (
    "kind IN ('vendor', 'sole_proprietor', 'local_government', 'joint_union', 'wide_area_union', "
    "'enterprise_body', 'ministry', 'independent_agency', 'agency')"
)


def _kinds(now: str, then: str) -> None:
    """Replace the check of the organisations' kinds.

    SQLite cannot alter a check, and a new table in the old one's place would break every foreign key to it; its
    manual (ALTER TABLE, 7) has the stored text changed instead, since the rows stay as they are.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint("organisation_kind", "organisation", type_="check")
        op.create_check_constraint("organisation_kind", "organisation", then)
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :now, :then) "
            "WHERE type = 'table' AND name = 'organisation'"
        ),
        {"now": now, "then": then},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def upgrade() -> None:
    """Apply."""
    _kinds(BEFORE, AFTER)
    op.add_column("organisation", sa.Column("ended_on", sa.Date(), nullable=True))
    op.create_table(
        "constituent",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("business_areas", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("body_id <> member_id", name="constituent_other"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="constituent_term"),
        sa.ForeignKeyConstraint(["body_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("body_id", "member_id", "starts_on"),
    )
    op.create_index("ix_constituent_body_id", "constituent", ["body_id"])
    op.create_index("ix_constituent_member_id", "constituent", ["member_id"])
    op.create_table(
        "body_successor",
        sa.Column("body_id", sa.String(), nullable=False),
        sa.Column("successor_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("body_id <> successor_id", name="body_successor_other"),
        sa.ForeignKeyConstraint(["body_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["successor_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("body_id", "successor_id"),
        sa.UniqueConstraint("body_id", "position"),
    )
    op.create_index("ix_body_successor_successor_id", "body_successor", ["successor_id"])
    op.create_table(
        "department",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_department_organisation_id", "department", ["organisation_id"])
    op.create_index(
        "uq_department_name",
        "department",
        ["organisation_id", "name"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    # Without a foreign key: SQLite could not drop the column again. Departments are closed, never deleted.
    for table in ("membership", "project"):
        op.add_column(table, sa.Column("department_id", sa.String(), nullable=True))
        op.create_index(f"ix_{table}_department_id", table, ["department_id"])


def downgrade() -> None:
    """Revert. Refused by the database where such bodies have things of their own."""
    for table in ("project", "membership"):
        op.drop_index(f"ix_{table}_department_id", table)
        op.drop_column(table, "department_id")
    op.drop_table("department")
    op.drop_table("body_successor")
    op.drop_table("constituent")
    op.drop_column("organisation", "ended_on")
    kinds = "kind IN ('joint_union', 'wide_area_union', 'enterprise_body', 'ministry', 'independent_agency')"
    op.execute(sa.text(f"DELETE FROM organisation WHERE {kinds}"))  # noqa: S608  # a constant
    _kinds(AFTER, BEFORE)
