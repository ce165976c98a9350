"""Mergers of bodies (廃置分合): when one ends, and who takes over. The Agency records it, the clock does the rest.

Projects and contracts stay under the name of the body that made them, and the first successor keeps them: its people
read and manage them as their own (`Actor.inherited`; docs/decisions/0015-bodies.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, delete, select

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission
from app.audit.record import record
from app.identity.sessions import end_for_membership
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.organisations.body_models import BodySuccessor
from app.organisations.inputs import date_or_faults
from app.organisations.lifecycle import MEMBERSHIP
from app.organisations.models import Membership, Organisation
from app.organisations.repository import lock_organisation, organisation_by_reference
from app.organisations.service import OrganisationCard, organisation_cards
from app.outbox.publish import publish
from catalogue_schema.dates import format_date
from catalogue_schema.text import clean, printable

EARLIEST = date(1947, 5, 3)
"""The Local Autonomy Act: no merger under it is older."""
FURTHEST_YEARS = 5
MOST_SUCCESSORS = 10
BY_MERGER = "merger"
"""`ended_by` of a membership that ended with its body."""


@dataclass(frozen=True)
class SuccessionView:
    """When a body ends or ended, and who took over; the first of them keeps its projects and contracts."""

    body: OrganisationCard
    ended_on: date
    successors: tuple[OrganisationCard, ...]

    @property
    def sentence(self) -> str:
        """As it is said to everybody after the day."""
        names = "・".join(card.name for card in self.successors)
        return f"{self.body.name}は、{format_date(self.ended_on)}に{names}へ引き継がれました。"


def succession_of(session: Session, body_id: str) -> SuccessionView | None:
    """What is recorded of the body's end, also ahead of the day; None: it goes on."""
    rows = session.exec(
        select(col(BodySuccessor.successor_id))
        .where(col(BodySuccessor.body_id) == body_id)
        .order_by(col(BodySuccessor.position))
    ).all()
    cards = organisation_cards(session, [body_id, *rows])
    body = cards.get(body_id)
    if body is None or body.ended_on is None:
        return None
    return SuccessionView(body, body.ended_on, tuple(cards[id_] for id_ in rows))


def predecessors_of(session: Session, body_id: str, today: date) -> list[SuccessionView]:
    """The bodies that this one took over until today, in order of the days."""
    rows = session.exec(
        select(col(BodySuccessor.body_id)).where(col(BodySuccessor.successor_id) == body_id)
    ).all()
    views = [view for view in (succession_of(session, id_) for id_ in rows) if view is not None]
    return sorted(
        (view for view in views if view.ended_on <= today), key=lambda view: (view.ended_on, view.body.id)
    )


def refuse_ended(session: Session, organisation: Organisation, today: date) -> None:
    """Raise Conflict, with who took over, where the body has ended."""
    if organisation.ended_on is not None and organisation.ended_on <= today:
        view = succession_of(session, organisation.id)
        raise Conflict(view.sentence if view else f"{organisation.name}は、なくなりました。")


def record_succession(
    session: Session, actor: Actor, clock: Clock, body_id: str, *, ended_on: str, successors: Sequence[str]
) -> SuccessionView:
    """Record (or, before the day, correct) that the body ends on a day, and its successors by code or 法人番号.

    Raises NotFound, Forbidden but for the Agency, Conflict once it has ended, Invalid with every fault.
    """
    body = _reach(session, actor, clock, body_id)
    today = clock.today()
    day, faults = date_or_faults("/ended_on", ended_on, today, earliest=EARLIEST)
    furthest = today + timedelta(days=366 * FURTHEST_YEARS)
    if day is not None and day > furthest:
        message = f"「引継ぎの日」：{FURTHEST_YEARS}年より先です。"
        faults.append(FieldFault("/ended_on", "too-late", message, f"{format_date(furthest)}までの日です。"))
    found, more = _successors(session, body, [clean(each) for each in successors], day)
    faults += more
    if faults or day is None:
        raise Invalid(faults)
    before = body.ended_on
    session.exec(delete(BodySuccessor).where(col(BodySuccessor.body_id) == body.id))
    session.add_all(
        BodySuccessor(body_id=body.id, successor_id=each.id, position=position)
        for position, each in enumerate(found)
    )
    body.ended_on = day
    body.version += 1
    session.add(body)
    session.flush()
    details = {
        "ended_on": day.isoformat(),
        "before": before.isoformat() if before else None,
        "successor_ids": [each.id for each in found],
    }
    _record(session, actor, clock, "organisation.succession-recorded", body, details)
    view = succession_of(session, body.id)
    assert view is not None
    return view


def withdraw_succession(session: Session, actor: Actor, clock: Clock, body_id: str) -> None:
    """Take it back before the day. Raises NotFound, Forbidden, Conflict once the body has ended."""
    body = _reach(session, actor, clock, body_id)
    if body.ended_on is None:
        raise NotFound("この団体に、引継ぎの記録はありません。")
    session.exec(delete(BodySuccessor).where(col(BodySuccessor.body_id) == body.id))
    details: Mapping[str, object] = {"ended_on": body.ended_on.isoformat()}
    body.ended_on = None
    body.version += 1
    session.add(body)
    session.flush()
    _record(session, actor, clock, "organisation.succession-withdrawn", body, details)


def sweep_mergers(session: Session, actor: Actor, clock: Clock) -> None:
    """End the memberships of bodies whose day has come, with sessions and tokens, and tell the successors once.

    Their rights ended with the day itself (`membership_facts`); this writes it down.
    """
    today = clock.today()
    rows = session.exec(
        select(Membership, Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Organisation.ended_on) <= today, col(Membership.status) != "ended")
        .order_by(col(Organisation.id), col(Membership.id))
    ).all()
    for membership, body in rows:
        MEMBERSHIP.move(session, membership, "ending", ended_at=clock.now(), ended_by=BY_MERGER)
        end_for_membership(session, clock, membership.id)
        record(
            session, actor, "membership.ended", "membership", membership.id,
            at=clock.now(), owner=body.id, details={"ended_by": BY_MERGER},
        )  # fmt: skip
    for body in {body.id: body for _, body in rows}.values():
        _record(session, actor, clock, "organisation.taken-over", body, {"ended_on": str(body.ended_on)})
        publish(session, "notify.body-succeeded", body.id, at=clock.now())


def _reach(session: Session, actor: Actor, clock: Clock, body_id: str) -> Organisation:
    if not actor.may(Permission.ORGANISATIONS_MANAGE) or actor.organisation_id is None:
        raise Forbidden("団体の引継ぎを記録するのはデジタル庁です。")
    if session.get(Organisation, body_id) is None:
        raise NotFound("その団体はありません。")
    # One at a time: two halves of a circle would not see each other.
    lock_organisation(session, actor.organisation_id)
    body = lock_organisation(session, body_id)
    if body.kind not in BODY_KINDS:
        raise Conflict("引継ぎを記録できるのは、調達する団体だけです。")
    refuse_ended(session, body, clock.today())
    return body


def _successors(
    session: Session, body: Organisation, references: Sequence[str], day: date | None
) -> tuple[list[Organisation], list[FieldFault]]:
    faults: list[FieldFault] = []
    found: list[Organisation] = []

    def fault(pointer: str, code: str, message: str, remedy: str) -> None:
        faults.append(FieldFault(pointer, code, f"「引き継ぐ団体」：{message}", remedy))

    if not 1 <= len(references) <= MOST_SUCCESSORS:
        remedy = f"1から{MOST_SUCCESSORS}までの団体を、団体コードまたは法人番号で書いてください。"
        fault("/successors", "count", f"{len(references)}団体です。", remedy)
        return [], faults
    for index, reference in enumerate(references):
        pointer = f"/successors/{index}"
        each = organisation_by_reference(session, reference) if reference not in ("", "agency") else None
        if each is None or each.kind not in BODY_KINDS:
            remedy = "先に国の一覧（dmp import-organisations）または団体の登録で加えてください。"
            fault(pointer, "unknown", f"「{printable(reference)}」という団体は登録されていません。", remedy)
        elif each.id == body.id:
            fault(pointer, "self", "自分自身へは引き継げません。", "引き継ぐ側の団体を書いてください。")
        elif each.id in {known.id for known in found}:
            fault(pointer, "duplicate", f"{each.name}が二度あります。", "どちらかを消してください。")
        elif way := _way_back(session, each.id, body.id):
            names = " → ".join(card.name for card in organisation_cards(session, way).values())
            fault(
                pointer,
                "circle",
                f"引継ぎが輪になります（{names} → {body.name}）。",
                "順を確かめてください。",
            )
        elif day is not None and each.ended_on is not None and each.ended_on <= day:
            remedy = "その日に存続している団体を書いてください。"
            fault(pointer, "ended", f"{each.name}は{format_date(each.ended_on)}になくなる団体です。", remedy)
        else:
            found.append(each)
    return found, faults


def _way_back(session: Session, start: str, goal: str) -> list[str]:
    """The bodies from `start` by its successors up to the one before `goal`; empty: no way."""
    ways: dict[str, list[str]] = {start: [start]}
    queue = [start]
    while queue:
        here = queue.pop(0)
        following = session.exec(
            select(col(BodySuccessor.successor_id))
            .where(col(BodySuccessor.body_id) == here)
            .order_by(col(BodySuccessor.position))
        ).all()
        for each in following:
            if each == goal:
                return ways[here]
            if each not in ways:
                ways[each] = [*ways[here], each]
                queue.append(each)
    return []


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
