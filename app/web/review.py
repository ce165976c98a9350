"""The reviewers' pages: the queue, and one case with differences, checks, findings, notes and the decision."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.conformance.statements import CAUTION, STATES
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings.dependencies import SchemaDep
from app.review import phrases, reading, service
from app.review.findings import FindingGiven
from app.review.lifecycle import CASE
from app.review.reach import note_case_read
from app.review.reasons import reasons
from app.web import list_columns
from app.web.audit import audit_path
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_case_read)])

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Claimer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]
Decider = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]
SAID = {"approve": "承認しました。", "return": "差し戻しました。", "reject": "不承認にしました。"}


def _address(case_id: str) -> str:
    return f"/review/cases/{case_id}"


@router.get("/review")
def queue(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    status: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    vendor: Annotated[str, Query(max_length=60)] = "",
    mine: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Cases, oldest first."""
    wanted = {"status": status.strip(), "kind": kind.strip(), "vendor": vendor.strip(), "mine": mine.strip()}
    lines, following = reading.queue(
        session,
        actor,
        clock,
        paging,
        status=wanted["status"] or None,
        kind=wanted["kind"] or None,
        vendor=wanted["vendor"] or None,
        mine=bool(wanted["mine"]),
    )
    if paging.listed.format:
        return list_file(paging.listed, list_columns.CASES, lines, clock)
    return render(
        request,
        "review/queue.html",
        lines=lines,
        following=following,
        wanted=wanted,
        statuses=CASE.statuses,
        listed=paging.listed,
        may_claim=actor.may(Permission.REVIEW_CLAIM),
    )


@router.get("/review/cases/{case_id}")
def read(
    request: Request, case_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """One case."""
    return _page(request, session, actor, clock, schema, case_id)


@router.post("/review/cases/{case_id}/claim")
def claim(
    request: Request,
    case_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Take the case."""
    service.claim(session, actor, clock, schema, case_id)
    return flash(request, redirect(_address(case_id)), "この案件を担当しました。")


@router.post("/review/cases/{case_id}/release")
def release(
    request: Request,
    case_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Give the case back."""
    service.release(session, actor, clock, schema, case_id)
    return flash(request, redirect(_address(case_id)), "担当をやめ、受付待ちに戻しました。")


@router.post("/review/cases/{case_id}/findings")
def add_finding(
    request: Request,
    case_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Write a point for the vendor, or put a phrase into the form first."""
    if form.action == "insert":
        return _page(request, session, actor, clock, schema, case_id, _with_phrase(session, actor, form))
    try:
        service.add_finding(
            session,
            actor,
            clock,
            schema,
            case_id,
            FindingGiven(
                form.get("field"), form.get("reason_code"), form.get("text"), form.get("late_reason")
            ),
        )
    except Invalid as refusal:
        return _page(request, session, actor, clock, schema, case_id, form, refusal)
    return flash(request, redirect(_address(case_id) + "#findings"), "指摘を書きました。")


@router.post("/review/cases/{case_id}/findings/{finding_id}/withdrawal")
def withdraw_finding(
    request: Request,
    case_id: str,
    finding_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Take a point back."""
    service.withdraw_finding(session, actor, clock, schema, case_id, finding_id)
    return flash(request, redirect(_address(case_id) + "#findings"), "指摘を取り消しました。")


@router.post("/review/cases/{case_id}/notes")
def add_note(
    request: Request,
    case_id: str,
    actor: Claimer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Write a note among reviewers."""
    try:
        service.add_note(session, actor, clock, case_id, form.get("note"))
    except Invalid as refusal:
        moved = Invalid([replace(fault, pointer="/note") for fault in refusal.faults])
        return _page(request, session, actor, clock, schema, case_id, form, moved)
    return flash(request, redirect(_address(case_id) + "#notes"), "メモを書きました。")


@router.post("/review/cases/{case_id}/decision/confirmation")
def confirm_decision(
    request: Request,
    case_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Say what the decision will do, before it is taken; what is missing for it is said here already."""
    if form.action == "back":
        return _page(request, session, actor, clock, schema, case_id, form)
    case = reading.read_case(session, actor, clock, schema, case_id)
    verdict = form.get("verdict")
    faults = service.decision_faults(verdict, form.get("comment").strip(), len(case.findings))
    if faults:
        return _page(request, session, actor, clock, schema, case_id, form, Invalid(faults))
    typed = {name: form.get(name) for name in ("revision_id", "content_hash", "comment")}
    return render(request, "review/decision.html", case=case, verdict=verdict, typed=typed)


@router.post("/review/cases/{case_id}/decision")
def decide(
    request: Request,
    case_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Decide on what this very form showed."""
    verdict = form.get("verdict")
    try:
        service.decide(
            session,
            actor,
            clock,
            schema,
            case_id,
            verdict,
            form.get("revision_id"),
            form.get("content_hash"),
            form.get("comment"),
        )
    except Invalid as refusal:
        return _page(request, session, actor, clock, schema, case_id, form, refusal)
    return flash(request, redirect("/review"), SAID[verdict])


def _with_phrase(session: SessionDep, actor: Actor, form: Form) -> Form:
    """The form with the chosen phrase after what was typed, and its reason where none was chosen."""
    known = {one.id: one for one in phrases.list_phrases(session, actor)}
    chosen = known.get(form.get("phrase"))
    if chosen is None:
        return form
    text = "\n".join(part for part in (form.get("text"), chosen.text) if part)
    reason_code = form.get("reason_code") or chosen.reason_code
    return Form({**form.values, "text": [text], "reason_code": [reason_code], "phrase": [""]})


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    case_id: str,
    form: Form | None = None,
    refusal: Invalid | None = None,
) -> Response:
    case = reading.read_case(session, actor, clock, schema, case_id)
    fields = [(field.name, field.label_ja) for field in schema.fields(case.line.kind)]
    return render(
        request,
        "review/case.html",
        status=422 if refusal else 200,
        case=case,
        caution=CAUTION,
        states=STATES,
        may_claim=actor.may(Permission.REVIEW_CLAIM),
        audit_path=audit_path(actor, case.line.entry_id),
        fields=fields,
        reasons=[(row.code, row.ja) for row in reasons()],
        phrases=[(one.id, one.title) for one in phrases.list_phrases(session, actor)],
        typed=form.typed() if form else {},
        # A form shown again decides on what it showed, not on what is there by now.
        shown_revision=(form.get("revision_id") if form else "") or case.revision.id,
        shown_hash=(form.get("content_hash") if form else "") or case.revision.content_hash,
        asks_late_reason=any(fault.code == "late_finding" for fault in refusal.faults) if refusal else False,
        faults=list(refusal.faults) if refusal else [],
    )
