"""What the API takes and gives about specifications."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.specifications.comparing import Comparison
from app.specifications.exporting import CHANGES
from app.specifications.views import Place, SpecificationView, VersionView
from catalogue_schema.requirements import Requirement
from catalogue_schema.specification_document import requirement_json

Obligation = Literal["required", "optional", "prohibited", "not_applicable"]
Kind = Literal["function", "form", "data", "linkage", "non_functional", "common"]


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class SpecificationIn(BaseModel):
    """A specification to register."""

    model_config = _example(
        key="kakuu-allowance",
        title="架空手当システム標準仕様書",
        business_area="child_allowance",
        id_scheme="function_id",
        page_url="https://www.example.go.jp/standard/",
    )

    key: str = Field(max_length=100, description="半角英小文字の短い名前。ファイルとコマンドで使う")
    title: str = Field(max_length=1000)
    business_area: str = Field(max_length=60, description="語彙 business_areas の値")
    ministry: str = Field(default="", max_length=1000, description="省くと所管の名称")
    steward_id: str | None = Field(
        default=None, max_length=60, description="所管の組織のID（デジタル庁が指定）"
    )
    id_scheme: str = Field(default="function_id", max_length=40, description="function_id、own")
    sample: bool = Field(default=False, description="見本として作ったもの")
    page_url: str = Field(default="", max_length=2000, description="府省の公表ページ")
    page_note: str = Field(default="", max_length=4000)
    mapping: str = Field(default="", max_length=40_000, description="取込みの列の対応表（TOML）")


class SpecificationPatchIn(BaseModel):
    """What is to change; what is left out stays."""

    model_config = _example(page_url="https://www.example.go.jp/standard/2/")

    title: str | None = Field(default=None, max_length=1000)
    ministry: str | None = Field(default=None, max_length=1000)
    business_area: str | None = Field(default=None, max_length=60)
    id_scheme: str | None = Field(default=None, max_length=40)
    page_url: str | None = Field(default=None, max_length=2000)
    page_note: str | None = Field(default=None, max_length=4000)
    steward_id: str | None = Field(default=None, max_length=60)
    mapping: str | None = Field(default=None, max_length=40_000)


class SourceIn(BaseModel):
    """What a version was taken from."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=1000)
    url: str = Field(default="", max_length=2000)


class VersionIn(BaseModel):
    """A version to draft."""

    model_config = _example(
        number="2.0",
        conform_by="2028-04-01",
        based_on=None,
        sources=[
            {"title": "架空手当システム標準仕様書 第2.0版", "url": "https://www.example.go.jp/standard/2.0/"}
        ],
    )

    number: str = Field(max_length=40, description="1.0、2.1、2.0案")
    published_on: str | None = Field(default=None, max_length=100, description="公表日。省くと公開した日")
    conform_by: str | None = Field(default=None, max_length=100, description="適合基準日")
    based_on: str | None = Field(default=None, max_length=40, description="改める版。その要件から始める")
    corrects: str | None = Field(default=None, max_length=40, description="正誤で正す版")
    errata: str = Field(default="", max_length=20_000, description="正誤の内容")
    sources: list[SourceIn] = Field(default_factory=list, max_length=100)


class VersionPatchIn(BaseModel):
    """What is to change in a draft; what is left out stays."""

    model_config = _example(conform_by="令和10年4月1日", errata="")

    number: str | None = Field(default=None, max_length=40)
    published_on: str | None = Field(default=None, max_length=100)
    conform_by: str | None = Field(default=None, max_length=100)
    based_on: str | None = Field(default=None, max_length=40)
    corrects: str | None = Field(default=None, max_length=40)
    errata: str | None = Field(default=None, max_length=20_000)
    sources: list[SourceIn] | None = Field(default=None, max_length=100)
    renumbered: dict[str, str] | None = Field(
        default=None, description="新しいID → 改める前の版でのID。差分の suggested を確かめたもの"
    )


_REQUIREMENT: dict[str, Any] = {
    "key": "0010001",
    "kind": "function",
    "category": ["認定請求", "受付"],
    "text": "認定請求を受け付け、請求日を管理できること。",
    "obligation": {"designated_city": "required", "core_city": "required", "general": "required"},
    "conform_by": None,
    "note": "",
}


class RequirementsIn(BaseModel):
    """All requirements of a draft, in order, by the published schema (`/specifications/schema`)."""

    model_config = _example(requirements=[_REQUIREMENT])

    requirements: list[dict[str, Any]] = Field(max_length=5000)


class ReasonIn(BaseModel):
    """Why a version is returned or withdrawn; the public reads why it was withdrawn."""

    model_config = _example(reason="適合基準日に誤りがあります。")

    reason: str = Field(max_length=4000)


class VersionOut(BaseModel):
    """A version without its requirements."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    status: str = Field(
        description="draft、proposed（所管だけに見えます）、comment（案）、in_force、superseded、withdrawn"
    )
    published_on: date | None
    conform_by: date | None = Field(description="適合基準日")
    sources: list[dict[str, str]]
    based_on: str | None
    corrects: str | None
    errata: str
    renumbered: dict[str, str]
    origin: str = Field(
        description="editor（所管の編集担当）、hosted（公表済みのファイルをそのまま取り込んだもの）"
    )
    source_sha256: str
    requirement_count: int
    content_hash: str
    decided_at: datetime | None
    reason: str
    version: int


class SpecificationOut(BaseModel):
    """A specification with the versions that the reader may see, the newest first."""

    id: str
    key: str
    title: str
    business_area: str
    ministry: str
    steward_id: str | None
    id_scheme: str
    sample: bool = Field(description="見本として作ったもの。どの府省も公表していません")
    page_url: str
    page_note: str
    versions: list[VersionOut]
    version: int


class RequirementOut(BaseModel):
    """A requirement at its place."""

    position: int
    key: str
    kind: Kind
    category: list[str]
    text: str
    obligation: dict[str, Obligation]
    conform_by: date | None
    note: str


class PieceOut(BaseModel):
    """A part of a changed text."""

    kind: Literal["same", "removed", "added"]
    text: str


class ChangedOut(BaseModel):
    """A requirement that says something else now."""

    from_key: str
    to_key: str
    changes: list[str] = Field(description=f"変わった項目: {'、'.join(CHANGES)}")
    text: list[PieceOut] = Field(description="same と removed で前の本文、same と added で今の本文")
    obligations: dict[str, list[str]] = Field(description="団体区分 → 前と今の義務")
    after: dict[str, Any]


class SuggestionOut(BaseModel):
    """Two requirements with other IDs that look alike; nobody has confirmed it."""

    from_key: str
    to_key: str
    likeness: float


class DifferencesOut(BaseModel):
    """Everything that turns the older version into the newer one."""

    from_version: str
    to_version: str
    unchanged: int
    added: list[dict[str, Any]]
    removed: list[str]
    changed: list[ChangedOut]
    suggested: list[SuggestionOut]
    order: list[str] = Field(description="新しい版のIDの並び")


def version_out(view: VersionView) -> VersionOut:
    """A version as JSON."""
    return VersionOut.model_validate(view)


def specification_out(view: SpecificationView) -> SpecificationOut:
    """A specification as JSON."""
    return SpecificationOut(
        id=view.id,
        key=view.key,
        title=view.title,
        business_area=view.business_area,
        ministry=view.ministry,
        steward_id=view.steward_id,
        id_scheme=view.id_scheme,
        sample=view.sample,
        page_url=view.page_url,
        page_note=view.page_note,
        versions=[version_out(each) for each in view.versions],
        version=view.version,
    )


def requirement_out(place: Place) -> RequirementOut:
    """A requirement as JSON."""
    return RequirementOut.model_validate({"position": place.position, **requirement_json(place.requirement)})


def differences_out(comparison: Comparison) -> DifferencesOut:
    """The differences as JSON."""
    found = comparison.differences

    def written(item: Requirement) -> dict[str, Any]:
        return requirement_json(item)

    return DifferencesOut(
        from_version=comparison.older.number,
        to_version=comparison.newer.number,
        unchanged=found.unchanged,
        added=[written(item) for item in found.added],
        removed=[item.key for item in found.removed],
        changed=[
            ChangedOut(
                from_key=change.before.key,
                to_key=change.after.key,
                changes=list(change.members),
                text=[PieceOut(kind=piece.kind, text=piece.text) for piece in change.text],
                obligations={name: list(pair) for name, pair in change.obligations.items()},
                after=written(change.after),
            )
            for change in found.changed
        ],
        suggested=[
            SuggestionOut(from_key=each.before.key, to_key=each.after.key, likeness=each.likeness)
            for each in found.suggested
        ],
        order=list(found.order),
    )
