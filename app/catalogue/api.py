"""The public read side: `/search`, `/comparisons`, `/schemas`, `/vocabularies`. Nobody needs to log in."""

import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import ClockDep, SettingsDep
from app.catalogue.comparison import compare, split_ids, split_pins
from app.catalogue.comparison_files import as_csv, as_xlsx
from app.catalogue.comparison_order import arrange
from app.catalogue.dependencies import SearchServiceDep
from app.catalogue.schemas import (
    ComparisonOut,
    SchemaOut,
    SchemasOut,
    SearchOut,
    SuggestionsOut,
    VocabularyLinkOut,
    comparison_out,
    search_out,
    suggestions_out,
)
from app.kit.database import SessionDep
from app.kit.errors import NotFound
from app.kit.http import json_of
from app.kit.table_writing import XLSX
from app.listings.dependencies import SchemaDep
from catalogue_schema import Schema, Vocabulary, VocabularyUnknown
from catalogue_schema.model import SUBJECTS, Mode
from search.engine import MAXIMUM_QUERY_LENGTH

router = APIRouter(tags=["カタログ"])

SCHEMAS = "/api/v1/schemas"
VOCABULARIES = "/api/v1/vocabularies"
_CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "区分,項目,まどぐちナビ（架空）\r\n"},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@router.get("/search", response_model=SearchOut)
def search(request: Request, service: SearchServiceDep) -> Response:
    """公開中のサービスを、言葉と条件で探します。

    条件の名前は facets にあるものです。同じ条件を繰り返すと「または」、別の条件は「かつ」になります。数の条件は
    `price_min` と `price_max` のように書きます。
    """
    return json_of(search_out(service.run(service.parse(request.query_params.multi_items()))))


@router.get("/search/suggestions")
def suggest(
    service: SearchServiceDep,
    q: Annotated[
        str, Query(max_length=MAXIMUM_QUERY_LENGTH, description="入力の途中の言葉", examples=["まどぐち"])
    ] = "",
) -> SuggestionsOut:
    """入力の途中の言葉に合う、業務・サービス・事業者・言葉の候補です。"""
    return suggestions_out(service.suggest(q))


@router.get("/comparisons", response_model=ComparisonOut, responses=_CSV_ANSWER)
def compare_listings(
    request: Request,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    ids: Annotated[
        list[str] | None, Query(description="比べるソフトウェアの番号（2〜6件、カンマ区切り）")
    ] = None,
    offers: Annotated[
        list[str] | None, Query(description="それぞれで見るサービスの番号（省くと最も安いもの）")
    ] = None,
    differences: Annotated[bool, Query(description="違いのある項目だけにする")] = False,
    pins: Annotated[
        list[str] | None,
        Query(
            description="版を固定する掲載とサービス（「番号@版」をカンマ区切り。省くと公開中の版）",
            examples=[["sw_01JDF000000000000000000000@2"]],
        ),
    ] = None,
    hide: Annotated[
        list[str] | None,
        Query(description="省く項目（software.項目 か offer.項目）", examples=[["software.description"]]),
    ] = None,
    order_by: Annotated[
        str,
        Query(
            max_length=120,
            description="列を並べる項目（monthly_price、software.項目、offer.項目）。先頭に - で大きい順",
            examples=["monthly_price"],
        ),
    ] = "",
    format: Annotated[str, Query(pattern="^(json|csv|xlsx)$", description="json、csv、xlsx")] = "json",
) -> Any:
    """2〜6件のサービスを項目ごとに並べて比べます。"""
    whole = compare(
        session,
        schema,
        split_ids(ids or []),
        clock.today(),
        offers=split_ids(offers or []),
        pins=split_pins(pins or []),
    )
    comparison = arrange(whole, differences=differences, hide=split_ids(hide or []), order_by=order_by)
    if format == "xlsx":
        headers = {"Content-Disposition": 'attachment; filename="comparison.xlsx"'}
        return Response(as_xlsx(comparison), media_type=XLSX, headers=headers)
    accepted = request.headers.get("accept", "")
    if format == "csv" or ("text/csv" in accepted and "json" not in accepted):
        return csv_response(as_csv(comparison))
    return comparison_out(comparison)


def csv_response(text: str) -> Response:
    """A comparison as a file to download."""
    headers = {"Content-Disposition": 'attachment; filename="comparison.csv"', "Vary": "Accept"}
    return Response(text.encode("utf-8"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/schemas")
def list_schemas(schema: SchemaDep, settings: SettingsDep) -> SchemasOut:
    """登録内容の JSON Schema と語彙の一覧です。"""
    base = settings.site_origin
    return SchemasOut(
        version=schema.version,
        items=[
            SchemaOut(
                subject=subject,
                version=schema.version,
                url=f"{base}{SCHEMAS}/{subject}",
                versioned_url=f"{base}{SCHEMAS}/{subject}/{schema.version}",
            )
            for subject in SUBJECTS
        ],
        vocabularies=[
            VocabularyLinkOut(name=name, label=vocabulary.label_ja, url=f"{base}{VOCABULARIES}/{name}")
            for name, vocabulary in sorted(schema.vocabularies.items())
        ],
    )


@router.get("/schemas/{subject}")
def current_schema(
    subject: str, request: Request, schema: SchemaDep, settings: SettingsDep, mode: Mode = "complete"
) -> Response:
    """最新の JSON Schema です。`mode=draft` は下書きのもの（必須の項目なし）です。"""
    return _json_schema(request, schema, subject, settings.site_origin, mode)


@router.get("/schemas/{subject}/{version}")
def versioned_schema(
    subject: str,
    version: int,
    request: Request,
    schema: SchemaDep,
    settings: SettingsDep,
    mode: Mode = "complete",
) -> Response:
    """その版の JSON Schema です。住所は変わりません。"""
    if not 1 <= version <= schema.version:
        raise NotFound(f"第{version}版はありません。第1版から第{schema.version}版まであります。")
    return _json_schema(request, schema.at(version), subject, settings.site_origin, mode)


@router.get("/vocabularies")
def list_vocabularies(schema: SchemaDep, settings: SettingsDep) -> dict[str, Any]:
    """語彙（選択肢の一覧）の一覧です。"""
    links = list_schemas(schema, settings).vocabularies
    return {"items": [link.model_dump() for link in links], "next": None}


@router.get("/vocabularies/{name}")
def read_vocabulary(name: str, request: Request, schema: SchemaDep) -> Response:
    """一つの語彙です。使われなくなった語も、後継と共に載せます。"""
    try:
        vocabulary = schema.vocabulary(name)
    except VocabularyUnknown:
        raise NotFound("この語彙はありません。一覧は /api/v1/vocabularies にあります。") from None
    return _cached(request, _vocabulary(vocabulary), "application/json")


def _vocabulary(vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "name": vocabulary.name,
        "label": vocabulary.label_ja,
        "label_en": vocabulary.label_en,
        "source": vocabulary.source,
        "terms": [
            {
                "code": term.code,
                "ja": term.ja,
                "en": term.en,
                "also": list(term.also),
                "facts": dict(term.facts),
                "retired": vocabulary.is_retired(term),
                "successor": term.successor,
            }
            for term in vocabulary.terms
        ],
    }


def _json_schema(request: Request, schema: Schema, subject: str, origin: str, mode: Mode) -> Response:
    if subject not in SUBJECTS:
        raise NotFound(f"「{subject[:40]}」の JSON Schema はありません。software か offer です。")
    return _cached(
        request, schema.json_schema(subject, f"{origin}{SCHEMAS}", mode), "application/schema+json"
    )


def _cached(request: Request, document: dict[str, Any], media_type: str) -> Response:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
