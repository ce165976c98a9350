"""A body's existing contracts, its checklists, and its inspections (検収).

Revision: contract_care
Follows: documents
"""

import sqlalchemy as sa
import sqlmodel
import sqlmodel.sql.sqltypes
from alembic import op

revision = "contract_care"
down_revision = "documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "contract_practice",
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("inspection_days", sa.Integer(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("counts_first_day", sa.Boolean(), nullable=False),
        sa.Column("rule_source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("inspection_days BETWEEN 1 AND 10", name="contract_practice_inspection_days"),
        sa.CheckConstraint("payment_days BETWEEN 1 AND 30", name="contract_practice_payment_days"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "imported_contract",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("buyer_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("party", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("vendor_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("vendor_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("software_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("software_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("business_areas", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("publish_summary", sa.Boolean(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("job_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("imported_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("imported_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("withdrawal_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("withdrawn_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('imported', 'withdrawn')", name="imported_contract_status"),
        sa.CheckConstraint("ends_on >= starts_on", name="imported_contract_term"),
        sa.CheckConstraint("total >= 0 AND total <= 1000000000000", name="imported_contract_total"),
        sa.ForeignKeyConstraint(
            ["buyer_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["software_id"],
            ["entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("imported_contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_contract_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_imported_contract_ends_on"), ["ends_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_imported_contract_software_id"), ["software_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_imported_contract_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_imported_contract_vendor_id"), ["vendor_id"], unique=False)
        batch_op.create_index(
            "uq_imported_contract_known",
            ["buyer_id", "number", "party"],
            unique=True,
            sqlite_where=sa.text("status <> 'withdrawn'"),
            postgresql_where=sa.text("status <> 'withdrawn'"),
        )

    op.create_table(
        "checklist_entry",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("project_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("contract_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("imported_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("vendor_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("item", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('confirmed', 'not_applicable', 'unchecked')", name="checklist_entry_state"
        ),
        sa.CheckConstraint(
            "(CASE WHEN project_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN contract_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN imported_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="checklist_entry_subject",
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["contract.id"],
        ),
        sa.ForeignKeyConstraint(
            ["imported_id"],
            ["imported_contract.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("checklist_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checklist_entry_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checklist_entry_imported_id"), ["imported_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checklist_entry_project_id"), ["project_id"], unique=False)

    op.create_table(
        "inspection",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contract_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("imported_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("buyer_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("usage", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("service_level", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("level_met", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("inspection_due", sa.Date(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=True),
        sa.Column("inspector", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("invoice_received_on", sa.Date(), nullable=True),
        sa.Column("payment_due", sa.Date(), nullable=True),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("rounds", sa.JSON(), nullable=False),
        sa.Column("inspection_reminded", sa.Date(), nullable=True),
        sa.Column("payment_reminded", sa.Date(), nullable=True),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('recorded', 'accepted', 'rejected')", name="inspection_status"),
        sa.CheckConstraint("(contract_id IS NULL) <> (imported_id IS NULL)", name="inspection_contract"),
        sa.CheckConstraint("period_to >= period_from", name="inspection_period"),
        sa.ForeignKeyConstraint(
            ["buyer_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["contract.id"],
        ),
        sa.ForeignKeyConstraint(
            ["imported_id"],
            ["imported_contract.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inspection_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_imported_id"), ["imported_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_inspection_due"), ["inspection_due"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_payment_due"), ["payment_due"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_status"), ["status"], unique=False)


def downgrade() -> None:
    """Revert: the imported contracts, the checklists and the inspections are lost."""
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_status"))
        batch_op.drop_index(batch_op.f("ix_inspection_payment_due"))
        batch_op.drop_index(batch_op.f("ix_inspection_inspection_due"))
        batch_op.drop_index(batch_op.f("ix_inspection_imported_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_contract_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_buyer_id"))

    op.drop_table("inspection")
    with op.batch_alter_table("checklist_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checklist_entry_project_id"))
        batch_op.drop_index(batch_op.f("ix_checklist_entry_imported_id"))
        batch_op.drop_index(batch_op.f("ix_checklist_entry_contract_id"))

    op.drop_table("checklist_entry")
    with op.batch_alter_table("imported_contract", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_imported_contract_known",
            sqlite_where=sa.text("status <> 'withdrawn'"),
            postgresql_where=sa.text("status <> 'withdrawn'"),
        )
        batch_op.drop_index(batch_op.f("ix_imported_contract_vendor_id"))
        batch_op.drop_index(batch_op.f("ix_imported_contract_status"))
        batch_op.drop_index(batch_op.f("ix_imported_contract_software_id"))
        batch_op.drop_index(batch_op.f("ix_imported_contract_ends_on"))
        batch_op.drop_index(batch_op.f("ix_imported_contract_buyer_id"))

    op.drop_table("imported_contract")
    op.drop_table("contract_practice")
