"""The Agency's pages of suspensions: notice or urgent suspension of a listing or an agreement, and the procedure."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid, NotFound
from app.listings import service as listings
from app.organisations import agreements
from app.review import suspension_views, suspensions
from app.review.lifecycle import SUSPENSION
from app.review.suspension_words import END_KINDS, END_NOTES, GROUNDS, NOTES, SUBJECTS
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Keeper = Annotated[Actor, guarded(Permission.LISTING_SUSPEND)]
Decider = Annotated[Actor, guarded(Permission.SUSPENSION_DECIDE)]
Urgent = Annotated[str, Query(pattern="^1?$")]

DONE = {
    "decision": "決定を記録し、事業者に知らせます。",
    "confirmation": "停止を続けることを記録し、事業者に知らせます。",
    "answer": "回答を記録し、事業者に知らせます。",
    "lifting": "停止を解きました。",
}


@router.get("/agency/suspensions")
def every_suspension(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Procedures of every firm, newest first."""
    wanted = status.strip()
    found, following = suspension_views.page(session, actor, clock, paging, status=wanted or None)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.SUSPENSIONS, found, clock)
    return render(
        request,
        "agency/suspensions.html",
        suspensions=found,
        listed=paging.listed,
        following=following,
        wanted=wanted,
        statuses=SUSPENSION.statuses,
        subjects=SUBJECTS,
        may_begin=actor.may(Permission.LISTING_SUSPEND),
    )


@router.get("/agency/suspensions/{suspension_id}")
def read(
    request: Request, suspension_id: str, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """One procedure, with the forms of what can be done now."""
    return _case_page(request, session, actor, clock, suspension_id, Form())


@router.post("/agency/suspensions/{suspension_id}/{verb}")
def act(
    request: Request,
    suspension_id: str,
    verb: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Decide, confirm, answer, lift."""
    reason, note = form.get("reason"), _note(form)
    try:
        if verb == "decision":
            suspensions.decide(
                session,
                actor,
                clock,
                suspension_id,
                form.get("verdict"),
                reason=reason,
                note=note,
                until=form.get("until"),
            )
        elif verb == "confirmation":
            suspensions.confirm(session, actor, clock, suspension_id, reason=reason)
        elif verb == "answer":
            suspensions.answer(
                session, actor, clock, suspension_id, form.get("verdict"), reason=reason, note=note
            )
        elif verb == "lifting":
            suspensions.lift(session, actor, clock, suspension_id, reason=reason, note=note)
        else:
            raise NotFound()
    except Invalid as refusal:
        return _case_page(request, session, actor, clock, suspension_id, form, refusal, verb)
    return flash(request, redirect(f"/agency/suspensions/{suspension_id}"), DONE[verb])


@router.get("/agency/listings/{kind}/{entry_id}/suspension")
def ask_for_entry(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Keeper,
    session: SessionDep,
    clock: ClockDep,
    urgent: Urgent = "",
) -> Response:
    """Asks for the notice, or for the ground of an urgent suspension."""
    return _begin_page(request, session, actor, clock, _kind(kind), entry_id, Form(), urgent=bool(urgent))


@router.post("/agency/listings/{kind}/{entry_id}/suspension-notice")
def announce_for_entry(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Announce."""
    return _begun(request, session, actor, clock, _kind(kind), entry_id, "suspension-notice", form)


@router.post("/agency/listings/{kind}/{entry_id}/suspension")
def suspend_entry(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Suspend at once."""
    return _begun(request, session, actor, clock, _kind(kind), entry_id, "suspension", form)


@router.post("/agency/listings/{kind}/{entry_id}/resumption")
def resume_entry(
    request: Request,
    kind: str,
    entry_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """The suspension ends."""
    view = suspensions.resume_entry(session, actor, clock, _kind(kind), entry_id)
    return flash(request, redirect(f"/agency/listings?kind={kind}"), f"「{view.name}」の停止を終えました。")


@router.get("/agency/agreements/{agreement_id}/suspension")
def ask_for_agreement(
    request: Request,
    agreement_id: str,
    actor: Keeper,
    session: SessionDep,
    clock: ClockDep,
    urgent: Urgent = "",
) -> Response:
    """The same for a master agreement."""
    return _begin_page(request, session, actor, clock, "agreement", agreement_id, Form(), urgent=bool(urgent))


@router.post("/agency/agreements/{agreement_id}/suspension-notice")
def announce_for_agreement(
    request: Request, agreement_id: str, actor: Decider, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Announce."""
    return _begun(request, session, actor, clock, "agreement", agreement_id, "suspension-notice", form)


@router.post("/agency/agreements/{agreement_id}/suspension")
def suspend_agreement(
    request: Request, agreement_id: str, actor: Decider, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """Suspend at once."""
    return _begun(request, session, actor, clock, "agreement", agreement_id, "suspension", form)


@router.post("/agency/agreements/{agreement_id}/resumption")
def resume_agreement(
    request: Request, agreement_id: str, actor: Decider, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """In effect again."""
    suspensions.resume_agreement(session, actor, clock, agreement_id, reason=form.get("reason"))
    done = redirect(f"/agency/agreements/{agreement_id}")
    return flash(request, done, "停止を解きました。掲載は再び公開されます。")


def _kind(kind: str) -> str:
    if kind not in ("software", "offer"):
        raise NotFound()
    return kind


def _note(form: Form) -> str:
    """What was written, else the phrase that was chosen."""
    return form.get("note") or form.get("phrase")


def _begun(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    kind: str,
    subject_id: str,
    verb: str,
    form: Form,
) -> Response:
    try:
        if verb == "suspension-notice":
            view = suspensions.announce(
                session,
                actor,
                clock,
                kind,
                subject_id,
                reason=form.get("reason"),
                planned_on=form.get("planned_on"),
                statement_due=form.get("statement_due"),
            )
            said = f"「{view.subject_name}」の停止を予告しました。"
        else:
            view = suspensions.suspend_urgently(
                session,
                actor,
                clock,
                kind,
                subject_id,
                ground=form.get("ground"),
                reason=form.get("reason"),
                note=_note(form),
                until=form.get("until"),
                statement_due=form.get("statement_due"),
            )
            said = f"「{view.subject_name}」を停止しました。事業者の弁明を待ちます。"
    except Invalid as refusal:
        return _begin_page(
            request, session, actor, clock, kind, subject_id, form, refusal, urgent=verb == "suspension"
        )
    return flash(request, redirect(f"/agency/suspensions/{view.id}"), said)


def _begin_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    kind: str,
    subject_id: str,
    form: Form,
    refusal: Invalid | None = None,
    *,
    urgent: bool = False,
) -> Response:
    if kind == "agreement":
        agreement = agreements.get_agreement(session, actor, clock, subject_id)
        owner = agreement.organisation_name
        name, status_kind, status = f"{owner}の基本契約", "master_agreement", agreement.status
        base = back = f"/agency/agreements/{subject_id}"
    else:
        entry = listings.read_entry(session, actor, kind, subject_id, clock.today())
        name, owner, status_kind, status = entry.name, entry.owner.name, "entry", entry.status
        base, back = f"/agency/listings/{kind}/{subject_id}", f"/agency/listings?kind={kind}"
    return render(
        request,
        "agency/suspension.html",
        status=422 if refusal else 200,
        name=name,
        owner=owner,
        status_kind=status_kind,
        subject_status=status,
        kind=kind,
        subjects=SUBJECTS,
        base=base,
        back=back,
        urgent=urgent,
        grounds=GROUNDS,
        notes=NOTES,
        notice_days=suspensions.NOTICE_DAYS,
        hearing_days=suspensions.HEARING_DAYS,
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


def _case_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    suspension_id: str,
    form: Form,
    refusal: Invalid | None = None,
    tried: str = "",
) -> Response:
    return render(
        request,
        "agency/suspension_case.html",
        status=422 if refusal else 200,
        case=suspension_views.read(session, actor, clock, suspension_id),
        subjects=SUBJECTS,
        grounds=GROUNDS,
        notes=NOTES,
        end_notes=END_NOTES,
        end_kinds=END_KINDS,
        tried=tried,
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )
