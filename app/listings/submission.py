"""A revision's way to the public: submission, recall, being taken for review, the decision. Called by `review`, which
keeps the case in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, update

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.listings import policies, repository
from app.listings.content import content_hash
from app.listings.drafts import as_field_faults, check_etag, lock_owned
from app.listings.errors import AgreementInactive, RevisionChanged, SellerNotAuthorised
from app.listings.lifecycle import EDITABLE, ENTRY, REVISION
from app.listings.models import Entry, Revision
from app.listings.views import RevisionView, revision_view
from app.outbox.publish import publish
from catalogue_schema import Schema

Verdict = Literal["approval", "return", "rejection"]


def software_key(entry: Entry) -> str:
    """What `catalogue.sync` is about: the software itself, or the one that the offer is on."""
    return entry.software_id or entry.id


def blockers(session: Session, entry: Entry, clock: Clock) -> list[Conflict]:
    """Why the entry cannot be submitted today, whatever its answers: agreement, authorisation, software, its end."""
    today = clock.today()
    found: list[Conflict] = []
    if entry.status == "retired":
        found.append(Conflict("提供終了が決まったものは申請できません。"))
    if not repository.has_agreement(session, entry.owner_id, today):
        found.append(
            AgreementInactive(
                "申請には、デジタル庁との有効な基本契約が必要です。「基本契約」の画面で状態を確かめてください。"
            )
        )
    if entry.software_id is not None:
        software = repository.find_entry(session, entry.software_id)
        assert software is not None  # a foreign key holds it
        if not repository.may_sell(session, software, entry.owner_id, today):
            found.append(
                SellerNotAuthorised(
                    "このソフトウェアの販売者として有効な許諾がありません。開発者の許諾を受け、承諾してください。"
                )
            )
        if software.published_revision_id is None or software.status not in ("published", "retired"):
            found.append(
                Conflict(
                    "サービスの申請は、ソフトウェアが承認されて公開されてからできます。先にソフトウェアを申請してください。"
                )
            )
    return found


@dataclass(frozen=True)
class SubmissionCheck:
    """What stands between a draft and its submission: refusals of the circumstances, faults of the answers."""

    refusals: tuple[str, ...]
    faults: tuple[FieldFault, ...]

    @property
    def ready(self) -> bool:
        """Whether it may be handed in now."""
        return not self.refusals and not self.faults


def check_submission(
    session: Session, actor: Actor, clock: Clock, schema: Schema, kind: str, entry_id: str
) -> SubmissionCheck:
    """The same checks as `submit` makes, without submitting. Raises NotFound for whom it does not exist."""
    entry = repository.find_entry(session, entry_id, kind)
    if entry is None or not policies.can_see_drafts(actor, entry.owner_id):
        raise NotFound()
    revision = repository.newest_revision(session, entry)
    refusals = [refusal.detail for refusal in blockers(session, entry, clock)]
    if revision.status not in EDITABLE:
        refusals.append("申請できる下書きがありません。")
    return SubmissionCheck(tuple(refusals), tuple(submission_faults(schema, entry, revision, clock)))


def submission_refusals(session: Session, clock: Clock, entry_id: str) -> list[str]:
    """Why the entry could not be submitted today, whatever its answers; for the reviewer's checks."""
    entry = repository.find_entry(session, entry_id)
    if entry is None:
        raise NotFound()
    return [refusal.detail for refusal in blockers(session, entry, clock)]


def submission_faults(schema: Schema, entry: Entry, revision: Revision, clock: Clock) -> list[FieldFault]:
    """All that complete mode asks of the answers, by today's schema."""
    return as_field_faults(schema.validate(entry.kind, revision.answers, "complete", clock.today()))


def submit(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    if_match: str | None = None,
) -> RevisionView:
    """Freeze the draft and hand it in. The case is the caller's.

    Raises NotFound, Forbidden, TransitionRefused (nothing to submit, or a second submission), PreconditionFailed,
    AgreementInactive, SellerNotAuthorised, Conflict, Invalid with all faults of complete mode.
    """
    entry, revision = complete_draft(session, actor, clock, schema, kind, entry_id, "submission", if_match)
    REVISION.move(
        session, revision, "submission", **frozen(actor, clock, schema, kind, revision), decided_at=None
    )
    record_revision(session, actor, clock, entry, revision, "revision.submitted", number=revision.number)
    return revision_view(revision)


def complete_draft(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    kind: str,
    entry_id: str,
    verb: str,
    if_match: str | None,
) -> tuple[Entry, Revision]:
    """The entry, locked, with a draft that may be handed in by that verb. Raises as `submit` does."""
    entry = lock_owned(session, actor, kind, entry_id)
    revision = repository.newest_revision(session, entry)
    REVISION.require(verb, revision.status)
    if if_match is not None:
        check_etag(if_match, revision_view(revision).etag)
    for refusal in blockers(session, entry, clock):
        raise refusal
    if faults := submission_faults(schema, entry, revision, clock):
        raise Invalid(faults)
    return entry, revision


def frozen(actor: Actor, clock: Clock, schema: Schema, kind: str, revision: Revision) -> dict[str, object]:
    """What changes on a revision when it is handed in: its final content, and who did it when."""
    answers = schema.normalise(kind, revision.answers)
    return {
        "answers": answers,
        "schema_version": schema.version,
        "content_hash": content_hash(answers, schema.version),
        "version": revision.version + 1,
        "submitted_at": clock.now(),
        "submitted_by": actor.person_id,
    }


def recall(session: Session, actor: Actor, clock: Clock, kind: str, entry_id: str) -> RevisionView:
    """Take a submission back to edit it again. Raises NotFound, Forbidden, TransitionRefused."""
    entry = lock_owned(session, actor, kind, entry_id)
    revision = repository.newest_revision(session, entry)
    REVISION.move(
        session,
        revision,
        "recall",
        submitted_at=None,
        submitted_by=None,
        version=revision.version + 1,
        updated_at=clock.now(),
    )
    record_revision(session, actor, clock, entry, revision, "revision.recalled", number=revision.number)
    return revision_view(revision)


def claim_for_review(session: Session, actor: Actor, clock: Clock, revision_id: str) -> RevisionView:
    """The revision is being reviewed. Raises TransitionRefused when it is not waiting."""
    _, revision = _locked(session, revision_id)
    REVISION.move(session, revision, "claim")
    return revision_view(revision)


def release_from_review(session: Session, actor: Actor, clock: Clock, revision_id: str) -> RevisionView:
    """The revision waits again. Raises TransitionRefused when it is not in review."""
    _, revision = _locked(session, revision_id)
    REVISION.move(session, revision, "release")
    return revision_view(revision)


def decide(
    session: Session,
    actor: Actor,
    clock: Clock,
    revision_id: str,
    expected_hash: str,
    verdict: Verdict,
) -> RevisionView:
    """Carry out a reviewer's decision on exactly this revision with exactly this content.

    Approval publishes in the same transaction. Return and rejection never touch the live revision. Raises
    RevisionChanged, TransitionRefused.
    """
    entry, revision = _locked(session, revision_id)
    if revision.content_hash != expected_hash:
        raise revision_changed(revision_view(revision))
    now = clock.now()
    if verdict != "approval":
        REVISION.move(session, revision, verdict, decided_at=now)
        record_revision(session, actor, clock, entry, revision, _PAST[verdict], number=revision.number)
        return revision_view(revision)
    REVISION.move(session, revision, verdict, decided_at=now, published_at=now)
    go_live(session, clock, entry, revision)
    record_revision(session, actor, clock, entry, revision, _PAST[verdict], number=revision.number)
    return revision_view(revision)


def go_live(session: Session, clock: Clock, entry: Entry, revision: Revision) -> None:
    """Make the revision the live one in the place of the one before it, and let the catalogue know."""
    now = clock.now()
    if entry.published_revision_id is not None:
        session.execute(
            update(Revision)
            .where(col(Revision.id) == entry.published_revision_id, col(Revision.replaced_at).is_(None))
            .values(replaced_at=now)
        )
    changes: dict[str, object] = {
        "published_revision_id": revision.id,
        "published_at": entry.published_at or now,
    }
    if entry.status == "suspended":
        ENTRY.move(session, entry, "replacement", **changes)
    else:
        ENTRY.move(session, entry, "publication", ended_on=None, end_note="", end_reason="", **changes)
    publish(session, "catalogue.sync", software_key(entry), at=now)


_PAST = {"approval": "revision.published", "return": "revision.returned", "rejection": "revision.rejected"}


def revision_changed(revision: RevisionView) -> RevisionChanged:
    """The refusal of a decision on something else than what is there now."""
    return RevisionChanged(
        "画面を開いた後に、この版の内容が変わりました。開き直して、今の内容を確かめてから決めてください。",
        revision_id=revision.id,
        content_hash=revision.content_hash,
    )


def lock_revision(session: Session, revision_id: str) -> RevisionView:
    """The revision as it is now, with its entry locked until the transaction ends. Raises NotFound."""
    return revision_view(_locked(session, revision_id)[1])


def _locked(session: Session, revision_id: str) -> tuple[Entry, Revision]:
    found = repository.find_revision(session, revision_id)
    entry = repository.lock_entry(session, found.entry_id) if found else None
    revision = repository.find_revision(session, revision_id)
    if entry is None or revision is None:
        raise NotFound()
    return entry, revision


def record_revision(
    session: Session,
    actor: Actor,
    clock: Clock,
    entry: Entry,
    revision: Revision,
    action: str,
    **details: object,
) -> None:
    """An audit event about a revision, with its content hash."""
    record(
        session,
        actor,
        action,
        entry.kind,
        entry.id,
        at=clock.now(),
        revision_id=revision.id,
        owner=entry.owner_id,
        details=dict(details) | {"content_hash": revision.content_hash},
    )
