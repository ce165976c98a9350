"""What the API takes and gives about bodies: members of unions, departments, mergers."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.organisations.schemas import OrganisationOut


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class ConstituentsIn(BaseModel):
    """Members of a union by 6-digit code or 法人番号, with the areas and dates that they share."""

    model_config = _example(
        members=["993018", "994014"],
        business_areas=["elderly_medical_care"],
        starts_on="令和8年4月1日",
        ends_on="",
    )

    members: list[str] = Field(max_length=1000)
    business_areas: list[str] = Field(max_length=200)
    starts_on: str = Field(max_length=100)
    ends_on: str = Field(default="", max_length=100)


class BodyIn(BaseModel):
    """A body that is in no list of codes."""

    model_config = _example(
        kind="wide_area_union",
        name="架空県後期高齢者医療広域連合",
        name_kana="カクウケンコウキコウレイシャイリョウコウイキレンゴウ",
        corporate_number="7999901000027",
        prefecture="東京都",
        constituents={
            "members": ["993018"],
            "business_areas": ["elderly_medical_care"],
            "starts_on": "2026-04-01",
        },
    )

    kind: str = Field(max_length=40)
    name: str = Field(max_length=1000)
    name_kana: str = Field(max_length=1000)
    corporate_number: str = Field(max_length=100)
    prefecture: str = Field(default="", max_length=100)
    constituents: ConstituentsIn | None = None


class ConstituentEndIn(BaseModel):
    """The last day on which the union buys for the member, in either calendar."""

    model_config = _example(ends_on="令和9年3月31日")

    ends_on: str = Field(max_length=100)


class ConstituentOut(BaseModel):
    """One member of a union."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    body: OrganisationOut
    member: OrganisationOut
    business_areas: list[str]
    starts_on: date
    ends_on: date | None
    via: list[OrganisationOut] = Field(
        description="組合の組合であるとき、間の組合（団体に近い順）。直接なら空"
    )


class SuccessionIn(BaseModel):
    """The day from which the body is no more, and who takes over; the first keeps projects and contracts."""

    model_config = _example(ended_on="令和9年4月1日", successors=["992020"])

    ended_on: str = Field(max_length=100)
    successors: list[str] = Field(max_length=100)


class SuccessionOut(BaseModel):
    """A body's end."""

    model_config = ConfigDict(from_attributes=True)

    body: OrganisationOut
    ended_on: date
    successors: list[OrganisationOut]


class DepartmentIn(BaseModel):
    """A department; its mailbox may be left out."""

    model_config = _example(name="情報政策課", email="joho@city.example.jp")

    name: str = Field(max_length=1000)
    email: str = Field(default="", max_length=1000)


class DepartmentChangeIn(BaseModel):
    """A merge patch of a department."""

    model_config = _example(email="joho-seisaku@city.example.jp")

    name: str | None = Field(default=None, max_length=1000)
    email: str | None = Field(default=None, max_length=1000)


class DepartmentOut(BaseModel):
    """A department."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    organisation_id: str
    name: str
    email: str
    members: int
    created_at: datetime
    closed_at: datetime | None


class MemberDepartmentIn(BaseModel):
    """The department of a member; empty: none."""

    model_config = _example(department_id="dep_01JD0000000000000000000000")

    department_id: str = Field(max_length=60)
