"""What the API takes and gives for a contract's texts, their order, and deviations."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.procurement.inputs import Line, OptionalDay, OptionalLine, Prose
from catalogue_schema import text

TextKind = Literal[
    "individual",
    "special_provisions",
    "general_conditions",
    "statement_of_requirements",
    "master",
    "terms_of_use",
    "other",
]
LONGEST_TEXT = 60_000
"""Characters of one text; several of them must fit into one request."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"https?://[^\s/@]+(/\S*)?")


def _refuse(code: str, message: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{message}", {"message": message, "remedy": remedy})


def _body(value: object) -> str:
    if not isinstance(value, str):
        raise _refuse("wrong_type", "文字列ではありません。", "文字列で書いてください。")
    cleaned = text.clean(value)
    refused = text.first_refused(cleaned, multiline=True)
    if refused is not None:
        message = f"使えない文字 {text.name_of(refused)} があります。"
        raise _refuse("control_character", message, "その文字を消してください。")
    if len(cleaned) > LONGEST_TEXT:
        remedy = "全文は URL とハッシュ値で示してください。"
        raise _refuse("too_long", f"{LONGEST_TEXT:,}字以内です。", remedy)
    return cleaned


def _digest(value: object) -> str:
    if not isinstance(value, str):
        raise _refuse("wrong_type", "文字列ではありません。", "16進数64桁の文字列で書いてください。")
    cleaned = "".join(value.split()).lower()
    if cleaned and _DIGEST.fullmatch(cleaned) is None:
        raise _refuse(
            "not_a_digest",
            "SHA-256 のハッシュ値ではありません。",
            "ファイルから計算した、16進数64桁の値を書いてください。",
        )
    return cleaned


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise _refuse("wrong_type", "文字列ではありません。", "文字列で書いてください。")
    cleaned = value.strip()
    if cleaned and (len(cleaned) > 500 or _ADDRESS.fullmatch(cleaned) is None):
        raise _refuse(
            "not_an_address",
            "http または https で始まる、500字までのアドレスではありません。",
            "例：https://www.example.jp/terms.pdf",
        )
    return cleaned


Body = Annotated[str, BeforeValidator(_body), WithJsonSchema({"type": "string", "maxLength": LONGEST_TEXT})]
Digest = Annotated[
    str, BeforeValidator(_digest), WithJsonSchema({"type": "string", "pattern": "^([0-9a-f]{64})?$"})
]
Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"type": "string", "maxLength": 500})]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


_PROVISIONS = {
    "kind": "special_provisions",
    "title": "個人情報取扱特記事項",
    "body": "第1条　受注者は、個人情報を、この契約の目的のほかに使わない。",
}


class TextIn(BaseModel):
    """One text: its words, a document of the contract, or an address with the digest of the file there and the day.

    The contract's own version (`individual`) has none of these; the site's 基本契約 (`master`) is filled in where
    all are left out. Of a document its digest is taken, and its title where none is given.
    `id` keeps a text of this contract as it is: nothing else need be sent with it.
    """

    model_config = _example(**_PROVISIONS)

    id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_]*$")] = Field(default="", title="残す文書")
    kind: TextKind = Field(default="other", title="種類")
    title: OptionalLine = Field(default="", title="名称")
    body: Body = Field(default="", title="本文")
    document_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_]*$")] = Field(
        default="", title="契約の書類"
    )
    url: Address = Field(default="", title="アドレス")
    sha256: Digest = Field(default="", title="SHA-256 のハッシュ値")
    retrieved_on: OptionalDay = Field(default=None, title="取得した日")


class PrecedenceIn(BaseModel):
    """All texts in their order of precedence, the first before all others."""

    model_config = _example(
        texts=[
            {"kind": "individual"},
            _PROVISIONS,
            {"kind": "general_conditions", "title": "業務委託契約約款", "document_id": "doc_01K"},
            {
                "kind": "terms_of_use",
                "title": "まどぐちナビ利用規約 第3版",
                "url": "https://madoguchi.example.jp/terms.pdf",
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "retrieved_on": "2026-11-24",
            },
        ]
    )

    texts: list[TextIn] = Field(title="文書", min_length=1, max_length=20)


class DeviationIn(BaseModel):
    """What is asked to be otherwise. `text_id`: which of the contract's texts."""

    model_config = _example(
        text_id="gt_01K",
        clause="第12条第2項",
        wanted="損害賠償の上限を、年額の契約金額の2倍とする。",
        reason="住民情報を扱うため。",
    )

    text_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_]+$", title="どの文書")]
    clause: Line = Field(title="条項")
    wanted: Prose = Field(title="求める内容")
    reason: Prose = Field(title="理由")


class DeviationAnswerIn(BaseModel):
    """The vendor's answer, with its reason."""

    model_config = _example(reason="個人情報の事故に限り、応じます。")

    reason: Prose = Field(title="回答の理由")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TextListed(_Out):
    """One frozen text without its words.

    `sha256`: of these (UTF-8), of the contract's document `document_id`, or of the file at `url` as of `retrieved_on`.
    """

    id: str
    position: int
    kind: str
    title: str
    document_id: str | None
    url: str
    sha256: str
    retrieved_on: date | None
    version: int
    recorded_at: datetime


class TextOut(TextListed):
    """One frozen text with its words."""

    body: str


class DeviationOut(_Out):
    """A deviation. `applies`: it is accepted, and the text that it is about is in force as it was."""

    id: str
    version: int
    text_kind: str
    text_title: str
    text_sha256: str
    clause: str
    wanted: str
    reason: str
    status: str
    asked_at: datetime
    answer_reason: str
    answered_at: datetime | None
    applies: bool
    verbs: list[str]


class ContractTermsOut(_Out):
    """The texts in force for the contract's current version, the first before all others, and the deviations.

    `stated` false: no order was stated yet; `offered` is the usual order of kinds. `open`: the buyer may still change
    them. `digest` is of all that stands here: sent with a confirmation, nothing is confirmed that was not read.
    """

    contract_id: str
    version: int
    stated: bool
    open: bool
    digest: str
    offered: list[str]
    texts: list[TextListed]
    deviations: list[DeviationOut]


class PrecedenceOut(ContractTermsOut):
    """The same with the words of the texts, and what earlier versions went by (`earlier`)."""

    texts: list[TextOut]  # type: ignore[assignment]  # each is a TextListed and more
    earlier: list[TextOut]
