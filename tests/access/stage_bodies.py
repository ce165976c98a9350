"""What stands around a town on the stage: its department, the union that buys for it, a body that is to end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel import Session

from app.kit.ids import new_id
from app.organisations.body_models import BodySuccessor, Constituent, Department
from app.organisations.models import Organisation
from app.procurement.models import Project
from tests.access.stage_procurement import Family


def add_bodies(session: Session, family: Family, now: datetime, today: date) -> None:
    """A project of another department, one of the union, and a neighbour that the town will take over."""
    town, officer = family.town, family.logins["buyer_officer"]
    union = Organisation(id=new_id("org"), kind="wide_area_union", name="架空広域連合", created_at=now)
    merged = Organisation(
        id=new_id("org"),
        kind="local_government",
        name="架空の隣町",
        ended_on=today + timedelta(days=90),
        created_at=now,
    )
    department = Department(id=new_id("dep"), organisation_id=town.id, name="別の課", created_at=now)
    session.add_all([union, merged, department])
    session.flush()
    constituent = Constituent(
        id=new_id("cst"),
        body_id=union.id,
        member_id=town.id,
        business_areas=["elderly_medical_care"],
        starts_on=today,
        created_at=now,
    )
    session.add_all([constituent, BodySuccessor(body_id=merged.id, successor_id=town.id)])
    ids = family.ids
    for name, body, area, where in (
        ("union_project", union, "elderly_medical_care", None),
        ("department_project", town, "counter_dx_saas", department.id),
    ):
        project = Project(
            id=new_id("prj"),
            organisation_id=body.id,
            title="案件",
            business_area=area,
            need="待ち時間を減らす。",
            fiscal_year=2026,
            officer_id=officer.person_id,
            department_id=where,
            created_at=now,
            updated_at=now,
        )
        session.add(project)
        session.flush()
        ids[name] = project.id
    ids |= {
        "union_id": union.id,
        "constituent_id": constituent.id,
        "merged_id": merged.id,
        "department_id": department.id,
        "town_member": officer.membership_id,
    }
