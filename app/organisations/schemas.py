"""What the API takes and gives about organisations, members, invitations, agreements and qualifications."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.organisations.invitations import DEFAULT_DAYS


def _example(**values: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class OrganisationOut(BaseModel):
    """What everybody may know of an organisation."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    name: str
    name_kana: str
    code: str | None
    corporate_number: str | None
    prefecture: str
    local_kind: str
    local_class: str
    ended_on: date | None
    """From this day on the body is no more (廃置分合); `succession` says who took over."""


class OrganisationInsideOut(OrganisationOut):
    """The card with what the organisation itself and the Agency know besides."""

    parent_number: str | None
    group_key: str | None
    settings: dict[str, Any]
    contact_email: str
    created_at: datetime
    draft_space: bool
    version: int


class SettingsPatchIn(BaseModel):
    """Choices of a local government; null goes back to the default."""

    model_config = _example(single_person=True)

    single_person: bool | None = None
    publish_contracts: str | None = None
    show_to_neighbours: bool | None = None
    """Bodies of the same prefecture see business area, software and last month of contracts that end soon."""


class OrganisationPatchIn(BaseModel):
    """A merge patch of the own organisation; null clears."""

    model_config = _example(contact_email="kikaku@city.example.jp", settings={"publish_contracts": "summary"})

    name: str | None = Field(default=None, max_length=1000)
    name_kana: str | None = Field(default=None, max_length=1000)
    contact_email: str | None = Field(default=None, max_length=1000)
    parent_number: str | None = Field(default=None, max_length=100)
    settings: SettingsPatchIn | None = None


class GroupIn(BaseModel):
    """The group of firms, named by the parent's 法人番号; empty for none."""

    model_config = _example(group_key="5999901000011")

    group_key: str = Field(max_length=100)


class MemberOut(BaseModel):
    """A member of an organisation."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    organisation_id: str
    organisation_name: str
    name: str
    issuer_key: str
    account_kind: str
    roles: list[str]
    status: str
    origin: str
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    last_day: date | None
    """Past it the membership has ended."""
    warning: str = ""
    """Where the organisation would be left without an administrator or approver."""
    department_id: str | None = None
    """部署 of a body."""
    inviter_id: str | None
    """While pending: whose consent is wanted, where it is the inviter's alone."""


class LastDayIn(BaseModel):
    """The last day of a membership, in either calendar; empty for none."""

    model_config = _example(last_day="2027-03-31")

    last_day: str = Field(max_length=100)


class DormantBodyOut(BaseModel):
    """A body that had members, and has no approver in force."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    code: str | None
    prefecture: str
    members: int
    last_ended_at: datetime | None


class RolesIn(BaseModel):
    """The roles a member is to have."""

    model_config = _example(roles=["vendor_editor"])

    roles: list[str] = Field(max_length=20)


class ConfirmationIn(BaseModel):
    """Consent to somebody who waits; other roles than asked for where given."""

    model_config = _example(roles=["buyer_officer", "buyer_approver"])

    roles: list[str] | None = Field(default=None, max_length=20)


class AdministratorIn(BaseModel):
    """A former or present member who is to administrate the organisation again."""

    model_config = _example(membership_id="mem_01JD0000000000000000000000")

    membership_id: str = Field(max_length=60)


class InvitationIn(BaseModel):
    """An invitation to the own organisation."""

    model_config = _example(roles=["buyer_officer"], note="情報政策課", expires_in_days=7)

    roles: list[str] = Field(max_length=20)
    note: str = Field(default="", max_length=2000)
    expires_in_days: int = DEFAULT_DAYS


class InvitationOut(BaseModel):
    """An invitation. `url` is there once, in the answer that made it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    organisation_id: str
    organisation_name: str
    roles: list[str]
    note: str
    status: str
    created_at: datetime
    expires_at: datetime
    membership_id: str | None
    url: str | None = None
    notice: str | None = None


class AcceptanceOfInvitationIn(BaseModel):
    """The secret at the end of the invitation's link."""

    model_config = _example(
        secret="dGhlLXNlY3JldC1hdC10aGUtZW5kLW9mLXRoZS1saW5r"  # noqa: S106  # an example, opens nothing
    )

    secret: str = Field(max_length=200)


class QualificationIn(BaseModel):
    """全省庁統一資格. Dates in either calendar."""

    model_config = _example(
        number="0000123456",
        kinds=["sale", "service"],
        grade="B",
        valid_from="令和7年4月1日",
        valid_until="2028-03-31",
    )

    number: str = Field(max_length=100)
    kinds: list[str] = Field(max_length=20)
    grade: str = Field(default="", max_length=100)
    valid_from: str = Field(max_length=100)
    valid_until: str = Field(max_length=100)


class QualificationOut(BaseModel):
    """A qualification with what the day makes of it: valid, lapsing, expired, future."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    organisation_id: str
    number: str | None
    """Null where it is withheld: a sole proprietor's, from strangers. The grade likewise."""
    kinds: list[str]
    grade: str | None
    valid_from: date
    valid_until: date
    status: str


class AgreementVersionOut(BaseModel):
    """A version of the master agreement's text."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int
    title: str
    body: str
    effective_from: date
    term_months: int


class AgreementOut(BaseModel):
    """A master agreement. `allowed` lists the verbs that its status allows."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    organisation_id: str
    organisation_name: str
    version_id: str
    version_number: int
    version_title: str
    status: str
    in_force: bool
    signed_at: datetime | None
    signatory_title: str
    accepted_at: datetime | None
    starts_on: date | None
    ends_on: date | None
    ended_at: datetime | None
    reason: str
    allowed: list[str]


class SignatureIn(BaseModel):
    """Who signs: the office held (職名)."""

    model_config = _example(signatory_title="代表取締役")

    signatory_title: str = Field(max_length=1000)


class AcceptanceIn(BaseModel):
    """The term; left out: from today, for the version's length."""

    model_config = _example(starts_on="2026-12-01", ends_on="2029-11-30")

    starts_on: str = Field(default="", max_length=100)
    ends_on: str = Field(default="", max_length=100)


class ReasonIn(BaseModel):
    """Why; the vendor reads it."""

    model_config = _example(reason="登録内容に重大な誤りがあり、修正の確認まで停止します。")

    reason: str = Field(max_length=10_000)


class PlaceOut(BaseModel):
    """One of your places."""

    model_config = ConfigDict(from_attributes=True)

    membership_id: str
    organisation_id: str
    organisation_name: str
    organisation_kind: str
    roles: list[str]
    status: str


class MeOut(BaseModel):
    """Who you are here, and what you may do."""

    kind: str
    person_id: str | None
    name: str
    organisation: OrganisationOut | None
    membership_id: str | None
    roles: list[str]
    permissions: list[str]
    token_scopes: list[str]
    """What a token made by you could hold at most."""
    token_id: str | None
    session_id: str | None
    auth_time: datetime | None
    delegated: bool
    """A login on behalf of another firm (代理): it belongs nowhere."""
    places: list[PlaceOut]


class SwitchIn(BaseModel):
    """The place to act for from now on."""

    model_config = _example(membership_id="mem_01JD0000000000000000000000")

    membership_id: str = Field(max_length=60)
