"""`/projects` and what belongs to a project: price, conditions, searches, shortlist, selection, evidence."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.catalogue.dependencies import SearchServiceDep
from app.catalogue.results import AllHits
from app.kit.database import Database, SessionDep
from app.kit.pagination import Page, PagingDep, page_of
from app.listings.dependencies import SchemaDep
from app.procurement import (
    assessment,
    conditions,
    estimated_prices,
    evidence,
    exclusions,
    handover,
    projects,
    searches,
    selection,
    shortlists,
)
from app.procurement import project_outputs as out
from app.procurement.project_schemas import (
    ConditionIn,
    ConfirmationIn,
    EstimatedPriceIn,
    ExclusionIn,
    ProjectChange,
    ProjectIn,
    ReasonIn,
    SearchIn,
    SelectionIn,
    ShortlistChange,
    ShortlistIn,
)
from app.procurement.reach import note_read

router = APIRouter(prefix="/projects", tags=["調達の案件"], dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Lister = Annotated[Actor, guarded(Permission.PROJECT_READ)]
Drafter = Annotated[Actor, guarded(Permission.PROJECT_WRITE, Permission.PROJECT_DRAFT)]
Writer = Annotated[Actor, guarded(Permission.PROJECT_WRITE)]
PriceKeeper = Annotated[Actor, guarded(Permission.ESTIMATED_PRICE)]
Confirmer = Annotated[Actor, guarded(Permission.SELECTION_CONFIRM)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]
Status = Annotated[str | None, Query(max_length=20, description="状態で絞る", examples=["awarded"])]
Department = Annotated[str, Query(max_length=64, description="部署のIDで絞る", examples=["dep_01JD0000"])]


@router.get("")
def list_projects(
    actor: Lister, session: SessionDep, clock: ClockDep, paging: PagingDep, status: Status = None,
    department: Department = "",
) -> Page[out.ProjectListed]:  # fmt: skip
    """自分の団体の案件を新しい順に返します。監査担当には全ての団体の案件を返します。"""
    rows, following = projects.projects_of(session, actor, paging, status, department)
    vacant = handover.without_officer(session, rows, clock.today())
    return page_of(rows, following, lambda row: out.listed(row, row.id in vacant))


@router.post("", status_code=201)
def open_project(
    body: ProjectIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> out.ProjectOut:
    """案件を作ります。調達方法・根拠条項・理由は、選定までに決めれば足ります。"""
    project = idempotency.run(
        lambda: projects.open_project(session, actor, clock, schema, body),
        lambda project_id: projects.project_of(session, actor, project_id),
        lambda made: made.id,
    )
    response.headers["ETag"] = projects.tag_of(project)
    return out.project_out(project)


@router.get("/{project_id}")
def read_project(project_id: str, actor: Reader, session: SessionDep, response: Response) -> out.ProjectOut:
    """案件を読みます。予定価格は含みません。"""
    project = projects.project_of(session, actor, project_id)
    response.headers["ETag"] = projects.tag_of(project)
    return out.project_out(project)


@router.patch("/{project_id}")
def revise_project(
    project_id: str,
    body: ProjectChange,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    response: Response,
    if_match: IfMatch = None,
) -> out.ProjectOut:
    """検討中の案件を直します（JSON Merge Patch）。"""
    project = projects.revise_project(session, actor, clock, schema, project_id, if_match, body)
    response.headers["ETag"] = projects.tag_of(project)
    return out.project_out(project)


@router.post("/{project_id}/cancellation")
def cancel_project(
    project_id: str, body: ReasonIn, actor: Writer, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> out.ProjectOut:
    """案件を中止します。記録は残り、予定価格は秘密のままです。"""
    return out.project_out(projects.cancel_project(session, actor, clock, schema, project_id, body.reason))


@router.post("/{project_id}/reopening")
def reopen_project(
    project_id: str, body: ReasonIn, actor: Writer, session: SessionDep, clock: ClockDep
) -> out.ProjectOut:
    """確定前の選定を取り下げて、検討中に戻します。"""
    return out.project_out(projects.reopen_project(session, actor, clock, project_id, body.reason))


@router.get("/{project_id}/estimated-price")
def read_estimated_price(
    project_id: str, actor: Reader, session: SessionDep, response: Response
) -> out.EstimatedPriceOut:
    """予定価格を読みます。案件の団体で権限を持つ人だけが読めます。"""
    price = estimated_prices.estimated_price_of(session, actor, project_id)
    response.headers["ETag"] = estimated_prices.tag_of(price)
    return out.price_out(price)


@router.put("/{project_id}/estimated-price")
def record_estimated_price(
    project_id: str,
    body: EstimatedPriceIn,
    actor: PriceKeeper,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="送れば、読んだときのものだけを置き換えます")
    ] = None,
) -> out.EstimatedPriceOut:
    """予定価格、または省略の根拠を記録します。決裁の後は変更できません。"""
    price = estimated_prices.record_estimated_price(session, actor, clock, project_id, body, if_match)
    response.headers["ETag"] = estimated_prices.tag_of(price)
    return out.price_out(price)


@router.get("/{project_id}/conditions")
def list_conditions(project_id: str, actor: Reader, session: SessionDep) -> out.Conditions:
    """条件の一覧です。"""
    rows = conditions.conditions_of(session, actor, project_id)
    return out.Conditions(items=[out.condition_out(row) for row in rows])


@router.post("/{project_id}/conditions", status_code=201)
def add_condition(
    project_id: str,
    body: ConditionIn,
    actor: Drafter,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
) -> out.ConditionOut:
    """条件を加えます。項目はカタログの項目、求める値はその用語・数・日付です。"""
    return idempotency.run(
        lambda: out.condition_out(conditions.add_condition(session, actor, clock, schema, project_id, body)),
        lambda id_: next(
            out.condition_out(row)
            for row in conditions.conditions_of(session, actor, project_id)
            if row.id == id_
        ),
        lambda made: made.id,
    )


@router.delete("/{project_id}/conditions/{condition_id}", status_code=204)
def remove_condition(
    project_id: str, condition_id: str, actor: Drafter, session: SessionDep, clock: ClockDep
) -> None:
    """条件を取り消します。その条件による除外があるうちは取り消せません。"""
    conditions.remove_condition(session, actor, clock, project_id, condition_id)


@router.get("/{project_id}/searches")
def list_searches(project_id: str, actor: Reader, session: SessionDep) -> out.Searches:
    """保存した検索を新しい順に返します。"""
    rows = searches.searches_of(session, actor, project_id)
    return out.Searches(items=[out.SearchListed.model_validate(row) for row in rows])


def _found(
    project_id: str, body: SearchIn, request: Request, actor: Writer, service: SearchServiceDep
) -> AllHits:
    """The search's results, found before the request's transaction begins. Raises NotFound for another's project."""
    with cast(Database, request.app.state.database).read() as session:
        projects.project_of(session, actor, project_id)
    return searches.find_results(service, body.query)


@router.post("/{project_id}/searches", status_code=201)
def save_search(
    project_id: str,
    actor: Writer,
    found: Annotated[AllHits, Depends(_found)],
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> out.SavedSearchOut:
    """公開の検索を行い、全ての結果を版の番号とともに案件に保存します。"""
    search_id = idempotency.run(
        lambda: searches.save_search(session, actor, clock, project_id, found).id,
        lambda id_: id_,
        lambda id_: id_,
    )
    saved, results = searches.search_of(session, actor, project_id, search_id)
    return out.search_out(saved, list(results))


@router.get("/{project_id}/searches/{search_id}")
def read_search(project_id: str, search_id: str, actor: Reader, session: SessionDep) -> out.SavedSearchOut:
    """保存した検索を、全ての結果とともに読みます。"""
    saved, results = searches.search_of(session, actor, project_id, search_id)
    return out.search_out(saved, list(results))


@router.post("/{project_id}/searches/{search_id}/lock")
def lock_search(
    project_id: str, search_id: str, actor: Writer, session: SessionDep, clock: ClockDep
) -> out.SearchListed:
    """検索を一つ確定します。候補の追加や除外を始めた後は、取り替えられません。"""
    return out.SearchListed.model_validate(searches.lock_search(session, actor, clock, project_id, search_id))


@router.get("/{project_id}/assessment")
def read_assessment(
    project_id: str, actor: Reader, session: SessionDep, schema: SchemaDep
) -> out.AssessmentOut:
    """確定した検索の結果を、条件ごとに meets・fails・unanswered（未回答）で返します。"""
    return out.assessment_out(assessment.assess(session, actor, schema, project_id))


@router.get("/{project_id}/exclusions")
def list_exclusions(project_id: str, actor: Reader, session: SessionDep) -> out.Exclusions:
    """除外の一覧です。取り消したものも含みます。"""
    views = exclusions.exclusions_of(session, actor, project_id)
    return out.Exclusions(items=[out.exclusion_out(view) for view in views])


@router.post("/{project_id}/exclusions", status_code=201)
def exclude(
    project_id: str,
    body: ExclusionIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
) -> out.ExclusionOut:
    """満たさない条件ごとに、まとめて一つの理由で除外します。全て満たすものは1件ずつです。"""
    view = idempotency.run(
        lambda: exclusions.exclude(session, actor, clock, schema, project_id, body),
        lambda id_: next(
            view for view in exclusions.exclusions_of(session, actor, project_id) if view.id == id_
        ),
        lambda made: made.id,
    )
    return out.exclusion_out(view)


@router.post("/{project_id}/exclusions/{exclusion_id}/withdrawal")
def withdraw_exclusion(
    project_id: str, exclusion_id: str, actor: Writer, session: SessionDep, clock: ClockDep
) -> out.ExclusionOut:
    """除外を取り消します。記録には残ります。"""
    return out.exclusion_out(exclusions.withdraw_exclusion(session, actor, clock, project_id, exclusion_id))


@router.get("/{project_id}/shortlist")
def list_candidates(project_id: str, actor: Reader, session: SessionDep) -> out.Candidates:
    """候補の一覧です。外したものも含みます。"""
    views = shortlists.shortlist_of(session, actor, project_id)
    return out.Candidates(items=[out.candidate_out(view) for view in views])


@router.post("/{project_id}/shortlist", status_code=201)
def add_candidate(
    project_id: str,
    body: ShortlistIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> out.CandidateDetail:
    """確定した検索の結果を、その版のまま候補に加えます。"""
    item_id = idempotency.run(
        lambda: shortlists.add_candidate(session, actor, clock, project_id, body).id,
        lambda id_: id_,
        lambda id_: id_,
    )
    return _candidate(session, actor, project_id, item_id, response)


@router.get("/{project_id}/shortlist/{item_id}")
def read_candidate(
    project_id: str, item_id: str, actor: Reader, session: SessionDep, response: Response
) -> out.CandidateDetail:
    """候補を、固定した版の回答とともに読みます。掲載が終わっていても読めます。"""
    return _candidate(session, actor, project_id, item_id, response)


@router.patch("/{project_id}/shortlist/{item_id}")
def change_candidate(
    project_id: str,
    item_id: str,
    body: ShortlistChange,
    actor: Drafter,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> out.CandidateDetail:
    """候補のサービス（価格）を選び直すか、メモを直します（JSON Merge Patch）。"""
    shortlists.change_candidate(session, actor, clock, project_id, item_id, if_match, body)
    return _candidate(session, actor, project_id, item_id, response)


@router.post("/{project_id}/shortlist/{item_id}/removal")
def remove_candidate(
    project_id: str,
    item_id: str,
    body: ReasonIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> out.CandidateDetail:
    """理由を書いて候補から外します。結果は未検討に戻ります。"""
    shortlists.remove_candidate(session, actor, clock, project_id, item_id, body.reason)
    return _candidate(session, actor, project_id, item_id, response)


def _candidate(
    session: SessionDep, actor: Actor, project_id: str, item_id: str, response: Response
) -> out.CandidateDetail:
    view, software, offer = shortlists.shortlist_item(session, actor, project_id, item_id)
    response.headers["ETag"] = shortlists.tag_of(view)
    return out.CandidateDetail(
        **out.candidate_out(view).model_dump(),
        software=out.pinned_out(software),
        offer=out.pinned_out(offer) if offer else None,
    )


@router.get("/{project_id}/selection")
def read_selection(project_id: str, actor: Reader, session: SessionDep) -> out.SelectionOut:
    """今の選定を読みます。"""
    return out.selection_out(selection.selection_of(session, actor, project_id))


@router.post("/{project_id}/selection", status_code=201)
def select(
    project_id: str,
    body: SelectionIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
) -> out.SelectionOut:
    """一つを理由とともに選定するか、該当なしとします。足りないものは、まとめて missing で返します。"""
    made = idempotency.run(
        lambda: selection.select(session, actor, clock, schema, project_id, body),
        lambda _: selection.selection_of(session, actor, project_id),
        lambda row: row.id,
    )
    return out.selection_out(made)


@router.post("/{project_id}/selection/confirmation")
def confirm_selection(
    project_id: str,
    body: ConfirmationIn,
    actor: Confirmer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> out.SelectionOut:
    """団体の決裁（決裁日・職・文書番号）を記録して、選定を確定します。この後、記録は変更できません。"""
    return out.selection_out(selection.confirm_selection(session, actor, clock, schema, project_id, body))


@router.get(
    "/{project_id}/evidence",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": "順位,名称\r\n"}}}},
    response_model=out.EvidenceOut,
)
def read_evidence(
    project_id: str,
    actor: Reader,
    session: SessionDep,
    schema: SchemaDep,
    format: Annotated[Literal["json", "csv"], Query(description="json または csv")] = "json",
) -> out.EvidenceOut | Response:
    """選定の記録一式です。終わった案件では固定され、SHA-256 が変わりません。"""
    pack = evidence.evidence_of(session, actor, schema, project_id)
    if format == "csv":
        return Response(
            evidence.as_csv(pack),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="evidence-{project_id}.csv"'},
        )
    return out.evidence_out(pack)
