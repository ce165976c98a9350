"""`/expiring` (a vendor's ends that come near, and its declaration of a renewal) and `/expiry-holds` (the Agency)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded, settings_of
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.pagination import Page, PagingDep
from app.listings import expiring, mass_expiry
from app.listings.dependencies import SchemaDep
from app.listings.expiry_schemas import (
    HoldDecisionIn,
    HoldOut,
    LeavingOut,
    NearEndListOut,
    NearEndOut,
)
from app.organisations import renewals
from app.settings import ExpirySettings

router = APIRouter(tags=["期限"])


def _rules(request: Request) -> ExpirySettings:
    return settings_of(request).expiry


ExpiryRulesDep = Annotated[ExpirySettings, Depends(_rules)]
Own = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
Registrar = Annotated[Actor, guarded(Permission.QUALIFICATION_WRITE)]
Reader = Annotated[Actor, guarded(Permission.REVIEW_READ)]
Decider = Annotated[Actor, guarded(Permission.AGREEMENT_DECIDE)]


@router.get("/expiring")
def list_near_ends(
    actor: Own, session: SessionDep, clock: ClockDep, schema: SchemaDep, rules: ExpiryRulesDep
) -> NearEndListOut:
    """期限の近いもの（事業者）

    資格、基本契約、掲載に書いた登録や認証のうち、6か月以内に期限を迎えるものと、更新手続中のものです。
    """
    found = expiring.near(session, actor, clock, schema, rules)
    return NearEndListOut(items=[NearEndOut.model_validate(one) for one in found])


@router.post("/expiring/{subject_id}/declaration")
def declare_renewal(
    subject_id: str,
    actor: Registrar,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    rules: ExpiryRulesDep,
) -> NearEndListOut:
    """更新の手続中であることを届け出る（事業者）

    資格または基本契約の期限の6か月前から期限までに届け出ます。期限の後も、猶予の日までは「更新手続中」として公開が
    続きますが、新しい選定の確定と契約はできません。
    """
    renewals.declare(session, actor, clock, rules, subject_id)
    found = expiring.near(session, actor, clock, schema, rules)
    return NearEndListOut(items=[NearEndOut.model_validate(one) for one in found])


@router.get("/expiry-holds")
def list_holds(actor: Reader, session: SessionDep, paging: PagingDep) -> Page[HoldOut]:
    """一度に多くの掲載が公開を終える夜の一覧（デジタル庁）"""
    found, following = mass_expiry.page(session, actor, paging)
    return Page(items=[HoldOut.model_validate(view) for view in found], next=following)


@router.get("/expiry-holds/{hold_id}")
def read_hold(hold_id: str, actor: Reader, session: SessionDep) -> HoldOut:
    """一度に多くの掲載が公開を終える夜"""
    return HoldOut.model_validate(mass_expiry.read(session, actor, hold_id))


@router.get("/expiry-holds/{hold_id}/listings")
def list_leaving(hold_id: str, actor: Reader, session: SessionDep, paging: PagingDep) -> Page[LeavingOut]:
    """その夜に公開を終えることになる掲載"""
    found, following = mass_expiry.leaving(session, actor, hold_id, paging)
    return Page(items=[LeavingOut.model_validate(one) for one in found], next=following)


@router.post("/expiry-holds/{hold_id}/decision")
def decide_hold(
    hold_id: str, body: HoldDecisionIn, actor: Decider, session: SessionDep, clock: ClockDep
) -> HoldOut:
    """そのまま終了させるか、猶予するかを決める（デジタル庁）

    決めるまでは「更新手続中」として公開が続きます。猶予は、終わるまでの間、決め直せます。
    """
    view = mass_expiry.decide(
        session, actor, clock, hold_id, body.verdict, reason=body.reason, until=body.until
    )
    return HoldOut.model_validate(view)
