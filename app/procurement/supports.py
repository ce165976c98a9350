"""支援者: staff of a prefecture or an adviser, invited by a body to named projects until a day.

Single-use link → accepted by a person whose own organisation made them a supporter, with a declaration of interests →
confirmed by the inviter, who sees name, issuer and declaration → in force until the day, a revocation, or the end of
the supporter's own membership. Who reaches what by it is in policies.py; see docs/decisions/0010-supporters.md.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission, Role, permissions_of
from app.audit.record import record
from app.identity.credentials import digest, new_secret
from app.identity.people import get_person
from app.identity.sessions import own_session, refuse_delegated
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.organisations.models import Membership, Organisation
from app.organisations.policies import may_join, may_speak_for
from app.outbox.publish import publish
from app.procurement import repository, support_repository
from app.procurement.lifecycle import SUPPORT
from app.procurement.policies import is_of_the_body
from app.procurement.support_models import Support, SupportProject
from app.procurement.support_schemas import SupportAcceptanceIn, SupportIn
from app.procurement.support_views import SupportView, group_of, is_supporter, views_of
from app.settings import Settings

LONGEST = timedelta(days=2 * 366)
MOST_PROJECTS = 50


def invite_supporter(session: Session, actor: Actor, clock: Clock, given: SupportIn) -> SupportView:
    """A link for one supporter to the named projects of the actor's own body, with its secret.

    Raises Invalid with every fault: no project, one that is not the body's, a day that passed or is too far.
    """
    if not is_of_the_body(actor, actor.organisation_id or ""):
        raise Forbidden("支援者を招待できるのは、案件のある団体の承認者です。")
    today, now = clock.today(), clock.now()
    ids = list(dict.fromkeys(given.project_ids))
    faults = []
    if not ids or len(ids) > MOST_PROJECTS:
        faults.append(
            FieldFault(
                "/project_ids",
                "count",
                f"「案件」：{len(ids)}件です。",
                f"1件から{MOST_PROJECTS}件まで選んでください。",
            )
        )
    first = repository.project(session, ids[0]) if ids else None
    owner = actor.organisation_id or ""
    if first is not None and first.organisation_id in actor.inherited:
        owner = first.organisation_id  # projects of a body that was taken over: an invitation of their own
    for place, id_ in enumerate(ids[:MOST_PROJECTS]):
        project = repository.project(session, id_)
        if project is None or project.organisation_id != owner:
            faults.append(
                FieldFault(
                    f"/project_ids/{place}", "unknown", f"「案件」：「{id_}」は自分の団体の案件にありません。",
                    "案件の一覧から選んでください。",
                )
            )  # fmt: skip
    if not today <= given.ends_on <= today + LONGEST:
        faults.append(
            FieldFault(
                "/ends_on", "range", "「支援の最後の日」：今日から2年以内の日ではありません。",
                "今日以後の日を選んでください。延ばすときは、改めて招待します。",
            )
        )  # fmt: skip
    if faults:
        raise Invalid(faults)
    secret = new_secret()
    row = Support(
        id=new_id("sup"),
        digest=digest(secret),
        organisation_id=owner,
        invited_by=actor.membership_id or "",
        note=given.note,
        ends_on=given.ends_on,
        created_at=now,
        expires_at=now + timedelta(days=given.expires_in_days),
    )
    session.add(row)
    session.flush()
    session.add_all(
        SupportProject(support_id=row.id, project_id=id_, organisation_id=row.organisation_id) for id_ in ids
    )
    session.flush()
    _record(session, actor, clock, "support.invited", row, project_ids=ids, ends_on=row.ends_on.isoformat())
    return views_of(session, clock, [row], secret)[0]


def look_at(session: Session, clock: Clock, secret: str) -> SupportView:
    """What whoever holds the link may see. Raises NotFound for one unknown, used, revoked or expired."""
    row = support_repository.support_of_secret(session, digest(secret))
    if row is None or row.status != "invited" or row.expires_at <= clock.now() or row.ends_on < clock.today():
        raise NotFound(
            "この招待は使えません。期限が切れたか、使われたか、取り消されています。招待した団体に確かめてください。"
        )
    return views_of(session, clock, [row])[0]


def accept_support(
    session: Session, settings: Settings, actor: Actor, clock: Clock, given: SupportAcceptanceIn
) -> SupportView:
    """Use the link up, with the declaration of interests; the supporter waits for the inviter's confirmation.

    Raises NotFound for a link that is not open, Forbidden where the person is no supporter of an organisation that
    the issuer may speak for, Conflict at the inviting body itself, Invalid where a known tie is not declared.
    """
    own_session(session, actor)
    refuse_delegated(actor)
    view = look_at(session, clock, given.secret)
    person = get_person(session, actor.person_id or "")
    home = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    if person is None or home is None or Role.SUPPORTER not in actor.roles or actor.membership_id is None:
        raise Forbidden(
            "支援の招待を受けられるのは、所属する組織（都道府県・助言する事業者など）で「支援者」の役割を持つ人です。"
            "所属の管理者または承認者に、役割を付けてもらってください。複数の所属があるときは、切り替えてください。"
            "招待はまだ使われていません。"
        )
    issuer = settings.issuer(person.issuer_key)
    if issuer is None or not may_speak_for(issuer, home) or not may_join(issuer, person.account_kind):
        raise Forbidden(
            f"いまログインしている認証サーバーは{home.name}について証明できないため、支援の招待を受けられません。"
        )
    if home.id == view.organisation_id:
        raise Conflict("自分の団体の案件の支援者にはなれません。団体の担当者または承認者として扱えます。")
    vendors = support_repository.vendors_of(session, [person.id])[person.id]
    if vendors and not given.has_interest:
        names = "、".join(f"「{vendor.name}」" for vendor in vendors)
        raise Invalid(
            [
                FieldFault(
                    "/has_interest", "must_declare", f"「利害関係の有無」：記録では、事業者{names}に所属しています。",
                    "「あり」を選び、その関係を申告に書いてください。",
                )
            ]
        )  # fmt: skip
    row = support_repository.support(session, view.id, lock=True)
    assert row is not None
    now = clock.now()
    SUPPORT.move(
        session, row, "acceptance",
        membership_id=actor.membership_id,
        has_interest=given.has_interest,
        declaration=given.declaration,
        ties=[{"organisation_id": v.id, "name": v.name, "group_key": group_of(v)} for v in vendors],
        accepted_at=now,
    )  # fmt: skip
    _record(
        session, actor, clock, "support.accepted", row, has_interest=given.has_interest, ties=len(vendors)
    )
    publish(session, "notify.support-changed", row.id, at=now)
    return views_of(session, clock, [row])[0]


def confirm_support(session: Session, actor: Actor, clock: Clock, support_id: str) -> SupportView:
    """Let the supporter in: the inviter, who saw name, issuer and declaration; another approver where they cannot.

    Raises NotFound, Forbidden, Conflict where the supporter's place or the last day passed, TransitionRefused.
    """
    row = _managed(session, actor, support_id)
    people = support_repository.people(session, [row.invited_by, row.membership_id or ""])
    inviter, supporter = people.get(row.invited_by), people.get(row.membership_id or "")
    SUPPORT.require("confirmation", row.status)
    if row.invited_by != actor.membership_id and inviter is not None and _manages(inviter[0], clock.today()):
        raise Forbidden(
            f"招待した{inviter[1].name or '人'}さんが、お名前・認証サーバー・申告を確かめて認めます。"
            "その人ができないときは、断ってから招待し直してください。"
        )
    if supporter is None or not is_supporter(supporter[0], clock.today()) or row.ends_on < clock.today():
        raise Conflict("支援者の所属か役割が終わったか、支援の最後の日を過ぎています。招待し直してください。")
    if supporter[1].id == actor.person_id:
        raise Forbidden("自分自身の支援を認めることはできません。")
    SUPPORT.move(session, row, "confirmation", confirmed_at=clock.now(), confirmed_by=actor.membership_id)
    _record(session, actor, clock, "support.confirmed", row)
    publish(session, "notify.support-changed", row.id, at=clock.now())
    return views_of(session, clock, [row])[0]


def _manages(membership: Membership, today: date) -> bool:
    return (
        membership.status == "active"
        and (membership.last_day is None or membership.last_day >= today)
        and Permission.SUPPORTERS_MANAGE in permissions_of(frozenset(Role(role) for role in membership.roles))
    )


def end_support(
    session: Session, actor: Actor, clock: Clock, support_id: str, reason: str = ""
) -> SupportView:
    """Revoke the link, refuse who waits, or end the access at once. Raises NotFound, TransitionRefused."""
    row = _managed(session, actor, support_id)
    SUPPORT.move(
        session, row, "ending", ended_at=clock.now(), ended_by=actor.membership_id, end_reason=reason
    )
    _record(session, actor, clock, "support.ended", row)
    if row.membership_id is not None:
        publish(session, "notify.support-changed", row.id, at=clock.now())
    return views_of(session, clock, [row])[0]


def grant_price(
    session: Session, actor: Actor, clock: Clock, support_id: str, project_id: str, *, granted: bool
) -> SupportView:
    """Let the supporter see 予定価格 of one named project, or no longer. Raises NotFound, Conflict once it ended."""
    row = _managed(session, actor, support_id)
    named = session.get(SupportProject, (row.id, project_id))
    if named is None:
        raise NotFound("この支援に、その案件はありません。")
    if row.status == "ended":
        raise Conflict("この支援は終わっています。")
    if granted != (named.price_granted_at is not None):
        named.price_granted_at = clock.now() if granted else None
        named.price_granted_by = actor.membership_id if granted else None
        session.add(named)
        session.flush()
        _record(
            session, actor, clock, "support.price-granted" if granted else "support.price-withheld", row,
            project_id=project_id,
        )  # fmt: skip
    return views_of(session, clock, [row])[0]


def _managed(session: Session, actor: Actor, support_id: str) -> Support:
    row = support_repository.support(session, support_id, lock=True)
    if row is None or not is_of_the_body(actor, row.organisation_id):
        raise NotFound("その支援はありません。")
    return row


def end_what_is_over(session: Session, actor: Actor, clock: Clock) -> int:
    """The hourly sweep writes down what the clock ended already; how many."""
    rows = support_repository.over(session, clock.today())
    for row, by_membership in rows:
        cause = "membership" if by_membership else "date"
        SUPPORT.move(session, row, "ending", ended_at=clock.now(), ended_by=cause)
        _record(session, actor, clock, "support.ended", row, cause=cause)
    return len(rows)


def _record(
    session: Session, actor: Actor, clock: Clock, action: str, row: Support, **details: object
) -> None:
    record(
        session, actor, action, "support", row.id,
        at=clock.now(), owner=row.organisation_id, details=details,
    )  # fmt: skip
