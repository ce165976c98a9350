"""After a decision: every vendor of a candidate is told the outcome and its own reason, and may ask once.

`outcome_preparing.prepare` writes the notices when the project closes, with what the record says of each; the officer
mends the texts and sends them all. See docs/decisions/0014-outcomes.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import TOKYO, Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.kit.http import etag
from app.kit.pagination import Paging, paginate
from app.outbox.publish import publish
from app.procurement import outcome_repository, repository
from app.procurement.errors import OutcomeAsked, OutcomeQuestionLate
from app.procurement.lifecycle import OUTCOME
from app.procurement.models import OutcomeNotice, Project
from app.procurement.outcome_preparing import names_of, text_faults
from app.procurement.outcome_words import doubts
from app.procurement.policies import CLOSED, is_of_the_body
from app.procurement.reach import own, reachable, require_match
from app.procurement.shortlists import views_of as shortlist_views
from app.procurement.working_days import working_days_after
from app.settings import Settings
from catalogue_schema import Schema

_SENT = "通知した後は、理由を変えられません。質問があれば、回答で補ってください。"
_NO_NOTICE = "その通知は、この案件にありません。"


@dataclass(frozen=True)
class OutcomeView:
    """A notice as its reader sees it: for the vendor without the project's id."""

    id: str
    project_id: str | None
    project_title: str
    organisation_id: str
    organisation_name: str
    vendor_id: str
    vendor_name: str
    software_id: str
    software_name: str
    offer_name: str
    result: str
    status: str
    reason: str
    doubts: tuple[str, ...]
    version: int
    sent_at: datetime | None
    ask_until: date | None
    question: str
    asked_at: datetime | None
    answer: str
    answered_at: datetime | None
    verbs: tuple[str, ...]


def views_of(
    session: Session, rows: Sequence[OutcomeNotice], *, for_vendor: bool, today: date
) -> list[OutcomeView]:
    """Views of notices, by five queries."""
    projects = {row.project_id: repository.project(session, row.project_id) for row in rows}
    items = {
        view.id: view
        for view in shortlist_views(
            session, repository.shortlist_items(session, [row.shortlist_item_id for row in rows])
        )
    }
    bodies = {project.organisation_id for project in projects.values() if project}
    names = repository.organisation_names(session, [*bodies, *(row.vendor_id for row in rows)])
    views = []
    for row in rows:
        project, item = projects[row.project_id], items[row.shortlist_item_id]
        assert project is not None  # its foreign key
        asking = row.status == "sent" and row.ask_until is not None and today <= row.ask_until
        if for_vendor:
            verbs: tuple[str, ...] = ("question",) if asking else ()
        else:
            verbs = {"prepared": ("sending",), "asked": ("answer",)}.get(row.status, ())
        views.append(
            OutcomeView(
                id=row.id,
                project_id=None if for_vendor else row.project_id,
                project_title=project.title,
                organisation_id=project.organisation_id,
                organisation_name=names.get(project.organisation_id, ""),
                vendor_id=row.vendor_id,
                vendor_name=names.get(row.vendor_id, ""),
                software_id=item.software_id,
                software_name=item.software_name,
                offer_name=item.offer_name,
                result=row.result,
                status=row.status,
                reason=row.reason,
                doubts=doubts(row.reason) if row.status == "prepared" and not for_vendor else (),
                version=row.version,
                sent_at=row.sent_at,
                ask_until=row.ask_until,
                question=row.question,
                asked_at=row.asked_at,
                answer=row.answer,
                answered_at=row.answered_at,
                verbs=verbs,
            )
        )
    return views


def tag_of(view: OutcomeView) -> str:
    """The notice's ETag."""
    return etag(view.id, view.version)


def outcomes_of(session: Session, actor: Actor, clock: Clock, project_id: str) -> list[OutcomeView]:
    """What a project's vendors are told, in the order of the candidates. Raises NotFound."""
    project = reachable(session, actor, project_id)
    rows = outcome_repository.notices(session, project.id)
    return views_of(session, rows, for_vendor=False, today=clock.today())


def outcome_of(session: Session, actor: Actor, clock: Clock, project_id: str, notice_id: str) -> OutcomeView:
    """One of them. Raises NotFound."""
    views = outcomes_of(session, actor, clock, project_id)
    found = next((view for view in views if view.id == notice_id), None)
    if found is None:
        raise NotFound(_NO_NOTICE)
    return found


def _of_project(session: Session, project: Project, notice_id: str) -> OutcomeNotice:
    row = outcome_repository.notice(session, notice_id, lock=True)
    if row is None or row.project_id != project.id:
        raise NotFound(_NO_NOTICE)
    return row


def revise_reason(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, notice_id: str,
    if_match: str | None, reason: str,
) -> OutcomeView:  # fmt: skip
    """Write a vendor's own reason before it is sent.

    Raises NotFound, PreconditionRequired and PreconditionFailed by `If-Match`, Conflict once it was sent, Invalid for
    a text that names others or tells 予定価格.
    """
    project = own(session, actor, project_id)
    row = _of_project(session, project, notice_id)
    require_match(if_match, etag(row.id, row.version))
    if row.status != "prepared":
        raise Conflict(_SENT)
    if faults := text_faults("/reason", reason, row.vendor_id, names_of(session, schema, project)):
        raise Invalid(faults)
    _write(session, actor, clock, project, {notice_id: reason})
    session.refresh(row)
    return views_of(session, [row], for_vendor=False, today=clock.today())[0]


def write_reasons(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, reasons: Mapping[str, str]
) -> None:
    """Write several reasons at once, or none: raises Invalid with every fault (pointer `/{notice id}/reason`) before.

    Raises NotFound, Conflict where one was sent already.
    """
    project = own(session, actor, project_id)
    names = names_of(session, schema, project)
    faults = []
    for notice_id, reason in reasons.items():
        row = _of_project(session, project, notice_id)
        faults += text_faults(f"/{notice_id}/reason", reason, row.vendor_id, names)
    if faults:
        raise Invalid(faults)
    _write(session, actor, clock, project, reasons)


def _write(
    session: Session, actor: Actor, clock: Clock, project: Project, reasons: Mapping[str, str]
) -> None:
    changed = []
    for notice_id, reason in reasons.items():
        row = _of_project(session, project, notice_id)
        if row.status != "prepared":
            raise Conflict(_SENT)
        if row.reason != reason:
            row.reason = reason
            row.version += 1
            session.add(row)
            changed.append(row)
    session.flush()
    if changed:
        _record(session, actor, clock, "outcome.revised", project, changed)


def send(
    session: Session, settings: Settings, actor: Actor, clock: Clock, schema: Schema, project_id: str,
    reasons: Mapping[str, str] | None = None,
) -> list[OutcomeView]:  # fmt: skip
    """Tell every vendor that was not told yet, by mail and on its page; the time for questions begins.

    `reasons` by notice id are written first. Raises NotFound, Conflict where nothing waits, Invalid with every text
    that is empty, names others or tells 予定価格 (pointer `/{notice id}/reason`), before anything is written.
    """
    project = own(session, actor, project_id)
    rows = [row for row in outcome_repository.notices(session, project.id) if row.status == "prepared"]
    if not rows:
        done = project.status in CLOSED
        raise Conflict(
            "通知するものはありません。" if done else "選定の確定または中止の後に、結果を通知できます。"
        )
    texts = {row.id: row.reason for row in rows} | dict(reasons or {})
    names = names_of(session, schema, project)
    faults = []
    for row in rows:
        pointer = f"/{row.id}/reason"
        if not texts[row.id]:
            who = repository.organisation_names(session, [row.vendor_id]).get(row.vendor_id, "")
            faults.append(
                FieldFault(
                    pointer,
                    "required",
                    f"{who}への理由が書かれていません。",
                    "その事業者自身についての理由を書いてください。",
                )
            )
        faults += text_faults(pointer, texts[row.id], row.vendor_id, names)
    if faults:
        raise Invalid(faults)
    _write(session, actor, clock, project, reasons or {})
    now = clock.now()
    until = working_days_after(clock.today(), settings.outcome.question_days)
    for row in rows:
        OUTCOME.move(
            session, row, "sending",
            sent_at=now, sent_by=actor.person_id, ask_until=until, version=row.version + 1,
        )  # fmt: skip
        publish(session, "notify.outcome-sent", row.id, at=now)
    _record(session, actor, clock, "outcome.sent", project, rows)
    return views_of(session, rows, for_vendor=False, today=clock.today())


def told_to(
    session: Session, actor: Actor, clock: Clock, paging: Paging
) -> tuple[list[OutcomeView], str | None]:
    """What the actor's firm was told, newest first."""
    rows, following = paginate(
        session, outcome_repository.told(actor.organisation_id or ""), OutcomeNotice, paging
    )
    return views_of(session, rows, for_vendor=True, today=clock.today()), following


def _told(session: Session, actor: Actor, notice_id: str, *, lock: bool = False) -> OutcomeNotice:
    row = outcome_repository.notice(session, notice_id, lock=lock)
    if row is None or row.status == "prepared" or not actor.acts_for(row.vendor_id):
        raise NotFound("この結果は見つかりません。自社への通知かどうかを確かめてください。")
    return row


def outcome_told(session: Session, actor: Actor, clock: Clock, notice_id: str) -> OutcomeView:
    """One outcome that the actor's firm was told. Raises NotFound."""
    row = _told(session, actor, notice_id)
    return views_of(session, [row], for_vendor=True, today=clock.today())[0]


def ask(session: Session, actor: Actor, clock: Clock, notice_id: str, question: str) -> OutcomeView:
    """The firm's one question. Raises NotFound, OutcomeAsked for a second one, OutcomeQuestionLate past the day."""
    row = _told(session, actor, notice_id, lock=True)
    if row.asked_at is not None:
        on = row.asked_at.astimezone(TOKYO).date()
        raise OutcomeAsked(on)
    if row.ask_until is None or clock.today() > row.ask_until:
        raise OutcomeQuestionLate(row.ask_until)
    now = clock.now()
    OUTCOME.move(
        session, row, "question",
        question=question, asked_at=now, asked_by=actor.person_id, version=row.version + 1,
    )  # fmt: skip
    project = repository.project(session, row.project_id)
    assert project is not None
    _record(session, actor, clock, "outcome.asked", project, [row])
    publish(session, "notify.outcome-asked", row.id, at=now)
    return views_of(session, [row], for_vendor=True, today=clock.today())[0]


def answer(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, notice_id: str, text: str
) -> OutcomeView:
    """The body's answer to the question; never changed afterwards.

    Raises NotFound, TransitionRefused without an open question, Invalid for a text that names others or tells 予定価格.
    """
    project = own(session, actor, project_id)
    row = _of_project(session, project, notice_id)
    OUTCOME.require("answer", row.status)
    if faults := text_faults("/answer", text, row.vendor_id, names_of(session, schema, project)):
        raise Invalid(faults)
    now = clock.now()
    OUTCOME.move(
        session, row, "answer",
        answer=text, answered_at=now, answered_by=actor.person_id, version=row.version + 1,
    )  # fmt: skip
    _record(session, actor, clock, "outcome.answered", project, [row])
    publish(session, "notify.outcome-answered", row.id, at=now)
    return views_of(session, [row], for_vendor=False, today=clock.today())[0]


def remind(session: Session, settings: Settings, clock: Clock) -> int:
    """The hourly sweep reminds each body once of notices that it did not send within some working days; how many."""
    today, waiting = clock.today(), set()
    for row in outcome_repository.unsent(session):
        prepared = row.prepared_at.astimezone(TOKYO).date()
        if working_days_after(prepared, settings.outcome.reminder_days) <= today:
            row.reminded_at = clock.now()
            session.add(row)
            waiting.add(row.project_id)
    for project_id in sorted(waiting):
        publish(session, "notify.outcome-unsent", project_id, at=clock.now())
    return len(waiting)


def may_send(actor: Actor, project: Project) -> bool:
    """Whether the actor's own body closed the project, so that its vendors can be told."""
    return is_of_the_body(actor, project.organisation_id) and project.status in CLOSED


def _record(
    session: Session, actor: Actor, clock: Clock, action: str, project: Project, rows: Sequence[OutcomeNotice]
) -> None:
    record(
        session, actor, action, "project", project.id,
        at=clock.now(), owner=project.organisation_id, details={"outcomes": [row.id for row in rows]},
    )  # fmt: skip
