"""What the API takes and answers for supporters (支援者) and comments."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.procurement.inputs import Day, OptionalLine, Prose

Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_]+$")]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class SupportIn(BaseModel):
    """An invitation of one supporter to named projects of the own body, until a day."""

    model_config = _example(
        project_ids=["prj_01K"], ends_on="2027-03-31", note="県の市町村課の方", expires_in_days=7
    )

    project_ids: list[Identifier] = Field(title="案件", max_length=200)
    ends_on: Day = Field(title="支援の最後の日")
    note: OptionalLine = Field(default="", title="メモ")
    expires_in_days: Annotated[int, Field(ge=1, le=30)] = Field(default=7, title="リンクの有効期間（日）")


class SupportAcceptanceIn(BaseModel):
    """The secret at the end of the link, and the declaration of interests (利害関係の申告)."""

    model_config = _example(
        secret="dGhlLXNlY3JldC1hdC10aGUtZW5kLW9mLXRoZS1saW5r",  # noqa: S106  # an example, opens nothing
        has_interest=False,
        declaration="候補となりうる事業者との雇用・資本・取引の関係はありません。",
    )

    secret: str = Field(max_length=200)
    has_interest: bool = Field(title="利害関係の有無")
    declaration: Prose = Field(title="利害関係の申告")


class SupportEndingIn(BaseModel):
    """Why the support ends now."""

    model_config = _example(reason="担当の交代のため。")

    reason: OptionalLine = Field(default="", title="理由")


class PriceGrantIn(BaseModel):
    """Whether the supporter may see 予定価格 of this project."""

    model_config = _example(granted=True)

    granted: bool = Field(title="予定価格を見せる")


class CommentIn(BaseModel):
    """A comment, or the draft of a reason for the selection. It stays as it is, and becomes part of the evidence."""

    model_config = _example(
        kind="comment", text="LGWANからの接続の可否を、事業者に確かめてはどうでしょうか。"
    )

    kind: Literal["comment", "selection_reason"] = Field(default="comment", title="種類")
    text: Prose = Field(title="本文")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SupportedProjectOut(_Out):
    """One named project of a support."""

    id: str
    title: str
    status: str
    price_granted: bool


class SupportOut(_Out):
    """A support as the body sees it. `url` is there once, in the answer that made it."""

    id: str
    organisation_id: str
    organisation_name: str
    status: str
    in_force: bool
    ends_on: date
    note: str
    projects: list[SupportedProjectOut]
    created_at: datetime
    expires_at: datetime
    inviter_name: str
    person_name: str
    issuer_key: str
    supporter_organisation_name: str
    has_interest: bool | None
    declaration: str
    ties: list[str]
    """Names of the vendors that the person belongs to by our records, at acceptance or now."""
    conflicts: list[str]
    """Vendors among the projects' results that are these, or of one group with these."""
    accepted_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    url: str | None = None
    notice: str | None = None


class Supports(BaseModel):
    """Supports, newest first."""

    items: list[SupportOut]


class HelpedProjectOut(_Out):
    """A project that you support, with its body and until when."""

    id: str
    organisation_id: str
    organisation_name: str
    title: str
    business_area: str
    fiscal_year: int
    status: str
    updated_at: datetime
    ends_on: date
    price_granted: bool


class HelpedProjects(BaseModel):
    """All that you help, by body."""

    items: list[HelpedProjectOut]


class CommentOut(_Out):
    """A comment with who said it, for whom, and when."""

    id: str
    kind: str
    text: str
    author_id: str
    author_name: str
    organisation_id: str
    organisation_name: str
    by_supporter: bool
    created_at: datetime


class Comments(BaseModel):
    """A project's comments, oldest first."""

    items: list[CommentOut]
