"""`/supporters`, `/me/projects`, and a project's supporters and comments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.procurement import comments, support_views, supports
from app.procurement.reach import note_read
from app.procurement.support_schemas import (
    CommentIn,
    CommentOut,
    Comments,
    HelpedProjectOut,
    HelpedProjects,
    PriceGrantIn,
    SupportAcceptanceIn,
    SupportEndingIn,
    SupportIn,
    SupportOut,
    Supports,
)
from app.procurement.support_views import SupportView

REPLAYED = "この招待は前の同じ要求で作成済みです。リンクは作成時に一度だけ示され、もう一度は示せません。"

router = APIRouter(tags=["支援者"])
of_project_router = APIRouter(prefix="/projects", tags=["支援者"], dependencies=[Depends(note_read)])

BodyReader = Annotated[Actor, guarded(Permission.PROJECT_READ)]
ProjectReader = Annotated[Actor, guarded(Permission.PROJECT_READ, Permission.PROJECT_SUPPORT)]
Commenter = Annotated[Actor, guarded(Permission.PROJECT_WRITE, Permission.PROJECT_COMMENT)]
Manager = Annotated[Actor, guarded(Permission.SUPPORTERS_MANAGE)]
Supporter = Annotated[Actor, guarded(Permission.PROJECT_SUPPORT)]


def _out(view: SupportView, *, origin: str = "", replayed: bool = False) -> SupportOut:
    told: dict[str, str | None] = {
        "url": f"{origin}/support-invitations/{view.secret}" if view.secret else None
    }
    if replayed:
        told["notice"] = REPLAYED
    return SupportOut.model_validate(view).model_copy(update=told)


@router.get("/me/projects")
def my_projects(actor: Supporter, session: SessionDep, clock: ClockDep) -> HelpedProjects:
    """支援する案件の一覧

    あなたが支援者である全ての団体の案件を、団体ごとに返します。期限を過ぎたもの、終えたものは含みません。
    """
    found = support_views.helped_projects(session, actor, clock)
    return HelpedProjects(items=[HelpedProjectOut.model_validate(project) for project in found])


@router.get("/supporters")
def list_supporters(actor: BodyReader, session: SessionDep, clock: ClockDep) -> Supports:
    """自分の団体の支援者の一覧

    招待中・確認待ち・終えたものも含み、新しい順です。監査担当には全ての団体のものを返します。
    """
    return Supports(items=[_out(view) for view in support_views.supports_of(session, actor, clock)])


@router.post("/supporters", status_code=201)
def invite_supporter(
    body: SupportIn,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> SupportOut:
    """案件を指定して支援者を招待する

    一度だけ使えるリンク（url）を作ります。受けた人は、あなたが氏名・認証サーバー・利害関係の申告を見て認めるまで待ちます。
    """
    response.headers["Cache-Control"] = "no-store"
    view = idempotency.run(
        lambda: supports.invite_supporter(session, actor, clock, body),
        lambda made: support_views.support_of(session, actor, clock, made),
        lambda made: made.id,
    )
    return _out(view, origin=settings.site_origin, replayed=idempotency.replayed)


@router.post("/supporters/acceptance")
def accept_support(
    body: SupportAcceptanceIn, actor: ActorDep, session: SessionDep, clock: ClockDep, settings: SettingsDep
) -> SupportOut:
    """支援の招待を受ける

    自分の組織で支援者の役割を持つ人が、利害関係を申告して受けます。事業者に所属する人は「あり」の申告が要ります。
    """
    return _out(supports.accept_support(session, settings, actor, clock, body))


@router.get("/supporters/{support_id}")
def read_supporter(support_id: str, actor: BodyReader, session: SessionDep, clock: ClockDep) -> SupportOut:
    """支援者一人の、案件・期限・利害関係の申告"""
    return _out(support_views.support_of(session, actor, clock, support_id))


@router.post("/supporters/{support_id}/confirmation")
def confirm_support(support_id: str, actor: Manager, session: SessionDep, clock: ClockDep) -> SupportOut:
    """支援を認める

    招待した人が、氏名と認証サーバー、申告を確かめてから行います。
    """
    return _out(supports.confirm_support(session, actor, clock, support_id))


@router.post("/supporters/{support_id}/ending")
def end_support(
    support_id: str, body: SupportEndingIn, actor: Manager, session: SessionDep, clock: ClockDep
) -> SupportOut:
    """招待を取り消す、断る、または支援を終える

    その場から、案件は見えなくなります。
    """
    return _out(supports.end_support(session, actor, clock, support_id, body.reason))


@router.put("/supporters/{support_id}/projects/{project_id}/estimated-price")
def grant_price(
    support_id: str, project_id: str, body: PriceGrantIn, actor: Manager, session: SessionDep, clock: ClockDep
) -> SupportOut:
    """支援者に、案件の予定価格を見せるかどうかを決める

    認めない限り、予定価格は決裁の後も支援者に見えません。
    """
    view = supports.grant_price(session, actor, clock, support_id, project_id, granted=body.granted)
    return _out(view)


@of_project_router.get("/{project_id}/supporters")
def list_project_supporters(
    project_id: str, actor: ProjectReader, session: SessionDep, clock: ClockDep
) -> Supports:
    """案件の支援者の一覧です。支援者には自分の分だけを返します。"""
    views = support_views.supports_of_project(session, actor, clock, project_id)
    return Supports(items=[_out(view) for view in views])


@of_project_router.get("/{project_id}/comments")
def list_comments(project_id: str, actor: ProjectReader, session: SessionDep) -> Comments:
    """案件へのコメントを古い順に返します。団体の人と支援者、監査担当が読めます。"""
    rows = comments.comments_of(session, actor, project_id)
    return Comments(items=[CommentOut.model_validate(row) for row in rows])


@of_project_router.post("/{project_id}/comments", status_code=201)
def add_comment(
    project_id: str,
    body: CommentIn,
    actor: Commenter,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> CommentOut:
    """コメント、または選定理由の下書きを加えます。後から直せず、選定の記録一式に残ります。"""
    made = idempotency.run(
        lambda: comments.add_comment(session, actor, clock, project_id, body).id,
        lambda id_: id_,
        lambda id_: id_,
    )
    rows = comments.comments_of(session, actor, project_id)
    return CommentOut.model_validate(next(row for row in rows if row.id == made))
