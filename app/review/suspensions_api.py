"""`/suspensions`, and what begins and ends them at listings and agreements."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.listings.dependencies import SchemaDep
from app.listings.schemas import EntryOut, entry_out
from app.listings.service import read_entry
from app.organisations import agreements
from app.organisations.schemas import AgreementOut
from app.review import suspension_answers, suspension_views, suspensions
from app.review.suspension_schemas import (
    AnnouncementIn,
    LiftingIn,
    ObjectionAnswerIn,
    ResumptionIn,
    SuspensionDecisionIn,
    SuspensionOut,
    SuspensionReasonIn,
    SuspensionTextIn,
    UrgentSuspensionIn,
    suspension_out,
)

router = APIRouter()

Reader = Annotated[Actor, guarded(Permission.LISTING_READ_OWN)]
Decider = Annotated[Actor, guarded(Permission.SUSPENSION_DECIDE)]
Answerer = Annotated[Actor, guarded(Permission.SUSPENSION_ANSWER)]

_ANNOUNCED = (
    "理由、予定日、弁明の期限を事業者に知らせます。決定は、弁明か期限の後、予定日以後に、予告した人とは別の"
    "管理者がします。"
)
_URGENT = (
    "予告なしに、すぐ停止します。予告しない理由を示し、事業者は停止の後に弁明できます。予告するときは"
    " suspension-notice です。"
)


@router.get("/suspensions", tags=["停止の手続"])
def list_suspensions(
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: PagingDep,
    status: Annotated[str | None, Query(max_length=20, examples=["suspended"])] = None,
) -> Page[SuspensionOut]:
    """停止の手続の一覧

    事業者には自社のもの、デジタル庁と監査にはすべてを、新しい順に返します。
    """
    found, following = suspension_views.page(session, actor, clock, paging, status=status)
    return Page(items=[suspension_out(view) for view in found], next=following)


@router.get("/suspensions/{suspension_id}", tags=["停止の手続"])
def read_suspension(suspension_id: str, actor: Reader, session: SessionDep, clock: ClockDep) -> SuspensionOut:
    """停止の手続一件"""
    return suspension_out(suspension_views.read(session, actor, clock, suspension_id))


@router.post("/suspensions/{suspension_id}/statement", tags=["停止の手続"])
def state(
    suspension_id: str, body: SuspensionTextIn, actor: Answerer, session: SessionDep, clock: ClockDep
) -> SuspensionOut:
    """弁明を出す（事業者）

    一度だけ、期限まで。緊急の停止では、停止の後に出します。
    """
    return suspension_out(suspension_answers.state(session, actor, clock, suspension_id, body.text))


@router.post("/suspensions/{suspension_id}/objection", tags=["停止の手続"])
def object_to(
    suspension_id: str, body: SuspensionTextIn, actor: Answerer, session: SessionDep, clock: ClockDep
) -> SuspensionOut:
    """停止への不服を申し出る（事業者）

    一度だけ、期限（決定から90日）まで。回答まで、停止は続きます。
    """
    return suspension_out(suspension_answers.object_to(session, actor, clock, suspension_id, body.text))


@router.post("/suspensions/{suspension_id}/decision", tags=["停止の手続"])
def decide(
    suspension_id: str, body: SuspensionDecisionIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> SuspensionOut:
    """予告した停止を決める（デジタル庁）

    予告した人は決められません。
    """
    view = suspensions.decide(
        session,
        actor,
        clock,
        suspension_id,
        body.verdict,
        reason=body.reason,
        note=body.note,
        until=body.until,
    )
    return suspension_out(view)


@router.post("/suspensions/{suspension_id}/confirmation", tags=["停止の手続"])
def confirm(
    suspension_id: str, body: SuspensionReasonIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> SuspensionOut:
    """緊急の停止を、弁明の後に続けると決める（デジタル庁）

    緊急に停止した人は決められません。続けないときは lifting です。
    """
    return suspension_out(suspensions.confirm(session, actor, clock, suspension_id, reason=body.reason))


@router.post("/suspensions/{suspension_id}/answer", tags=["停止の手続"])
def answer(
    suspension_id: str, body: ObjectionAnswerIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> SuspensionOut:
    """不服の申出に答える（デジタル庁）

    停止を決めた人は答えられません。認めると、公開が再開されます。
    """
    view = suspensions.answer(
        session, actor, clock, suspension_id, body.verdict, reason=body.reason, note=body.note
    )
    return suspension_out(view)


@router.post("/suspensions/{suspension_id}/lifting", tags=["停止の手続"])
def lift(
    suspension_id: str, body: LiftingIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> SuspensionOut:
    """停止を解く（デジタル庁）"""
    view = suspensions.lift(session, actor, clock, suspension_id, reason=body.reason, note=body.note)
    return suspension_out(view)


def _of_entries(kind: str, prefix: str, noun: str) -> None:
    @router.post(
        f"{prefix}/{{entry_id}}/suspension-notice",
        status_code=201,
        summary=f"{noun}の掲載の停止を予告する（デジタル庁）",
        description=_ANNOUNCED,
        tags=[noun],
    )
    def announce_entry(
        entry_id: str,
        body: AnnouncementIn,
        actor: Decider,
        session: SessionDep,
        clock: ClockDep,
        idempotency: IdempotencyDep,
    ) -> SuspensionOut:
        return _announced(kind, entry_id, body, actor, session, clock, idempotency)

    @router.post(
        f"{prefix}/{{entry_id}}/suspension",
        summary=f"{noun}の掲載を緊急に停止する（デジタル庁）",
        description=_URGENT,
        tags=[noun],
    )
    def suspend_entry(
        entry_id: str,
        body: UrgentSuspensionIn,
        actor: Decider,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> EntryOut:
        suspensions.suspend_urgently(session, actor, clock, kind, entry_id, **body.model_dump())
        return entry_out(read_entry(session, actor, kind, entry_id, clock.today()), schema, actor)

    @router.post(
        f"{prefix}/{{entry_id}}/resumption",
        summary=f"{noun}の掲載を再開する",
        description="停止はデジタル庁が、取下げは掲載者が再開します。",
        tags=[noun],
    )
    def resume_entry(
        entry_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
    ) -> EntryOut:
        return entry_out(suspensions.resume_entry(session, actor, clock, kind, entry_id), schema, actor)


_of_entries("software", "/software", "ソフトウェア")
_of_entries("offer", "/offers", "サービス（価格）")


@router.post(
    "/agreements/{agreement_id}/suspension-notice",
    status_code=201,
    tags=["基本契約"],
)
def announce_agreement(
    agreement_id: str,
    body: AnnouncementIn,
    actor: Decider,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> SuspensionOut:
    """基本契約の停止を予告する（デジタル庁）

    理由、予定日、弁明の期限を事業者に知らせます。決定は、弁明か期限の後、予定日以後に、別の管理者がします。
    """
    return _announced("agreement", agreement_id, body, actor, session, clock, idempotency)


@router.post(
    "/agreements/{agreement_id}/suspension",
    tags=["基本契約"],
)
def suspend_agreement(
    agreement_id: str, body: UrgentSuspensionIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> AgreementOut:
    """基本契約を緊急に停止する（デジタル庁）

    予告なしに、すぐ停止します。予告しない理由を示し、事業者は停止の後に弁明できます。停止の間、その事業者の掲載は
    公開されません。結ばれた個別契約は変わりません。
    """
    suspensions.suspend_urgently(session, actor, clock, "agreement", agreement_id, **body.model_dump())
    return AgreementOut.model_validate(agreements.get_agreement(session, actor, clock, agreement_id))


@router.post("/agreements/{agreement_id}/resumption", tags=["基本契約"])
def resume_agreement(
    agreement_id: str, body: ResumptionIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> AgreementOut:
    """基本契約の停止を解く（デジタル庁）"""
    view = suspensions.resume_agreement(session, actor, clock, agreement_id, reason=body.reason)
    return AgreementOut.model_validate(view)


def _announced(
    kind: str,
    subject_id: str,
    body: AnnouncementIn,
    actor: Actor,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> SuspensionOut:
    view = idempotency.run(
        lambda: suspensions.announce(session, actor, clock, kind, subject_id, **body.model_dump()),
        lambda known: suspension_views.read(session, actor, clock, known),
        lambda made: made.id,
    )
    return suspension_out(view)
