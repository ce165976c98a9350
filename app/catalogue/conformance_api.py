"""`/conformance/matrix`: listings by a specification's requirements; `/conformance/competition`: how many conform."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from app.access.dependencies import ClockDep
from app.catalogue.comparison import split_ids
from app.catalogue.competition import competition
from app.catalogue.competition_file import competition_csv
from app.catalogue.conformance_matrix import USUAL_SIZE, matrix
from app.catalogue.conformance_matrix_file import matrix_file
from app.catalogue.conformance_schemas import CompetitionsOut, MatrixOut, competitions_out, matrix_out
from app.kit.database import SessionDep
from app.kit.table_writing import CSV, XLSX, attachment
from app.listings.dependencies import SchemaDep

router = APIRouter(prefix="/conformance", tags=["標準仕様への対応"])

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}

_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": "ID,業務,標準仕様書\r\n"}}}
}


@router.get("/matrix", response_model=MatrixOut, responses=_FILE)
def read_matrix(
    session: SessionDep,
    clock: ClockDep,
    specification: Annotated[
        str,
        Query(max_length=60, description="標準仕様書のID", examples=["spec_01JDF000000000000000000000"]),
    ],
    version: Annotated[str, Query(max_length=40, description="版の番号", examples=["1.0"])],
    ids: Annotated[
        list[str] | None, Query(description="並べるソフトウェアの番号（2〜6件、カンマ区切り）")
    ] = None,
    size_class: Annotated[
        str, Query(max_length=40, description="団体区分（designated_city、core_city、general）")
    ] = USUAL_SIZE,
    obligation: Annotated[
        str, Query(max_length=40, description="義務で絞る（required、optional）", examples=["required"])
    ] = "",
    show: Annotated[
        str,
        Query(
            max_length=40,
            description="differences（回答に違いがある要件）、missing（適合していない掲載がある要件）",
            examples=["missing"],
        ),
    ] = "",
    format: Annotated[Literal["json", "xlsx"], Query(description="json または xlsx")] = "json",
) -> Any:
    """2〜6件の掲載が、一つの版の要件ごとに何と答えているかを並べる

    公開中の版の回答だけです。登録事業者の自己申告です。国が適合を保証するものではありません。適合の確認は各団体が
    行います。
    """
    found = matrix(
        session,
        clock,
        specification,
        version,
        split_ids(ids or []),
        size_class=size_class,
        obligation=obligation,
        show=show,
    )
    if format == "xlsx":
        name = f"conformance-{found.specification.key}-{found.version.number}.xlsx"
        return Response(matrix_file(found), media_type=XLSX, headers=attachment(name))
    return matrix_out(found)


@router.get("/competition", response_model=CompetitionsOut, responses=_CSV)
def read_competition(
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    area: Annotated[
        str, Query(max_length=60, description="業務のコードで絞る", examples=["child_allowance"])
    ] = "",
    format: Annotated[Literal["json", "csv"], Query(description="json または csv")] = "json",
) -> Any:
    """業務と団体区分ごとの、適合している掲載と独立した事業者の数

    有効な版ごとに、全ての実装必須に適合していると答えた掲載を数えます。同じグループの会社は1者です。登録事業者の
    自己申告です。国が適合を保証するものではありません。適合の確認は各団体が行います。
    """
    found = competition(session, clock, schema, area)
    if format == "csv":
        areas = {term.code: term.ja for term in schema.vocabulary("business_areas").terms}
        return Response(competition_csv(found, areas), media_type=CSV, headers=attachment("competition.csv"))
    return competitions_out(found)
