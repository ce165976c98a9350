"""Bodies that buy: admitting them, their members (構成団体), departments (部署), and mergers (廃置分合)."""

from typing import Annotated, cast

from fastapi import APIRouter, Header, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, guarded
from app.access.idempotency import IdempotencyDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import NotFound
from app.kit.pagination import Page
from app.organisations import bodies, departments, mergers, service
from app.organisations.bodies import BodyGiven, ConstituentsGiven
from app.organisations.body_schemas import (
    BodyIn,
    ConstituentEndIn,
    ConstituentOut,
    ConstituentsIn,
    DepartmentChangeIn,
    DepartmentIn,
    DepartmentOut,
    MemberDepartmentIn,
    SuccessionIn,
    SuccessionOut,
)
from app.organisations.memberships import get_member
from app.organisations.schemas import MemberOut, OrganisationOut
from catalogue_schema import Schema

router = APIRouter(prefix="/organisations")

OrganisationsManager = Annotated[Actor, guarded(Permission.ORGANISATIONS_MANAGE)]
MembersReader = Annotated[Actor, guarded(Permission.MEMBERS_READ)]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="読んだときの ETag")]
Writer = Annotated[Actor, guarded(Permission.ORGANISATION_WRITE)]


def _schema(request: Request) -> Schema:
    return cast(Schema, request.app.state.schema)


@router.post("", status_code=201, tags=["組織"])
def admit_body(
    request: Request,
    body: BodyIn,
    actor: OrganisationsManager,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> OrganisationOut:
    """団体を登録する（デジタル庁）

    国の一覧にない団体（一部事務組合、広域連合、企業団、府省、独立行政法人）です。承認者は、登録の後に招待します。
    """
    given = BodyGiven(**body.model_dump(exclude={"constituents"}))
    members = ConstituentsGiven(**body.constituents.model_dump()) if body.constituents else None
    card = idempotency.run(
        lambda: bodies.admit_body(session, actor, clock, _schema(request), given, members),
        lambda made: service.organisation_card(session, made),
        lambda made: made.id,
    )
    return OrganisationOut.model_validate(card)


@router.get("/{organisation_id}/constituents", tags=["組織"])
def list_constituents(organisation_id: str, actor: ActorDep, session: SessionDep) -> Page[ConstituentOut]:
    """構成団体の一覧

    一部事務組合・広域連合・企業団が、どの団体のために、どの業務を、いつからいつまで調達するかです。
    """
    service.get_card(session, actor, organisation_id)
    views = bodies.constituents_of(session, organisation_id)
    return Page(items=[ConstituentOut.model_validate(view) for view in views])


@router.get("/{organisation_id}/unions", tags=["組織"])
def list_unions(organisation_id: str, actor: ActorDep, session: SessionDep) -> Page[ConstituentOut]:
    """その団体のために調達する組合などの一覧"""
    service.get_card(session, actor, organisation_id)
    views = bodies.unions_of(session, organisation_id)
    return Page(items=[ConstituentOut.model_validate(view) for view in views])


@router.post("/{organisation_id}/constituents", status_code=201, tags=["組織"])
def add_constituents(
    request: Request,
    organisation_id: str,
    body: ConstituentsIn,
    actor: OrganisationsManager,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
) -> Page[ConstituentOut]:
    """構成団体を加える（デジタル庁）

    全て加わるか、一つも加わりません。輪になる所属（互いの構成団体になること）は加えられません。
    """
    given = ConstituentsGiven(**body.model_dump())
    idempotency.run(
        lambda: bodies.add_constituents(session, actor, clock, _schema(request), organisation_id, given),
        lambda _: bodies.constituents_of(session, organisation_id),
        lambda _: organisation_id,
    )
    views = bodies.constituents_of(session, organisation_id)
    return Page(items=[ConstituentOut.model_validate(view) for view in views])


@router.post("/{organisation_id}/constituents/{constituent_id}/ending", tags=["組織"])
def end_constituent(
    organisation_id: str,
    constituent_id: str,
    body: ConstituentEndIn,
    actor: OrganisationsManager,
    session: SessionDep,
    clock: ClockDep,
) -> ConstituentOut:
    """構成団体でなくなる日を決める（デジタル庁）"""
    view = bodies.end_constituent(session, actor, clock, organisation_id, constituent_id, body.ends_on)
    return ConstituentOut.model_validate(view)


@router.get("/{organisation_id}/succession", tags=["組織"])
def read_succession(organisation_id: str, actor: ActorDep, session: SessionDep) -> SuccessionOut:
    """団体の引継ぎ（廃置分合）

    その日から、最初の団体が案件と契約を引き継ぎます。記録がない団体は 404 です。
    """
    service.get_card(session, actor, organisation_id)
    view = mergers.succession_of(session, organisation_id)
    if view is None:
        raise NotFound("この団体に、引継ぎの記録はありません。")
    return SuccessionOut.model_validate(view)


@router.put("/{organisation_id}/succession", tags=["組織"])
def record_succession(
    organisation_id: str,
    body: SuccessionIn,
    actor: OrganisationsManager,
    session: SessionDep,
    clock: ClockDep,
) -> SuccessionOut:
    """団体の引継ぎを記録する（デジタル庁）

    その日が来るまでは、記録し直せます。その日から、なくなる団体のログインは使えません。
    """
    view = mergers.record_succession(
        session, actor, clock, organisation_id, ended_on=body.ended_on, successors=body.successors
    )
    return SuccessionOut.model_validate(view)


@router.delete("/{organisation_id}/succession", status_code=204, tags=["組織"])
def withdraw_succession(
    organisation_id: str, actor: OrganisationsManager, session: SessionDep, clock: ClockDep
) -> None:
    """その日が来る前に、引継ぎの記録を取り消す（デジタル庁）"""
    mergers.withdraw_succession(session, actor, clock, organisation_id)


@router.get("/{organisation_id}/departments", tags=["部署"])
def list_departments(organisation_id: str, actor: MembersReader, session: SessionDep) -> Page[DepartmentOut]:
    """部署の一覧

    廃止した部署は後に並びます。
    """
    views = departments.departments_of(session, actor, organisation_id)
    return Page(items=[DepartmentOut.model_validate(view) for view in views])


@router.get("/{organisation_id}/departments/{department_id}", tags=["部署"])
def read_department(
    organisation_id: str, department_id: str, actor: MembersReader, session: SessionDep, response: Response
) -> DepartmentOut:
    """部署一つ"""
    view = departments.department(session, actor, organisation_id, department_id)
    response.headers["ETag"] = view.etag
    return DepartmentOut.model_validate(view)


@router.post("/{organisation_id}/departments", status_code=201, tags=["部署"])
def create_department(
    organisation_id: str,
    body: DepartmentIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    idempotency: IdempotencyDep,
    response: Response,
) -> DepartmentOut:
    """部署を作る（承認者）

    email には、その部署の案件の知らせも届きます。
    """
    view = idempotency.run(
        lambda: departments.create_department(session, actor, clock, organisation_id, **body.model_dump()),
        lambda made: departments.department(session, actor, organisation_id, made),
        lambda made: made.id,
    )
    response.headers["ETag"] = view.etag
    return DepartmentOut.model_validate(view)


@router.patch("/{organisation_id}/departments/{department_id}", tags=["部署"])
def revise_department(
    organisation_id: str,
    department_id: str,
    body: DepartmentChangeIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    response: Response,
    if_match: IfMatch = None,
) -> DepartmentOut:
    """部署の名前か連絡先を変える（承認者）

    読んだときの ETag を If-Match で送ってください。
    """
    view = departments.revise_department(
        session, actor, clock, organisation_id, department_id, if_match, **body.model_dump()
    )
    response.headers["ETag"] = view.etag
    return DepartmentOut.model_validate(view)


@router.post("/{organisation_id}/departments/{department_id}/closing", tags=["部署"])
def close_department(
    organisation_id: str, department_id: str, actor: Writer, session: SessionDep, clock: ClockDep
) -> DepartmentOut:
    """部署を廃止する（承認者）

    案件は部署の名前とともに残り、そのメンバーはどの部署にも属さなくなります。
    """
    view = departments.close_department(session, actor, clock, organisation_id, department_id)
    return DepartmentOut.model_validate(view)


@router.put("/{organisation_id}/members/{membership_id}/department", tags=["部署"])
def put_into_department(
    organisation_id: str,
    membership_id: str,
    body: MemberDepartmentIn,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
) -> MemberOut:
    """メンバーの部署を決める（承認者）

    空にすると、どの部署にも属しません。
    """
    departments.put_into_department(session, actor, clock, organisation_id, membership_id, body.department_id)
    return MemberOut.model_validate(get_member(session, actor, organisation_id, membership_id))
