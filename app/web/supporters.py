"""支援者: the body's list with invitations, one support, the invited person's page, and the list of all they help."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import Permission, Role
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.kit.pagination import Paging
from app.listings.dependencies import SchemaDep
from app.procurement import projects, support_views, supports
from app.procurement.inputs import parse
from app.procurement.policies import CLOSED
from app.procurement.support_schemas import SupportAcceptanceIn, SupportEndingIn, SupportIn
from app.web import list_columns_people
from app.web.forms import FormDep
from app.web.list_files import ListAskedDep, ListLinks, list_file
from app.web.login import PersonDep
from app.web.once import replay_with
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.PROJECT_READ)]
Manager = Annotated[Actor, guarded(Permission.SUPPORTERS_MANAGE)]
Supporter = Annotated[Actor, guarded(Permission.PROJECT_SUPPORT)]


@router.get("/supporting")
def helped_page(
    request: Request,
    actor: Supporter,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    listed: ListAskedDep,
) -> Response:
    """Everything that I help with, by body."""
    rows = support_views.helped_projects(session, actor, clock)
    area_of = schema.vocabulary(projects.AREAS).label
    if listed.format:
        return list_file(listed, list_columns_people.helped(area_of), rows, clock)
    listed.total = len(rows)
    return render(request, "buyer/supporting.html", rows=rows, area_of=area_of, listed=listed)


def _list_page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, status: int = 200,
    typed: Mapping[str, str] | None = None, chosen: tuple[str, ...] = (), **context: Any,
) -> Response:  # fmt: skip
    manages = actor.may(Permission.SUPPORTERS_MANAGE)
    rows, _ = projects.projects_of(session, actor, Paging(None, 100)) if manages else ([], None)
    views = support_views.supports_of(session, actor, clock)
    known: dict[str, Any] = {
        "views": views,
        "listed": ListLinks("/supporters", len(views)),
        "open_projects": [
            (row.id, row.title) for row in rows if row.status not in CLOSED or row.id in chosen
        ],
        "chosen": chosen,
        "manages": manages,
        "made": None,
        "link": "",
        "typed": typed or {"expires_in_days": "7"},
    }
    return render(request, "buyer/supporters.html", status, **(known | context))


@router.get("/supporters")
def list_page(
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    listed: ListAskedDep,
    project_id: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The own body's supporters, and the form to invite one."""
    if listed.format:
        views = support_views.supports_of(session, actor, clock)
        return list_file(listed, list_columns_people.SUPPORTS, views, clock)
    return _list_page(request, actor, session, clock, chosen=(project_id,))


@router.post("/supporters")
def invite(
    request: Request,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Make the invitation and show its link in this answer only."""
    chosen = form.all("project_ids")
    days = form.get("expires_in_days")
    values = {
        "project_ids": list(chosen),
        "ends_on": form.get("ends_on"),
        "note": form.get("note"),
        "expires_in_days": int(days) if days.isascii() and days.isdigit() and len(days) <= 4 else days,
    }
    try:
        made = supports.invite_supporter(session, actor, clock, parse(SupportIn, values))
    except Invalid as refused:
        return _list_page(
            request, actor, session, clock, 422, form.typed(), tuple(chosen), faults=list(refused.faults)
        )
    told = "この招待は作成済みです。リンクは一度だけ表示します。控えがないときは、取り消して招待し直してください。"
    replay_with(request, "/supporters", told)
    link = f"{settings.site_origin}/support-invitations/{made.secret}"
    response = _list_page(request, actor, session, clock, made=made, link=link)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/supporters/{support_id}")
def support_page(
    support_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """One support: who, from where, with which declaration, and what can be done."""
    return _support_page(request, actor, session, clock, support_id)


def _support_page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, support_id: str, status: int = 200,
    typed: Mapping[str, str] | None = None, faults: Any = (),
) -> Response:  # fmt: skip
    return render(
        request,
        "buyer/supporter.html",
        status,
        view=support_views.support_of(session, actor, clock, support_id),
        manages=actor.may(Permission.SUPPORTERS_MANAGE),
        typed=typed or {},
        faults=list(faults),
    )


@router.post("/supporters/{support_id}/confirmation")
def confirm(
    support_id: str, request: Request, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """Let the supporter in."""
    supports.confirm_support(session, actor, clock, support_id)
    return flash(request, redirect(f"/supporters/{support_id}"), "支援を認めました。")


@router.post("/supporters/{support_id}/ending")
def end(
    support_id: str, request: Request, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """Revoke, refuse, or end at once."""
    try:
        given = parse(SupportEndingIn, {"reason": form.get("reason")})
    except Invalid as refused:
        return _support_page(request, actor, session, clock, support_id, 422, form.typed(), refused.faults)
    supports.end_support(session, actor, clock, support_id, given.reason)
    return flash(request, redirect("/supporters"), "支援を終えました。案件はもう見えません。")


@router.post("/supporters/{support_id}/projects/{project_id}/estimated-price")
def grant_price(
    support_id: str,
    project_id: str,
    request: Request,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Let the supporter see 予定価格 of one project, or no longer."""
    granted = form.get("granted") == "true"
    supports.grant_price(session, actor, clock, support_id, project_id, granted=granted)
    told = "予定価格を見せることにしました。" if granted else "予定価格を見せないことにしました。"
    return flash(request, redirect(f"/supporters/{support_id}"), told)


def _invitation_page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, secret: str, status: int = 200,
    typed: Mapping[str, str] | None = None, faults: Any = (),
) -> Response:  # fmt: skip
    return render(
        request,
        "buyer/support_invitation.html",
        status,
        view=supports.look_at(session, clock, secret),
        secret=secret,
        is_supporter=Role.SUPPORTER in actor.roles,
        typed=typed or {},
        faults=list(faults),
    )


@router.get("/support-invitations/{secret}")
def invitation(
    request: Request, secret: str, actor: PersonDep, session: SessionDep, clock: ClockDep
) -> Response:
    """What the link invites to, and the declaration of interests; a visitor logs in on the way."""
    return _invitation_page(request, actor, session, clock, secret)


@router.post("/support-invitations/{secret}")
def accept(
    request: Request,
    secret: str,
    form: FormDep,
    actor: PersonDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Accept with the declaration; the inviter confirms."""
    values = {
        "secret": secret,
        "has_interest": {"some": True, "none": False}.get(form.get("has_interest")),
        "declaration": form.get("declaration"),
    }
    try:
        given = parse(SupportAcceptanceIn, values)
        view = supports.accept_support(session, settings, actor, clock, given)
    except Invalid as refused:
        return _invitation_page(request, actor, session, clock, secret, 422, form.typed(), refused.faults)
    text = f"{view.organisation_name}の支援の招待を受けました。招待した人の確認を待っています。"
    return flash(request, redirect("/supporting"), text)
