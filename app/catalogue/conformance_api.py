"""`/conformance/matrix`: listings side by side by the requirements of a standard specification."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from app.access.dependencies import ClockDep
from app.catalogue.comparison import split_ids
from app.catalogue.conformance_matrix import USUAL_SIZE, matrix
from app.catalogue.conformance_matrix_file import matrix_file
from app.catalogue.conformance_schemas import MatrixOut, matrix_out
from app.kit.database import SessionDep
from app.kit.table_writing import XLSX, attachment

router = APIRouter(prefix="/conformance", tags=["標準仕様への対応"])

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
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
