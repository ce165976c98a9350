"""Drafts of a specification's versions: what they are called, and what they require. Only drafts change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.kit.http import etag
from app.kit.ids import new_id
from app.organisations.inputs import date_or_faults, text_faults
from app.organisations.service import require_match
from app.specifications import repository, service
from app.specifications.lifecycle import EDITABLE
from app.specifications.models import Specification, SpecificationVersion
from app.specifications.trail import note
from app.specifications.views import VersionView
from catalogue_schema.requirements import Requirement, is_version_number
from catalogue_schema.specification_document import read_requirements
from catalogue_schema.text import clean, url_fault

MEMBERS: Final = frozenset(
    {"number", "published_on", "conform_by", "sources", "errata", "corrects", "based_on", "renumbered"}
)
SOURCES_AT_MOST: Final = 20


def create(
    session: Session, actor: Actor, clock: Clock, specification_id: str, given: Mapping[str, Any]
) -> VersionView:
    """Begin a draft; with `based_on` it begins with that version's requirements. Raises Forbidden, Invalid."""
    row = service.own(session, actor, specification_id)
    version = draft(session, actor, clock, row, given)
    if version.based_on_id is not None:
        items = repository.requirements_of(session, version.based_on_id)
        repository.replace_requirements(session, version.id, items)
        version.requirement_count = len(items)
        session.add(version)
        session.flush()
    return service.read_version(session, actor, row.id, version.number)


def draft(
    session: Session, actor: Actor, clock: Clock, row: Specification, given: Mapping[str, Any]
) -> SpecificationVersion:
    """Add an empty draft that is right. Raises Invalid with every fault."""
    version = SpecificationVersion(
        id=new_id("spv"), specification_id=row.id, number="", created_at=clock.now()
    )
    _apply(session, clock, row, version, given)
    session.add(version)
    session.flush()
    note(session, actor, clock, row, version, "drafted")
    return version


def change(
    session: Session,
    actor: Actor,
    clock: Clock,
    specification_id: str,
    number: str,
    patch: Mapping[str, Any],
    if_match: str | None,
) -> VersionView:
    """Change what is said about a draft. Raises NotFound, Forbidden, Conflict for a fixed one, Invalid."""
    row, version = _draft_of(session, actor, specification_id, number)
    require_match(if_match, etag(version.id, version.version))
    _apply(session, clock, row, version, patch)
    _touched(session, version)
    note(session, actor, clock, row, version, "changed", {"changed": sorted(patch)})
    return service.read_version(session, actor, row.id, version.number)


def renumber(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Specification,
    version: SpecificationVersion,
    renumbered: Mapping[str, str],
) -> None:
    """Keep which requirements of a draft were given another ID. Raises Invalid."""
    _apply(session, clock, row, version, {"renumbered": renumbered})
    _touched(session, version)
    note(session, actor, clock, row, version, "changed", {"changed": ["renumbered"]})


def put_requirements(
    session: Session, actor: Actor, clock: Clock, specification_id: str, number: str, given: Sequence[Any],
    if_match: str | None,
) -> VersionView:  # fmt: skip
    """Write all requirements of a draft anew. Raises NotFound, Forbidden, Conflict, PreconditionFailed, Invalid."""
    row, version = _draft_of(session, actor, specification_id, number)
    if if_match is not None:
        require_match(if_match, etag(version.id, version.version))
    items, faults = read_requirements(given, row.id_scheme)
    if faults:
        raise Invalid([FieldFault(f.pointer, f.code, f.message, f.remedy) for f in faults])
    write(session, actor, clock, row, version, items)
    return service.read_version(session, actor, row.id, version.number)


def put_requirement(
    session: Session,
    actor: Actor,
    clock: Clock,
    specification_id: str,
    number: str,
    position: int | None,
    given: Mapping[str, Any] | None,
    if_match: str | None,
) -> VersionView:
    """Change one requirement of a draft, add one at the end (no position), or take one out (`given` is None)."""
    row, version = _draft_of(session, actor, specification_id, number)
    require_match(if_match, etag(version.id, version.version))
    items = repository.requirements_of(session, version.id)
    if position is not None and not 0 <= position < len(items):
        raise NotFound("その要件はありません。")
    if given is None:
        assert position is not None
        del items[position]
    else:
        read, faults = read_requirements([given], row.id_scheme, "")
        found = [FieldFault(f.pointer.removeprefix("/0"), f.code, f.message, f.remedy) for f in faults]
        others = {item.key for at, item in enumerate(items) if at != position}
        if read and read[0].key in others:
            message = f"ID {read[0].key} の要件は、もうあります。"
            found.append(FieldFault("/key", "duplicate", message, "別のIDにしてください。"))
        if found:
            raise Invalid(found)
        if position is None:
            items.append(read[0])
        else:
            items[position] = read[0]
    write(session, actor, clock, row, version, items)
    return service.read_version(session, actor, row.id, version.number)


def write(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Specification,
    version: SpecificationVersion,
    items: Sequence[Requirement],
    source_sha256: str = "",
) -> None:
    """Write the requirements of a draft, checked before; what was renumbered and is there no more is forgotten."""
    repository.replace_requirements(session, version.id, items)
    keys = {item.key for item in items}
    version.renumbered = {new: old for new, old in version.renumbered.items() if new in keys}
    version.requirement_count = len(items)
    version.source_sha256 = source_sha256
    _touched(session, version)
    details = {"count": len(items), "source_sha256": source_sha256}
    note(session, actor, clock, row, version, "requirements-written", details)


def find_version(session: Session, actor: Actor, row: Specification, number: str) -> SpecificationVersion:
    view = service.read_version(session, actor, row.id, number)
    found = session.get(SpecificationVersion, view.id)
    assert found is not None  # it was just read
    return found


def _draft_of(
    session: Session, actor: Actor, specification_id: str, number: str
) -> tuple[Specification, SpecificationVersion]:
    row = service.own(session, actor, specification_id)
    version = find_version(session, actor, row, number)
    require_draft(version)
    return row, version


def require_draft(version: SpecificationVersion) -> None:
    """Raise Conflict for a version whose text is fixed."""
    if version.status not in EDITABLE:
        raise Conflict(
            f"第{version.number}版は下書きではないので、変えられません。"
            "公表した版の誤りは、新しい版（正誤）として直します。"
        )


def _touched(session: Session, version: SpecificationVersion) -> None:
    version.version += 1
    session.add(version)
    session.flush()


def _apply(
    session: Session,
    clock: Clock,
    row: Specification,
    version: SpecificationVersion,
    given: Mapping[str, Any],
) -> None:
    """Set what is given. Raises Invalid with every fault."""
    with session.no_autoflush:  # what is wrong must not reach the database before it is told
        faults = _set(session, clock, row, version, given)
        if faults and version in session:
            session.refresh(version)  # what was wrong is not left behind either
    if faults:
        raise Invalid(faults)


def _set(
    session: Session,
    clock: Clock,
    row: Specification,
    version: SpecificationVersion,
    given: Mapping[str, Any],
) -> list[FieldFault]:
    siblings = {each.number: each for each in repository.versions_of(session, [row.id])[row.id]}
    faults: list[FieldFault] = []
    if "number" in given or not version.number:
        number = clean(str(given.get("number") or ""))
        if not is_version_number(number):
            message = "版の番号は、1.0、2.1、2.0案 のように書きます。"
            faults.append(FieldFault("/number", "format", message, "数字と「.」、案は末尾に「案」です。"))
        elif number != version.number and number in siblings:
            message = f"第{number}版は、もうあります。"
            faults.append(FieldFault("/number", "duplicate", message, "別の番号にしてください。"))
        version.number = number
    for name in ("published_on", "conform_by"):
        if name in given:
            day, wrong = _day(given[name], f"/{name}", clock.today())
            faults += wrong
            setattr(version, name, day)
    if "errata" in given:
        version.errata = clean(str(given["errata"] or ""))
        faults += text_faults("/errata", version.errata, longest=8000, multiline=True)
    for name in ("corrects", "based_on"):
        if name in given:
            wanted = clean(str(given[name] or ""))
            other = siblings.get(wanted)
            if wanted and (other is None or other.id == version.id):
                there = "、".join(siblings) or "まだありません"
                faults.append(
                    FieldFault(f"/{name}", "unknown", f"第{wanted}版はありません。", f"版: {there}")
                )
            if name == "based_on" and version.based_on_id != (other.id if other else None):
                version.renumbered = {}  # it spoke of another version
            setattr(version, f"{name}_id", other.id if other else None)
    if version.corrects_id and not version.based_on_id:
        version.based_on_id = version.corrects_id
    if "sources" in given:
        version.sources, wrong = _sources(given["sources"] or [])
        faults += wrong
    if "renumbered" in given:
        version.renumbered, wrong = _renumbered(session, version, given["renumbered"] or {})
        faults += wrong
    return faults


def _day(given: Any, pointer: str, today: date) -> tuple[date | None, list[FieldFault]]:
    if isinstance(given, date):
        given = given.isoformat()
    return date_or_faults(pointer, str(given), today) if given else (None, [])


def _sources(given: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[FieldFault]]:
    faults: list[FieldFault] = []
    found: list[dict[str, Any]] = []
    if len(given) > SOURCES_AT_MOST:
        message = f"出典は{SOURCES_AT_MOST}件までです。"
        faults.append(FieldFault("/sources", "too_many", message, "まとめてください。"))
    for index, each in enumerate(given[:SOURCES_AT_MOST]):
        title, url = clean(str(each.get("title") or "")), clean(str(each.get("url") or ""))
        faults += text_faults(f"/sources/{index}/title", title, longest=300, required=True)
        reason = url_fault(url) if url else None
        if reason is not None:
            faults.append(
                FieldFault(f"/sources/{index}/url", "url", reason, "公表された住所を書いてください。")
            )
        found.append({"title": title, "url": url})
    return found, faults


def _renumbered(
    session: Session, version: SpecificationVersion, given: Mapping[str, Any]
) -> tuple[dict[str, str], list[FieldFault]]:
    """The confirmed pairs. Every new ID must be in this version, every old one in the one before, once."""
    faults: list[FieldFault] = []
    new = {item.key for item in repository.requirements_of(session, version.id)}
    before = repository.requirements_of(session, version.based_on_id) if version.based_on_id else []
    old = {item.key for item in before}
    found: dict[str, str] = {}
    for key, earlier in given.items():
        pointer = f"/renumbered/{key}"
        if key not in new:
            message = f"ID {key} の要件は、この版にありません。"
            faults.append(FieldFault(pointer, "unknown", message, "この版のIDを書いてください。"))
        elif str(earlier) not in old:
            message = f"ID {earlier} の要件は、改める前の版にありません。"
            faults.append(
                FieldFault(pointer, "unknown", message, "改める前の版（based_on）のIDを書いてください。")
            )
        elif str(earlier) in found.values():
            message = f"改める前の ID {earlier} が2回あります。"
            faults.append(FieldFault(pointer, "duplicate", message, "一つにしてください。"))
        else:
            found[key] = str(earlier)
    return found, faults
