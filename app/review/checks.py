"""Automated checks of a submitted revision. They inform the reviewer; none of them decides."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from catalogue_schema import Schema, money

Outcome = Literal["ok", "warning", "fault"]
SOON = timedelta(days=60)
NAME_ALIKE = 0.85
SUMMARY_ALIKE = 0.8


@dataclass(frozen=True)
class Check:
    """One check: `field` names the answer that it is about, or is empty."""

    code: str
    label: str
    outcome: Outcome
    message: str
    field: str = ""

    def stored(self) -> dict[str, Any]:
        """As JSON, to be kept with the decision."""
        return asdict(self)


@dataclass(frozen=True)
class Circumstances:
    """What the checks look at besides the answers."""

    today: date
    refusals: Sequence[str]
    """Why it could not be submitted today: agreement, authorisation, software."""
    qualification_kinds: Sequence[str]
    """Kinds of the firm's 全省庁統一資格 that are valid today."""
    qualified_until: date | None
    others: Sequence[Neighbour]


@dataclass(frozen=True)
class Neighbour:
    """Another listing that this one is compared with."""

    entry_id: str
    answers: Mapping[str, Any]


def run_checks(
    schema: Schema, kind: str, answers: Mapping[str, Any], around: Circumstances
) -> tuple[Check, ...]:
    """Every check, in the order in which reviewers read them."""
    found = [_agreement(around), _qualification(kind, around)]
    found += _registrations(schema, kind, answers, around.today)
    found += _links(schema, kind, answers)
    if kind == "offer":
        found += _prices(answers)
    found.append(_near_duplicates(kind, answers, around.others))
    found.append(_required(schema, kind, answers))
    return tuple(found)


def _agreement(around: Circumstances) -> Check:
    if around.refusals:
        return Check("agreement", "基本契約と申請の条件", "fault", " ".join(around.refusals))
    return Check("agreement", "基本契約と申請の条件", "ok", "基本契約は有効で、申請の条件を満たしています。")


def _qualification(kind: str, around: Circumstances) -> Check:
    label = "全省庁統一資格"
    if around.qualified_until is None:
        return Check("qualification", label, "warning", "有効な資格が登録されていません。")
    wanted = {"manufacture"} if kind == "software" else {"sale", "service"}
    if not wanted & set(around.qualification_kinds):
        names = "物品の製造" if kind == "software" else "物品の販売・役務の提供等"
        return Check("qualification", label, "warning", f"有効な資格に「{names}」がありません。")
    if around.qualified_until < around.today + SOON:
        until = around.qualified_until.isoformat()
        return Check("qualification", label, "warning", f"資格は {until} までです。まもなく切れます。")
    return Check("qualification", label, "ok", f"{around.qualified_until.isoformat()} まで有効です。")


def _registrations(schema: Schema, kind: str, answers: Mapping[str, Any], today: date) -> Iterator[Check]:
    for field in schema.fields(kind):
        if field.kind != "rows" or field.valid_until is None:
            continue
        rows = [row for row in answers.get(field.name) or () if isinstance(row, Mapping)]
        troubles: list[tuple[Outcome, str]] = []
        for number, row in enumerate(rows, 1):
            until = str(row.get(field.valid_until, ""))
            if not until:
                continue
            if until < today.isoformat():
                troubles.append(("fault", f"{number}行目は {until} で期限が切れています。"))
            elif until < (today + SOON).isoformat():
                troubles.append(("warning", f"{number}行目は {until} に期限が切れます。"))
        if not troubles:
            said = f"{len(rows)}件とも期限内です。" if rows else "登録・認証の記載はありません。"
            yield Check("registrations", field.label_ja, "ok", said, field.name)
            continue
        worst: Outcome = "fault" if any(outcome == "fault" for outcome, _ in troubles) else "warning"
        yield Check(
            "registrations", field.label_ja, worst, " ".join(text for _, text in troubles), field.name
        )


def _links(schema: Schema, kind: str, answers: Mapping[str, Any]) -> Iterator[Check]:
    for field in schema.fields(kind):
        value = answers.get(field.name)
        if field.kind == "url" and isinstance(value, str):
            trouble = link_trouble(value)
            outcome: Outcome = "warning" if trouble else "ok"
            yield Check("links", field.label_ja, outcome, trouble or "形式に問題はありません。", field.name)


def link_trouble(address: str) -> str:
    """What is odd about a link; empty for a well-formed public https address. Nothing is fetched."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "URLとして読めません。"
    if parts.scheme != "https":
        return "https ではないURLです。"
    if parts.username or parts.password:
        return "URLに利用者名かパスワードが含まれています。"
    try:
        ip_address(host)
    except ValueError:
        if "." not in host or host.endswith((".local", ".internal", ".localhost")):
            return "外から開けない名前のURLです。"
    else:
        return "IPアドレスで書かれたURLです。"
    return "標準でないポートのURLです。" if port not in (None, 443) else ""


_CHARGES = {
    "flat": {"monthly", "yearly", "one_off"},
    "by_use": {"per_unit"},
    "free": {"one_off", "monthly", "yearly", "per_unit"},
}


def _prices(answers: Mapping[str, Any]) -> Iterator[Check]:
    label = "価格表"
    lines = [row for row in answers.get("price_lines") or () if isinstance(row, Mapping)]
    if not lines:
        yield Check("prices", label, "fault", "価格の行がありません。", "price_lines")
        return
    charged = {str(line.get("charge_type", "")) for line in lines}
    models = [str(model) for model in answers.get("price_models") or ()]
    troubles = [
        f"料金の方式「{model}」に当たる行がありません。"
        for model in models
        if model in _CHARGES and not charged & _CHARGES[model]
    ]
    if "free" in models and any(_price(line) > 0 for line in lines):
        troubles.append("無償とありますが、有償の行があります。")
    if money.monthly_discounts_exceed(lines):
        troubles.append("割引を引いた固定の月額がマイナスです。")
    if troubles:
        yield Check("prices", label, "warning", " ".join(troubles), "price_lines")
    else:
        yield Check("prices", label, "ok", f"{len(lines)}行。料金の方式と合っています。", "price_lines")


def _price(line: Mapping[str, Any]) -> float:
    try:
        return float(str(line.get("unit_price", "0")))
    except ValueError:
        return 0.0


def _folded(value: object) -> str:
    text = unicodedata.normalize("NFKC", value if isinstance(value, str) else "").casefold()
    return "".join(char for char in text if not char.isspace())


def alike(one: str, other: str, threshold: float) -> bool:
    """Whether two folded texts are nearly the same; cheap bounds first."""
    if not one or not other:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= threshold
        and matcher.quick_ratio() >= threshold
        and matcher.ratio() >= threshold
    )


def _near_duplicates(kind: str, answers: Mapping[str, Any], others: Sequence[Neighbour]) -> Check:
    label = "似た掲載"
    areas = set(answers.get("business_areas") or ())
    name, summary = _folded(answers.get("name")), _folded(answers.get("summary"))
    found = []
    for other in others:
        if kind == "software" and not areas & set(other.answers.get("business_areas") or ()):
            continue
        same_name = alike(name, _folded(other.answers.get("name")), NAME_ALIKE)
        same_summary = alike(summary, _folded(other.answers.get("summary")), SUMMARY_ALIKE)
        # Plans of one software share names such as 標準プラン with those of others: both must be alike.
        if (same_name and same_summary) if kind == "offer" else (same_name or same_summary):
            found.append(f"{other.answers.get('name', '')}（{other.entry_id}）")
    if found:
        return Check(
            "near_duplicates", label, "warning", "名称や概要が似ています: " + "、".join(found[:5]), "name"
        )
    return Check("near_duplicates", label, "ok", "名称や概要がよく似た掲載はありません。", "name")


def _required(schema: Schema, kind: str, answers: Mapping[str, Any]) -> Check:
    label = "必須の項目"
    if missing := schema.completeness(kind, answers).required_missing:
        names = "、".join(field.label_ja for field in missing)
        return Check("required", label, "fault", f"回答のない必須の項目があります: {names}", missing[0].name)
    return Check("required", label, "ok", "必須の項目には全て回答があります。")
