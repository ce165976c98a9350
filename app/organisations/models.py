"""Organisations, who belongs to them in which role, and the vendors' master agreements (基本契約)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.organisations.lifecycle import AGREEMENT


class Organisation(SQLModel, table=True):
    """A vendor, a local government or another body that buys, or the Digital Agency."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('vendor', 'sole_proprietor', 'local_government', 'joint_union', 'wide_area_union', "
            "'enterprise_body', 'ministry', 'independent_agency', 'agency')",
            name="organisation_kind",
        ),
    )

    id: str = Field(primary_key=True)
    kind: str = Field(index=True)
    name: str
    name_kana: str = ""
    corporate_number: str | None = Field(default=None, unique=True)
    """法人番号, 13 digits; none for sole proprietors."""
    code: str | None = Field(default=None, unique=True)
    """全国地方公共団体コード, 6 digits; local governments only."""
    account_key: str | None = Field(default=None, unique=True)
    """issuer_key and subject of a sole proprietor's own account."""
    prefecture: str = Field(default="", index=True)
    local_kind: str = ""
    """prefecture, city, special_ward, town, village."""
    local_class: str = ""
    """designated_city, core_city, special_case_city (cities only)."""
    parent_number: str | None = None
    """The parent company's 法人番号, as the vendor named it."""
    group_key: str | None = Field(default=None, index=True)
    """The group of firms, kept by the Agency: members of one group share it."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Per-body choices: `single_person` (officer may approve own), `publish_contracts` (none, summary),
    `show_to_neighbours` (bodies of the prefecture see which contracts end soon)."""
    contact_email: str = ""
    ended_on: date | None = None
    """The day from which the body is no more (廃置分合); its successors are in body_models.py."""
    created_at: datetime
    version: int = 1
    """Grows with each change: the ETag."""


class Membership(SQLModel, table=True):
    """A person's place in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'active', 'ended')", name="membership_status"),
        Index(
            "uq_membership_current",
            "person_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("status <> 'ended'"),
            postgresql_where=text("status <> 'ended'"),
        ),
    )

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    status: str = "pending"
    origin: str
    """prime_login, member_login, government_login, invitation, command_line, adoption."""
    invited_by: str | None = None
    created_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    last_day: date | None = None
    """The last day on which it is in force; None: until somebody ends it."""
    last_day_reminded: int | None = None
    """How many days before the last day the latest reminder was (30, 7)."""
    department_id: str | None = Field(default=None, index=True)
    """部署 of the same body, if any."""


class Invitation(SQLModel, table=True):
    """A single-use, expiring link for a role. Whoever comes with it is pending until the inviter confirms."""

    __tablename__ = "invitation"

    id: str = Field(primary_key=True)
    digest: str = Field(unique=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    invited_by: str
    """The inviter's membership."""
    note: str = ""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    membership_id: str | None = None
    revoked_at: datetime | None = None


class AgreementVersion(SQLModel, table=True):
    """One version of the master agreement's text."""

    __tablename__ = "agreement_version"

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    title: str
    body: str
    effective_from: date
    term_months: int = 36


class MasterAgreement(SQLModel, table=True):
    """A vendor's 基本契約 with the Digital Agency."""

    __tablename__ = "master_agreement"
    __table_args__ = (
        CheckConstraint(AGREEMENT.check_sql(), name="master_agreement_status"),
        CheckConstraint(
            "ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="agreement_term"
        ),
        Index(
            "uq_agreement_current",
            "organisation_id",
            unique=True,
            sqlite_where=text("status IN ('offered', 'signed', 'active', 'suspended')"),
            postgresql_where=text("status IN ('offered', 'signed', 'active', 'suspended')"),
        ),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    version_id: str = Field(foreign_key="agreement_version.id")
    status: str = Field(default="offered", index=True)
    signed_at: datetime | None = None
    signed_by: str | None = None
    signatory_title: str = ""
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    suspended_at: datetime | None = None
    """When the suspension began; None again once it is resumed."""
    ended_at: datetime | None = None
    reason: str = ""
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Public note of the Agency on a suspension: 410 of the firm's listings shows it."""
    created_at: datetime


class Qualification(SQLModel, table=True):
    """全省庁統一資格 of a vendor."""

    __tablename__ = "qualification"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number", "valid_from"),
        CheckConstraint("valid_until >= valid_from", name="qualification_term"),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    number: str
    """10-digit business code (業者コード)."""
    kinds: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """manufacture, sale, service, purchase."""
    grade: str = ""
    valid_from: date
    valid_until: date
    created_at: datetime
