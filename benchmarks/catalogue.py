"""A generated catalogue for the benchmarks: written straight into the tables, varied enough that searches differ."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session
from stdnum.jp import cn

from app.identity.credentials import digest, new_token
from app.identity.models import ApiToken, Person
from app.kit.ids import new_id
from app.listings.content import content_hash
from app.listings.models import Entry, Revision
from app.organisations.models import AgreementVersion, MasterAgreement, Membership, Organisation
from catalogue_schema import Schema

WORDS = (
    "住民記録",
    "窓口",
    "電子申請",
    "施設予約",
    "文書管理",
    "財務会計",
    "人事給与",
    "防災",
    "図書館",
    "健康管理",
    "保育",
    "税",
)
KINDS = ("クラウド", "ナビ", "システム", "サービス", "プラス", "支援", "連携", "台帳")


def fill(session: Session, schema: Schema, listings: int) -> str:
    """`listings` published software with one offer each, of ten vendors; answers a vendor's token of full scope."""
    chance = random.Random(20261123)
    now = datetime.now(UTC)
    version = AgreementVersion(
        id=new_id("agv"), number=99, title="x", body="x", effective_from=date(2026, 4, 1)
    )
    session.add(version)
    session.flush()
    vendors = [_vendor(session, version, number, now) for number in range(10)]
    areas = [
        term.code
        for term in schema.vocabulary(schema.field("software", "business_areas").vocabulary or "").terms
    ]
    for number in range(listings):
        owner = vendors[number % len(vendors)]
        word, kind = chance.choice(WORDS), chance.choice(KINDS)
        answers = schema.example("software") | {
            "name": f"{word}{kind}{number}（架空）",
            "summary": f"{word}の業務を{kind}で支える架空のサービスです。番号は{number}です。",
            "business_areas": sorted(chance.sample(areas, 2)),
        }
        software = _entry(session, schema, "software", owner.id, answers, now, None)
        offer = schema.example("offer") | {"name": f"プラン{number}（架空）"}
        _entry(session, schema, "offer", owner.id, offer, now, software.id)
    return _token(session, vendors[0], now)


def _vendor(session: Session, version: AgreementVersion, number: int, now: datetime) -> Organisation:
    base = f"9999{990_000 + number:08d}"
    vendor = Organisation(
        id=new_id("org"),
        kind="vendor",
        name=f"架空ベンチ{number}",
        corporate_number=str(cn.calc_check_digit(base)) + base,
        created_at=now,
    )
    session.add(vendor)
    session.flush()
    session.add(
        MasterAgreement(
            id=new_id("agr"),
            organisation_id=vendor.id,
            version_id=version.id,
            status="active",
            starts_on=now.date() - timedelta(days=30),
            ends_on=now.date() + timedelta(days=900),
            created_at=now,
        )
    )
    return vendor


def _entry(
    session: Session,
    schema: Schema,
    kind: str,
    owner_id: str,
    answers: dict[str, object],
    now: datetime,
    software_id: str | None,
) -> Entry:
    kept = schema.normalise(kind, answers)
    entry = Entry(
        id=new_id("sw" if kind == "software" else "of"),
        kind=kind,
        owner_id=owner_id,
        software_id=software_id,
        software_kind="software" if software_id else None,
        status="published",
        published_at=now,
        created_at=now,
        created_by="benchmark",
        last_number=1,
    )
    revision = Revision(
        id=new_id("rev"),
        entry_id=entry.id,
        number=1,
        status="approved",
        answers=kept,
        schema_version=schema.version,
        content_hash=content_hash(kept, schema.version),
        created_at=now,
        created_by="benchmark",
        updated_at=now,
        published_at=now,
    )
    entry.published_revision_id = revision.id
    session.add(entry)
    session.flush()
    session.add(revision)
    session.flush()
    return entry


def _token(session: Session, vendor: Organisation, now: datetime) -> str:
    person = Person(
        id=new_id("per"),
        issuer_key="bench",
        subject="bench",
        pseudonym=new_id("ps"),
        name="計測",
        created_at=now,
    )
    session.add(person)
    session.flush()
    membership = Membership(
        id=new_id("mem"),
        person_id=person.id,
        organisation_id=vendor.id,
        roles=["vendor_admin"],
        status="active",
        origin="command_line",
        created_at=now,
    )
    session.add(membership)
    session.flush()
    token = new_token()
    session.add(
        ApiToken(
            id=new_id("tok"),
            digest=digest(token),
            hint=token[-4:],
            name="benchmark",
            person_id=person.id,
            membership_id=membership.id,
            organisation_id=vendor.id,
            scopes=["listing:read", "listing:write"],
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
    )
    return token
