"""The reviewers' pages on samples: what was published without a review, looked at afterwards."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings.dependencies import SchemaDep
from app.review import samples
from app.review.findings import FindingGiven
from app.review.lifecycle import SAMPLE
from app.review.reach import note_case_read
from app.review.reasons import reasons
from app.web import list_columns
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema

router = APIRouter(prefix="/review/samples", include_in_schema=False, dependencies=[Depends(note_case_read)])

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Decider = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]
SAID = {
    "accept": "問題なしとしました。",
    "findings": "指摘を事業者に送りました。",
    "take_back": "公開を取り消しました。",
}
FINDING_ROWS = 3
"""How many findings the form takes at a time."""


@router.get("")
def every_sample(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    status: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Samples, oldest first."""
    wanted = status.strip()
    lines, following = samples.sample_list(session, actor, clock, paging, status=wanted or None)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.SAMPLES, lines, clock)
    return render(
        request,
        "review/samples.html",
        lines=lines,
        listed=paging.listed,
        following=following,
        wanted=wanted,
        statuses=SAMPLE.statuses,
    )


@router.get("/{sample_id}")
def read(
    request: Request, sample_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """One sample."""
    return _page(request, session, actor, clock, schema, sample_id)


@router.post("/{sample_id}/decision")
def decide(
    request: Request,
    sample_id: str,
    actor: Decider,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Accept, leave with findings, or take back."""
    verdict = form.get("verdict")
    try:
        samples.decide_sample(
            session,
            actor,
            clock,
            schema,
            sample_id,
            verdict,
            form.get("comment"),
            form.get("note"),
            _findings(form),
        )
    except Invalid as refusal:
        return _page(request, session, actor, clock, schema, sample_id, form, refusal)
    return flash(request, redirect("/review/samples"), SAID[verdict])


def _findings(form: Form) -> list[FindingGiven]:
    """The rows in which something was written; a row keeps its place, so that faults find their input."""
    rows = [
        FindingGiven(
            form.get(f"findings-{index}-field"),
            form.get(f"findings-{index}-reason_code"),
            form.get(f"findings-{index}-text"),
        )
        for index in range(FINDING_ROWS)
    ]
    while rows and not (rows[-1].field or rows[-1].reason_code or rows[-1].text):
        rows.pop()
    return rows


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    sample_id: str,
    form: Form | None = None,
    refusal: Invalid | None = None,
) -> Response:
    view = samples.read_sample(session, actor, clock, schema, sample_id)
    return render(
        request,
        "review/sample.html",
        status=422 if refusal else 200,
        sample=view,
        may_decide=actor.may(Permission.REVIEW_DECIDE),
        fields=[(field.name, field.label_ja) for field in schema.fields(view.case.line.kind)],
        reasons=[(row.code, row.ja) for row in reasons()],
        rows=range(FINDING_ROWS),
        typed=form.typed() if form else {},
        faults=list(refusal.faults) if refusal else [],
    )
