"""What a ministry has on the stage: a specification with a version in force, a draft, and a checked file."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from app.conformance.models import ConformanceClaim
from app.conformance.verification_models import ConformanceVerification
from app.jobs.models import Job, JobFile
from app.kit.ids import new_id
from app.specifications.models import Specification, SpecificationRequirement, SpecificationVersion
from tests.access.stage_procurement import Family


def add_specification(session: Session, family: Family, now: datetime) -> None:
    """Names them `specification_id` (versions 1.0 and 2.0) and `specification_job`."""
    editor = family.logins["specification_editor"]
    spec = Specification(
        id=new_id("spec"),
        key=f"stage-{new_id('key')[-8:].lower()}",
        business_area="child_allowance",
        title="架空手当システム標準仕様書",
        steward_id=editor.organisation_id,
        ministry="架空省",
        created_at=now,
    )
    session.add(spec)
    session.flush()
    for number, status in (("1.0", "in_force"), ("2.0", "draft")):
        version = SpecificationVersion(
            id=new_id("spv"),
            specification_id=spec.id,
            number=number,
            status=status,
            requirement_count=1,
            created_at=now,
        )
        session.add(version)
        session.flush()
        session.add(
            SpecificationRequirement(
                version_id=version.id,
                position=0,
                key="0010001",
                kind="function",
                text="認定請求を受け付けること。",
                obligation=dict.fromkeys(("designated_city", "core_city", "general"), "required"),
            )
        )
        if status == "in_force":
            family.ids["specification_version"] = version.id
            session.add(
                ConformanceClaim(
                    id=new_id("cfm"),
                    entry_id=family.ids["live"],
                    version_id=version.id,
                    revision_number=1,
                    states="y",
                    updated_at=now,
                    updated_by="stage",
                )
            )
    verification = ConformanceVerification(
        id=new_id("cfv"),
        entry_id=family.ids["live"],
        version_id=family.ids["specification_version"],
        revision_number=1,
        level="documents",
        looked_at="操作説明書",
        organisation_id=editor.organisation_id,
        recorded_by=editor.person_id,
        recorded_at=now,
    )
    session.add(verification)
    family.ids["conformance_verification"] = verification.id
    file = JobFile(id=new_id("jf"), organisation_id=editor.organisation_id, content=b"{}", created_at=now)
    session.add(file)
    session.flush()
    job = Job(
        id=new_id("job"),
        kind="specification-import",
        title="標準仕様書の取込みの確認",
        organisation_id=editor.organisation_id,
        started_by=editor.person_id,
        membership_id=editor.membership_id,
        status="succeeded",
        options={"dry_run": True, "specification_id": spec.id, "number": "2.0"},
        result={"dry_run": True, "requirements": 1, "doubts": [], "doubt_count": 0},
        file_id=file.id,
        created_at=now,
    )
    session.add(job)
    family.ids |= {"specification_id": spec.id, "specification_job": job.id}
