"""Versions of the master agreement as data files, and their way into the database."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from sqlmodel import Session, col, select

from app.kit.clock import Clock
from app.kit.errors import Conflict
from app.organisations.models import AgreementVersion, MasterAgreement

TEXTS = Path(__file__).parent / "data" / "agreements"


def read_versions(folder: Path = TEXTS) -> list[AgreementVersion]:
    """The versions in the folder's TOML files, by number. Raises ValueError naming file and fault."""
    versions = []
    for path in sorted(folder.glob("*.toml")):
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        expected = {"number": int, "title": str, "effective_from": date, "term_months": int, "body": str}
        wrong = [name for name, kind in expected.items() if not isinstance(facts.get(name), kind)]
        if wrong or facts.keys() - expected.keys():
            raise ValueError(f"{path}: {wrong or sorted(facts.keys() - expected.keys())} wrong or unknown")
        versions.append(AgreementVersion(id=f"agv_{facts['number']}", **facts))
    if len({version.number for version in versions}) != len(versions) or not versions:
        raise ValueError(f"{folder}: no versions, or a number twice")
    return sorted(versions, key=lambda version: version.number)


def load_agreement_versions(session: Session, clock: Clock, folder: Path = TEXTS) -> int:
    """Put the versions of the files into the database; says how many are new. Repeating changes nothing.

    Raises Conflict where a version that somebody signed differs from its file: make a new version instead.
    """
    made = 0
    for version in read_versions(folder):
        known = session.exec(
            select(AgreementVersion).where(col(AgreementVersion.number) == version.number)
        ).first()
        if known is None:
            session.add(version)
            made += 1
            continue
        names = ("title", "body", "effective_from", "term_months")
        if all(getattr(known, name) == getattr(version, name) for name in names):
            continue
        signed = session.exec(
            select(MasterAgreement.id).where(
                col(MasterAgreement.version_id) == known.id, col(MasterAgreement.signed_at).is_not(None)
            )
        ).first()
        if signed is not None:
            raise Conflict(
                f"基本契約 第{version.number}版は署名されているため変えられません。新しい版を加えてください。"
            )
        for name in names:
            setattr(known, name, getattr(version, name))
        session.add(known)
    session.flush()
    return made


def list_versions(session: Session) -> list[AgreementVersion]:
    """Every version, newest first."""
    return list(session.exec(select(AgreementVersion).order_by(col(AgreementVersion.number).desc())).all())


def current_version(session: Session, today: date) -> AgreementVersion | None:
    """The newest version in effect on the day."""
    return session.exec(
        select(AgreementVersion)
        .where(col(AgreementVersion.effective_from) <= today)
        .order_by(col(AgreementVersion.number).desc())
        .limit(1)
    ).first()
