"""The Agency's pages for bodies: admitting one, the members of a union, mergers (廃置分合)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import ADMITTED_KINDS, BODY_KINDS, Permission
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound
from app.listings.dependencies import SchemaDep
from app.organisations import bodies, mergers, service
from app.organisations.bodies import BodyGiven, ConstituentsGiven
from app.web.forms import Form, FormDep
from app.web.list_columns import ORGANISATION_KINDS
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema

router = APIRouter(prefix="/agency", include_in_schema=False)

Manager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]


def references(text: str) -> list[str]:
    """Codes or numbers, one a line; lists that were pasted with commas or blanks are read alike."""
    return [part for part in re.split(r"[\s,、，;；]+", text) if part]


def _flat(faults: Sequence[FieldFault], typed: Sequence[str], name: str) -> list[FieldFault]:
    """Faults of single lines, at the one input that holds them all."""
    told = []
    for fault in faults:
        pointer = fault.pointer.removeprefix("/constituents")
        parts = pointer.split("/")
        if len(parts) == 3 and parts[1] in (name, "business_areas"):
            line = typed[int(parts[2])] if parts[1] == name else ""
            message = f"{fault.message}（{line}）" if line and line not in fault.message else fault.message
            fault, pointer = replace(fault, message=message), f"/{parts[1]}"
        told.append(replace(fault, pointer=pointer or f"/{name}"))
    return told


def _areas(schema: Schema) -> list[tuple[str, str]]:
    return [(term.code, term.ja) for term in schema.vocabulary(bodies.AREAS).current()]


def _constituents(form: Form) -> ConstituentsGiven:
    return ConstituentsGiven(
        members=references(form.get("members")),
        business_areas=form.all("business_areas"),
        starts_on=form.get("starts_on"),
        ends_on=form.get("ends_on"),
    )


def _new_page(
    request: Request, schema: Schema, form: Form, status: int = 200, faults: Sequence[FieldFault] = ()
) -> Response:
    return render(
        request,
        "agency/body_new.html",
        status,
        form=form,
        kinds=[(kind, ORGANISATION_KINDS[kind]) for kind in ADMITTED_KINDS],
        prefectures=[(term.ja, term.ja) for term in schema.vocabulary("prefectures").terms],
        areas=_areas(schema),
        faults=list(faults),
    )


@router.get("/bodies/new")
def new_body(request: Request, actor: Manager, schema: SchemaDep) -> Response:
    """The form of a body that is in no list of codes."""
    return _new_page(request, schema, Form())


@router.post("/bodies/new")
def admit_body(
    request: Request, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """Admit it, with its first members where some are named."""
    given = BodyGiven(
        kind=form.get("kind"),
        name=form.get("name"),
        name_kana=form.get("name_kana"),
        corporate_number=form.get("corporate_number"),
        prefecture=form.get("prefecture"),
    )
    members = _constituents(form)
    named = bool(members.members or members.business_areas or members.starts_on or members.ends_on)
    try:
        card = bodies.admit_body(session, actor, clock, schema, given, members if named else None)
    except Invalid as refused:
        return _new_page(request, schema, form, 422, _flat(refused.faults, members.members, "members"))
    told = f"{card.name}を登録しました。承認者を招待してください。"
    return flash(request, redirect(f"/agency/organisations/{card.id}"), told)


def _body_page(
    request: Request,
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    body_id: str,
    status: int = 200,
    faults: Sequence[FieldFault] = (),
    form: Form | None = None,
    tried: str = "",
) -> Response:
    inside = service.get_inside(session, actor, body_id)
    if inside.card.kind not in BODY_KINDS:
        raise NotFound("構成団体と引継ぎがあるのは、調達する団体だけです。")
    succession = mergers.succession_of(session, body_id)
    kept = (
        ""
        if succession is None
        else "\n".join(card.code or card.corporate_number or card.id for card in succession.successors)
    )
    typed: Mapping[str, str] = form.typed() if form else {}
    return render(
        request,
        "agency/body.html",
        status,
        card=inside.card,
        is_union=inside.card.kind in bodies.UNION_KINDS,
        constituents=bodies.constituents_of(session, body_id),
        unions=bodies.unions_of(session, body_id),
        succession=succession,
        ended=succession is not None and succession.ended_on <= clock.today(),
        kept=kept,
        typed=typed,
        chosen=form.all("business_areas") if form else [],
        areas=_areas(schema),
        area_of=schema.vocabulary(bodies.AREAS).label,
        tried=tried,
        faults=list(faults),
    )


@router.get("/organisations/{organisation_id}/body")
def body_page(
    request: Request,
    organisation_id: str,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """A body's members, its unions and its end."""
    return _body_page(request, session, actor, clock, schema, organisation_id)


@router.post("/organisations/{organisation_id}/constituents")
def add_constituents(
    request: Request,
    organisation_id: str,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Further members, all or none."""
    given = _constituents(form)
    try:
        bodies.add_constituents(session, actor, clock, schema, organisation_id, given)
    except Invalid as refused:
        faults = _flat(refused.faults, given.members, "members")
        return _body_page(
            request, session, actor, clock, schema, organisation_id, 422, faults, form, "members"
        )
    answer = redirect(f"/agency/organisations/{organisation_id}/body")
    return flash(request, answer, f"構成団体を加えました（{len(given.members)}団体）。")


@router.post("/organisations/{organisation_id}/constituents/{constituent_id}/ending")
def end_constituent(
    request: Request,
    organisation_id: str,
    constituent_id: str,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """The last day of a member's place."""
    name = f"ends_on-{constituent_id}"
    try:
        bodies.end_constituent(session, actor, clock, organisation_id, constituent_id, form.get(name))
    except Invalid as refused:
        faults = [replace(fault, pointer=f"/{name}") for fault in refused.faults]
        return _body_page(
            request, session, actor, clock, schema, organisation_id, 422, faults, form, "ending"
        )
    answer = redirect(f"/agency/organisations/{organisation_id}/body")
    return flash(request, answer, "構成団体の終わりの日を保存しました。")


@router.post("/organisations/{organisation_id}/succession")
def record_succession(
    request: Request,
    organisation_id: str,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Record that the body ends, and who takes over."""
    named = references(form.get("successors"))
    try:
        mergers.record_succession(
            session, actor, clock, organisation_id, ended_on=form.get("ended_on"), successors=named
        )
    except Invalid as refused:
        faults = _flat(refused.faults, named, "successors")
        return _body_page(
            request, session, actor, clock, schema, organisation_id, 422, faults, form, "succession"
        )
    answer = redirect(f"/agency/organisations/{organisation_id}/body")
    return flash(request, answer, "団体の引継ぎを記録しました。")


@router.post("/organisations/{organisation_id}/succession/removal")
def withdraw_succession(
    request: Request,
    organisation_id: str,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Take it back before the day."""
    mergers.withdraw_succession(session, actor, clock, organisation_id)
    answer = redirect(f"/agency/organisations/{organisation_id}/body")
    return flash(request, answer, "引継ぎの記録を取り消しました。")
