"""What stands beside a town's contracts on the stage: an imported one, an inspection, a checked file."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.jobs.models import Job, JobFile
from app.kit.ids import new_id
from app.procurement.models import ImportedContract, Inspection
from tests.access.stage_procurement import Family


def add_beside_contracts(session: Session, family: Family, now: datetime, today: date) -> None:
    """Names them `imported_contract`, `inspection_id` and `checked_import`."""
    starter = family.logins["buyer_officer"]
    file = JobFile(id=new_id("jf"), organisation_id=family.town.id, content=b"number", created_at=now)
    session.add(file)
    session.flush()
    job = Job(
        id=new_id("job"),
        kind="contract-import",
        title="既存の契約の確認",
        organisation_id=family.town.id,
        started_by=starter.person_id,
        membership_id=starter.membership_id,
        status="succeeded",
        options={"dry_run": True},
        result={"dry_run": True, "created": 1, "known": 0, "linked": 0, "known_rows": [], "repeat_of": None},
        file_id=file.id,
        created_at=now,
    )
    imported = ImportedContract(
        id=new_id("con"),
        buyer_id=family.town.id,
        number=f"旧-{family.town.code}",
        party="name:前の事業者",
        vendor_id=family.vendor.id,
        vendor_name=family.vendor.name,
        software_name="前のシステム（架空）",
        title="前からの契約",
        business_areas=["counter_dx_saas"],
        starts_on=today,
        ends_on=today + timedelta(days=300),
        concluded_on=today,
        total=1_100_000,
        job_id=job.id,
        imported_by=starter.person_id,
        imported_at=now,
    )
    inspection = Inspection(
        id=new_id("ins"),
        contract_id=family.ids["contract_id"],
        buyer_id=family.town.id,
        period_from=today,
        period_to=today,
        delivered_on=today,
        inspection_due=today + timedelta(days=10),
        rule={
            "code": "own",
            "inspection_days": 10,
            "payment_days": 30,
            "counts_first_day": False,
            "name": "規則",
            "source": "団体",
        },
        recorded_by=starter.person_id,
        recorded_at=now,
    )
    session.add_all([job, imported, inspection])
    family.ids |= {
        "imported_contract": imported.id,
        "inspection_id": inspection.id,
        "checked_import": job.id,
    }
