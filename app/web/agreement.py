"""The vendor's master agreement and qualifications."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import Invalid, NotFound
from app.organisations import agreement_texts, agreements, qualifications
from app.web.forms import FormDep
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)

PAGE = "/vendor/agreement"
Reader = Annotated[Actor, guarded(Permission.AGREEMENT_READ)]
Signatory = Annotated[Actor, guarded(Permission.AGREEMENT_SIGN)]
Registrar = Annotated[Actor, guarded(Permission.QUALIFICATION_WRITE)]


def _page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, status: int = 200, **context: object
) -> Response:
    if actor.organisation_id is None or actor.organisation_kind not in agreements.VENDOR_KINDS:
        raise NotFound("基本契約は事業者のためのものです。")
    own = agreements.own_agreement(session, actor, clock)
    versions = {version.id: version for version in agreement_texts.list_versions(session)}
    current = agreement_texts.current_version(session, clock.today())
    signable = own is None or own.status in ("offered", "terminated", "expired")
    shown = current if own is None or signable else versions[own.version_id]
    if own is not None and own.status == "offered":
        shown = versions[own.version_id]
    known: dict[str, object] = {
        "agreement": own,
        "version": shown,
        "signable": signable and actor.may(Permission.AGREEMENT_SIGN) and shown is not None,
        "qualifications": qualifications.list_qualifications(session, actor, clock, actor.organisation_id),
        "kinds": qualifications.KINDS,
        "grades": qualifications.GRADES,
        "registrar": actor.may(Permission.QUALIFICATION_WRITE),
        "typed": {},
        "chosen": (),
    }
    return render(request, "vendor/agreement.html", status, **(known | context))


@router.get(PAGE)
def agreement(request: Request, actor: Reader, session: SessionDep, clock: ClockDep) -> Response:
    """The agreement's state and text, and the qualifications."""
    return _page(request, actor, session, clock)


@router.post(f"{PAGE}/signature")
def sign(request: Request, form: FormDep, actor: Signatory, session: SessionDep, clock: ClockDep) -> Response:
    """Sign the version now in effect; takes it up first where nothing is under way."""
    own = agreements.own_agreement(session, actor, clock)
    if own is None or own.status in ("terminated", "expired"):
        own = agreements.offer_agreement(session, actor, clock)
    try:
        agreements.sign_agreement(session, actor, clock, own.id, signatory_title=form.get("signatory_title"))
    except Invalid as problem:
        # The 422 rolls the take-up back, so the page is made from what was before.
        return _page(request, actor, session, clock, 422, faults=list(problem.faults), typed=form.typed())
    return flash(request, redirect(PAGE), "基本契約に署名しました。デジタル庁の承諾をお待ちください。")


@router.post(f"{PAGE}/qualifications")
def add_qualification(
    request: Request, form: FormDep, actor: Registrar, session: SessionDep, clock: ClockDep
) -> Response:
    """Record a qualification."""
    chosen = form.all("kinds")
    try:
        qualifications.add_qualification(
            session,
            actor,
            clock,
            actor.organisation_id or "",
            number=form.get("number"),
            kinds=chosen,
            grade=form.get("grade"),
            valid_from=form.get("valid_from"),
            valid_until=form.get("valid_until"),
        )
    except Invalid as problem:
        return _page(
            request,
            actor,
            session,
            clock,
            422,
            faults=list(problem.faults),
            typed=form.typed(),
            chosen=chosen,
        )
    return flash(request, redirect(PAGE), "資格を登録しました。")


@router.post(f"{PAGE}/qualifications/{{qualification_id}}/removal")
def remove_qualification(
    request: Request,
    qualification_id: str,
    form: FormDep,
    actor: Registrar,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Take a wrongly recorded qualification away."""
    qualifications.remove_qualification(session, actor, clock, actor.organisation_id or "", qualification_id)
    return flash(request, redirect(PAGE), "資格の登録を取り除きました。")
