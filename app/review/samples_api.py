"""`/review-samples`: looking at what was published without a review."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.listings.dependencies import SchemaDep
from app.review import samples
from app.review.desk_schemas import SampleDecisionIn, SampleLineOut, SampleOut, sample_line_out, sample_out
from app.review.reach import note_case_read

router = APIRouter(prefix="/review-samples", tags=["審査"], dependencies=[Depends(note_case_read)])

Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Decider = Annotated[Actor, guarded(Permission.REVIEW_DECIDE)]


@router.get("")
def list_samples(
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    paging: PagingDep,
    status: Annotated[
        str | None, Query(max_length=20, description="省くと、確認待ち", examples=["open"])
    ] = None,
) -> Page[SampleLineOut]:
    """審査を待たずに公開された変更のうち、抜取りで確認するものを、古い順に返します。"""
    lines, following = samples.sample_list(session, actor, clock, paging, status=status)
    return Page(items=[sample_line_out(line) for line in lines], next=following)


@router.get("/{sample_id}")
def read_sample(
    sample_id: str, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> SampleOut:
    """抜取りの一件を、変更の前後、自動の確認、内容とともに返します。"""
    return sample_out(samples.read_sample(session, actor, clock, schema, sample_id))


@router.post("/{sample_id}/decision")
def decide_sample(
    sample_id: str,
    body: SampleDecisionIn,
    actor: Decider,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> SampleOut:
    """問題なし、指摘あり、公開の取消しを決めます。

    取り消すと一つ前の版が公開され、その掲載の次の変更は、軽微でも審査を受けます。
    """
    view = samples.decide_sample(
        session,
        actor,
        clock,
        schema,
        sample_id,
        body.verdict,
        body.comment,
        body.note,
        body.given(),
    )
    return sample_out(view)
