"""How a body handles its contracts: its checklist's template, and its days for inspection and payment.

A body that has written none goes by the defaults of `contract_practice.toml`: the Act's days, and the usual items.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Forbidden, Invalid
from app.kit.http import etag
from app.procurement.checklist_schemas import PracticeIn
from app.procurement.models import ContractPractice
from app.procurement.reach import require_match

NO_BUYERS = frozenset({"vendor", "sole_proprietor", "agency"})
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Item:
    """One thing to look at, and what to do where it was not."""

    code: str
    label: str
    remedy: str


@dataclass(frozen=True)
class DueRule:
    """By when a delivery is inspected and an invoice paid, in calendar days, and what says so."""

    code: str
    inspection_days: int
    payment_days: int
    counts_first_day: bool
    name: str
    source: str

    def inspection_due(self, delivered_on: date) -> date:
        """The last day of the inspection, told of the delivery on that day."""
        return self._due(delivered_on, self.inspection_days)

    def payment_due(self, invoice_received_on: date, inspected_on: date) -> date:
        """The last day of the payment: the Act counts from a proper invoice *after* the inspection (第6条)."""
        return self._due(max(invoice_received_on, inspected_on), self.payment_days)

    def _due(self, start: date, days: int) -> date:
        return start + timedelta(days=days - 1 if self.counts_first_day else days)


@dataclass(frozen=True)
class Practice:
    """The body's practice as it stands. `own`: whether the body has written it."""

    items: tuple[Item, ...]
    rule: DueRule
    own: bool
    etag: str


@cache
def _declared() -> dict[str, Any]:
    with (Path(__file__).parent / "contract_practice.toml").open("rb") as file:
        return tomllib.load(file)


def default_items() -> tuple[Item, ...]:
    """The items that a body begins with."""
    return tuple(Item(**item) for item in _declared()["item"])


def act_rule(on: date) -> DueRule:
    """The Act's days, as they are on a day."""
    rules = [rule for rule in _declared()["rule"] if rule["from"] <= on]
    newest = max(rules, key=lambda rule: rule["from"])
    return DueRule(**{name: value for name, value in newest.items() if name != "from"})


def items_of(session: Session, organisation_id: str) -> tuple[Item, ...]:
    """The template of a body's checklist, in order."""
    row = session.get(ContractPractice, organisation_id)
    return default_items() if row is None else tuple(Item(**item) for item in row.items)


def practice_of(session: Session, organisation_id: str, on: date) -> Practice:
    """The practice of a body on a day."""
    row = session.get(ContractPractice, organisation_id)
    act = act_rule(on)
    if row is None:
        return Practice(default_items(), act, False, etag(organisation_id, 0))
    rule = DueRule(
        code="own",
        inspection_days=row.inspection_days,
        payment_days=row.payment_days,
        counts_first_day=row.counts_first_day,
        name=row.rule_source or act.name,
        source="団体が定めた日数" if row.rule_source else act.source,
    )
    return Practice(items_of(session, organisation_id), rule, True, etag(organisation_id, row.version))


def own_practice(session: Session, actor: Actor, clock: Clock) -> Practice:
    """The actor's body's practice. Raises Forbidden for who belongs to none."""
    if actor.organisation_id is None or actor.organisation_kind in NO_BUYERS:
        raise Forbidden("契約事務の設定があるのは、団体だけです。")
    return practice_of(session, actor.organisation_id, clock.today())


def write_practice(
    session: Session, actor: Actor, clock: Clock, given: PracticeIn, if_match: str | None
) -> Practice:
    """Write the body's practice as a whole. What was recorded before keeps its labels and due dates.

    Raises Forbidden, PreconditionRequired, PreconditionFailed, Invalid with every fault.
    """
    present = own_practice(session, actor, clock)
    require_match(if_match, present.etag)
    items, faults = _items(given)
    if faults:
        raise Invalid(faults)
    assert actor.organisation_id is not None  # own_practice has looked
    now = clock.now()
    row = session.get(ContractPractice, actor.organisation_id)
    if row is None:
        row = ContractPractice(
            organisation_id=actor.organisation_id,
            inspection_days=given.inspection_days,
            payment_days=given.payment_days,
            updated_by=actor.person_id or "",
            updated_at=now,
            version=0,
        )
    row.items = [asdict(item) for item in items]
    row.inspection_days, row.payment_days = given.inspection_days, given.payment_days
    row.counts_first_day, row.rule_source = given.counts_first_day, given.rule_source
    row.updated_by, row.updated_at, row.version = actor.person_id or "", now, row.version + 1
    session.add(row)
    session.flush()
    record(
        session, actor, "contract-practice.updated", "organisation", row.organisation_id,
        at=now, owner=row.organisation_id,
        details={
            "items": [item.code for item in items],
            "inspection_days": row.inspection_days,
            "payment_days": row.payment_days,
        },
    )  # fmt: skip
    return own_practice(session, actor, clock)


def _items(given: PracticeIn) -> tuple[Sequence[Item], list[FieldFault]]:
    faults: list[FieldFault] = []
    taken = {item.code for item in given.items if item.code}
    labels: set[str] = set()
    items: list[Item] = []
    for index, item in enumerate(given.items):
        code = item.code
        if code and _CODE.fullmatch(code) is None:
            remedy = "英小文字で始まる40字以内の英数字と _ で書くか、空にしてください。"
            faults.append(
                FieldFault(f"/items/{index}/code", "format", "「コード」：使えない文字があります。", remedy)
            )
        if not code:
            number = 1
            while f"own_{number}" in taken:
                number += 1
            code = f"own_{number}"
            taken.add(code)
        if item.label in labels or any(known.code == code for known in items):
            remedy = "片方を消してください。"
            faults.append(
                FieldFault(f"/items/{index}/label", "duplicate", "「項目」：同じものが2つあります。", remedy)
            )
        labels.add(item.label)
        items.append(Item(code, item.label, item.remedy))
    return items, faults
