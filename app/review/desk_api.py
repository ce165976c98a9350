"""The reviewers' desk: `/reviews/overview`, `/reviews/next`, many cases at once, reassignment, absences, phrases, and
`/revocation` of what was published in error."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.listings.dependencies import SchemaDep
from app.listings.schemas import EntryOut, entry_out
from app.review import absences, desk, overview, phrases, revocation
from app.review.dependencies import RulesDep
from app.review.desk_schemas import (
    AbsenceBegunOut,
    AbsenceIn,
    AbsenceListOut,
    AbsenceOut,
    ApprovalsIn,
    CaseLinesOut,
    ClaimsIn,
    NextCaseOut,
    OverviewOut,
    PhraseIn,
    PhraseListOut,
    PhraseOut,
    ReassignmentIn,
    ReviewerListOut,
    RevocationIn,
    absence_begun_out,
    absence_out,
    overview_out,
    phrase_out,
    reviewer_out,
)
from app.review.schemas import CaseOut, case_out, line_out

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Claimer = Annotated[Actor, guarded(Permission.REVIEW_CLAIM)]
Decider = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]
Keeper = Annotated[Actor, guarded(Permission.LISTING_SUSPEND)]
IfMatch = Annotated[str | None, Header(alias="If-Match")]

router = APIRouter(tags=["審査"])


@router.get("/reviews/overview")
def read_overview(actor: Reader, session: SessionDep, clock: ClockDep, rules: RulesDep) -> OverviewOut:
    """段階ごとの時間の中央値、最も古い案件、標準処理期間を過ぎた件数です。"""
    return overview_out(overview.overview(session, actor, clock, rules))


@router.get("/reviews/next")
def read_next_case(actor: Reader, session: SessionDep, clock: ClockDep) -> NextCaseOut:
    """次に見る案件です。自分の担当の最も古いもの、なければ担当できる最も古い受付待ちのものです。"""
    return NextCaseOut(
        case_id=desk.next_case(session, actor, clock) if actor.may(Permission.REVIEW_CLAIM) else None
    )


@router.post("/reviews/claims")
def claim_many(
    body: ClaimsIn, actor: Claimer, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> CaseLinesOut:
    """一つの事業者の案件をまとめて担当します。一つでも担当できなければ、どれも変えません。"""
    views = desk.claim_many(session, actor, clock, schema, body.cases)
    return CaseLinesOut(items=[line_out(view.line) for view in views])


@router.post("/reviews/approvals")
def approve_many(
    body: ApprovalsIn, actor: Decider, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> CaseLinesOut:
    """一つの事業者の案件をまとめて承認します。それぞれの版と内容にだけ効き、一つでも承認できなければ、どれも変えません。"""
    views = desk.approve_many(session, actor, clock, schema, body.chosen(), body.comment)
    return CaseLinesOut(items=[line_out(view.line) for view in views])


@router.post("/reviews/{case_id}/reassignment")
def reassign(
    case_id: str,
    body: ReassignmentIn,
    actor: Claimer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> CaseOut:
    """案件を、ほかの審査担当に渡します。理由は審査担当どうしのメモに残ります。"""
    return case_out(desk.reassign(session, actor, clock, schema, case_id, body.reviewer, body.reason))


@router.get("/reviewers")
def list_reviewers(actor: Reader, session: SessionDep, clock: ClockDep) -> ReviewerListOut:
    """審査担当の一覧です。"""
    return ReviewerListOut(items=[reviewer_out(one) for one in absences.reviewers(session, clock)])


@router.get("/review-absences")
def list_absences(actor: Reader, session: SessionDep, clock: ClockDep) -> AbsenceListOut:
    """今、不在の審査担当です。"""
    return AbsenceListOut(items=[absence_out(one) for one in absences.list_absences(session, actor, clock)])


@router.post("/review-absences", status_code=201)
def begin_absence(
    body: AbsenceIn,
    actor: Claimer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> AbsenceBegunOut:
    """審査担当を、その日まで不在とします。担当の案件は代わりの人に渡るか、受付待ちに戻ります。"""
    view, passed, queued = idempotency.run(
        lambda: absences.begin(
            session, actor, clock, body.until, reviewer_id=body.reviewer, deputy_id=body.deputy
        ),
        lambda known: (absences.read(session, actor, clock, known), 0, 0),
        lambda made: made[0].id,
    )
    return absence_begun_out(view, passed, queued)


@router.post("/review-absences/{absence_id}/ending")
def end_absence(absence_id: str, actor: Claimer, session: SessionDep, clock: ClockDep) -> AbsenceOut:
    """不在を終えます。"""
    return absence_out(absences.end(session, actor, clock, absence_id))


@router.get("/review-phrases")
def list_phrases(
    actor: Reader,
    session: SessionDep,
    retired: Annotated[bool, Query(description="廃止したものも返す", examples=[True])] = False,
) -> PhraseListOut:
    """指摘の定型文です。"""
    return PhraseListOut(
        items=[phrase_out(one) for one in phrases.list_phrases(session, actor, retired=retired)]
    )


@router.post("/review-phrases", status_code=201)
def create_phrase(
    body: PhraseIn,
    actor: Claimer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> PhraseOut:
    """定型文を作ります。"""
    view = idempotency.run(
        lambda: phrases.create(session, actor, clock, body.title, body.reason_code, body.text),
        lambda known: phrases.read_phrase(session, actor, known),
        lambda made: made.id,
    )
    response.headers["ETag"] = view.etag
    return phrase_out(view)


@router.get("/review-phrases/{phrase_id}")
def read_phrase(phrase_id: str, actor: Reader, session: SessionDep, response: Response) -> PhraseOut:
    """定型文を読みます。"""
    view = phrases.read_phrase(session, actor, phrase_id)
    response.headers["ETag"] = view.etag
    return phrase_out(view)


@router.patch("/review-phrases/{phrase_id}")
def edit_phrase(
    phrase_id: str,
    body: PhraseIn,
    actor: Claimer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> PhraseOut:
    """定型文を直します。これまでの指摘は変わりません。"""
    view = phrases.edit(session, actor, clock, phrase_id, body.title, body.reason_code, body.text, if_match)
    response.headers["ETag"] = view.etag
    return phrase_out(view)


@router.post("/review-phrases/{phrase_id}/retirement")
def retire_phrase(phrase_id: str, actor: Claimer, session: SessionDep, clock: ClockDep) -> PhraseOut:
    """定型文を廃止します。"""
    return phrase_out(phrases.retire(session, actor, clock, phrase_id))


def _revocation(kind: str, prefix: str, noun: str) -> None:
    @router.post(
        f"{prefix}/{{entry_id}}/revocation",
        summary=f"{noun}の誤って公開された版を取り消す（デジタル庁）",
        description="前に公開された版があればそれを公開し、なければ掲載を停止して、住所は410とお知らせを返します。",
        tags=[noun],
    )
    def revoke(
        entry_id: str,
        body: RevocationIn,
        actor: Keeper,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> EntryOut:
        view = revocation.revoke(
            session, actor, clock, kind, entry_id, body.revision_id, body.reason, body.note
        )
        return entry_out(view, schema, actor)


_revocation("software", "/software", "ソフトウェア")
_revocation("offer", "/offers", "サービス（価格）")
