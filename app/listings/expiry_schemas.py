"""Bodies and answers of what ends soon and of held nights."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class NearEndOut(BaseModel):
    """One thing that ends soon, or is carried over its end."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str = Field(
        description="qualification（全省庁統一資格）、agreement（基本契約）、registration（登録・認証）"
    )
    subject_id: str
    label: str
    ends_on: date
    days_left: int = Field(description="期限までの日数。過ぎていれば負")
    grace_until: date | None = Field(description="更新手続中として公開を続ける最後の日")
    declarable: bool = Field(description="更新手続中であることを、いま届け出られるか")


class NearEndListOut(BaseModel):
    """All of them, the nearest first."""

    items: list[NearEndOut]


class HoldOut(BaseModel):
    """A night on which much would end, and what was decided."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    day: date = Field(description="有効な最後の日")
    status: str = Field(description="asked（判断待ち）、released（そのまま終了）、extended（猶予を延長）")
    going: int = Field(description="公開を終える掲載の件数（数えたとき）")
    earlier: int = Field(description="それまでの期間に、判断を求めずに公開を終える掲載の件数")
    total: int
    asked_at: datetime
    decided_at: datetime | None
    reason: str
    until: date | None = Field(description="猶予の最後の日（extended のとき）")
    carried_until: date | None = Field(description="改めて判断を求めているとき、いまの猶予の最後の日")
    final: bool = Field(description="猶予の最後の日に終了させると決めてあるか")
    possible: list[str]


class LeavingOut(BaseModel):
    """A listing that would leave after the night."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    name: str
    owner_id: str
    owner_name: str


class HoldDecisionIn(BaseModel):
    """Let it happen, or carry it until a day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "verdict": "extend",
                    "reason": "全事業者の資格の更新に時間がかかっているため",
                    "until": "2028-06-30",
                }
            ]
        },
    )

    verdict: str = Field(max_length=20, description="release（そのまま終了させる）、extend（猶予する）")
    reason: str
    until: str = Field(default="", max_length=40, description="猶予の最後の日（extend のとき）")
