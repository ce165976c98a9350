"""Specifications: what everybody reads, what the ministry's editors register and change, what the Agency hosts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from app.access.actor import ANONYMOUS, Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound, invalid
from app.kit.http import etag
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.organisations.inputs import term_fault, text_faults
from app.organisations.models import Organisation
from app.organisations.service import require_match
from app.specifications import repository
from app.specifications.lifecycle import PUBLIC
from app.specifications.mapping import read_mapping
from app.specifications.models import Specification, SpecificationVersion
from app.specifications.views import (
    Place,
    RequirementsPage,
    SpecificationView,
    VersionView,
    specification_view,
    version_view,
)
from catalogue_schema import Schema
from catalogue_schema.requirements import (
    ID_SCHEMES,
    KINDS,
    OBLIGATIONS,
    REQUIREMENTS_AT_MOST,
    SIZE_CLASSES,
    Requirement,
)
from catalogue_schema.text import clean, url_fault

EDITORS_MEMBERS: Final = frozenset({"title", "ministry", "business_area", "id_scheme", "page_url", "mapping"})
"""What the ministry's editors may change."""
HOSTS_MEMBERS: Final = frozenset({"page_url", "page_note", "steward_id"})
"""What the Agency may change: where a specification is published, and whose it is; never what it says."""
_KEY = re.compile(r"[a-z][a-z0-9-]{1,59}")
_LONGEST: Final = {"title": 200, "ministry": 100, "page_url": 500, "page_note": 2000, "mapping": 20_000}
EVERY: Final = REQUIREMENTS_AT_MOST
"""As many requirements as a version may have."""
STEWARD_KINDS: Final = ("ministry", "agency")


def list_specifications(
    session: Session,
    actor: Actor,
    paging: Paging,
    *,
    business_area: str = "",
    steward_id: str = "",
    q: str = "",
) -> tuple[list[SpecificationView], str | None]:
    """One page of specifications in the order in which they were registered, each with its versions."""
    statement = repository.listed(business_area=business_area, steward_id=steward_id, q=q)
    rows, following = paginate(session, statement, Specification, paging, newest_first=False)
    versions = repository.versions_of(session, [row.id for row in rows])
    return [_view(actor, row, versions[row.id]) for row in rows], following


def read_specification(session: Session, actor: Actor, specification_id: str) -> SpecificationView:
    """One specification. Raises NotFound."""
    row = find(session, specification_id)
    return _view(actor, row, repository.versions_of(session, [row.id])[row.id])


def read_version(session: Session, actor: Actor, specification_id: str, number: str) -> VersionView:
    """One version. Raises NotFound for one that the reader may not see."""
    found = read_specification(session, actor, specification_id).named(number)
    if found is None:
        raise NotFound("その版はありません。")
    return found


def requirements_page(
    session: Session,
    version: VersionView,
    *,
    kind: str = "",
    size_class: str = "",
    obligation: str = "",
    q: str = "",
    after: int | None = None,
    limit: int = 100,
) -> RequirementsPage:
    """Requirements of a version (as `read_version` gave it), narrowed. Raises Invalid for unknown terms."""
    faults = [
        term_fault(f"/{name}", value, list(possible))
        for name, value, possible in (
            ("kind", kind, KINDS),
            ("size_class", size_class, SIZE_CLASSES),
            ("obligation", obligation, OBLIGATIONS),
        )
        if value and value not in possible
    ]
    if obligation and not size_class:
        message, remedy = "義務で絞るときは、団体区分も選びます。", "size_class を選んでください。"
        faults.append(FieldFault("/size_class", "required", message, remedy))
    if faults:
        raise Invalid(faults)
    everything = repository.requirements_of(session, version.id)
    counts: dict[str, int] = {}
    for item in everything:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    words = q.casefold().split()
    found = [
        Place(position, item)
        for position, item in enumerate(everything)
        if (not kind or item.kind == kind)
        and (not size_class or item.obligation.get(size_class) != "not_applicable" or obligation)
        and (not obligation or item.obligation.get(size_class) == obligation)
        and all(word in f"{item.key}\n{' '.join(item.category)}\n{item.text}".casefold() for word in words)
    ]
    rest = [place for place in found if after is None or place.position > after]
    page = tuple(rest[:limit])
    following = page[-1].position if len(rest) > limit else None
    return RequirementsPage(page, len(found), following, counts)


def requirement_at(session: Session, version: VersionView, position: int) -> Requirement:
    """One requirement of a version (as `read_version` gave it). Raises NotFound."""
    items = repository.requirements_of(session, version.id)
    if not 0 <= position < len(items):
        raise NotFound("その要件はありません。")
    return items[position]


def every_requirement(session: Session, version: VersionView) -> tuple[Requirement, ...]:
    """All requirements of a version (as a service gave it), in order."""
    return tuple(repository.requirements_of(session, version.id))


def public_version(session: Session, version_id: str) -> tuple[SpecificationView, VersionView] | None:
    """A version by its id, with its specification; None for one that is not public."""
    row = session.get(SpecificationVersion, version_id)
    if row is None or row.status not in PUBLIC:
        return None
    view = read_specification(session, ANONYMOUS, row.specification_id)
    version = view.named(row.number)
    return (view, version) if version is not None else None


def versions_of_status(
    session: Session, statuses: Collection[str]
) -> list[tuple[SpecificationView, VersionView]]:
    """Every public version in one of these states with its specification, by title and the newest first."""
    rows = session.exec(select(Specification).order_by(col(Specification.title), col(Specification.id))).all()
    versions = repository.versions_of(session, [row.id for row in rows])
    views = [_view(ANONYMOUS, row, versions[row.id]) for row in rows]
    return [(view, each) for view in views for each in view.versions if each.status in statuses]


def stewards(session: Session) -> list[tuple[str, str]]:
    """The organisations that may be in charge of a specification: id and name."""
    statement = select(Organisation).where(
        col(Organisation.kind).in_(STEWARD_KINDS), col(Organisation.ended_on).is_(None)
    )
    rows = session.exec(statement.order_by(col(Organisation.name), col(Organisation.id))).all()
    return [(row.id, row.name) for row in rows]


def register(
    session: Session, actor: Actor, clock: Clock, schema: Schema, given: Mapping[str, Any]
) -> SpecificationView:
    """Register a specification: an editor for the own ministry, the Agency for any (`steward_id`).

    Raises Forbidden, Invalid with every fault.
    """
    hosts = actor.may(Permission.SPECIFICATION_HOST)
    if not (hosts or actor.may(Permission.SPECIFICATION_WRITE)):
        raise Forbidden("標準仕様書を登録できるのは、所管府省の編集担当とデジタル庁だけです。")
    values = {name: value for name, value in given.items() if value is not None}
    editor = actor.may(Permission.SPECIFICATION_WRITE)
    steward_id = values.get("steward_id") or (actor.organisation_id if editor else None)
    if editor and not hosts and steward_id != actor.organisation_id:
        raise Forbidden("登録できるのは、自分の府省の標準仕様書だけです。")
    row = Specification(
        id=new_id("spec"),
        key=str(values.get("key", "")),
        business_area=str(values.get("business_area", "")),
        title=clean(str(values.get("title", ""))),
        steward_id=steward_id,
        ministry=clean(str(values.get("ministry", ""))),
        id_scheme=str(values.get("id_scheme", "function_id")),
        sample=bool(values.get("sample", False)),
        page_url=clean(str(values.get("page_url", ""))),
        page_note=clean(str(values.get("page_note", ""))),
        mapping=str(values.get("mapping", "")),
        created_at=clock.now(),
    )
    add(session, actor, clock, schema, row)
    return read_specification(session, actor, row.id)


def add(session: Session, actor: Actor, clock: Clock, schema: Schema, row: Specification) -> None:
    """Add a row that is right. Raises Invalid with every fault."""
    steward = session.get(Organisation, row.steward_id) if row.steward_id else None
    if steward is not None and not row.ministry:
        row.ministry = steward.name
    faults = [*_faults(session, schema, row)]
    if not _KEY.fullmatch(row.key):
        message = "短い名前は、半角の英小文字で始まる、英小文字・数字・ハイフンの60字までです。"
        faults.append(FieldFault("/key", "format", message, "child-allowance のように書いてください。"))
    elif repository.by_key(session, row.key) is not None:
        message = f"「{row.key}」という短い名前の標準仕様書は、もうあります。"
        faults.append(FieldFault("/key", "duplicate", message, "別の名前にしてください。"))
    if faults:
        raise Invalid(faults)
    session.add(row)
    session.flush()
    details = {"key": row.key, "steward_id": row.steward_id}
    record(
        session,
        actor,
        "specification.registered",
        "specification",
        row.id,
        at=clock.now(),
        owner=row.steward_id,
        details=details,
    )


def change(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    specification_id: str,
    patch: Mapping[str, Any],
    if_match: str | None,
) -> SpecificationView:
    """Change what is said about a specification.

    Raises NotFound, Forbidden naming what the actor may not change, PreconditionRequired, PreconditionFailed, Invalid.
    """
    row = find(session, specification_id)
    allowed: frozenset[str] = frozenset()
    if may_edit(actor, row):
        allowed |= EDITORS_MEMBERS
    if actor.may(Permission.SPECIFICATION_HOST):
        allowed |= HOSTS_MEMBERS
    if not allowed:
        raise _not_yours(row)
    if refused := sorted(set(patch) - allowed):
        raise Forbidden(
            f"この項目は変えられません: {'、'.join(refused)}。"
            "デジタル庁が変えられるのは掲載場所と所管だけ、本文と名称は所管府省だけです。"
        )
    require_match(if_match, etag(row.id, row.version))
    with session.no_autoflush:  # what is wrong neither reaches the database nor is left behind
        for name, value in patch.items():
            plain = clean(value) if isinstance(value, str) and name != "mapping" else value
            setattr(row, name, plain or _blank(name))
        faults = _faults(session, schema, row)
        if faults:
            session.refresh(row)
    if faults:
        raise Invalid(faults)
    row.version += 1
    session.add(row)
    record(
        session,
        actor,
        "specification.changed",
        "specification",
        row.id,
        at=clock.now(),
        owner=row.steward_id,
        details={"changed": sorted(patch)},
    )
    session.flush()
    return read_specification(session, actor, row.id)


def _blank(name: str) -> str | None:
    return None if name == "steward_id" else ""


def _faults(session: Session, schema: Schema, row: Specification) -> list[FieldFault]:
    faults: list[FieldFault] = []
    areas = [term.code for term in schema.vocabulary("business_areas").terms]
    if row.business_area not in areas:
        faults.append(term_fault("/business_area", row.business_area, areas))
    if row.id_scheme not in ID_SCHEMES:
        faults.append(term_fault("/id_scheme", row.id_scheme, list(ID_SCHEMES)))
    for name in ("title", "ministry"):
        faults += text_faults(f"/{name}", getattr(row, name), longest=_LONGEST[name], required=True)
    for name in ("page_note", "mapping"):
        value = getattr(row, name).replace("\t", " ")
        faults += text_faults(f"/{name}", value, longest=_LONGEST[name], multiline=True)
    if row.page_url:
        faults += text_faults("/page_url", row.page_url, longest=_LONGEST["page_url"])
        reason = url_fault(row.page_url)
        if reason is not None:
            faults.append(FieldFault("/page_url", "url", reason, "府省の公表ページの住所を書いてください。"))
    if row.mapping:
        try:
            read_mapping(row.mapping)
        except Invalid as refused:
            faults += refused.faults
    if row.steward_id is not None:
        steward = session.get(Organisation, row.steward_id)
        if steward is None or steward.kind not in STEWARD_KINDS:
            message = "所管にできるのは、登録された府省かデジタル庁です。"
            remedy = "組織のIDを確かめるか、先に府省を登録してください。"
            faults.append(FieldFault("/steward_id", "unknown", message, remedy))
    return faults


def find(session: Session, specification_id: str) -> Specification:
    """The row. Raises NotFound."""
    row = session.get(Specification, specification_id)
    if row is None:
        raise NotFound("その標準仕様書はありません。")
    return row


def may_edit(actor: Actor, row: Specification) -> bool:
    """Whether the actor is an editor of the ministry in charge."""
    return actor.may(Permission.SPECIFICATION_WRITE) and actor.acts_for(row.steward_id)


def own(session: Session, actor: Actor, specification_id: str) -> Specification:
    """The row of a specification of the actor's ministry. Raises NotFound, Forbidden."""
    row = find(session, specification_id)
    if not may_edit(actor, row):
        raise _not_yours(row)
    return row


def _not_yours(row: Specification) -> Forbidden:
    return Forbidden(f"この標準仕様書を変えられるのは、所管（{row.ministry}）の仕様書の編集担当だけです。")


def _view(actor: Actor, row: Specification, versions: list[SpecificationVersion]) -> SpecificationView:
    mine = may_edit(actor, row)
    numbers = {each.id: each.number for each in versions}
    seen = [version_view(each, numbers) for each in versions if mine or each.status in PUBLIC]
    return specification_view(row, seen, may_edit=mine, may_host=actor.may(Permission.SPECIFICATION_HOST))


def require_mapping(row: Specification) -> str:
    """The mapping for imports. Raises Invalid where there is none yet."""
    if not row.mapping.strip():
        message = "列の対応表がまだありません。"
        raise invalid("/mapping", "required", message, "標準仕様書の編集で、対応表を書いてください。")
    return row.mapping
