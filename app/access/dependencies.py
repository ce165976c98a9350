"""What endpoints put into their signatures: who acts, and the guard that lets them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from app.access.actor import Actor
from app.access.permissions import FRESH_LOGIN, ROLE_PERMISSIONS, SESSION_ONLY, Permission
from app.kit.clock import Clock
from app.kit.errors import Forbidden, StepUpRequired, Unauthenticated
from app.settings import Settings

Authenticator = Callable[[Request], Actor]
"""Put on `app.state.authenticator` by main. Reads in a transaction of its own, so that no write lock is held."""

ROLE_NAMES = {
    "vendor_admin": "事業者の管理者",
    "vendor_editor": "事業者の編集担当",
    "buyer_officer": "団体の担当者",
    "buyer_approver": "団体の承認者",
    "supporter": "支援者",
    "reviewer": "審査担当",
    "agency_admin": "デジタル庁の管理者",
    "auditor": "監査担当",
    "specification_editor": "仕様書の編集担当",
}


def settings_of(request: Request) -> Settings:
    """The application's settings (dependency)."""
    return cast(Settings, request.app.state.settings)


def clock_of(request: Request) -> Clock:
    """The application's clock (dependency)."""
    return cast(Clock, request.app.state.clock)


# A dependency that is not `async` costs a hop to another thread and back, also where there is nothing to wait for.
async def _settings(request: Request) -> Settings:
    return settings_of(request)


async def _clock(request: Request) -> Clock:
    return clock_of(request)


SettingsDep = Annotated[Settings, Depends(_settings)]
ClockDep = Annotated[Clock, Depends(_clock)]


async def _content(request: Request) -> bytes:
    return await request.body()


ContentDep = Annotated[bytes, Depends(_content)]
"""The body as it was sent: a file."""


def current_actor(request: Request) -> Actor:
    """Who is acting; an anonymous Actor without a credential. Raises Unauthenticated for a bad one."""
    known = request.scope.get("actor")
    if known is None:
        known = cast(Authenticator, request.app.state.authenticator)(request)
        request.scope["actor"] = known
    return cast(Actor, known)


ActorDep = Annotated[Actor, Depends(current_actor)]


class Guard:
    """A dependency that lets only actors with the permission through and hands them on.

    Order of refusals: nobody (401), the right is missing (403, says who has it), a token for what needs a person
    (403), a login too long ago (403 step-up-required). A guard never looks at the object: services fetch it through
    what the actor can reach, and answer 404 otherwise.
    """

    def __init__(self, permission: Permission, *instead: Permission) -> None:
        self.permission = permission
        self.instead = instead
        """Permissions that let through as well (none of them session-only); services tell whose things they reach."""

    async def __call__(self, request: Request, actor: ActorDep) -> Actor:
        """The actor, or a refusal; `async`, because nothing here needs a thread."""
        if not any(actor.may(permission) for permission in self.instead):
            allow(actor, self.permission, settings_of(request), clock_of(request))
        return actor


def allow(actor: Actor, permission: Permission, settings: Settings, clock: Clock) -> None:
    """Raise Unauthenticated, Forbidden or StepUpRequired unless the actor may."""
    if actor.kind == "anonymous":
        raise Unauthenticated()
    if actor.kind == "token" and permission in SESSION_ONLY:
        raise Forbidden(
            "この操作はAPIトークンではできません。画面からログインして行ってください。",
            permission=permission.value,
        )
    if not actor.may(permission):
        holders = [
            ROLE_NAMES[role.value] for role, granted in ROLE_PERMISSIONS.items() if permission in granted
        ]
        raise Forbidden(
            f"必要な権限がありません。この操作ができるのは次の役割です: {'、'.join(holders)}。"
            "所属の管理者またはデジタル庁に依頼してください。",
            permission=permission.value,
        )
    if actor.kind == "session" and permission in FRESH_LOGIN:
        oldest = clock.now() - timedelta(minutes=settings.step_up_minutes)
        if actor.auth_time is None or actor.auth_time < oldest:
            raise StepUpRequired(
                "大切な操作のため、本人確認のログインをもう一度お願いします。", permission=permission.value
            )


def guarded(permission: Permission, *instead: Permission) -> Any:
    """`actor: Annotated[Actor, guarded(Permission.X)]` in an endpoint's signature; `instead` are enough, too."""
    return Depends(Guard(permission, *instead))
