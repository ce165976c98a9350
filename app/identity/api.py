"""`/tokens` and `/me/sessions`."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.identity import sessions, tokens
from app.identity.schemas import SessionOut, TokenIn, TokenOut
from app.identity.tokens import TokenView
from app.kit.database import SessionDep
from app.kit.pagination import Page

REPLAYED = (
    "このトークンは前の同じ要求で発行済みです。秘密の値は発行時に一度だけ示され、もう一度は示せません。"
)

router = APIRouter()

TokenManager = Annotated[Actor, guarded(Permission.TOKENS_MANAGE)]


def _out(view: TokenView) -> TokenOut:
    return TokenOut.model_validate(view)


@router.get("/tokens", tags=["APIトークン"])
def list_tokens(actor: TokenManager, session: SessionDep) -> Page[TokenOut]:
    """自分のAPIトークンの一覧

    いまの所属で発行したものだけです。秘密の値は含みません。
    """
    return Page(items=[_out(view) for view in tokens.list_tokens(session, actor)])


@router.post("/tokens", status_code=201, tags=["APIトークン"])
def create_token(
    body: TokenIn,
    actor: TokenManager,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> TokenOut:
    """APIトークンを発行する

    本人確認のログインから10分以内に行います。秘密の値（secret）はこの応答でだけ示します。
    """
    response.headers["Cache-Control"] = "no-store"
    view = idempotency.run(
        lambda: tokens.create_token(
            session, actor, clock, name=body.name, scopes=body.scopes, expires_in_days=body.expires_in_days
        ),
        lambda token_id: tokens.get_token(session, actor, token_id),
        lambda made: made.id,
    )
    return _out(view).model_copy(update={"notice": REPLAYED} if idempotency.replayed else {})


@router.delete("/tokens/{token_id}", status_code=204, tags=["APIトークン"])
def revoke_token(token_id: str, actor: TokenManager, session: SessionDep, clock: ClockDep) -> None:
    """APIトークンを取り消す

    取り消したトークンは、すぐに使えなくなります。
    """
    tokens.revoke_token(session, actor, clock, token_id)


@router.get("/me/sessions", tags=["自分"])
def list_sessions(
    actor: ActorDep, session: SessionDep, settings: SettingsDep, clock: ClockDep
) -> Page[SessionOut]:
    """自分のログインの一覧

    いま有効なログインを新しい順に示します。APIトークンでは見られません。
    """
    views = sessions.list_sessions(session, actor, settings, clock)
    return Page(items=[SessionOut.model_validate(view) for view in views])


@router.delete("/me/sessions/{session_id}", status_code=204, tags=["自分"])
def revoke_session(session_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep) -> None:
    """自分のログインを一つ終わらせる

    心当たりのないログインや、別の端末に残したログインを終わらせます。
    """
    sessions.revoke_session(session, actor, clock, session_id)
