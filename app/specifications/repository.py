"""Reading and writing the tables of specifications."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from sqlmodel import Session, col, delete, insert, select
from sqlmodel.sql.expression import SelectOfScalar

from app.specifications.models import Specification, SpecificationRequirement, SpecificationVersion
from app.specifications.views import requirement_of
from catalogue_schema.requirements import Requirement, VersionContent, version_order
from catalogue_schema.specification_document import requirement_json


def listed(*, business_area: str = "", steward_id: str = "", q: str = "") -> SelectOfScalar[Specification]:
    """The specifications of an area, of a ministry, or with a text in title or issuer."""
    statement = select(Specification)
    if business_area:
        statement = statement.where(col(Specification.business_area) == business_area)
    if steward_id:
        statement = statement.where(col(Specification.steward_id) == steward_id)
    for word in q.split():
        pattern = f"%{_escaped(word)}%"
        statement = statement.where(
            col(Specification.title).like(pattern, escape="\\")
            | col(Specification.ministry).like(pattern, escape="\\")
        )
    return statement


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def by_key(session: Session, key: str) -> Specification | None:
    """The specification of that key."""
    return session.exec(select(Specification).where(col(Specification.key) == key)).first()


def versions_of(session: Session, specification_ids: Sequence[str]) -> dict[str, list[SpecificationVersion]]:
    """Every version of these specifications, the newest first."""
    found: dict[str, list[SpecificationVersion]] = {each: [] for each in specification_ids}
    rows = session.exec(
        select(SpecificationVersion)
        .where(col(SpecificationVersion.specification_id).in_(list(specification_ids)))
        .order_by(col(SpecificationVersion.id))
    ).all()
    for row in rows:
        found[row.specification_id].append(row)
    for each in found.values():
        each.sort(key=lambda row: version_order(row.number), reverse=True)
    return found


def in_force(session: Session) -> list[SpecificationVersion]:
    """Every version that is in force."""
    statement = select(SpecificationVersion).where(col(SpecificationVersion.status) == "in_force")
    return list(session.exec(statement.order_by(col(SpecificationVersion.id))).all())


def requirements_of(session: Session, version_id: str) -> list[Requirement]:
    """All requirements of a version, in order."""
    rows = session.exec(
        select(SpecificationRequirement)
        .where(col(SpecificationRequirement.version_id) == version_id)
        .order_by(col(SpecificationRequirement.position))
    ).all()
    return [requirement_of(row) for row in rows]


def content_of(session: Session, version: SpecificationVersion) -> VersionContent:
    """What a version says."""
    return VersionContent(tuple(requirements_of(session, version.id)), dict(version.renumbered))


def replace_requirements(session: Session, version_id: str, items: Sequence[Requirement]) -> None:
    """Write all requirements of a draft anew."""
    session.execute(
        delete(SpecificationRequirement).where(col(SpecificationRequirement.version_id) == version_id)
    )
    rows = [
        {
            "version_id": version_id,
            "position": position,
            "key": item.key,
            "kind": item.kind,
            "category": list(item.category),
            "text": item.text,
            "obligation": dict(item.obligation),
            "conform_by": item.conform_by,
            "note": item.note,
        }
        for position, item in enumerate(items)
    ]
    if rows:
        session.execute(insert(SpecificationRequirement), rows)


def content_hash(items: Sequence[Requirement]) -> str:
    """SHA-256 of what the requirements say, in order."""
    text = json.dumps([requirement_json(item) for item in items], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
