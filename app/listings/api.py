"""`/software`, `/offers`, `/sellers`. Submission, recall, findings, suspension
and resumption of the same entries are mounted by `review`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.http import json_of
from app.kit.pagination import PagingDep
from app.listings import service
from app.listings.dependencies import SchemaDep
from app.listings.feed_http import feed_response, refuse_with_feed
from app.listings.schemas import (
    AnswersPatch,
    CopyIn,
    EntryListOut,
    EntryOut,
    OfferIn,
    RetirementIn,
    RevisionListOut,
    RevisionOut,
    SellerEndIn,
    SellerIn,
    SellerListOut,
    SellerOut,
    SoftwareIn,
    TombstoneOut,
    WithdrawalIn,
    changes_out,
    entry_out,
    revision_list_out,
    revision_out,
    seller_out,
)
from catalogue_schema import Schema

NOUNS = {"software": "ソフトウェア", "offer": "サービス（価格）"}
Writer = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="版の番号")]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]


LIST_DESCRIPTION = (
    "誰にでも公開中のもの、`mine=true` で自社の全てを返します。\n\n"
    "`changed_since` を付けると、写しを持つ人のための差分の配信になります。`changed_since=`（空）から始めて、応答の"
    "`next` を次の `changed_since` に渡します。`more` が true の間は続けて読み、false になったら、しばらく置いて同じ "
    "`next` で尋ねます（変わりがなければ、`If-None-Match` に 304 で答えます）。項目は追加または置き換え、`gone` の"
    "付いた項目は削除です。時刻は使わないので、取りこぼしはありません。"
)


def _router(kind: str, prefix: str) -> APIRouter:
    """What software and offers have in common: they are entries with the same kind of life."""
    noun = NOUNS[kind]
    router = APIRouter(prefix=prefix, tags=[noun])

    @router.get("", summary=f"{noun}の一覧", description=LIST_DESCRIPTION, response_model=EntryListOut)
    def list_entries(
        request: Request,
        actor: ActorDep,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        paging: PagingDep,
        mine: Annotated[bool, Query(description="自社のものを、状態を問わず全て")] = False,
        owner: Annotated[str | None, Query(max_length=60, description="事業者のID")] = None,
        software_id: Annotated[
            str | None, Query(max_length=60, description="サービスの元のソフトウェア")
        ] = None,
        status: Annotated[
            str | None, Query(max_length=20, description="状態（mine=true のとき）", examples=["published"])
        ] = None,
        changed_since: Annotated[
            str | None,
            Query(
                max_length=200,
                description="差分の配信: 前の応答の next。空なら全件の写しを始めます",
                examples=[""],
            ),
        ] = None,
    ) -> Any:
        today = clock.today()
        if changed_since is not None:
            refuse_with_feed(request.query_params)
            found = service.changes(session, clock, kind, changed_since, paging.limit)
            return feed_response(request, changes_out(found, schema))
        if mine:
            views, following = service.owned_page(
                session, actor, kind, today, paging, software_id=software_id, status=status
            )
        else:
            views, following = service.published_page(
                session, kind, today, paging, software_id=software_id, owner_id=owner
            )
        items: list[EntryOut | TombstoneOut] = [entry_out(view, schema, actor) for view in views]
        return json_of(EntryListOut(items=items, next=following, more=following is not None))

    @router.get(
        "/{entry_id}",
        summary=f"{noun}を読む",
        description="公開中の版。掲載者と審査担当には下書きも見えます。",
        response_model=EntryOut,
    )
    def read_entry(
        entry_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep, schema: SchemaDep
    ) -> Response:
        view = service.read_entry(session, actor, kind, entry_id, clock.today())
        return json_of(entry_out(view, schema, actor), ETag=view.etag)

    @router.patch(
        "/{entry_id}",
        summary=f"{noun}の下書きを編集する",
        description="JSON Merge Patch。公開中の版しかなければ、それを元に次の版の下書きを作ります。",
    )
    def edit_entry(
        entry_id: str,
        body: Annotated[AnswersPatch, Body()],
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        response: Response,
        if_match: IfMatch = None,
    ) -> EntryOut:
        view = service.edit(session, actor, clock, schema, kind, entry_id, body.answers, if_match)
        response.headers["ETag"] = view.etag
        return entry_out(view, schema, actor)

    @router.post(
        "/{entry_id}/copies",
        summary=f"{noun}に、自社の別の掲載から回答を写す",
        description="選んだ節の回答を、下書きに写します。変わるところがなければ、何もしません。",
    )
    def copy_answers(
        entry_id: str,
        body: CopyIn,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        response: Response,
        if_match: IfMatch = None,
    ) -> EntryOut:
        view = service.copy_answers(
            session, actor, clock, schema, kind, entry_id, body.source, body.groups, if_match
        )
        response.headers["ETag"] = view.etag
        return entry_out(view, schema, actor)

    @router.post("/{entry_id}/withdrawal", summary=f"{noun}を取り下げる")
    def withdraw_entry(
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        body: WithdrawalIn | None = None,
    ) -> EntryOut:
        given = body or WithdrawalIn()
        view = service.withdraw(session, actor, clock, kind, entry_id, given.reason)
        return entry_out(view, schema, actor)

    @router.post("/{entry_id}/retirement", summary=f"{noun}の提供終了を決める")
    def retire_entry(
        entry_id: str,
        body: RetirementIn,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> EntryOut:
        view = service.retire(session, actor, clock, kind, entry_id, body.last_day)
        return entry_out(view, schema, actor)

    @router.get("/{entry_id}/revisions", summary=f"{noun}の版の一覧")
    def list_revisions(
        entry_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep
    ) -> RevisionListOut:
        return revision_list_out(*service.list_revisions(session, actor, kind, entry_id, clock.today()))

    @router.get("/{entry_id}/revisions/{number}", summary=f"{noun}の版を読む")
    def read_revision(
        entry_id: str, number: Number, actor: ActorDep, session: SessionDep, clock: ClockDep
    ) -> RevisionOut:
        return revision_out(service.read_revision(session, actor, kind, entry_id, number, clock.today()))

    return router


software = _router("software", "/software")
offers = _router("offer", "/offers")
sellers = APIRouter(prefix="/sellers", tags=["販売者"])


@software.post("", status_code=201)
def register_software(
    body: SoftwareIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> EntryOut:
    """ソフトウェアを登録します（下書き）。"""
    view = idempotency.run(
        lambda: service.register_software(session, actor, clock, schema, body.answers, body.copy_of),
        lambda known: service.read_entry(session, actor, "software", known, clock.today()),
        lambda made: made.id,
    )
    return _created(response, view, schema, actor, "software")


@offers.post("", status_code=201)
def register_offer(
    body: OfferIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> EntryOut:
    """サービス（価格）を、ソフトウェアを指定して登録します（下書き）。"""
    view = idempotency.run(
        lambda: service.register_offer(
            session, actor, clock, schema, body.software_id, body.answers, body.copy_of
        ),
        lambda known: service.read_entry(session, actor, "offer", known, clock.today()),
        lambda made: made.id,
    )
    return _created(response, view, schema, actor, "offers")


def _created(
    response: Response, view: service.EntryView, schema: Schema, actor: Actor, place: str
) -> EntryOut:
    response.headers["ETag"] = view.etag
    response.headers["Location"] = f"/api/v1/{place}/{view.id}"
    return entry_out(view, schema, actor)


@software.get("/{software_id}/sellers")
def list_sellers(
    software_id: str, actor: Annotated[Actor, guarded(Permission.LISTING_READ_OWN)], session: SessionDep
) -> SellerListOut:
    """販売者の許諾の一覧です。開発者には全て、販売者には自社の分が見えます。"""
    return SellerListOut(items=[seller_out(view) for view in service.sellers_of(session, actor, software_id)])


@software.post("/{software_id}/sellers", status_code=201)
def authorise_seller(
    software_id: str,
    body: SellerIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> SellerOut:
    """開発者が販売者を指名します。販売者が承諾すると有効になります。"""
    view = idempotency.run(
        lambda: service.authorise_seller(session, actor, clock, software_id, body.seller),
        lambda known: next(
            row for row in service.sellers_of(session, actor, software_id) if row.seller.id == known
        ),
        lambda made: made.seller.id,
    )
    return seller_out(view)


@software.post("/{software_id}/sellers/{seller_id}/acceptance")
def accept_seller(
    software_id: str, seller_id: str, actor: Writer, session: SessionDep, clock: ClockDep
) -> SellerOut:
    """販売者が許諾を承諾します。"""
    return seller_out(service.accept_seller(session, actor, clock, software_id, seller_id))


@software.post("/{software_id}/sellers/{seller_id}/ending")
def end_seller(
    software_id: str,
    seller_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    body: SellerEndIn | None = None,
) -> SellerOut:
    """開発者または販売者が許諾を終了します。最終日まで掲載は続きます。"""
    last_day = body.last_day if body else None
    return seller_out(service.end_seller(session, actor, clock, software_id, seller_id, last_day))


@sellers.get("")
def list_selling(
    actor: Annotated[Actor, guarded(Permission.LISTING_READ_OWN)], session: SessionDep
) -> SellerListOut:
    """自社が販売者に指名された許諾の一覧です。"""
    return SellerListOut(items=[seller_out(view) for view in service.selling(session, actor)])


router = APIRouter()
router.include_router(software)
router.include_router(offers)
router.include_router(sellers)
