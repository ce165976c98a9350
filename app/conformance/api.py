"""`/conformance`: what a software says about the requirements of standard specifications (標準仕様への対応)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, ContentDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.conformance import service, sheets
from app.conformance.schemas import (
    ClaimIn,
    ClaimOut,
    StatementsIn,
    WholeClaimOut,
    claim_out,
    whole_claim_out,
)
from app.conformance.service import ClaimView
from app.kit.database import SessionDep
from app.kit.pagination import Page
from app.kit.table_writing import XLSX, attachment
from app.listings.dependencies import SchemaDep

router = APIRouter(prefix="/conformance", tags=["標準仕様への対応"])

Writer = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]
Asked = Annotated[
    Literal["live", "working"],
    Query(description="live は公開中の版、working は作成中の版（登録事業者と審査担当）"),
]
_BYTES = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "`GET …/file` で保存し、回答を書いたファイル。",
        "content": {XLSX: {"schema": _BYTES, "example": "（xlsx のバイト列）"}},
    }
}
_FILE: Any = {200: {"content": {XLSX: {"schema": _BYTES}}}}


def _whole(response: Response, view: ClaimView) -> WholeClaimOut:
    response.headers["ETag"] = view.tag
    return whole_claim_out(view)


@router.get("/{software_id}")
def list_claims(
    software_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep, revision: Asked = "live"
) -> Page[ClaimOut]:
    """ソフトウェアが対応する標準仕様書の版と、団体区分ごとの適合の状況

    登録事業者の自己申告です。国が適合を保証するものではありません。適合の確認は各団体が行います。
    """
    views = service.claims_of(session, actor, clock, software_id, working=revision == "working")
    return Page(items=[claim_out(view) for view in views])


@router.post("/{software_id}", status_code=201)
def begin_claim(
    software_id: str,
    body: ClaimIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> WholeClaimOut:
    """版への対応を登録する（登録事業者）

    carry_from に、前の版への対応を指定すると、要件が変わっていない回答を引き継ぎます。変わった要件は、改めて答えます。
    """
    view = idempotency.run(
        lambda: service.begin(session, actor, clock, schema, software_id, body.version_id, body.carry_from),
        lambda known: service.read_claim(session, actor, clock, software_id, known, working=True),
        lambda made: made.version.id,
    )
    return _whole(response, view)


@router.get("/{software_id}/{version_id}")
def read_claim(
    software_id: str,
    version_id: str,
    actor: ActorDep,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    revision: Asked = "live",
) -> WholeClaimOut:
    """一つの版への対応の、全ての回答"""
    working = revision == "working"
    return _whole(
        response, service.read_claim(session, actor, clock, software_id, version_id, working=working)
    )


@router.post("/{software_id}/{version_id}/statements")
def state_many(
    software_id: str,
    version_id: str,
    body: StatementsIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    response: Response,
    if_match: IfMatch = None,
) -> WholeClaimOut:
    """要件ごとの回答を、まとめて書く（登録事業者）

    書いた要件だけが変わります。全てを書くか、何も変えないかのどちらかです。公開中の版しかないときは、次の版の下書きを
    始めます。
    """
    view = service.state(session, actor, clock, schema, software_id, version_id, body.statements, if_match)
    return _whole(response, view)


@router.delete("/{software_id}/{version_id}", status_code=204)
def drop_claim(
    software_id: str, version_id: str, actor: Writer, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> None:
    """版への対応の登録をやめる（登録事業者）。公開中の版は、次の版が公開されるまで変わりません"""
    service.drop(session, actor, clock, schema, software_id, version_id)


@router.get("/{software_id}/{version_id}/file", response_class=Response, responses=_FILE)
def export_claim(
    software_id: str,
    version_id: str,
    actor: ActorDep,
    session: SessionDep,
    clock: ClockDep,
    revision: Asked = "live",
) -> Response:
    """要件と回答の一覧をxlsxで返します"""
    working = revision == "working"
    view = service.read_claim(session, actor, clock, software_id, version_id, working=working)
    name = f"{view.specification.key}-{view.version.number}-{software_id}.xlsx"
    return Response(sheets.written(view), media_type=XLSX, headers=attachment(name))


@router.post("/{software_id}/{version_id}/file", openapi_extra=_BODY)
def import_claim(
    software_id: str,
    version_id: str,
    content: ContentDep,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    settings: SettingsDep,
    response: Response,
) -> WholeClaimOut:
    """回答を書いたxlsxを取り込む（登録事業者）

    誤りが一つでもあれば何も変えず、全ての誤りをセルの番地とともに返します。
    """
    view = sheets.take_over(session, actor, clock, schema, settings, software_id, version_id, content)
    return _whole(response, view)
