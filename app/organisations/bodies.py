"""Bodies that are in no list of codes (unions, ministries, …): admitted by the Agency, with their members as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from app.access.actor import Actor
from app.access.permissions import ADMITTED_KINDS, BODY_KINDS, Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.body_models import Constituent
from app.organisations.inputs import (
    corporate_number_faults,
    date_or_faults,
    kana_faults,
    term_fault,
    text_faults,
)
from app.organisations.local_governments import local_government_code
from app.organisations.models import Organisation
from app.organisations.repository import lock_organisation, organisation_by_reference
from app.organisations.service import OrganisationCard, organisation_cards
from catalogue_schema import Schema
from catalogue_schema.text import clean, printable

UNION_KINDS = ("joint_union", "wide_area_union", "enterprise_body")
"""Those that have members (構成団体)."""
MOST_MEMBERS = 200
AREAS = "business_areas"


@dataclass(frozen=True)
class BodyGiven:
    """A body as the Agency admits it. Texts as they were typed."""

    kind: str
    name: str
    name_kana: str
    corporate_number: str
    prefecture: str = ""


@dataclass(frozen=True)
class ConstituentsGiven:
    """Members (6-digit codes or 法人番号) with the areas and dates that they share."""

    members: Sequence[str]
    business_areas: Sequence[str]
    starts_on: str
    ends_on: str = ""


@dataclass(frozen=True)
class ConstituentView:
    """One member of a union, or one union of a member: both cards, the areas, the dates."""

    id: str
    body: OrganisationCard
    member: OrganisationCard
    business_areas: tuple[str, ...]
    starts_on: date
    ends_on: date | None
    via: tuple[OrganisationCard, ...] = ()
    """Of a union of a union: those between, the member's own first."""

    def holds_on(self, day: date) -> bool:
        """Whether the union buys for the member on that day."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


def admit_body(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    given: BodyGiven,
    constituents: ConstituentsGiven | None = None,
) -> OrganisationCard:
    """Admit the body, with its first members. Raises Forbidden but for the Agency, Invalid with every fault."""
    _agency_only(session, actor)
    name, kana = clean(given.name), clean(given.name_kana)
    number, prefecture = clean(given.corporate_number), clean(given.prefecture)
    faults = [] if given.kind in ADMITTED_KINDS else [term_fault("/kind", given.kind, ADMITTED_KINDS)]
    faults += text_faults("/name", name, longest=100, required=True)
    faults += kana_faults("/name_kana", kana) or text_faults("/name_kana", kana, longest=200, required=True)
    faults += _number_faults(session, given.kind, number)
    known = [term.ja for term in schema.vocabulary("prefectures").terms]
    if prefecture and prefecture not in known:
        faults.append(term_fault("/prefecture", prefecture, known))
    body = Organisation(
        id=new_id("org"),
        kind=given.kind,
        name=name,
        name_kana=kana,
        corporate_number=number,
        prefecture=prefecture,
        created_at=clock.now(),
    )
    rows: list[Constituent] = []
    if constituents is not None:
        if given.kind in ADMITTED_KINDS and given.kind not in UNION_KINDS:
            faults.append(_no_union("/constituents"))
        else:
            rows, more = _checked(session, clock, schema, body, constituents, "/constituents")
            faults += more
    if faults:
        raise Invalid(faults)
    session.add(body)
    session.flush()
    _record(session, actor, clock, "organisation.admitted", body, {"kind": body.kind})
    _add(session, actor, clock, body, rows)
    return organisation_cards(session, [body.id])[body.id]


def add_constituents(
    session: Session, actor: Actor, clock: Clock, schema: Schema, body_id: str, given: ConstituentsGiven
) -> list[ConstituentView]:
    """Further members of a union, all or none. Raises NotFound, Forbidden, Conflict for no union, Invalid."""
    body = _union(session, actor, body_id)
    rows, faults = _checked(session, clock, schema, body, given, "")
    if faults:
        raise Invalid(faults)
    _add(session, actor, clock, body, rows)
    return constituents_of(session, body.id)


def end_constituent(
    session: Session, actor: Actor, clock: Clock, body_id: str, constituent_id: str, ends_on: str
) -> ConstituentView:
    """Set the last day of a member's place (also a past one: the Agency hears late). Raises NotFound, Invalid."""
    body = _union(session, actor, body_id)
    row = session.get(Constituent, constituent_id)
    if row is None or row.body_id != body.id:
        raise NotFound("その構成団体はありません。")
    day, faults = date_or_faults("/ends_on", ends_on, clock.today())
    if day is not None and day < row.starts_on:
        faults.append(_reversed("/ends_on", row.starts_on))
    if faults or day is None:
        raise Invalid(faults)
    row.ends_on = day
    session.add(row)
    session.flush()
    details = {"member_id": row.member_id, "ends_on": day.isoformat()}
    _record(session, actor, clock, "organisation.constituent-ended", body, details)
    return next(view for view in constituents_of(session, body.id) if view.id == row.id)


def constituents_of(session: Session, body_id: str) -> list[ConstituentView]:
    """A union's members, former and coming ones too, in the order of their codes."""
    rows = session.exec(select(Constituent).where(col(Constituent.body_id) == body_id)).all()
    return _views(session, rows)


def unions_of(session: Session, member_id: str) -> list[ConstituentView]:
    """The unions that the body is a member of, former and coming ones too, and then the unions of these.

    A union of a union buys for the body what both were given to buy, while both places last.
    """
    found = _direct_unions(session, member_id)
    waiting = list(found)
    while waiting:
        lower = waiting.pop(0)
        passed = {member_id, lower.body.id, *(card.id for card in lower.via)}
        for upper in _direct_unions(session, lower.body.id):
            joined = _through(lower, upper)
            if joined is not None and upper.body.id not in passed:
                found.append(joined)
                waiting.append(joined)
    return found


def _direct_unions(session: Session, member_id: str) -> list[ConstituentView]:
    rows = session.exec(select(Constituent).where(col(Constituent.member_id) == member_id)).all()
    return _views(session, rows)


def _through(lower: ConstituentView, upper: ConstituentView) -> ConstituentView | None:
    """What the upper union buys for the member of the lower one; None: nothing, or never."""
    areas = tuple(area for area in lower.business_areas if area in upper.business_areas)
    ends = [day for day in (lower.ends_on, upper.ends_on) if day is not None]
    starts_on, ends_on = max(lower.starts_on, upper.starts_on), min(ends, default=None)
    if not areas or (ends_on is not None and ends_on < starts_on):
        return None
    via = (*lower.via, lower.body)
    return ConstituentView(upper.id, upper.body, lower.member, areas, starts_on, ends_on, via)


def buyers_for(session: Session, member_id: str, area: str, day: date) -> list[ConstituentView]:
    """The unions that buy this business area for the body on that day."""
    return [v for v in unions_of(session, member_id) if area in v.business_areas and v.holds_on(day)]


def _views(session: Session, rows: Iterable[Constituent]) -> list[ConstituentView]:
    rows = list(rows)
    cards = organisation_cards(session, {id_ for row in rows for id_ in (row.body_id, row.member_id)})
    views = [
        ConstituentView(
            row.id,
            cards[row.body_id],
            cards[row.member_id],
            tuple(row.business_areas),
            row.starts_on,
            row.ends_on,
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: (view.member.code or "~", view.body.name, view.starts_on, view.id))


def _agency_only(session: Session, actor: Actor) -> None:
    if not actor.may(Permission.ORGANISATIONS_MANAGE) or actor.organisation_id is None:
        raise Forbidden("団体を登録し、構成団体を決めるのはデジタル庁です。")
    # One at a time: two halves of a circle would not see each other.
    lock_organisation(session, actor.organisation_id)


def _union(session: Session, actor: Actor, body_id: str) -> Organisation:
    _agency_only(session, actor)
    if session.get(Organisation, body_id) is None:
        raise NotFound("その団体はありません。")
    body = lock_organisation(session, body_id)
    if body.kind not in UNION_KINDS:
        raise Conflict("構成団体を持つのは、一部事務組合・広域連合・企業団だけです。")
    return body


def _no_union(pointer: str) -> FieldFault:
    message = "「構成団体」：府省と独立行政法人に構成団体はありません。"
    return FieldFault(
        pointer, "not-applicable", message, "構成団体を空にするか、団体の種類を直してください。"
    )


def _number_faults(session: Session, kind: str, number: str) -> list[FieldFault]:
    """No 法人番号, one that is taken, or one that follows from a local government's code."""
    faults = corporate_number_faults("/corporate_number", number)
    if faults:
        return faults
    code = local_government_code(number)
    named = organisation_by_reference(session, code) if code is not None else None
    # A union may have a number of this form, with a code of its own; a national body has not.
    if code is not None and (named is not None or kind not in UNION_KINDS):
        whose = f"{named.name}（団体コード {code}）" if named is not None else f"団体コード {code} の団体"
        message = f"「法人番号」：{whose}の法人番号です。"
        remedy = "地方公共団体は国の一覧から取り込みます。登録する団体の法人番号を確かめてください。"
        return [FieldFault("/corporate_number", "local-government", message, remedy)]
    holder = organisation_by_reference(session, number)
    if holder is not None:
        message = f"「法人番号」：{holder.name}が使っています。"
        remedy = "登録済みの団体か、事業者の番号ではないかを確かめてください。"
        return [FieldFault("/corporate_number", "taken", message, remedy)]
    return []


def _reversed(pointer: str, starts_on: date) -> FieldFault:
    message = f"「終わりの日」：始まりの日（{starts_on.isoformat()}）より前です。"
    return FieldFault(pointer, "reversed", message, "始まりの日と同じか、後の日にしてください。")


def _checked(
    session: Session, clock: Clock, schema: Schema, body: Organisation, given: ConstituentsGiven, at: str
) -> tuple[list[Constituent], list[FieldFault]]:
    """The rows to add, and every fault at `at`."""
    today = clock.today()
    starts_on, faults = date_or_faults(f"{at}/starts_on", given.starts_on, today)
    ends_on = None
    if given.ends_on.strip():
        ends_on, more = date_or_faults(f"{at}/ends_on", given.ends_on, today)
        faults += more
        if starts_on is not None and ends_on is not None and ends_on < starts_on:
            faults.append(_reversed(f"{at}/ends_on", starts_on))
    areas = list(dict.fromkeys(given.business_areas))
    known = [term.code for term in schema.vocabulary(AREAS).current()]
    if not areas:
        message = "「業務」：団体が構成団体のために調達する業務がありません。"
        faults.append(FieldFault(f"{at}/business_areas", "required", message, "一つ以上選んでください。"))
    faults += [
        term_fault(f"{at}/business_areas/{index}", area, known)
        for index, area in enumerate(areas)
        if area not in known
    ]
    references = [clean(reference) for reference in given.members]
    if not references or len(references) > MOST_MEMBERS:
        message = f"「構成団体」：{len(references)}団体です。"
        remedy = f"1から{MOST_MEMBERS}までの団体を、団体コードまたは法人番号で書いてください。"
        faults.append(FieldFault(f"{at}/members", "count", message, remedy))
        return [], faults
    seen: dict[str, int] = {}
    rows = []
    for index, reference in enumerate(references):
        pointer = f"{at}/members/{index}"
        member = organisation_by_reference(session, reference) if reference not in ("", "agency") else None
        if member is None and reference == body.corporate_number:
            member = body
        fault = _member_fault(session, body, member, reference, index, starts_on, ends_on)
        if member is not None and fault is None and seen.setdefault(member.id, index) != index:
            fault = ("duplicate", f"{seen[member.id] + 1}件目と同じ団体です。", "どちらかを消してください。")
        if fault is not None or member is None:
            code, message, remedy = fault or ("unknown", "この団体はありません。", "")
            faults.append(FieldFault(pointer, code, f"「構成団体」{index + 1}件目：{message}", remedy))
            continue
        if starts_on is not None:
            rows.append(
                Constituent(
                    id=new_id("cst"),
                    body_id=body.id,
                    member_id=member.id,
                    business_areas=areas,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    created_at=clock.now(),
                )
            )
    return rows, faults


def _member_fault(
    session: Session,
    body: Organisation,
    member: Organisation | None,
    reference: str,
    index: int,
    starts_on: date | None,
    ends_on: date | None,
) -> tuple[str, str, str] | None:
    """Why this cannot be a member: (code, message, remedy)."""
    if member is None or member.kind not in BODY_KINDS:
        message = f"「{printable(reference)}」という団体は登録されていません。"
        return "unknown", message, "6桁の団体コードか、登録済みの団体の法人番号を書いてください。"
    if member.id == body.id:
        return "self", "自分自身を構成団体にはできません。", "この行を消してください。"
    if starts_on is None:
        return None
    path = _path_to(session, member.id, body.id, starts_on, ends_on)
    if path:
        names = [card.name for card in (organisation_cards(session, path)[id_] for id_ in path)]
        message = f"輪になります（{body.name} → {' → '.join(names)} → {body.name}）。"
        return "circle", message, "どちらかの所属をやめるか、期間を分けてください。"
    taken = session.exec(
        select(Constituent).where(
            col(Constituent.body_id) == body.id,
            col(Constituent.member_id) == member.id,
            *_overlapping(starts_on, ends_on),
        )
    ).first()
    if taken is not None:
        message = f"{member.name}は、この期間にすでに構成団体です。"
        return "overlap", message, "先に今の期間を終わらせるか、後の日から始めてください。"
    return None


def _overlapping(starts_on: date, ends_on: date | None) -> list[ColumnElement[bool]]:
    after = or_(col(Constituent.ends_on).is_(None), col(Constituent.ends_on) >= starts_on)
    return [after] if ends_on is None else [after, col(Constituent.starts_on) <= ends_on]


def _path_to(session: Session, start: str, goal: str, starts_on: date, ends_on: date | None) -> list[str]:
    """From `start` down its members to the body above `goal`, by places that overlap the term; empty: no way."""
    ways: dict[str, list[str]] = {start: [start]}
    queue = [start]
    while queue:
        here = queue.pop(0)
        members = session.exec(
            select(col(Constituent.member_id))
            .where(col(Constituent.body_id) == here, *_overlapping(starts_on, ends_on))
            .order_by(col(Constituent.member_id))
        ).all()
        for member in members:
            if member == goal:
                return ways[here]
            if member not in ways:
                ways[member] = [*ways[here], member]
                queue.append(member)
    return []


def _add(
    session: Session, actor: Actor, clock: Clock, body: Organisation, rows: Sequence[Constituent]
) -> None:
    if not rows:
        return
    session.add_all(rows)
    session.flush()
    details = {
        "member_ids": [row.member_id for row in rows],
        "business_areas": rows[0].business_areas,
        "starts_on": rows[0].starts_on.isoformat(),
        "ends_on": rows[0].ends_on.isoformat() if rows[0].ends_on else None,
    }
    _record(session, actor, clock, "organisation.constituents-added", body, details)


def _record(
    session: Session,
    actor: Actor,
    clock: Clock,
    action: str,
    body: Organisation,
    details: Mapping[str, object],
) -> None:
    record(
        session, actor, action, "organisation", body.id, at=clock.now(), owner=body.id, details=dict(details)
    )
