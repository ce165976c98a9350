"""Statements of conformance: what may be said, how they are packed, what follows from them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from catalogue_schema.dates import DateUnreadable, parse_date
from catalogue_schema.requirements import SIZE_CLASSES, Requirement
from catalogue_schema.text import clean, first_refused, name_of, url_fault

STATES: Final = {
    "conforms": "適合",
    "conditional": "条件付き",
    "planned": "予定",
    "not_met": "非適合",
    "out_of_scope": "対象外",
}
"""What may be stated: code → what people read. A requirement without a statement is unanswered."""
LETTERS: Final = {"conforms": "y", "conditional": "c", "planned": "p", "not_met": "n", "out_of_scope": "x"}
UNANSWERED: Final = "."
_STATE_OF: Final = {letter: state for state, letter in LETTERS.items()}
NOTE_LONGEST: Final = 1000
URL_LONGEST: Final = 500
MEMBERS: Final = ("state", "how", "planned_on", "note", "evidence")
CAUTION: Final = "国が適合を保証するものではありません。適合の確認は各団体が行います。"
"""Said wherever conformance is shown."""


@dataclass(frozen=True)
class Statement:
    """What a vendor says about one requirement."""

    state: str
    how: str = ""
    """Under which condition it conforms; only and always where `state` is conditional."""
    planned_on: date | None = None
    """From when it will conform; only and always where `state` is planned."""
    note: str = ""
    evidence: str = ""
    """An https address where it can be seen."""


@dataclass(frozen=True)
class StatementFault:
    """What is wrong with one member of a statement."""

    member: str
    code: str
    message: str
    remedy: str


def read_statement(given: Mapping[str, Any], today: date) -> tuple[Statement | None, list[StatementFault]]:
    """A statement as texts (JSON, a form, a row of a sheet), or every fault; None for one that takes it back."""
    faults: list[StatementFault] = []
    texts: dict[str, str] = {}
    for member in MEMBERS:
        value = given.get(member)
        if value is not None and not isinstance(value, str):
            faults.append(
                StatementFault(member, "wrong_type", "文字列ではありません。", '"…" で書いてください。')
            )
        texts[member] = clean(value) if isinstance(value, str) else ""
    by_name = {name: code for code, name in STATES.items()}
    state = by_name.get(texts["state"], texts["state"])
    if state and state not in STATES:
        remedy = "、".join(STATES.values())
        faults.append(StatementFault("state", "unknown_term", "その回答はありません。", remedy))
    faults += _text_faults(texts)
    planned = _planned(texts["planned_on"], state, today, faults)
    if state == "conditional" and not texts["how"]:
        faults.append(
            StatementFault("how", "required", "条件がありません。", "どうすれば適合するかを書いてください。")
        )
    if state != "conditional" and texts["how"]:
        message = "条件は、「条件付き」のときだけ書きます。"
        faults.append(StatementFault("how", "not_asked", message, "空にするか、備考に書いてください。"))
    if not state and any(texts[member] for member in ("note", "evidence")):
        faults.append(
            StatementFault("state", "required", "回答が選ばれていません。", "、".join(STATES.values()))
        )
    if faults or not state:
        return None, faults
    return Statement(state, texts["how"], planned, texts["note"], texts["evidence"]), []


def _planned(text: str, state: str, today: date, faults: list[StatementFault]) -> date | None:
    if state != "planned":
        if text:
            message = "予定日は、「予定」のときだけ書きます。"
            faults.append(StatementFault("planned_on", "not_asked", message, "空にしてください。"))
        return None
    if not text:
        message = "予定日がありません。"
        faults.append(
            StatementFault("planned_on", "required", message, "いつ適合する予定かを書いてください。")
        )
        return None
    try:
        day = parse_date(text)
    except DateUnreadable as refused:
        faults.append(StatementFault("planned_on", "date", refused.reason, refused.remedy))
        return None
    if day < today:
        message = "予定日が過ぎています。"
        faults.append(
            StatementFault("planned_on", "past", message, "今日以後の日にするか、回答を改めてください。")
        )
    return day


def _text_faults(texts: Mapping[str, str]) -> Iterator[StatementFault]:
    for member in ("how", "note", "evidence"):
        longest = URL_LONGEST if member == "evidence" else NOTE_LONGEST
        if len(texts[member]) > longest:
            yield StatementFault(member, "too_long", f"{longest:,}字までです。", "短くしてください。")
        refused = first_refused(texts[member], multiline=member != "evidence")
        if refused is not None:
            message = f"使えない文字 {name_of(refused)} があります。"
            yield StatementFault(member, "characters", message, "その文字を消してください。")
    if texts["evidence"]:
        reason = url_fault(texts["evidence"])
        if reason is None and not texts["evidence"].startswith("https://"):
            reason = "https:// で始まっていません。"
        if reason is not None:
            yield StatementFault("evidence", "url", reason, "https:// で始まる住所を書いてください。")


def packed(statements: Mapping[int, Statement], count: int) -> tuple[str, dict[str, Any]]:
    """Statements by position as a text of `count` letters, and the details of those that have any."""
    letters = [UNANSWERED] * count
    details: dict[str, Any] = {}
    for position, said in sorted(statements.items()):
        letters[position] = LETTERS[said.state]
        more = {
            "how": said.how,
            "planned_on": said.planned_on.isoformat() if said.planned_on else "",
            "note": said.note,
            "evidence": said.evidence,
        }
        kept = {name: value for name, value in more.items() if value}
        if kept:
            details[str(position)] = kept
    return "".join(letters), details


def unpacked(states: str, details: Mapping[str, Any]) -> dict[int, Statement]:
    """The reverse of `packed`."""
    found = {}
    for position, letter in enumerate(states):
        state = _STATE_OF.get(letter)
        if state is not None:
            more = details.get(str(position), {})
            planned = more.get("planned_on")
            found[position] = Statement(
                state,
                more.get("how", ""),
                date.fromisoformat(planned) if planned else None,
                more.get("note", ""),
                more.get("evidence", ""),
            )
    return found


@dataclass(frozen=True)
class Coverage:
    """What follows from the statements for one size class: derived each time, never stored."""

    size_class: str
    required: Mapping[str, int]
    """How many of the required ones are in each state; `unanswered` too, and `total`."""
    optional: Mapping[str, int]
    missing: tuple[str, ...]
    """IDs of the required ones that do not conform without a condition."""
    level: str
    """`conforms` (every required one does), `conditional`, `planned`, or `no`."""
    planned_on: date | None
    """The latest day among the planned required ones, where the level is `planned`."""


def coverage(
    requirements: Sequence[Requirement], statements: Mapping[int, Statement]
) -> tuple[Coverage, ...]:
    """The coverage by size class."""
    return tuple(_coverage(size_class, requirements, statements) for size_class in SIZE_CLASSES)


def _coverage(
    size_class: str, requirements: Sequence[Requirement], statements: Mapping[int, Statement]
) -> Coverage:
    counts = {name: dict.fromkeys((*STATES, "unanswered", "total"), 0) for name in ("required", "optional")}
    missing: list[str] = []
    days: list[date] = []
    for position, item in enumerate(requirements):
        counted = counts.get(item.obligation.get(size_class, ""))
        if counted is None:
            continue
        said = statements.get(position)
        counted[said.state if said else "unanswered"] += 1
        counted["total"] += 1
        if item.is_required(size_class) and (said is None or said.state != "conforms"):
            missing.append(item.key)
            if said is not None and said.planned_on is not None:
                days.append(said.planned_on)
    required = counts["required"]
    met, conditional, planned = (required[name] for name in ("conforms", "conditional", "planned"))
    level = "no"
    if required["total"] and met == required["total"]:
        level = "conforms"
    elif required["total"] and met + conditional == required["total"]:
        level = "conditional"
    elif required["total"] and met + conditional + planned == required["total"]:
        level = "planned"
    latest = max(days) if level == "planned" and days else None
    return Coverage(size_class, required, counts["optional"], tuple(missing), level, latest)


def carried_over(
    before: Sequence[Requirement],
    after: Sequence[Requirement],
    same: Mapping[str, str],
    statements: Mapping[int, Statement],
    today: date,
) -> dict[int, Statement]:
    """The statements about an older version that hold for a newer one, by the newer positions.

    Kept is an answer to a requirement that says the same (another ID or another place in the categories aside); a plan
    whose day has passed is not. `same` are the newer IDs → the older ones.
    """
    old = {item.key: (position, item) for position, item in enumerate(before)}
    kept = {}
    for position, item in enumerate(after):
        earlier = old.get(same.get(item.key, ""))
        if earlier is None or _said(earlier[1]) != _said(item):
            continue
        said = statements.get(earlier[0])
        if said is not None and (said.planned_on is None or said.planned_on >= today):
            kept[position] = said
    return kept


def _said(item: Requirement) -> tuple[Any, ...]:
    """What a statement about a requirement is about."""
    return item.kind, item.text, dict(item.obligation), item.conform_by, item.note
