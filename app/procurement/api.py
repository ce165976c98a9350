"""`/projects`: a project with its price, duplicates, selection and evidence. How it is assessed: assessing_api."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep, page_of
from app.listings.dependencies import SchemaDep
from app.procurement import (
    estimated_prices,
    evidence,
    handover,
    outcomes,
    overlaps,
    projects,
    selection,
)
from app.procurement import project_outputs as out
from app.procurement.project_schemas import (
    ConfirmationIn,
    EstimatedPriceIn,
    ProjectChange,
    ProjectIn,
    ReasonIn,
    SelectionIn,
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


@router.get("/{project_id}/overlaps")
def list_overlaps(project_id: str, actor: Reader, session: SessionDep, clock: ClockDep) -> out.Overlaps:
    """同じ業務に、すでにあるもの（重複投資の確認）

    国が提供するもの、都道府県の共同調達、自分の団体の契約、24か月以内に終わる近隣の団体の契約（その団体が認めたもの）です。
    一つでもあれば、独自に調達する理由（`alone_reason`）が選定までに要ります。
    """
    found = overlaps.overlaps_of(session, actor, clock, project_id)
    return out.Overlaps(items=[out.OverlapOut.model_validate(overlap) for overlap in found])


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
    clock: ClockDep,
    schema: SchemaDep,
    format: Annotated[Literal["json", "csv"], Query(description="json または csv")] = "json",
) -> out.EvidenceOut | Response:
    """選定の記録一式です。終わった案件では固定され、SHA-256 が変わりません。"""
    pack = evidence.evidence_of(session, actor, clock, schema, project_id)
    if format == "csv":
        return Response(
            evidence.as_csv(pack),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="evidence-{project_id}.csv"'},
        )
    return out.evidence_out(pack, outcomes.outcomes_of(session, actor, clock, project_id))
