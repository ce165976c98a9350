"""The verbs by which versions become public and end. Who proposed a version is not the one who publishes it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid
from app.organisations.inputs import text_faults
from app.outbox.publish import publish
from app.specifications import drafts, repository, service
from app.specifications.lifecycle import VERSION
from app.specifications.models import Specification, SpecificationVersion
from app.specifications.trail import note
from app.specifications.views import VersionView
from catalogue_schema.requirements import version_order
from catalogue_schema.text import clean

DECISIONS: Final = ("opening", "publication", "return", "withdrawal")
PUBLISHED: Final = "specification.published"
"""Topic that tells others of a version that came into force; the key is its id."""


def decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    specification_id: str,
    number: str,
    verb: str,
    reason: str = "",
) -> VersionView:
    """Carry out one of `proposal` and DECISIONS. Who proposed a version does not open or publish it.

    Raises NotFound, Forbidden, TransitionRefused, Invalid for what is missing.
    """
    row = service.own(session, actor, specification_id)
    version = drafts.find_version(session, actor, row, number)
    VERSION.require(verb, version.status)
    if verb in DECISIONS and not actor.may(Permission.SPECIFICATION_PUBLISH):
        raise Forbidden("公開と撤回を決められるのは、仕様書の編集担当だけです。")
    if verb in ("opening", "publication") and version.proposed_by == actor.person_id:
        message = "公開を申し出た人とは別の、同じ府省の編集担当が公開します。"
        raise Forbidden(message, rule="four-eyes")
    faults = _completeness(version) if verb == "proposal" else []
    reason = clean(reason)
    if verb in ("return", "withdrawal"):
        faults += text_faults("/reason", reason, longest=2000, required=True, multiline=True)
    if faults:
        raise Invalid(faults)
    now = clock.now()
    changes: dict[str, Any] = {"version": version.version + 1}
    if verb == "proposal":
        changes |= {"proposed_by": actor.person_id, "proposed_at": now, "reason": ""}
    elif verb in ("opening", "publication"):
        items = repository.requirements_of(session, version.id)
        changes |= {"decided_by": actor.person_id, "decided_at": now}
        changes |= {"content_hash": repository.content_hash(items)}
        if verb == "publication" and version.published_on is None:
            changes["published_on"] = clock.today()
    else:
        changes["reason"] = reason
    VERSION.move(session, version, verb, **changes)
    note(session, actor, clock, row, version, verb, {"reason": reason} if reason else None)
    if verb == "publication":
        publish(session, PUBLISHED, version.id, at=now)
        supersede(session, actor, clock, row.id)
    return service.read_version(session, actor, row.id, version.number)


def host(
    session: Session, actor: Actor, clock: Clock, row: Specification, version: SpecificationVersion
) -> None:
    """Publish a draft that is a ministry's own published file, taken over as it is (the operator's command line)."""
    if faults := _completeness(version):
        raise Invalid(faults)
    now = clock.now()
    version.origin = "hosted"
    session.add(version)
    VERSION.move(session, version, "proposal", proposed_at=now)
    items = repository.requirements_of(session, version.id)
    changes = {"decided_at": now, "content_hash": repository.content_hash(items)}
    VERSION.move(session, version, "publication", **changes)
    note(session, actor, clock, row, version, "publication", {"origin": "hosted"})
    publish(session, PUBLISHED, version.id, at=now)
    supersede(session, actor, clock, row.id)


def supersede(session: Session, actor: Actor, clock: Clock, specification_id: str | None = None) -> int:
    """Move versions to `superseded` that a later one has taken the place of by today; how many.

    A version takes the place of those before it from its 適合基準日, at once where it has none; and at once that of the
    version whose errors it corrects.
    """
    families: dict[str, list[SpecificationVersion]] = {}
    for version in repository.in_force(session):
        if specification_id in (None, version.specification_id):
            families.setdefault(version.specification_id, []).append(version)
    moved = 0
    for owner_id, versions in sorted(families.items()):
        versions.sort(key=lambda each: version_order(each.number))
        for index, version in enumerate(versions):
            later = versions[index + 1 :]
            corrected = any(each.corrects_id == version.id for each in later)
            if corrected or any(_binds(each, clock.today()) for each in later):
                VERSION.move(session, version, "supersession", version=version.version + 1)
                row = service.find(session, owner_id)
                note(session, actor, clock, row, version, "supersession")
                moved += 1
    return moved


def _binds(version: SpecificationVersion, today: date) -> bool:
    return version.conform_by is None or version.conform_by <= today


def _completeness(version: SpecificationVersion) -> list[FieldFault]:
    faults = []
    if not version.requirement_count:
        message = "要件が一つもありません。"
        faults.append(FieldFault("/requirements", "required", message, "要件を取り込むか、書いてください。"))
    if version.corrects_id and not version.errata:
        message = "正誤の内容がありません。"
        faults.append(FieldFault("/errata", "required", message, "何を正したかを書いてください。"))
    if version.conform_by and version.published_on and version.conform_by < version.published_on:
        message = "適合基準日が公表日より前です。"
        faults.append(FieldFault("/conform_by", "order", message, "日付を確かめてください。"))
    return faults
