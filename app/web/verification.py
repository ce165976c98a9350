"""The reviewers' page about one listing and one version: what was verified, and what is recorded or taken back."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.conformance.statements import CAUTION, STATES
from app.conformance.verifications import LEVELS
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.review import verifying
from app.review.verifying import VerificationGiven
from app.web.conformance import LEVELS as COVERED
from app.web.forms import FormDep
from app.web.pages import flash, redirect, render
from app.web.specifications import TERMS

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Verifier = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]
MEMBERS: Final = tuple(VerificationGiven.__dataclass_fields__)


def _address(software_id: str, version_id: str) -> str:
    return f"/review/conformance/{software_id}/{version_id}"


@router.get("/review/conformance/{software_id}/{version_id}")
def page(
    request: Request, software_id: str, version_id: str, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """What is said, and what was verified."""
    return _page(request, session, actor, clock, software_id, version_id, {}, [])


@router.post("/review/conformance/{software_id}/{version_id}")
def record(
    request: Request,
    software_id: str,
    version_id: str,
    actor: Verifier,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Record what was looked at."""
    given = VerificationGiven(**{name: form.get(name) for name in MEMBERS})
    try:
        verifying.record_verification(session, actor, clock, software_id, version_id, given)
    except Invalid as refused:
        typed, faults = form.typed(), list(refused.faults)
        return _page(request, session, actor, clock, software_id, version_id, typed, faults)
    return flash(request, redirect(_address(software_id, version_id)), "確認を記録しました。")


@router.post("/review/conformance/{software_id}/{version_id}/verifications/{verification_id}/withdrawal")
def withdraw(
    request: Request,
    software_id: str,
    version_id: str,
    verification_id: str,
    actor: Verifier,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Take one back."""
    reason = form.get(f"reason-{verification_id}")
    try:
        verifying.withdraw_verification(
            session, actor, clock, software_id, version_id, verification_id, reason
        )
    except Invalid as refused:
        faults = [
            FieldFault(f"/reason-{verification_id}", each.code, each.message, each.remedy)
            for each in refused.faults
        ]
        return _page(request, session, actor, clock, software_id, version_id, form.typed(), faults)
    return flash(request, redirect(_address(software_id, version_id)), "確認の記録を取り消しました。")


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    software_id: str,
    version_id: str,
    typed: Mapping[str, str],
    faults: list[FieldFault],
) -> Response:
    claim = verifying.verifiable(session, clock, software_id, version_id)
    conflict = verifying.conflict(session, actor, software_id)
    return render(
        request,
        "review/verification.html",
        422 if faults else 200,
        claim=claim,
        since=verifying.changed_since(session, claim),
        conflict=conflict,
        may_verify=actor.may(Permission.REVIEW_DECIDE) and conflict is None,
        verification_levels=LEVELS,
        recordable=[(code, LEVELS[code]) for code in verifying.RECORDABLE],
        shown_revision=typed.get("revision_number") or str(claim.revision_number),
        address=_address(software_id, version_id),
        typed=typed,
        faults=faults,
        states=STATES,
        levels=COVERED,
        caution=CAUTION,
        **TERMS,
    )
