"""The Agency's pages: master agreements, organisations, members who wait, groups, restoring an administrator."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep, guarded
from app.access.permissions import ADMITTED_KINDS, BODY_KINDS, ROLES_BY_KIND, Permission, Role
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import Invalid, NotFound
from app.organisations import (
    agreements,
    invitations,
    memberships,
    mergers,
    qualifications,
    service,
    succession,
)
from app.organisations.lifecycle import AGREEMENT
from app.organisations.policies import TOP_ROLE
from app.organisations.service import OrganisationCard
from app.web import list_columns
from app.web.forms import FormDep
from app.web.list_files import ListAskedDep, ListLinks, ListPagingDep, list_file
from app.web.once import replay_with
from app.web.pages import flash, redirect, render

router = APIRouter(prefix="/agency", include_in_schema=False)

AgreementReader = Annotated[Actor, guarded(Permission.AGREEMENT_READ)]
Decider = Annotated[Actor, guarded(Permission.AGREEMENT_DECIDE)]
Manager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]
Consenter = Annotated[Actor, guarded(Permission.MEMBERS_MANAGE)]

DONE = {
    "acceptance": "基本契約を承諾しました。",
    "termination": "基本契約を終了しました。",
}


@router.get("/agreements")
def list_agreements(
    request: Request,
    actor: AgreementReader,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    status: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Every vendor's agreement, newest first, narrowed by status."""
    _agency_only(actor)
    rows, following = agreements.list_agreements(session, actor, clock, paging, status=status or None)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.AGREEMENTS, rows, clock)
    return render(
        request,
        "agency/agreements.html",
        agreements=rows,
        listed=paging.listed,
        following=following,
        chosen_status=status,
        statuses=AGREEMENT.statuses,
    )


def _agency_only(actor: Actor) -> None:
    if actor.organisation_kind != "agency":
        raise NotFound()


def _agreement_page(
    request: Request,
    actor: Actor,
    session: SessionDep,
    clock: Clock,
    agreement_id: str,
    status: int = 200,
    **context: object,
) -> Response:
    _agency_only(actor)
    agreement = agreements.get_agreement(session, actor, clock, agreement_id)
    known: dict[str, object] = {
        "agreement": agreement,
        "card": service.organisation_card(session, agreement.organisation_id),
        "qualifications": qualifications.list_qualifications(
            session, actor, clock, agreement.organisation_id
        ),
        "kinds": qualifications.KINDS,
        "decides": actor.may(Permission.AGREEMENT_DECIDE),
        "typed": {},
        "tried": "",
    }
    return render(request, "agency/agreement.html", status, **(known | context))


@router.get("/agreements/{agreement_id}")
def agreement(
    request: Request, agreement_id: str, actor: AgreementReader, session: SessionDep, clock: ClockDep
) -> Response:
    """One agreement with what can be done to it now."""
    return _agreement_page(request, actor, session, clock, agreement_id)


@router.post("/agreements/{agreement_id}/{verb}")
def decide(
    request: Request,
    agreement_id: str,
    verb: str,
    form: FormDep,
    actor: Decider,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Accept or end. (Suspension and resumption: `agency_suspensions`.)"""
    reason = form.get("reason")
    try:
        if verb == "acceptance":
            agreements.accept_agreement(
                session,
                actor,
                clock,
                agreement_id,
                starts_on=form.get("starts_on"),
                ends_on=form.get("ends_on"),
            )
        elif verb == "termination":
            agreements.terminate_agreement(session, actor, clock, agreement_id, reason=reason)
        else:
            raise NotFound()
    except Invalid as problem:
        return _agreement_page(
            request,
            actor,
            session,
            clock,
            agreement_id,
            422,
            faults=list(problem.faults),
            typed=form.typed(),
            tried=verb,
        )
    return flash(request, redirect(f"/agency/agreements/{agreement_id}"), DONE[verb])


@router.get("/organisations")
def list_organisations(
    request: Request,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    paging: ListPagingDep,
    kind: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Members of local governments who wait, named parent companies, and every organisation by search."""
    searched = bool(kind or q)
    rows, following = (
        service.list_organisations(session, paging, kind=kind or None, q=q) if searched else ([], None)
    )
    if paging.listed.format:
        return list_file(paging.listed, list_columns.ORGANISATIONS, rows, clock)
    return render(
        request,
        "agency/organisations.html",
        pending={kind: memberships.list_pending(session, actor, kind) for kind in service.KINDS},
        parents=service.list_named_parents(session, actor),
        organisations=rows,
        listed=paging.listed,
        following=following,
        searched=searched,
        dormant=succession.dormant_bodies(session, actor, clock),
        kind_names=list_columns.ORGANISATION_KINDS,
        kind=kind,
        q=q,
    )


def _lacks_approver(session: SessionDep, actor: Actor, clock: Clock, card: OrganisationCard) -> bool:
    """Whether to offer an approver's invitation: a body whose people all left, or one that was just admitted."""
    if card.kind in ADMITTED_KINDS and not (card.ended_on and card.ended_on <= clock.today()):
        return not succession.has_approver(session, actor, clock, card.id)
    return card.id in {body.id for body in succession.dormant_bodies(session, actor, clock)}


def _organisation_page(
    request: Request,
    actor: Actor,
    session: SessionDep,
    clock: Clock,
    organisation_id: str,
    status: int = 200,
    **context: object,
) -> Response:
    inside = service.get_inside(session, actor, organisation_id)
    members = memberships.list_members(session, actor, organisation_id)
    known: dict[str, object] = {
        "inside": inside,
        "members": members,
        "listed": ListLinks(f"/agency/organisations/{organisation_id}", len(members)),
        "former": memberships.list_members(session, actor, organisation_id, ended=True),
        "possible_roles": sorted(role.value for role in ROLES_BY_KIND[inside.card.kind]),
        "dormant": _lacks_approver(session, actor, clock, inside.card),
        "is_body": inside.card.kind in BODY_KINDS,
        "succession": mergers.succession_of(session, organisation_id),
        "made": None,
        "link": "",
        "leading_role": TOP_ROLE[inside.card.kind].value,
        "typed": {"group_key": inside.group_key or inside.parent_number or "", "note": ""},
    }
    return render(request, "agency/organisation.html", status, **(known | context))


@router.get("/organisations/{organisation_id}")
def organisation(
    request: Request,
    organisation_id: str,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    listed: ListAskedDep,
) -> Response:
    """One organisation: its members, its group."""
    if listed.format:
        found = memberships.list_members(session, actor, organisation_id)
        return list_file(listed, list_columns.MEMBERS, found, clock)
    return _organisation_page(request, actor, session, clock, organisation_id)


@router.post("/organisations/{organisation_id}/group")
def set_group(
    request: Request,
    organisation_id: str,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Put a vendor into a group of firms, or take it out."""
    try:
        service.set_group(session, actor, clock, organisation_id, form.get("group_key"))
    except Invalid as problem:
        return _organisation_page(
            request,
            actor,
            session,
            clock,
            organisation_id,
            422,
            faults=list(problem.faults),
            typed=form.typed(),
        )
    return flash(
        request, redirect(f"/agency/organisations/{organisation_id}"), "企業グループを保存しました。"
    )


@router.post("/organisations/{organisation_id}/invitations")
def invite_approver(
    request: Request,
    organisation_id: str,
    form: FormDep,
    actor: Manager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Invite an approver to a body that has none, and show the link in this answer only."""
    role = Role.BUYER_APPROVER.value
    try:
        made = invitations.invite_to_dormant(
            session, actor, clock, organisation_id, roles=[role], note=form.get("note")
        )
    except Invalid as problem:
        return _organisation_page(
            request,
            actor,
            session,
            clock,
            organisation_id,
            422,
            faults=list(problem.faults),
            typed=form.typed(),
        )
    told = "この招待は作成済みです。リンクは一度だけ表示します。控えがないときは、もう一度招待してください。"
    replay_with(request, f"/agency/organisations/{organisation_id}", told)
    link = f"{settings.site_origin}/invitations/{made.secret}"
    response = _organisation_page(request, actor, session, clock, organisation_id, made=made, link=link)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/organisations/{organisation_id}/members/{membership_id}/{verb}")
def consent(
    request: Request,
    organisation_id: str,
    membership_id: str,
    verb: str,
    form: FormDep,
    actor: Consenter,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Consent to somebody who waits, refuse them, or restore an administrator or approver."""
    try:
        if verb == "confirmation":
            memberships.confirm_member(
                session, actor, clock, organisation_id, membership_id, form.all("roles")
            )
            told = "所属を認めました。"
        elif verb == "ending":
            memberships.end_membership(session, actor, clock, organisation_id, membership_id)
            told = "所属を断りました。"
        elif verb == "restoration":
            memberships.restore_administrator(session, actor, clock, organisation_id, membership_id)
            told = "管理者または承認者として復旧しました。"
        else:
            raise NotFound()
    except Invalid as problem:
        return _organisation_page(
            request, actor, session, clock, organisation_id, 422, faults=list(problem.faults)
        )
    return flash(request, redirect(f"/agency/organisations/{organisation_id}"), told)
