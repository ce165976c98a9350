"""`/reviews`, and what of /software and /offers opens and ends a case: submission, recall, the last decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.listings.dependencies import SchemaDep
from app.review import reading, service
from app.review.dependencies import RulesDep
from app.review.findings import FindingGiven
from app.review.reach import note_case_read
from app.review.reasons import reasons
from app.review.schemas import (
    CaseLineOut,
    CaseOut,
    DecisionIn,
    FindingIn,
    FindingListOut,
    FindingOut,
    LastDecisionOut,
    NoteIn,
    NoteListOut,
    NoteOut,
    OpenSubmissionOut,
    ReasonListOut,
    ReasonOut,
    SubmissionOut,
    case_out,
    check_out,
    decision_out,
    finding_out,
    line_out,
    note_out,
    submission_out,
)

Writer = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Claimer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]
Decider = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]


def _submissions(kind: str, prefix: str, noun: str) -> APIRouter:
    """The vendor's side, alike for software and offers."""
    router = APIRouter(prefix=prefix, tags=[noun])

    @router.post("/{entry_id}/submission", status_code=201, summary=f"{noun}の下書きを審査に申請する")
    def submit(
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        rules: RulesDep,
        idempotency: IdempotencyDep,
        if_match: Annotated[
            str | None, Header(alias="If-Match", description="送れば、その版だけを申請します")
        ] = None,
    ) -> SubmissionOut:
        view = idempotency.run(
            lambda: service.submit(session, actor, clock, schema, rules, kind, entry_id, if_match),
            lambda known: reading.read_submission(session, actor, known, rules),
            lambda made: made.id,
        )
        return submission_out(view)

    @router.post("/{entry_id}/recall", summary=f"{noun}の申請を引き戻して、編集できるようにする")
    def recall(
        entry_id: str, actor: Writer, session: SessionDep, clock: ClockDep, rules: RulesDep
    ) -> SubmissionOut:
        return submission_out(service.recall(session, actor, clock, rules, kind, entry_id))

    @router.get(
        "/{entry_id}/submission",
        summary=f"{noun}の申請の状況と、申請すると何が起こるかを読む",
        description="変更の区分（軽微・重要）、すぐ公開されるか、審査なら順番と決定の目安の日を含みます。",
    )
    def read_submission(
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        rules: RulesDep,
    ) -> OpenSubmissionOut:
        waiting = reading.open_submission(session, actor, clock, rules, kind, entry_id)
        ahead = service.look_ahead(session, actor, clock, schema, rules, kind, entry_id)
        return OpenSubmissionOut(open=submission_out(waiting) if waiting else None, check=check_out(ahead))

    @router.get("/{entry_id}/decision", summary=f"{noun}への最後の審査結果と指摘を読む")
    def read_decision(
        entry_id: str,
        actor: Annotated[Actor, guarded(Permission.LISTING_READ_OWN)],
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> LastDecisionOut:
        return decision_out(reading.last_decision(session, actor, clock, schema, kind, entry_id))

    return router


reviews = APIRouter(prefix="/reviews", tags=["審査"], dependencies=[Depends(note_case_read)])


@reviews.get("")
def list_cases(
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: PagingDep,
    status: Annotated[
        str | None, Query(max_length=20, description="省くと、受付待ちと審査中", examples=["queued"])
    ] = None,
    kind: Annotated[
        str | None, Query(max_length=20, description="software または offer", examples=["offer"])
    ] = None,
    vendor: Annotated[str | None, Query(max_length=60, description="事業者のID")] = None,
    mine: Annotated[bool, Query(description="自分が担当しているもの")] = False,
) -> Page[CaseLineOut]:
    """審査の案件を、古い順に返します。"""
    lines, following = reading.queue(
        session, actor, clock, paging, status=status, kind=kind, vendor=vendor, mine=mine
    )
    return Page(items=[line_out(line) for line in lines], next=following)


@reviews.get("/reasons")
def list_reasons(actor: Reader) -> ReasonListOut:
    """指摘の理由の区分です。"""
    return ReasonListOut(items=[ReasonOut(code=row.code, ja=row.ja, hint=row.hint) for row in reasons()])


@reviews.get("/{case_id}")
def read_case(
    case_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> CaseOut:
    """案件を読みます。公開中の版との違い、自動の確認、指摘、メモを含みます。"""
    return case_out(reading.read_case(session, actor, clock, schema, case_id))


@reviews.post("/{case_id}/claim")
def claim(case_id: str, actor: Claimer, session: SessionDep, clock: ClockDep, schema: SchemaDep) -> CaseOut:
    """案件を担当します。担当できるのは一人だけです。"""
    return case_out(service.claim(session, actor, clock, schema, case_id))


@reviews.post("/{case_id}/release")
def release(case_id: str, actor: Claimer, session: SessionDep, clock: ClockDep, schema: SchemaDep) -> CaseOut:
    """担当をやめて、受付待ちに戻します。"""
    return case_out(service.release(session, actor, clock, schema, case_id))


@reviews.post("/{case_id}/decision")
def decide(
    case_id: str, body: DecisionIn, actor: Decider, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> CaseOut:
    """承認、差戻し、不承認を決めます。画面に出ていた版とその内容にだけ効きます。"""
    view = service.decide(
        session,
        actor,
        clock,
        schema,
        case_id,
        body.verdict,
        body.revision_id,
        body.content_hash,
        body.comment,
    )
    return case_out(view)


@reviews.get("/{case_id}/findings")
def list_findings(
    case_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> FindingListOut:
    """案件の指摘です。"""
    view = reading.read_case(session, actor, clock, schema, case_id)
    return FindingListOut(items=[finding_out(item) for item in view.findings])


@reviews.post("/{case_id}/findings", status_code=201)
def add_finding(
    case_id: str,
    body: FindingIn,
    actor: Claimer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
) -> FindingOut:
    """項目を指して、事業者への指摘を書きます。決定の後に事業者に伝わります。

    最初の審査のときと同じ内容で、そのとき指摘のなかった項目は、late_reason（理由）がなければ 422（late_finding）です。
    """
    view = idempotency.run(
        lambda: service.add_finding(
            session,
            actor,
            clock,
            schema,
            case_id,
            FindingGiven(body.field, body.reason_code, body.text, body.late_reason),
        ),
        lambda known: reading.read_finding(session, actor, schema, case_id, known),
        lambda made: made.id,
    )
    return finding_out(view)


@reviews.post("/{case_id}/findings/{finding_id}/withdrawal")
def withdraw_finding(
    case_id: str, finding_id: str, actor: Claimer, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> FindingOut:
    """指摘を取り消します（決定の前だけ）。"""
    return finding_out(service.withdraw_finding(session, actor, clock, schema, case_id, finding_id))


@reviews.get("/{case_id}/notes")
def list_notes(
    case_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> NoteListOut:
    """審査担当どうしのメモです。事業者には見えません。"""
    view = reading.read_case(session, actor, clock, schema, case_id)
    return NoteListOut(items=[note_out(item) for item in view.notes])


@reviews.post("/{case_id}/notes", status_code=201)
def add_note(
    case_id: str,
    body: NoteIn,
    actor: Claimer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> NoteOut:
    """審査担当どうしのメモを書きます。"""
    view = idempotency.run(
        lambda: service.add_note(session, actor, clock, case_id, body.text),
        lambda known: reading.read_note(session, actor, case_id, known),
        lambda made: made.id,
    )
    return note_out(view)


router = APIRouter()
router.include_router(_submissions("software", "/software", "ソフトウェア"))
router.include_router(_submissions("offer", "/offers", "サービス（価格）"))
router.include_router(reviews)
