"""`/organisations` with members and qualifications, and `/invitations`."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, SettingsDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.http import etag
from app.kit.pagination import Page, PagingDep
from app.organisations import invitations, last_days, memberships, qualifications, service, succession
from app.organisations.invitations import InvitationView
from app.organisations.memberships import MemberView
from app.organisations.schemas import (
    AcceptanceOfInvitationIn,
    AdministratorIn,
    ConfirmationIn,
    DormantBodyOut,
    GroupIn,
    InvitationIn,
    InvitationOut,
    LastDayIn,
    MemberOut,
    OrganisationInsideOut,
    OrganisationOut,
    OrganisationPatchIn,
    QualificationIn,
    QualificationOut,
    RolesIn,
)
from app.organisations.service import OrganisationInside, OrganisationPatch

REPLAYED = "この招待は前の同じ要求で作成済みです。リンクは作成時に一度だけ示され、もう一度は示せません。"

router = APIRouter()

MembersReader = Annotated[Actor, guarded(Permission.MEMBERS_READ)]
MembersManager = Annotated[Actor, guarded(Permission.MEMBERS_MANAGE)]
OrganisationsManager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]


def _inside(view: OrganisationInside, response: Response) -> OrganisationInsideOut:
    response.headers["ETag"] = view.etag
    facts = vars(view) | vars(view.card)
    facts.pop("card")
    return OrganisationInsideOut.model_validate(facts)


def _member(view: MemberView, response: Response) -> MemberOut:
    response.headers["ETag"] = etag(view.version)
    return MemberOut.model_validate(view)


@router.get("/organisations", tags=["組織"])
def list_organisations(
    session: SessionDep,
    paging: PagingDep,
    kind: Annotated[str | None, Query(max_length=40, description="vendor など", examples=["vendor"])] = None,
    prefecture: Annotated[str | None, Query(max_length=20, description="都道府県名")] = None,
    q: Annotated[str, Query(max_length=100, description="名称、読み、団体コード、法人番号")] = "",
) -> Page[OrganisationOut]:
    """組織を探す

    事業者、地方公共団体、デジタル庁の公開の情報です。
    """
    cards, following = service.list_organisations(session, paging, kind=kind, prefecture=prefecture, q=q)
    return Page(items=[OrganisationOut.model_validate(card) for card in cards], next=following)


@router.get("/organisations/{organisation_id}", tags=["組織"])
def read_organisation(organisation_id: str, actor: ActorDep, session: SessionDep) -> OrganisationOut:
    """組織の公開の情報"""
    return OrganisationOut.model_validate(service.get_card(session, actor, organisation_id))


@router.get("/organisations/{organisation_id}/settings", tags=["組織"])
def read_settings(
    organisation_id: str, actor: MembersReader, session: SessionDep, response: Response
) -> OrganisationInsideOut:
    """組織の設定

    その組織の人とデジタル庁が見られます。変えるには応答の ETag が要ります。
    """
    return _inside(service.get_inside(session, actor, organisation_id), response)


@router.patch("/organisations/{organisation_id}", tags=["組織"])
def update_organisation(
    organisation_id: str,
    body: OrganisationPatchIn,
    actor: Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)],
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> OrganisationInsideOut:
    """自分の組織の設定を変える

    JSON Merge Patch です。null は取り消し、書かない項目はそのままです。
    """
    patch = patch_of(body)
    return _inside(service.update_own(session, actor, clock, organisation_id, patch, if_match), response)


def patch_of(body: OrganisationPatchIn) -> OrganisationPatch:
    """The service's patch: null (or a null `settings`) clears, what is left out stays."""

    def text(name: str) -> str | None:
        return (getattr(body, name) or "") if name in body.model_fields_set else None

    single, publish, shown = None, None, None
    if "settings" in body.model_fields_set:
        chosen = body.settings
        everything = {"single_person", "publish_contracts", "show_to_neighbours"}
        given = everything if chosen is None else chosen.model_fields_set
        if "single_person" in given:
            single = bool(chosen and chosen.single_person)
        if "publish_contracts" in given:
            publish = (chosen.publish_contracts if chosen else None) or "none"
        if "show_to_neighbours" in given:
            shown = bool(chosen and chosen.show_to_neighbours)
    return OrganisationPatch(
        name=text("name"),
        name_kana=text("name_kana"),
        contact_email=text("contact_email"),
        parent_number=text("parent_number"),
        single_person=single,
        publish_contracts=publish,
        show_to_neighbours=shown,
    )


@router.put("/organisations/{organisation_id}/group", tags=["組織"])
def set_group(
    organisation_id: str,
    body: GroupIn,
    actor: OrganisationsManager,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> OrganisationInsideOut:
    """企業グループを決める（デジタル庁）

    同じグループの事業者は、互いの審査に関われません。
    """
    return _inside(service.set_group(session, actor, clock, organisation_id, body.group_key), response)


@router.get("/organisations/{organisation_id}/members", tags=["メンバー"])
def list_members(
    organisation_id: str, actor: MembersReader, session: SessionDep, ended: bool = False
) -> Page[MemberOut]:
    """メンバーの一覧

    確認を待っている人が先に並びます。`ended=true` で、終えた所属を示します。
    """
    views = memberships.list_members(session, actor, organisation_id, ended=ended)
    return Page(items=[MemberOut.model_validate(view) for view in views])


@router.get("/organisations/{organisation_id}/members/{membership_id}", tags=["メンバー"])
def read_member(
    organisation_id: str, membership_id: str, actor: MembersReader, session: SessionDep, response: Response
) -> MemberOut:
    """メンバー一人"""
    return _member(memberships.get_member(session, actor, organisation_id, membership_id), response)


@router.post("/organisations/{organisation_id}/members/{membership_id}/confirmation", tags=["メンバー"])
def confirm_member(
    organisation_id: str,
    membership_id: str,
    body: ConfirmationIn,
    actor: MembersManager,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> MemberOut:
    """所属を認める

    名前と認証サーバーを確かめてから行います。
    """
    view = memberships.confirm_member(session, actor, clock, organisation_id, membership_id, body.roles)
    return _member(view, response)


@router.patch("/organisations/{organisation_id}/members/{membership_id}", tags=["メンバー"])
def change_roles(
    organisation_id: str,
    membership_id: str,
    body: RolesIn,
    actor: MembersManager,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> MemberOut:
    """メンバーの役割を変える

    最後の管理者または承認者は外せません。
    """
    known = memberships.get_member(session, actor, organisation_id, membership_id)
    service.require_match(if_match, etag(known.version))
    view = memberships.change_roles(session, actor, clock, organisation_id, membership_id, body.roles)
    return _member(view, response)


@router.delete("/organisations/{organisation_id}/members/{membership_id}", status_code=204, tags=["メンバー"])
def end_membership(
    organisation_id: str, membership_id: str, actor: MembersManager, session: SessionDep, clock: ClockDep
) -> None:
    """所属を終える

    その所属のログインとAPIトークンも、同時に使えなくなります。
    """
    memberships.end_membership(session, actor, clock, organisation_id, membership_id)


@router.put("/organisations/{organisation_id}/members/{membership_id}/last-day", tags=["メンバー"])
def set_last_day(
    organisation_id: str,
    membership_id: str,
    body: LastDayIn,
    actor: MembersManager,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> MemberOut:
    """所属の最後の日を決める

    その日を過ぎると、ログインとAPIトークンはすぐに使えなくなります。30日前と7日前に知らせます。空にすると取り消します。
    管理者または承認者がいなくなるときは warning で示し、デジタル庁にも知らせます。
    """
    view, warning = last_days.set_last_day(
        session, actor, clock, organisation_id, membership_id, body.last_day
    )
    return _member(view, response).model_copy(update={"warning": warning})


@router.get("/dormant-organisations", tags=["組織"])
def list_dormant(actor: OrganisationsManager, session: SessionDep, clock: ClockDep) -> Page[DormantBodyOut]:
    """承認者のいない団体の一覧（デジタル庁）

    所属した人がいて、いま有効な承認者がいない団体です。復旧するか、承認者を招待してください。
    """
    bodies = succession.dormant_bodies(session, actor, clock)
    return Page(items=[DormantBodyOut.model_validate(body) for body in bodies])


@router.post("/organisations/{organisation_id}/invitations", status_code=201, tags=["招待"])
def invite_to_dormant(
    organisation_id: str,
    body: InvitationIn,
    actor: OrganisationsManager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> InvitationOut:
    """承認者のいない団体に、承認者を招待する（デジタル庁）

    使った人は、招待したデジタル庁の管理者が氏名と認証サーバーを確かめて認めるまで待ちます。
    """
    response.headers["Cache-Control"] = "no-store"
    view = idempotency.run(
        lambda: invitations.invite_to_dormant(session, actor, clock, organisation_id, **body.model_dump()),
        lambda made: invitations.invitation_to_dormant(session, actor, clock, organisation_id, made),
        lambda made: made.id,
    )
    return _invitation(view, settings.site_origin, replayed=idempotency.replayed)


@router.post("/organisations/{organisation_id}/administrators", tags=["メンバー"])
def restore_administrator(
    organisation_id: str,
    body: AdministratorIn,
    actor: MembersManager,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
) -> MemberOut:
    """管理者・承認者を復旧する（デジタル庁）"""
    view = memberships.restore_administrator(session, actor, clock, organisation_id, body.membership_id)
    return _member(view, response)


@router.get("/organisations/{organisation_id}/qualifications", tags=["資格"])
def list_qualifications(
    organisation_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep
) -> Page[QualificationOut]:
    """全省庁統一資格の一覧

    だれでも見られます。期限の切れたものは、その事業者とデジタル庁だけに示します。個人事業主の業者コードと等級は公開しません。
    """
    views = qualifications.list_qualifications(session, actor, clock, organisation_id)
    return Page(items=[QualificationOut.model_validate(view) for view in views])


@router.post("/organisations/{organisation_id}/qualifications", status_code=201, tags=["資格"])
def add_qualification(
    organisation_id: str,
    body: QualificationIn,
    actor: Annotated[Actor, guarded(Permission.QUALIFICATION_WRITE)],
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> QualificationOut:
    """全省庁統一資格を登録する

    日付は西暦でも和暦でも書けます。
    """
    view = idempotency.run(
        lambda: qualifications.add_qualification(session, actor, clock, organisation_id, **body.model_dump()),
        lambda made: qualifications.get_qualification(session, actor, clock, organisation_id, made),
        lambda made: made.id,
    )
    return QualificationOut.model_validate(view)


@router.delete(
    "/organisations/{organisation_id}/qualifications/{qualification_id}", status_code=204, tags=["資格"]
)
def remove_qualification(
    organisation_id: str,
    qualification_id: str,
    actor: Annotated[Actor, guarded(Permission.QUALIFICATION_WRITE)],
    session: SessionDep,
    clock: ClockDep,
) -> None:
    """誤って登録した資格を取り除く"""
    qualifications.remove_qualification(session, actor, clock, organisation_id, qualification_id)


@router.get("/invitations", tags=["招待"])
def list_invitations(actor: MembersManager, session: SessionDep, clock: ClockDep) -> Page[InvitationOut]:
    """自分の組織の招待の一覧"""
    views = invitations.list_invitations(session, actor, clock)
    return Page(items=[InvitationOut.model_validate(view) for view in views])


@router.post("/invitations", status_code=201, tags=["招待"])
def invite(
    body: InvitationIn,
    actor: MembersManager,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> InvitationOut:
    """組織に招待する

    一度だけ使えるリンク（url）を作ります。使った人は、あなたが認めるまで待ちます。
    """
    response.headers["Cache-Control"] = "no-store"
    view = idempotency.run(
        lambda: invitations.invite(session, actor, clock, **body.model_dump()),
        lambda made: invitations.get_invitation(session, actor, clock, made),
        lambda made: made.id,
    )
    return _invitation(view, settings.site_origin, replayed=idempotency.replayed)


def _invitation(view: InvitationView, origin: str, *, replayed: bool) -> InvitationOut:
    told = {"url": f"{origin}/invitations/{view.secret}" if view.secret else None}
    if replayed:
        told["notice"] = REPLAYED
    return InvitationOut.model_validate(view).model_copy(update=told)


@router.post("/invitations/acceptance", tags=["招待"])
def accept_invitation(
    body: AcceptanceOfInvitationIn,
    actor: ActorDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> InvitationOut:
    """招待を受ける

    ログインしている人が使います。招待した人が認めると、所属できます。
    """
    view = invitations.accept(session, settings, actor, clock, body.secret)
    return InvitationOut.model_validate(view)


@router.delete("/invitations/{invitation_id}", status_code=204, tags=["招待"])
def revoke_invitation(
    invitation_id: str, actor: MembersManager, session: SessionDep, clock: ClockDep
) -> None:
    """招待を取り消す"""
    invitations.revoke_invitation(session, actor, clock, invitation_id)
