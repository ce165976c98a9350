"""Roles given from the command line: the first administrator, reviewer or approver of an organisation."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import system_actor
from app.audit.record import record
from app.identity.people import ensure_person
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Invalid
from app.kit.ids import new_id
from app.organisations.inputs import corporate_number_faults, role_faults
from app.organisations.models import Membership, Organisation
from app.organisations.policies import may_speak_for
from app.organisations.repository import current_membership, organisation_by_reference
from app.settings import Settings

AGENCY_NAME = "デジタル庁"


def grant_role(
    session: Session,
    settings: Settings,
    clock: Clock,
    issuer_key: str,
    subject: str,
    organisation: str,
    role: str,
) -> Membership:
    """Give the role; the person is made if nobody has seen them yet, the Agency too. Repeating changes nothing.

    `organisation` is a 6-digit code, a 法人番号, an id, or `agency`. Raises Invalid with every fault: unknown issuer,
    one that may not speak for the organisation, unknown organisation, a role that it cannot give.
    """
    issuer = settings.issuer(issuer_key)
    faults = []
    if issuer is None:
        known = "、".join(each.key for each in settings.issuers) or "なし"
        message = f"発行者「{issuer_key}」は設定されていません。"
        faults.append(FieldFault("/issuer", "unknown", message, f"設定されている発行者: {known}"))
    if not 0 < len(subject) <= 255 or not subject.isprintable():
        message = "利用者の識別子（sub）が正しくありません。"
        faults.append(FieldFault("/subject", "format", message, "発行者での sub をそのまま入れてください。"))
    body = organisation_by_reference(session, organisation)
    if body is None and organisation == "agency":
        body = Organisation(id=new_id("org"), kind="agency", name=AGENCY_NAME, created_at=clock.now())
    if body is None:
        faults.append(_unknown(organisation))
    else:
        faults += role_faults(body.kind, [role], "/role")
        if body.ended_on is not None and body.ended_on <= clock.today():
            message = f"「{body.name}」は、{body.ended_on.isoformat()}になくなった団体です。"
            faults.append(FieldFault("/organisation", "ended", message, "引き継いだ団体を指定してください。"))
        if issuer is not None and not may_speak_for(issuer, body):
            message = f"発行者「{issuer_key}」は「{body.name}」について証明することを許されていません。"
            remedy = "DMP_ISSUERS の organisations に加えるか、別の発行者を指定してください。"
            faults.append(FieldFault("/issuer", "not-allowed", message, remedy))
    if faults or body is None:
        raise Invalid(faults, detail=" ".join(f"{fault.message}{fault.remedy}" for fault in faults))
    session.add(body)
    session.flush()
    now = clock.now()
    person = ensure_person(session, issuer_key, subject, now)
    membership = current_membership(session, body.id, person.id) or Membership(
        id=new_id("mem"),
        person_id=person.id,
        organisation_id=body.id,
        origin="command_line",
        created_at=now,
    )
    if membership.status == "active" and role in membership.roles:
        return membership
    membership.roles = sorted({*membership.roles, role}) if membership.status == "active" else [role]
    membership.status = "active"
    membership.confirmed_at = membership.confirmed_at or now
    membership.confirmed_by = membership.confirmed_by or "command_line"
    session.add(membership)
    session.flush()
    record(
        session,
        system_actor("grant-role"),
        "membership.granted",
        "membership",
        membership.id,
        at=now,
        owner=body.id,
        details={"roles": membership.roles},
    )
    return membership


def _unknown(reference: str) -> FieldFault:
    if len(reference) == 13 and (faults := corporate_number_faults("/organisation", reference)):
        return faults[0]
    return FieldFault(
        "/organisation",
        "unknown",
        f"組織「{reference}」は登録されていません。",
        "6桁の団体コード、登録済みの法人番号、または agency を指定してください。"
        "団体は先に取り込みます（dmp import-organisations）。",
    )
