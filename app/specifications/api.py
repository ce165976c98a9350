"""`/specifications`: standard specifications (標準仕様書), their versions, requirements, and differences."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from app.access.dependencies import ActorDep, ClockDep, ContentDep, SettingsDep
from app.access.idempotency import IdempotencyDep
from app.jobs import service as jobs
from app.jobs.schemas import JobOut, accepted
from app.kit.database import SessionDep
from app.kit.errors import Malformed
from app.kit.pagination import Page, PagingDep, encode_cursor, page_of
from app.kit.table_writing import CSV, XLSX, attachment
from app.specifications import comparing, drafts, exporting, importing, publication, service
from app.specifications.dependencies import Editor, IfMatch, Publisher, Registrar, SchemaDep
from app.specifications.schemas import (
    DifferencesOut,
    ReasonIn,
    RequirementOut,
    RequirementsIn,
    SpecificationIn,
    SpecificationOut,
    SpecificationPatchIn,
    VersionIn,
    VersionOut,
    VersionPatchIn,
    differences_out,
    requirement_out,
    specification_out,
    version_out,
)
from app.specifications.views import SpecificationView, VersionView
from catalogue_schema.specification_document import document_schema

router = APIRouter(prefix="/specifications", tags=["標準仕様書"])

MEDIA = {"json": "application/json", "xlsx": XLSX, "csv": CSV}
_BYTES = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "府省のファイル（列は標準仕様書の対応表で読みます）、または公開されたスキーマのJSON。",
        "content": {
            XLSX: {"schema": _BYTES, "example": "（xlsx のバイト列）"},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "機能ID,機能要件,実装区分\r\n0010001,…,◎\r\n",
            },
        },
    }
}
_FILES: Any = {200: {"content": {XLSX: {"schema": _BYTES}, "text/csv": {"schema": {"type": "string"}}}}}


def _answer(response: Response, view: SpecificationView) -> SpecificationOut:
    response.headers["ETag"] = view.etag
    return specification_out(view)


def _version(response: Response, view: VersionView) -> VersionOut:
    response.headers["ETag"] = view.etag
    return version_out(view)


@router.get("")
def list_specifications(
    actor: ActorDep,
    session: SessionDep,
    paging: PagingDep,
    business_area: Annotated[
        str, Query(max_length=60, description="業務", examples=["child_allowance"])
    ] = "",
    steward: Annotated[str, Query(max_length=60, description="所管の組織のID", examples=["org_01JDF0"])] = "",
    q: Annotated[str, Query(max_length=100, description="名称、所管")] = "",
) -> Page[SpecificationOut]:
    """標準仕様書の一覧

    それぞれに版の一覧（versions、新しい順）があります。下書きは、所管の編集担当だけに見えます。
    """
    found, following = service.list_specifications(
        session, actor, paging, business_area=business_area, steward_id=steward, q=q
    )
    return page_of(found, following, specification_out)


@router.post("", status_code=201)
def register_specification(
    body: SpecificationIn,
    actor: Registrar,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> SpecificationOut:
    """標準仕様書を登録する（所管府省の編集担当、デジタル庁）"""
    view = idempotency.run(
        lambda: service.register(session, actor, clock, schema, body.model_dump()),
        lambda known: service.read_specification(session, actor, known),
        lambda made: made.id,
    )
    response.headers["Location"] = f"/api/v1/specifications/{view.id}"
    return _answer(response, view)


@router.get("/schema")
def read_schema() -> dict[str, Any]:
    """標準仕様書の一つの版を表すJSONのスキーマ（JSON Schema 2020-12）"""
    return document_schema()


@router.post("/imports/{job_id}/confirmation", status_code=202)
def confirm_import(
    job_id: str,
    actor: Editor,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> JobOut:
    """誤りのなかった確認（dry_run）のファイルを、そのまま下書きに取り込む"""
    view = idempotency.run(
        lambda: importing.confirm(session, actor, clock, job_id),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.get("/{specification_id}")
def read_specification(
    specification_id: str, actor: ActorDep, session: SessionDep, response: Response
) -> SpecificationOut:
    """標準仕様書と、その版の一覧"""
    return _answer(response, service.read_specification(session, actor, specification_id))


@router.patch("/{specification_id}")
def change_specification(
    specification_id: str,
    body: SpecificationPatchIn,
    actor: Registrar,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    response: Response,
    if_match: IfMatch = None,
) -> SpecificationOut:
    """標準仕様書の名称、掲載場所、対応表などを変える

    名称と対応表は所管の編集担当、掲載場所の説明（page_note）と所管（steward_id）はデジタル庁、公表ページ（page_url）は
    両者が変えられます。
    """
    patch = body.model_dump(exclude_unset=True)
    view = service.change(session, actor, clock, schema, specification_id, patch, if_match)
    return _answer(response, view)


@router.post("/{specification_id}/versions", status_code=201)
def create_version(
    specification_id: str,
    body: VersionIn,
    actor: Editor,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> VersionOut:
    """版の下書きを作る（所管の編集担当）

    based_on を書くと、その版の要件から始めます。公表した版の誤りは、corrects と errata を書いた新しい版で直します。
    """
    view = idempotency.run(
        lambda: drafts.create(session, actor, clock, specification_id, body.model_dump()),
        lambda number: service.read_version(session, actor, specification_id, number),
        lambda made: made.number,
    )
    return _version(response, view)


@router.get("/{specification_id}/versions/{number}")
def read_version(
    specification_id: str, number: str, actor: ActorDep, session: SessionDep, response: Response
) -> VersionOut:
    """一つの版（要件を除く）"""
    return _version(response, service.read_version(session, actor, specification_id, number))


@router.patch("/{specification_id}/versions/{number}")
def change_version(
    specification_id: str,
    number: str,
    body: VersionPatchIn,
    actor: Editor,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> VersionOut:
    """下書きの番号、日付、出典、正誤、IDの変更を変える（所管の編集担当）"""
    patch = body.model_dump(exclude_unset=True)
    return _version(response, drafts.change(session, actor, clock, specification_id, number, patch, if_match))


@router.get("/{specification_id}/versions/{number}/requirements")
def list_requirements(
    specification_id: str,
    number: str,
    actor: ActorDep,
    session: SessionDep,
    paging: PagingDep,
    kind: Annotated[str, Query(max_length=40, description="要件の種類", examples=["function"])] = "",
    size_class: Annotated[str, Query(max_length=40, description="団体区分", examples=["general"])] = "",
    obligation: Annotated[
        str, Query(max_length=40, description="その団体区分での義務", examples=["required"])
    ] = "",
    q: Annotated[str, Query(max_length=100, description="ID、分類、本文にある言葉")] = "",
) -> Page[RequirementOut]:
    """版の要件を、仕様書での順に返します"""
    version = service.read_version(session, actor, specification_id, number)
    page = service.requirements_page(
        session,
        version,
        kind=kind,
        size_class=size_class,
        obligation=obligation,
        q=q,
        after=_position(paging.after()),
        limit=paging.limit,
    )
    following = encode_cursor(str(page.following)) if page.following is not None else None
    return page_of(page.items, following, requirement_out)


def _position(after: str | None) -> int | None:
    if after is not None and not after.isdecimal():
        raise Malformed("cursor が正しくありません。前の応答の next をそのまま渡してください。")
    return int(after) if after is not None else None


@router.put("/{specification_id}/versions/{number}/requirements")
def put_requirements(
    specification_id: str,
    number: str,
    body: RequirementsIn,
    actor: Editor,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> VersionOut:
    """下書きの要件を、全て書き直す（所管の編集担当）"""
    view = drafts.put_requirements(
        session, actor, clock, specification_id, number, body.requirements, if_match
    )
    return _version(response, view)


@router.get("/{specification_id}/versions/{number}/document", responses=_FILES)
def export_version(
    specification_id: str,
    number: str,
    actor: ActorDep,
    session: SessionDep,
    format: Annotated[Literal["json", "xlsx", "csv"], Query(description="ファイルの形式")] = "json",
) -> Any:
    """版の全てを一つのファイルで返します

    json は `/specifications/schema` の形で、そのまま取り込めます。
    """
    view = service.read_specification(session, actor, specification_id)
    version = service.read_version(session, actor, specification_id, number)
    content = exporting.file_of(session, view, version, format)
    headers = attachment(f"{view.key}-{number}.{format}")
    return Response(content, media_type=MEDIA[format], headers=headers)


@router.post("/{specification_id}/versions/{number}/imports", status_code=202, openapi_extra=_BODY)
def import_version(
    specification_id: str,
    number: str,
    content: ContentDep,
    actor: Editor,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="確かめるだけで、何も変更しない")] = False,
    name: Annotated[str, Query(max_length=120, description="ファイルの名前（ジョブに表示）")] = "",
) -> JobOut:
    """府省のファイルを下書きに取り込む（所管の編集担当）

    1つのジョブとして、全ての要件を入れ替えるか、何も変更しないかのどちらかです。ジョブの result に、読み取れた数と
    確かめてほしい所（doubts）を、誤りは `/jobs/{id}/report` に、シート・行・列とともに返します。
    """
    view = idempotency.run(
        lambda: importing.begin(
            session,
            actor,
            clock,
            settings,
            specification_id,
            number,
            name=name,
            content=content,
            dry_run=dry_run,
        ),
        lambda known: jobs.read(session, actor, known),
        lambda made: made.id,
    )
    return accepted(response, view)


@router.post("/{specification_id}/versions/{number}/proposal")
def propose_version(
    specification_id: str, number: str, actor: Editor, session: SessionDep, clock: ClockDep
) -> VersionOut:
    """下書きの公開を申し出る（所管の編集担当）"""
    return version_out(publication.decide(session, actor, clock, specification_id, number, "proposal"))


@router.post("/{specification_id}/versions/{number}/opening")
def open_version(
    specification_id: str, number: str, actor: Publisher, session: SessionDep, clock: ClockDep
) -> VersionOut:
    """案として公開し、意見を募集する（申し出た人とは別の編集担当）"""
    return version_out(publication.decide(session, actor, clock, specification_id, number, "opening"))


@router.post("/{specification_id}/versions/{number}/publication")
def publish_version(
    specification_id: str, number: str, actor: Publisher, session: SessionDep, clock: ClockDep
) -> VersionOut:
    """有効な版として公開する（申し出た人とは別の編集担当）

    前の版は、この版の適合基準日まで有効です。公開した本文は変えられません。
    """
    return version_out(publication.decide(session, actor, clock, specification_id, number, "publication"))


@router.post("/{specification_id}/versions/{number}/return")
def return_version(
    specification_id: str,
    number: str,
    body: ReasonIn,
    actor: Publisher,
    session: SessionDep,
    clock: ClockDep,
) -> VersionOut:
    """公開の申し出を、理由を付けて下書きに戻す（所管の編集担当）"""
    view = publication.decide(session, actor, clock, specification_id, number, "return", body.reason)
    return version_out(view)


@router.post("/{specification_id}/versions/{number}/withdrawal")
def withdraw_version(
    specification_id: str,
    number: str,
    body: ReasonIn,
    actor: Publisher,
    session: SessionDep,
    clock: ClockDep,
) -> VersionOut:
    """公開した版を、理由を公開して撤回する（所管の編集担当）"""
    view = publication.decide(session, actor, clock, specification_id, number, "withdrawal", body.reason)
    return version_out(view)


@router.get("/{specification_id}/differences", response_model=DifferencesOut, responses=_FILES)
def read_differences(
    specification_id: str,
    actor: ActorDep,
    session: SessionDep,
    older: Annotated[str, Query(alias="from", max_length=40, description="前の版", examples=["1.0"])],
    newer: Annotated[str, Query(alias="to", max_length=40, description="今の版", examples=["2.0"])],
    format: Annotated[Literal["json", "xlsx"], Query(description="json または xlsx")] = "json",
) -> Any:
    """二つの版の違い

    追加、削除、変更（本文は語の単位）、義務の変更、IDの変更です。suggested は、IDが違っても本文が近く、同じ要件かも
    しれないものです。所管の編集担当が確かめると、版の renumbered に入ります。
    """
    comparison = comparing.compare(session, actor, specification_id, older, newer)
    if format == "xlsx":
        name = f"{comparison.specification.key}-{comparison.older.number}-{comparison.newer.number}.xlsx"
        content = exporting.differences_file(comparison)
        return Response(content, media_type=XLSX, headers=attachment(name))
    return differences_out(comparison)
