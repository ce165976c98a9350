"""The desk of a ministry's editors, and the Agency's page of where specifications are published."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.kit.pagination import Paging
from app.specifications import drafts, exporting, importing, service
from app.specifications.dependencies import Editor, Registrar, SchemaDep
from app.specifications.views import SpecificationView
from app.web.forms import Form, FormDep
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema
from catalogue_schema.requirements import ID_SCHEMES

router = APIRouter(prefix="/specification-desk", include_in_schema=False)

MOST: Final = 200
"""How many specifications the desk shows: a ministry has a handful."""


@router.get("")
def desk(request: Request, actor: Registrar, session: SessionDep) -> Response:
    """The own ministry's specifications; for the Agency all of them."""
    everything = actor.may(Permission.SPECIFICATION_HOST)
    steward = "" if everything else actor.organisation_id or ""
    found, _ = service.list_specifications(session, actor, Paging(None, MOST), steward_id=steward)
    return render(request, "specifications/desk.html", found=found, everything=everything)


@router.get("/new")
def new_page(request: Request, actor: Registrar, session: SessionDep, schema: SchemaDep) -> Response:
    """The form for a new one."""
    return _new(request, session, actor, schema, Form(), [])


@router.post("/new")
def register(
    request: Request,
    actor: Registrar,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Register it."""
    given: dict[str, Any] = {**form.typed(), "sample": form.checked("sample")}
    given["steward_id"] = given.get("steward_id") or None
    try:
        view = service.register(session, actor, clock, schema, given)
    except Invalid as refused:
        return _new(request, session, actor, schema, form, list(refused.faults))
    return flash(request, redirect(f"/specification-desk/{view.id}"), "標準仕様書を登録しました。")


@router.post("/imports/{job_id}/confirmation")
def confirm(
    request: Request, job_id: str, actor: Editor, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Queues the import of the checked file."""
    job = importing.confirm(session, actor, clock, job_id)
    return flash(request, redirect(f"/jobs/{job.id}"), "取込みを始めました。")


@router.get("/{specification_id}")
def edit_page(
    request: Request, specification_id: str, actor: Registrar, session: SessionDep, schema: SchemaDep
) -> Response:
    """What is said about it, its versions, and a new draft."""
    view = service.read_specification(session, actor, specification_id)
    return _edit(request, actor, session, schema, view, {}, [])


@router.post("/{specification_id}")
def change(
    request: Request,
    specification_id: str,
    actor: Registrar,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Change it."""
    typed = form.typed()
    members = service.EDITORS_MEMBERS | service.HOSTS_MEMBERS
    patch: dict[str, Any] = {name: value for name, value in typed.items() if name in members}
    if "steward_id" in patch:
        patch["steward_id"] = patch["steward_id"] or None
    try:
        service.change(session, actor, clock, schema, specification_id, patch, form.get("etag"))
    except Invalid as refused:
        view = service.read_specification(session, actor, specification_id)
        return _edit(request, actor, session, schema, view, typed, list(refused.faults))
    return flash(request, redirect(f"/specification-desk/{specification_id}"), "変更しました。")


@router.post("/{specification_id}/versions")
def draft(
    request: Request,
    specification_id: str,
    actor: Editor,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Begin a draft."""
    given = {name: form.get(name) for name in ("number", "based_on", "corrects") if form.get(name)}
    try:
        version = drafts.create(session, actor, clock, specification_id, given)
    except Invalid as refused:
        view = service.read_specification(session, actor, specification_id)
        return _edit(request, actor, session, schema, view, form.typed(), list(refused.faults))
    address = f"/specification-desk/{specification_id}/versions/{version.number}"
    return flash(request, redirect(address), "下書きを作りました。")


def _choices(schema: Schema) -> dict[str, Any]:
    areas = [(term.code, term.ja) for term in schema.vocabulary("business_areas").terms]
    return {"areas": areas, "id_schemes": list(ID_SCHEMES.items())}


def _stewards(session: SessionDep, actor: Actor) -> list[tuple[str, str]]:
    return service.stewards(session) if actor.may(Permission.SPECIFICATION_HOST) else []


def _new(
    request: Request,
    session: SessionDep,
    actor: Actor,
    schema: Schema,
    form: Form,
    faults: list[FieldFault],
) -> Response:
    return render(
        request,
        "specifications/new.html",
        422 if faults else 200,
        typed=form.typed(),
        faults=faults,
        stewards=_stewards(session, actor),
        **_choices(schema),
    )


def _edit(
    request: Request,
    actor: Actor,
    session: SessionDep,
    schema: Schema,
    view: SpecificationView,
    typed: Mapping[str, str],
    faults: list[FieldFault],
) -> Response:
    return render(
        request,
        "specifications/edit.html",
        422 if faults else 200,
        view=view,
        typed=typed,
        faults=faults,
        stewards=_stewards(session, actor),
        own_mapping=exporting.MAPPING,
        **_choices(schema),
    )
