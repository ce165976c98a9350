"""The own body's departments (部署): made, renamed and closed by the approver; who belongs to which."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound, PreconditionFailed
from app.organisations import departments, memberships
from app.web import list_columns_people
from app.web.forms import Form, FormDep
from app.web.list_files import ListAskedDep, ListLinks, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/organisation", include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)]


def _own(actor: Actor) -> str:
    if actor.organisation_id is None:
        raise NotFound("所属する組織がありません。")
    return actor.organisation_id


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    status: int = 200,
    faults: Sequence[FieldFault] = (),
    form: Form | None = None,
) -> Response:
    found = departments.departments_of(session, actor, _own(actor))
    return render(
        request,
        "account/departments.html",
        status,
        departments=found,
        listed=ListLinks("/organisation/departments", sum(row.closed_at is None for row in found)),
        members=memberships.list_members(session, actor, _own(actor)),
        manages=actor.may(Permission.ORGANISATION_WRITE),
        typed=form.typed() if form else {},
        faults=list(faults),
    )


@router.get("/departments")
def page(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, listed: ListAskedDep
) -> Response:
    """The departments, and who belongs to which."""
    if listed.format:
        found = departments.departments_of(session, actor, _own(actor))
        open_ones = [row for row in found if row.closed_at is None]
        return list_file(listed, list_columns_people.DEPARTMENTS, open_ones, clock)
    return _page(request, session, actor)


@router.post("/departments")
def create(request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep) -> Response:
    """A new one."""
    try:
        departments.create_department(
            session, actor, clock, _own(actor), name=form.get("name"), email=form.get("email")
        )
    except Invalid as refused:
        return _page(request, session, actor, 422, refused.faults, form)
    return flash(request, redirect("/organisation/departments"), "部署を作りました。")


@router.post("/departments/{department_id}")
def revise(
    request: Request, department_id: str, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Another name or mailbox."""
    try:
        departments.revise_department(
            session, actor, clock, _own(actor), department_id, form.get(f"tag-{department_id}"),
            name=form.get(f"name-{department_id}"), email=form.get(f"email-{department_id}"),
        )  # fmt: skip
    except PreconditionFailed as refused:
        remedy = "書いた内容は残しています。今の内容と比べてから、もう一度保存してください。"
        faults = [FieldFault(f"/name-{department_id}", "changed_meanwhile", refused.detail, remedy)]
        return _page(request, session, actor, 412, faults, form)
    except Invalid as refused:
        faults = [replace(fault, pointer=f"{fault.pointer}-{department_id}") for fault in refused.faults]
        return _page(request, session, actor, 422, faults, form)
    return flash(request, redirect("/organisation/departments"), "部署を直しました。")


@router.post("/departments/{department_id}/closing")
def close(
    request: Request, department_id: str, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Close it."""
    departments.close_department(session, actor, clock, _own(actor), department_id)
    return flash(request, redirect("/organisation/departments"), "部署を廃止しました。案件は残っています。")


@router.post("/members/{membership_id}/department")
def put(
    request: Request, membership_id: str, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """A member's department."""
    try:
        departments.put_into_department(
            session, actor, clock, _own(actor), membership_id, form.get(f"department_id-{membership_id}")
        )
    except Invalid as refused:
        faults = [replace(fault, pointer=f"/department_id-{membership_id}") for fault in refused.faults]
        return _page(request, session, actor, 422, faults, form)
    return flash(request, redirect("/organisation/departments"), "メンバーの部署を保存しました。")
