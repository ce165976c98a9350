"""What the API takes for projects and their evidence."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.procurement.inputs import (
    Day,
    FiscalYear,
    Line,
    OptionalCount,
    OptionalDay,
    OptionalLine,
    OptionalPrice,
    OptionalProse,
    Prose,
)

Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_]+$")]

OptionalDepartment = Annotated[
    Annotated[str, Field(max_length=64)] | None,
    BeforeValidator(lambda value: None if value == "" else value),
]
"""A department's id; empty or null: of none."""


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class ProjectIn(BaseModel):
    """A new project. Method, ground and reason may follow later, before the selection."""

    model_config = _example(
        title="住民票等の窓口支援サービスの導入",
        business_area="counter_dx_saas",
        need="転入手続の待ち時間を減らし、申請書を書かずに済むようにする。",
        fiscal_year=2026,
        desired_start="2027-04-01",
        population=14200,
        users=45,
        method="quotation_comparison",
        ground="local_167_2_1_1",
        method_reason="予定価格が規則で定める額を超えないため、3者から見積りを取る。",
        alone_reason="国提供の機能に、外国語の窓口案内がないため。",
    )

    title: Line = Field(title="件名")
    business_area: Line = Field(title="業務")
    need: Prose = Field(title="必要なこと")
    fiscal_year: FiscalYear = Field(title="年度")
    desired_start: OptionalDay = Field(default=None, title="利用開始の希望日")
    population: OptionalCount = Field(default=None, title="人口")
    users: OptionalCount = Field(default=None, title="利用する職員数")
    method: OptionalLine = Field(default="", title="調達方法")
    ground: OptionalLine = Field(default="", title="根拠条項")
    method_reason: OptionalProse = Field(default="", title="その方法とする理由")
    alone_reason: OptionalLine = Field(default="", title="独自に調達する理由")
    department_id: OptionalDepartment = Field(default=None, title="部署")


class ProjectChange(BaseModel):
    """A merge patch: only what is named changes; null empties what may be empty."""

    model_config = _example(
        method="sole_source", ground="local_167_2_1_2", method_reason="他に提供者がいないため。"
    )

    title: Line = Field(default="", title="件名")
    business_area: Line = Field(default="", title="業務")
    need: Prose = Field(default="", title="必要なこと")
    fiscal_year: FiscalYear = Field(default=0, title="年度")
    desired_start: OptionalDay = Field(default=None, title="利用開始の希望日")
    population: OptionalCount = Field(default=None, title="人口")
    users: OptionalCount = Field(default=None, title="利用する職員数")
    method: OptionalLine = Field(default="", title="調達方法")
    ground: OptionalLine = Field(default="", title="根拠条項")
    method_reason: OptionalProse = Field(default="", title="その方法とする理由")
    alone_reason: OptionalLine = Field(default="", title="独自に調達する理由")
    department_id: OptionalDepartment = Field(default=None, title="部署")


class EstimatedPriceIn(BaseModel):
    """予定価格 (yen, tax included), or the rule by which it is left out: one of the two."""

    model_config = _example(
        amount=990000, basis="3者の参考見積の平均", decided_on="2026-11-24", decided_by="総務課長"
    )

    amount: OptionalPrice = Field(default=None, title="予定価格（税込）")
    omission_rule: OptionalLine = Field(default="", title="省略の根拠")
    basis: OptionalProse = Field(default="", title="算出の根拠")
    decided_on: Day = Field(title="定めた日")
    decided_by: Line = Field(title="定めた人の職・氏名")


class ConditionIn(BaseModel):
    """What the body asks for: a field of the catalogue's schema, an operator, and the wanted value."""

    model_config = _example(
        subject="software", field="security_registrations", operator="includes", wanted=["ismap"]
    )

    subject: Literal["software", "offer"] = Field(default="software", title="対象")
    field: Line = Field(title="項目")
    operator: Literal["equals", "includes", "all_of", "at_least", "at_most", "answered"] = Field(title="条件")
    wanted: str | bool | int | list[str] | None = Field(default=None, title="求める値")
    note: OptionalProse = Field(default="", title="補足")


class SearchIn(BaseModel):
    """The public search's parameters as they stand in its address: name → one value or several."""

    model_config = _example(query={"q": "窓口", "network": ["lgwan_asp"]})

    query: dict[Annotated[str, Field(max_length=60)], str | list[str]] = Field(
        title="検索条件", max_length=60
    )


class ShortlistIn(BaseModel):
    """A candidate from the locked search, with an offer now or later."""

    model_config = _example(software_id="sw_01K", offer_id="of_01K", note="LGWAN端末から使える。")

    software_id: Identifier = Field(title="ソフトウェア")
    offer_id: Identifier | None = Field(default=None, title="サービス（価格）")
    note: OptionalProse = Field(default="", title="メモ")


class ShortlistChange(BaseModel):
    """Another offer, or another note."""

    model_config = _example(offer_id="of_01K")

    offer_id: Identifier | None = Field(default=None, title="サービス（価格）")
    note: OptionalProse = Field(default="", title="メモ")


class ReasonIn(BaseModel):
    """A reason, in the words of the body."""

    model_config = _example(reason="仕様を見直して、改めて探すため。")

    reason: Prose = Field(title="理由")


class ExclusionIn(BaseModel):
    """One reason for a group that fails a condition, or for a single result that meets them all.

    With `condition_id` and without `software_ids`: every result that fails it and is still open.
    """

    model_config = _example(
        condition_id="cnd_01K", reason="ISMAPの登録を必須とするため。", include_unanswered=True
    )

    condition_id: Identifier | None = Field(default=None, title="満たさない条件")
    software_ids: list[Identifier] | None = Field(default=None, title="対象", max_length=1000)
    include_unanswered: bool = Field(default=False, title="未回答も除く")
    reason: Prose = Field(title="理由")


class SelectionIn(BaseModel):
    """The officer's selection. What is missing is named all at once, with where to mend it."""

    model_config = _example(
        outcome="awarded", shortlist_item_id="sli_01K", reason="条件をすべて満たし、5年間の総額が最も低い。"
    )

    outcome: Literal["awarded", "none_suitable"] = Field(title="結果")
    shortlist_item_id: Identifier | None = Field(default=None, title="選ぶ候補")
    offer_id: Identifier | None = Field(default=None, title="サービス（価格）")
    reason: OptionalProse = Field(default="", title="選定の理由")


class ConfirmationIn(BaseModel):
    """The body's own decision (決裁). `selection_id`: the selection on the screen, so that no other is confirmed."""

    model_config = _example(
        decision_date="2026-12-01",
        decision_post="町長",
        decision_document="れいじ総第123号",
        selection_id="sel_01K",
    )

    decision_date: Day = Field(title="決裁日")
    decision_post: Line = Field(title="決裁者の職")
    decision_document: Line = Field(title="文書番号")
    selection_id: Identifier | None = None
