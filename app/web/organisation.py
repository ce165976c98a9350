"""The own organisation: settings, members, invitations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, current_actor, guarded
from app.access.permissions import BODY_KINDS, Permission
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.listings.dependencies import SchemaDep
from app.organisations import bodies, consent, invitations, last_days, memberships, mergers, service
from app.organisations.service import OrganisationInside, OrganisationPatch
from app.web import list_columns, list_columns_people
from app.web.forms import Form, FormDep
from app.web.list_files import ListAskedDep, ListLinks, list_file, part_links
from app.web.once import replay_with
from app.web.pages import flash, redirect, render
from catalogue_schema import Schema

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.MEMBERS_READ)]
Manager = Annotated[Actor, guarded(Permission.MEMBERS_MANAGE)]
Writer = Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)]


def _own(actor: Actor) -> str:
    if actor.organisation_id is None:
        raise NotFound("所属する組織がありません。")
    return actor.organisation_id


def _organisation_page(
    request: Request,
    session: Session,
    clock: Clock,
    schema: Schema,
    inside: OrganisationInside,
    typed: Mapping[str, str],
    writable: bool,
    status: int = 200,
    faults: Sequence[FieldFault] = (),
) -> Response:
    today, own = clock.today(), inside.card.id
    return render(
        request,
        "account/organisation.html",
        status,
        inside=inside,
        typed=typed,
        writable=writable,
        is_body=inside.card.kind in BODY_KINDS,
        buys=current_actor(request).may(Permission.CONTRACT_WRITE),
        succession=mergers.succession_of(session, own),
        predecessors=mergers.predecessors_of(session, own, today),
        unions=[view for view in bodies.unions_of(session, own) if view.holds_on(today)],
        constituents=[view for view in bodies.constituents_of(session, own) if view.holds_on(today)],
        area_of=schema.vocabulary(bodies.AREAS).label,
        faults=list(faults),
    )


@router.get("/organisation")
def organisation(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """What is kept of the own organisation, and the form to change it."""
    inside = service.get_inside(session, actor, _own(actor))
    typed = {
        "name": inside.card.name,
        "name_kana": inside.card.name_kana,
        "contact_email": inside.contact_email,
        "parent_number": inside.parent_number or "",
        "single_person": "true" if inside.settings.get("single_person") else "",
        "publish_contracts": str(inside.settings.get("publish_contracts", "none")),
        "show_to_neighbours": "true" if inside.settings.get("show_to_neighbours") else "",
    }
    writable = actor.may(Permission.ORGANISATION_WRITE)
    return _organisation_page(request, session, clock, schema, inside, typed, writable)


def _patch(kind: str, form: Form) -> OrganisationPatch:
    body = kind in BODY_KINDS
    return OrganisationPatch(
        name=form.get("name") if kind == "sole_proprietor" else None,
        name_kana=None if kind == "local_government" else form.get("name_kana"),
        contact_email=form.get("contact_email"),
        parent_number=form.get("parent_number") if kind == "vendor" else None,
        single_person=form.checked("single_person") if body else None,
        publish_contracts=form.get("publish_contracts") if body else None,
        show_to_neighbours=form.checked("show_to_neighbours") if body else None,
    )


@router.post("/organisation")
def update(
    request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep, schema: SchemaDep
) -> Response:
    """Save the settings. A version that is no longer current is refused, and nothing is lost of what was typed."""
    inside = service.get_inside(session, actor, _own(actor))
    try:
        patch = _patch(inside.card.kind, form)
        service.update_own(session, actor, clock, inside.card.id, patch, form.get("version"))
    except Invalid as problem:
        typed = form.typed() | {name: form.get(name) for name in ("single_person", "show_to_neighbours")}
        return _organisation_page(request, session, clock, schema, inside, typed, True, 422, problem.faults)
    return flash(request, redirect("/organisation"), "組織の情報を保存しました。")


def _members_page(
    request: Request, actor: Actor, session: SessionDep, clock: ClockDep, status: int = 200, **context: object
) -> Response:
    manages = actor.may(Permission.MEMBERS_MANAGE)
    members = memberships.list_members(session, actor, _own(actor))
    invited = invitations.list_invitations(session, actor, clock) if manages else []
    known: dict[str, object] = {
        "members": members,
        "listed": ListLinks("/organisation/members", len(members)),
        "invitations": invited,
        "invitations_listed": part_links("/organisation/members", "invitations", len(invited)),
        "INVITATION_STATES": list_columns_people.INVITATION_STATES,
        "possible_roles": consent.possible_roles(session, actor, _own(actor)),
        "manages": manages,
        "made": None,
        "link": "",
        "typed": {"note": "", "expires_in_days": str(invitations.DEFAULT_DAYS)},
        "chosen": (),
    }
    return render(request, "account/members.html", status, **(known | context))


@router.get("/organisation/members")
def members(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, listed: ListAskedDep
) -> Response:
    """Members, those who wait first, and invitations."""
    if listed.format and listed.part == "invitations":
        if not actor.may(Permission.MEMBERS_MANAGE):
            raise Forbidden("招待の一覧を読めるのは、メンバーを管理する人です。")
        invited = invitations.list_invitations(session, actor, clock)
        return list_file(listed, list_columns_people.INVITATIONS, invited, clock)
    if listed.format:
        found = memberships.list_members(session, actor, _own(actor))
        return list_file(listed, list_columns.MEMBERS, found, clock)
    return _members_page(request, actor, session, clock)


@router.post("/organisation/members/{membership_id}/confirmation")
def confirm(
    request: Request, membership_id: str, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """Consent to somebody who waits."""
    try:
        memberships.confirm_member(session, actor, clock, _own(actor), membership_id, form.all("roles"))
    except Invalid as problem:
        return _members_page(request, actor, session, clock, 422, faults=list(problem.faults))
    return flash(request, redirect("/organisation/members"), "所属を認めました。")


@router.post("/organisation/members/{membership_id}/roles")
def change_roles(
    request: Request, membership_id: str, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """Give a member other roles."""
    try:
        memberships.change_roles(session, actor, clock, _own(actor), membership_id, form.all("roles"))
    except Invalid as problem:
        return _members_page(request, actor, session, clock, 422, faults=list(problem.faults))
    return flash(request, redirect("/organisation/members"), "役割を変えました。")


@router.post("/organisation/members/{membership_id}/last-day")
def set_last_day(
    request: Request, membership_id: str, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """Set or take away the last day of a membership; a warning where nobody would manage the organisation."""
    name = f"last_day-{membership_id}"
    try:
        _, warning = last_days.set_last_day(session, actor, clock, _own(actor), membership_id, form.get(name))
    except Invalid as problem:
        faults = [replace(fault, pointer=f"/{name}") for fault in problem.faults]
        kept = {"note": "", "expires_in_days": str(invitations.DEFAULT_DAYS)} | form.typed()
        return _members_page(request, actor, session, clock, 422, faults=faults, typed=kept)
    answer = redirect("/organisation/members")
    if warning:
        return flash(request, answer, f"最後の日を保存しました。{warning}", "warning")
    return flash(request, answer, "最後の日を保存しました。")


@router.get("/organisation/members/{membership_id}/ending")
def ask_ending(request: Request, membership_id: str, actor: Manager, session: SessionDep) -> Response:
    """Say what ending a membership means, and ask."""
    member = memberships.get_member(session, actor, _own(actor), membership_id)
    return render(request, "account/member_ending.html", member=member)


@router.post("/organisation/members/{membership_id}/ending")
def end(
    request: Request, membership_id: str, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """End a membership, or refuse somebody who waits."""
    memberships.end_membership(session, actor, clock, _own(actor), membership_id)
    return flash(
        request,
        redirect("/organisation/members"),
        "所属を終えました。ログインとAPIトークンも使えなくなりました。",
    )


@router.post("/organisation/invitations")
def invite(
    request: Request,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Make an invitation and show its link in this answer only."""
    days = form.get("expires_in_days")
    number = int(days) if days.isascii() and days.isdigit() and len(days) <= 4 else 0
    roles = form.all("roles")
    try:
        made = invitations.invite(
            session, actor, clock, roles=roles, note=form.get("note"), expires_in_days=number
        )
    except Invalid as problem:
        return _members_page(
            request, actor, session, clock, 422, faults=list(problem.faults), typed=form.typed(), chosen=roles
        )
    told = "この招待は作成済みです。リンクは一度だけ表示します。控えがないときは、取り消して新しく招待してください。"
    replay_with(request, "/organisation/members", told)
    link = f"{settings.site_origin}/invitations/{made.secret}"
    response = _members_page(request, actor, session, clock, made=made, link=link)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/organisation/invitations/{invitation_id}/revocation")
def revoke_invitation(
    request: Request, invitation_id: str, form: FormDep, actor: Manager, session: SessionDep, clock: ClockDep
) -> Response:
    """Take an invitation back."""
    invitations.revoke_invitation(session, actor, clock, invitation_id)
    return flash(request, redirect("/organisation/members"), "招待を取り消しました。")
