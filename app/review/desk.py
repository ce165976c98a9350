"""The reviewers' desk: many cases of one vendor in one act, the next case, giving a case to a colleague."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound, Problem
from app.listings.service import OwnerCard
from app.listings.views import owner_card
from app.listings.words import Words, checked
from app.review import absences, handing_over, reading, repository, service
from app.review.models import ReviewCase
from app.review.policies import conflict_of_interest
from app.review.views import CaseView
from catalogue_schema import Schema

AT_ONCE = 50
"""The most cases in one act, and on one vendor's page."""
LOOKED_THROUGH = 200
"""How far into the queue the next case is looked for, past those that four eyes forbid."""


class BatchRefused(Conflict):
    """One of several cases could not be dealt with, so none was. Member `cases`: case_id, name, type, detail."""

    slug, title = "batch-refused", "まとめての操作を行えませんでした"


@dataclass(frozen=True)
class Chosen:
    """A case with the revision and content that were on the screen."""

    case_id: str
    revision_id: str
    content_hash: str


@dataclass(frozen=True)
class VendorDesk:
    """One vendor's open cases: those that wait, those that the reader has, and how many others have."""

    owner: OwnerCard
    queued: tuple[CaseView, ...]
    mine: tuple[CaseView, ...]
    others: int


def vendor_desk(
    session: Session, actor: Actor, clock: Clock, schema: Schema, organisation_id: str
) -> VendorDesk:
    """The vendor's open cases, oldest first, at most AT_ONCE of each. Raises NotFound."""
    if not actor.may(Permission.REVIEW_READ):
        raise NotFound()
    owner = repository.organisations(session, [organisation_id]).get(organisation_id)
    if owner is None:
        raise NotFound()
    statement = repository.cases(statuses=repository.WAITING, vendor=organisation_id)
    rows = session.exec(statement.order_by(col(ReviewCase.id))).all()
    queued = [row for row in rows if row.status == "queued"]
    mine = [row for row in rows if row.claimed_by is not None and row.claimed_by == actor.person_id]

    def views(chosen: Sequence[ReviewCase]) -> tuple[CaseView, ...]:
        return tuple(reading.case_view(session, actor, clock, schema, row) for row in chosen[:AT_ONCE])

    return VendorDesk(owner_card(owner), views(queued), views(mine), len(rows) - len(queued) - len(mine))


def claim_many(
    session: Session, actor: Actor, clock: Clock, schema: Schema, case_ids: Sequence[str]
) -> list[CaseView]:
    """Take several cases of one vendor, or none. Raises Invalid for the list, BatchRefused naming what cannot be."""
    rows = _of_one_vendor(session, case_ids)

    def taking(case_id: str) -> Callable[[], CaseView]:
        return lambda: service.claim(session, actor, clock, schema, case_id)

    return _all_or_none(session, actor, clock, rows, [taking(case_id) for case_id in case_ids])


def approve_many(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    chosen: Sequence[Chosen],
    comment: str = "",
) -> list[CaseView]:
    """Approve several cases of one vendor, or none; each by its own four eyes and content hash, as `decide` does.

    Raises Invalid for the list or the comment, BatchRefused naming each that cannot be approved.
    """
    (comment,) = checked(Words("/comment", "事業者へのコメント", comment, longest=4000))
    rows = _of_one_vendor(session, [one.case_id for one in chosen])

    def approval(one: Chosen) -> Callable[[], CaseView]:
        return lambda: service.decide(
            session,
            actor,
            clock,
            schema,
            one.case_id,
            "approve",
            one.revision_id,
            one.content_hash,
            comment,
        )

    return _all_or_none(session, actor, clock, rows, [approval(one) for one in chosen])


def next_case(session: Session, actor: Actor, clock: Clock) -> str | None:
    """The id of what to look at next: the oldest that the reviewer has, else the oldest that waits and that four eyes
    allow; None where there is none, or to a reviewer who is away. Raises NotFound for who does not review."""
    if not actor.may(Permission.REVIEW_CLAIM) or actor.person_id is None:
        raise NotFound()
    own = session.exec(
        select(col(ReviewCase.id))
        .where(col(ReviewCase.status) == "claimed", col(ReviewCase.claimed_by) == actor.person_id)
        .order_by(col(ReviewCase.id))
    ).first()
    if own is not None:
        return own
    if absences.available(session, clock, actor.person_id) is None:
        return None
    waiting = session.exec(
        select(ReviewCase)
        .where(col(ReviewCase.status) == "queued")
        .order_by(col(ReviewCase.id))
        .limit(LOOKED_THROUGH)
    ).all()
    firms = repository.organisations(session, {row.owner_id for row in waiting})
    groups = repository.groups_of(session, actor.person_id)
    for row in waiting:
        owner_group = repository.group_of(firms[row.owner_id])
        if conflict_of_interest(actor.person_id, row.submitted_by, groups, owner_group) is None:
            return row.id
    return None


def reassign(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    case_id: str,
    reviewer_id: str,
    reason: str,
) -> CaseView:
    """Give an open case to another reviewer, with a reason that reviewers read.

    Raises NotFound, TransitionRefused, Invalid with all faults (nobody such, away, has it, four eyes, no reason).
    """
    case = handing_over.locked(session, case_id)
    faults = []
    target = absences.available(session, clock, reviewer_id)
    if target is None:
        message = "その審査担当はいないか、不在です。"
        faults.append(FieldFault("/reviewer", "unavailable", message, "ほかの審査担当を選んでください。"))
    elif case.claimed_by == reviewer_id:
        message = f"{target.name}は、すでにこの案件の担当です。"
        faults.append(FieldFault("/reviewer", "has_it", message, "ほかの審査担当を選んでください。"))
    elif handing_over.conflict_of(session, case, reviewer_id) is not None:
        message = f"{target.name}は、申請した本人か、事業者の関係者なので審査できません。"
        faults.append(FieldFault("/reviewer", "four_eyes", message, "ほかの審査担当を選んでください。"))
    try:
        (reason,) = checked(Words("/reason", "担当を変える理由", reason, required=True, longest=500))
    except Invalid as refusal:
        faults.extend(refusal.faults)
    if faults:
        raise Invalid(faults)
    case = handing_over.pass_on(session, actor, clock, case_id, reviewer_id, reason)
    return reading.case_view(session, actor, clock, schema, case)


def _of_one_vendor(session: Session, case_ids: Sequence[str]) -> list[ReviewCase]:
    """The cases in the order given. Raises Invalid: none, too many, twice, unknown, of several vendors."""
    faults = []
    if not 1 <= len(case_ids) <= AT_ONCE:
        remedy = f"1件から{AT_ONCE}件までを選んでください。"
        faults.append(FieldFault("/cases", "count", f"{len(case_ids)}件が選ばれています。", remedy))
    # A form may hold anything, and a database takes no NUL for an id.
    readable = [one for one in case_ids[:AT_ONCE] if one.isascii() and one.isprintable()]
    known = repository.cases_by_id(session, readable)
    for index, case_id in enumerate(case_ids[:AT_ONCE]):
        if case_id not in known:
            remedy = "一覧を開き直してください。"
            faults.append(FieldFault(f"/cases/{index}", "unknown", "その案件はありません。", remedy))
        elif case_id in case_ids[:index]:
            remedy = "一つにしてください。"
            faults.append(FieldFault(f"/cases/{index}", "twice", "同じ案件が二度あります。", remedy))
    if len({row.owner_id for row in known.values()}) > 1:
        remedy = "事業者ごとに分けてください。"
        faults.append(FieldFault("/cases", "several_vendors", "事業者が一つではありません。", remedy))
    if faults:
        raise Invalid(faults)
    return [known[case_id] for case_id in case_ids]


def _all_or_none(
    session: Session,
    actor: Actor,
    clock: Clock,
    rows: Sequence[ReviewCase],
    acts: Sequence[Callable[[], CaseView]],
) -> list[CaseView]:
    """Do every act, or, where one is refused, none of them; every refusal is found."""
    lines = reading.lines_by_id(session, actor, clock, rows)
    ids = [row.id for row in rows]
    done: list[CaseView] = []
    refused: list[dict[str, str]] = []
    savepoint = session.begin_nested()
    for case_id, act in zip(ids, acts, strict=True):
        try:
            done.append(act())
        except Problem as problem:
            name, slug = lines[case_id].name, f"/problems/{problem.slug}"
            refused.append({"case_id": case_id, "name": name, "type": slug, "detail": problem.detail})
    if not refused:
        savepoint.commit()
        return done
    savepoint.rollback()
    said = "".join(f"「{one['name']}」：{one['detail']} " for one in refused)
    raise BatchRefused(f"{said}ほかの案件も含めて、何も変えていません。", cases=refused)
