"""The one page of a project and its small forms: searches, conditions, assessment, exclusions, shortlist."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound, PreconditionFailed
from app.listings.dependencies import SchemaDep
from app.procurement import (
    assessment,
    comments,
    conditions,
    exclusions,
    projects,
    searches,
    shortlists,
)
from app.procurement.inputs import parse
from app.procurement.judging import OPERATORS, operators_of, vocabulary_of
from app.procurement.project_schemas import ConditionIn, ExclusionIn, ReasonIn, ShortlistChange, ShortlistIn
from app.procurement.reach import note_read
from app.procurement.support_schemas import CommentIn
from app.web import condition_fields, list_columns
from app.web.buyer_view import prefixed, project_page, section
from app.web.forms import Form, FormDep
from app.web.list_files import ListAskedDep, list_file
from app.web.pages import flash, redirect, render
from catalogue_schema import Field, FieldUnknown, Schema, SubjectUnknown

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
Drafter = Annotated[Actor, guarded(Permission.PROJECT_WRITE, Permission.PROJECT_DRAFT)]
Commenter = Annotated[Actor, guarded(Permission.PROJECT_WRITE, Permission.PROJECT_COMMENT)]


@router.get("/projects/{project_id}")
def page(
    project_id: str,
    request: Request,
    actor: Reader,
    session: SessionDep,
    schema: SchemaDep,
    clock: ClockDep,
    listed: ListAskedDep,
) -> Response:
    """The project from need to contract, on one page; as a file, its table of results and conditions."""
    if listed.format:
        table = assessment.assess(session, actor, schema, project_id)
        return list_file(listed, list_columns.assessment(table), table.results, clock)
    return project_page(request, actor, session, schema, clock, project_id)


@router.get("/projects/{project_id}/searches/{search_id}")
def search_page(
    project_id: str,
    search_id: str,
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    listed: ListAskedDep,
) -> Response:
    """A saved search with its whole result."""
    saved, results = searches.search_of(session, actor, project_id, search_id)
    project = projects.project_of(session, actor, project_id)
    names = searches.names_of(session, results)
    if listed.format:
        return list_file(listed, list_columns.saved_search(names), results, clock)
    listed.total = len(results)
    return render(
        request,
        "buyer/search.html",
        project=project,
        search=saved,
        results=results,
        listed=listed,
        names=names,
    )


@router.post("/projects/{project_id}/searches/{search_id}/lock")
def lock(
    project_id: str,
    search_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Lock the search that is assessed."""
    searches.lock_search(session, actor, clock, project_id, search_id)
    return flash(request, redirect(f"/projects/{project_id}#searches"), "検索を確定しました。")


def _asked_field(schema: Schema, name: str) -> Field:
    subject, _, field = name.partition(".")
    try:
        return schema.field(subject, field)
    except (FieldUnknown, SubjectUnknown):
        raise NotFound("その項目はカタログにありません。") from None


def _condition_form(
    request: Request, actor: Actor, session: SessionDep, schema: Schema, project_id: str, name: str, form: Form,
    status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    field = _asked_field(schema, name)
    operators = [(code, f"「{field.label_ja}」{OPERATORS[code]}") for code in operators_of(field)]
    return render(
        request,
        "buyer/condition.html",
        status,
        project=projects.project_of(session, actor, project_id),
        name=name,
        field=field,
        operators=operators,
        terms=vocabulary_of(schema, field),
        flag=field.kind == "boolean",
        form=form,
        faults=list(faults),
    )


@router.get("/projects/{project_id}/conditions/new")
def condition_page(
    project_id: str,
    request: Request,
    actor: Drafter,
    session: SessionDep,
    schema: SchemaDep,
    field: Annotated[str, Query(max_length=100)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The form of a condition on the chosen field; without one, the fields to choose from."""
    if not field:
        sections = condition_fields.by_section(schema)
        groups = condition_fields.narrowed(sections, q) if q.strip() else sections
        return render(
            request,
            "buyer/condition_fields.html",
            project=projects.project_of(session, actor, project_id),
            q=q.strip(),
            groups=groups,
            found=sum(len(options) for _, options in groups),
            often=condition_fields.often(schema),
        )
    return _condition_form(request, actor, session, schema, project_id, field, Form())


@router.post("/projects/{project_id}/conditions")
def add_condition(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Drafter,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Add the condition."""
    name = form.get("field")
    subject, _, field = name.partition(".")
    several = vocabulary_of(schema, _asked_field(schema, name))
    wanted: Any = form.all("wanted") if several else form.get("wanted")
    values = {"subject": subject, "field": field, "operator": form.get("operator"), "note": form.get("note")}
    try:
        given = parse(ConditionIn, values | {"wanted": wanted})
        conditions.add_condition(session, actor, clock, schema, project_id, given)
    except Invalid as refused:
        return _condition_form(request, actor, session, schema, project_id, name, form, 422, refused.faults)
    return flash(request, redirect(f"/projects/{project_id}#conditions"), "条件を加えました。")


@router.post("/projects/{project_id}/conditions/{condition_id}/removal")
def remove_condition(
    project_id: str, condition_id: str, request: Request, form: FormDep, actor: Drafter, session: SessionDep,
    clock: ClockDep,
) -> Response:  # fmt: skip
    """Take the condition away."""
    conditions.remove_condition(session, actor, clock, project_id, condition_id)
    return flash(request, redirect(f"/projects/{project_id}#conditions"), "条件を取り消しました。")


@router.get("/projects/{project_id}/results/{software_id}")
def result_page(
    project_id: str, software_id: str, request: Request, actor: Reader, session: SessionDep
) -> Response:
    """A result as the locked search pinned it, whatever became of the listing."""
    software, offers = shortlists.pinned_result(session, actor, project_id, software_id)
    project = projects.project_of(session, actor, project_id)
    return render(request, "buyer/pinned.html", project=project, software=software, offers=offers)


@router.post("/projects/{project_id}/exclusions")
def exclude(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Exclude a group by its condition, or one result that meets them all."""
    condition_id, software_id = form.get("condition_id"), form.get("software_id")
    prefix = f"exclude-{condition_id or software_id}"
    values = section(form, prefix)
    try:
        given = parse(
            ExclusionIn,
            {
                "condition_id": condition_id or None,
                "software_ids": [software_id] if software_id else None,
                "include_unanswered": values.get("include_unanswered", "") == "true",
                "reason": values.get("reason", ""),
            },
        )
        made = exclusions.exclude(session, actor, clock, schema, project_id, given)
    except Invalid as refused:
        faults = prefixed(prefix, refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    answer = redirect(f"/projects/{project_id}#assessment")
    return flash(request, answer, f"{len(made.items)}件を除外しました。")


@router.post("/projects/{project_id}/exclusions/{exclusion_id}/withdrawal")
def withdraw_exclusion(
    project_id: str, exclusion_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep,
    clock: ClockDep,
) -> Response:  # fmt: skip
    """Take an exclusion back."""
    exclusions.withdraw_exclusion(session, actor, clock, project_id, exclusion_id)
    return flash(request, redirect(f"/projects/{project_id}#assessment"), "除外を取り消しました。")


@router.post("/projects/{project_id}/shortlist")
def add_candidate(
    project_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Shortlist a result."""
    given = parse(ShortlistIn, {"software_id": form.get("software_id")})
    shortlists.add_candidate(session, actor, clock, project_id, given)
    return flash(request, redirect(f"/projects/{project_id}#shortlist"), "候補に加えました。")


@router.post("/projects/{project_id}/shortlist/{item_id}/offer")
def choose_offer(
    project_id: str,
    item_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Choose the offer of a candidate."""
    try:
        given = parse(ShortlistChange, {"offer_id": form.get(f"offer-{item_id}-offer_id") or None})
        shortlists.change_candidate(session, actor, clock, project_id, item_id, "*", given)
    except Invalid as refused:
        faults = prefixed(f"offer-{item_id}", refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    return flash(request, redirect(f"/projects/{project_id}#shortlist"), "サービス（価格）を選びました。")


@router.post("/projects/{project_id}/shortlist/{item_id}/note")
def note_candidate(
    project_id: str,
    item_id: str,
    request: Request,
    form: FormDep,
    actor: Drafter,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Write the note of a candidate: a supporter may, too."""
    prefix = f"note-{item_id}"
    values = section(form, prefix)
    tag = values.pop("tag", "")
    try:
        given = parse(ShortlistChange, {"note": values.get("note", "")})
        shortlists.change_candidate(session, actor, clock, project_id, item_id, tag, given)
    except Invalid as refused:
        faults: list[FieldFault] = prefixed(prefix, refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    except PreconditionFailed as refused:
        remedy = "書いた内容は残しています。今のメモと比べてから、もう一度保存してください。"
        faults = [FieldFault(f"/{prefix}-note", "changed_meanwhile", refused.detail, remedy)]
        return project_page(
            request, actor, session, schema, clock, project_id, status=412, faults=faults, typed=form.typed()
        )
    return flash(request, redirect(f"/projects/{project_id}#shortlist"), "候補のメモを保存しました。")


@router.post("/projects/{project_id}/comments")
def comment(
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Commenter,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Comment on the project, or draft the reason of its selection."""
    try:
        given = parse(CommentIn, section(form, "comment"))
        comments.add_comment(session, actor, clock, project_id, given)
    except Invalid as refused:
        faults = prefixed("comment", refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    return flash(request, redirect(f"/projects/{project_id}#comments"), "コメントを加えました。")


@router.post("/projects/{project_id}/shortlist/{item_id}/removal")
def remove_candidate(
    project_id: str,
    item_id: str,
    request: Request,
    form: FormDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Take a candidate off the list, with the reason."""
    prefix = f"remove-{item_id}"
    try:
        given = parse(ReasonIn, section(form, prefix))
    except Invalid as refused:
        faults: list[FieldFault] = prefixed(prefix, refused.faults)
        return project_page(
            request, actor, session, schema, clock, project_id, status=422, faults=faults, typed=form.typed()
        )
    shortlists.remove_candidate(session, actor, clock, project_id, item_id, given.reason)
    return flash(request, redirect(f"/projects/{project_id}#assessment"), "候補から外しました。")
