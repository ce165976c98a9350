"""予定価格: kept apart, shown to its keepers only, and part of the evidence once the project was decided.

No audit detail, outbox payload, error or log ever names the amount.
"""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid, NotFound
from app.kit.http import etag
from app.procurement import repository
from app.procurement.errors import EvidenceClosed
from app.procurement.inputs import day_faults
from app.procurement.models import EstimatedPrice, Project
from app.procurement.policies import CLOSED, can_see_estimated_price
from app.procurement.project_schemas import EstimatedPriceIn
from app.procurement.reach import own, reachable, require_match
from catalogue_schema.methods import Threshold, estimated_price_omissions, small_contract_threshold


def estimated_price_of(session: Session, actor: Actor, project_id: str) -> EstimatedPrice:
    """The price, for its keepers; once the project was decided, for all who read the project, as in the evidence.

    Raises NotFound, Forbidden before that (and after a cancellation, which keeps the secret).
    """
    project = reachable(session, actor, project_id)
    if not can_see_estimated_price(actor, project.organisation_id, project.id, project.status):
        raise Forbidden(
            "予定価格は、決裁まで、案件の団体で予定価格の権限を持つ人だけが見られます。"
            "支援者は、団体が案件ごとに認めたときだけです。"
        )
    found = repository.estimated_price(session, project.id)
    if found is None:
        raise NotFound("予定価格はまだ記録されていません。")
    return found


def is_recorded(session: Session, project: Project) -> bool:
    """Whether there is one: that much is no secret inside the body."""
    return repository.estimated_price(session, project.id) is not None


def small_amount_guidance(session: Session, project: Project, clock: Clock) -> Threshold | None:
    """Up to what amount a small contract for services may go at such a body: guidance, with its source and date."""
    body = repository.organisation(session, project.organisation_id)
    if body is None:
        return None
    return small_contract_threshold(body.local_kind or body.kind, body.local_class, "other", clock.today())


def tag_of(price: EstimatedPrice) -> str:
    """The ETag of what is recorded: it says when, and nothing of the amount."""
    return etag(price.project_id, int(price.recorded_at.timestamp() * 1_000_000))


def record_estimated_price(
    session: Session,
    actor: Actor,
    clock: Clock,
    project_id: str,
    given: EstimatedPriceIn,
    if_match: str | None = None,
) -> EstimatedPrice:
    """Set or replace it before the decision.

    Raises EvidenceClosed afterwards, PreconditionFailed where `if_match` is sent and another one is recorded by now
    (or none is), Invalid with every fault.
    """
    project = own(session, actor, project_id)
    if project.status in CLOSED:
        raise EvidenceClosed("決裁または中止の後は、予定価格を変更できません。", status=project.status)
    faults = _faults(project, actor, clock, given)
    if faults:
        raise Invalid(faults)
    price = repository.estimated_price(session, project.id)
    if if_match is not None and (price is not None or if_match != "*"):
        require_match(if_match, tag_of(price) if price is not None else etag(project.id, "none"))
    values = given.model_dump() | {"recorded_at": clock.now(), "recorded_by": actor.person_id or ""}
    if price is None:
        price = EstimatedPrice(project_id=project.id, **values)
    else:
        for name, value in values.items():
            setattr(price, name, value)
    session.add(price)
    session.flush()
    record(
        session, actor, "estimated-price.recorded", "project", project.id,
        at=clock.now(), owner=project.organisation_id,
    )  # fmt: skip
    return price


def _faults(project: Project, actor: Actor, clock: Clock, given: EstimatedPriceIn) -> list[FieldFault]:
    today = clock.today()
    faults = day_faults("/decided_on", "定めた日", given.decided_on, today)
    if not faults and given.decided_on > today:
        faults.append(
            FieldFault(
                "/decided_on",
                "future",
                "「定めた日」：まだ来ていない日です。",
                "今日までの日にしてください。",
            )
        )
    if (given.amount is None) == (given.omission_rule == ""):
        faults.append(
            FieldFault(
                "/amount",
                "one_of",
                "「予定価格（税込）」：金額か、省略の根拠か、どちらか一つが必要です。",
                "省略するときは金額を空にして、根拠を選んでください。",
            )
        )
    elif given.omission_rule:
        faults += _omission_faults(project, actor.organisation_kind or "", given.omission_rule)
    return faults


def _omission_faults(project: Project, kind: str, rule: str) -> list[FieldFault]:
    title = "「省略の根拠」"
    if not project.method:
        return [
            FieldFault(
                "/omission_rule",
                "method_first",
                f"{title}：調達方法がまだ決まっていません。",
                "先に調達方法を選んでください。",
            )
        ]
    known = estimated_price_omissions(kind, project.method)
    if rule in {item.code for item in known}:
        return []
    offered = "、".join(f"「{item.code}」（{item.ja}）" for item in known) or "なし（金額が必要です）"
    return [
        FieldFault(
            "/omission_rule", "unknown", f"{title}：この調達方法では使えません。", f"使えるもの: {offered}"
        )
    ]
