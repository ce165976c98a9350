"""Requirements of a standard specification (標準仕様書の要件) as data: what one is, and what is wrong with one.

Pure: files, pages and the API all read requirements into these, and find their faults here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from catalogue_schema.text import clean, first_refused, name_of, printable

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "function": "機能要件",
        "form": "帳票要件",
        "data": "データ要件",
        "linkage": "連携要件",
        "non_functional": "非機能要件",
        "common": "共通機能",
    }
)
"""What a requirement is about: code → what people read."""

SIZE_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {"designated_city": "指定都市", "core_city": "中核市", "general": "一般市区町村"}
)
"""The classes of municipality that obligations differ by (vocabulary `spec_classes`)."""

OBLIGATIONS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "required": ("◎", "実装必須"),
        "optional": ("○", "標準オプション"),
        "prohibited": ("×", "実装不可"),
        "not_applicable": ("－", "対象外"),
    }
)
"""Code → the mark that ministries write, and what it means."""

MARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{mark: code for code, (mark, _) in OBLIGATIONS.items()},
        **{name: code for code, (_, name) in OBLIGATIONS.items()},
        **dict.fromkeys(("〇", "◯"), "optional"),
        **dict.fromkeys(("✕", "✖", "✗"), "prohibited"),
        **dict.fromkeys(("-", "ー", "―", "─", "‐", "−"), "not_applicable"),
    }
)
"""Every way in which a mark is written, as NFKC leaves it or not, → the obligation."""

ID_SCHEMES: Final[Mapping[str, str]] = MappingProxyType(
    {"function_id": "機能ID（数字7桁）", "own": "仕様書独自のID"}
)
KEY_LONGEST: Final = 60
TEXT_LONGEST: Final = 8000
NOTE_LONGEST: Final = 4000
LEVELS_AT_MOST: Final = 6
LEVEL_LONGEST: Final = 120
REQUIREMENTS_AT_MOST: Final = 3000
"""How many requirements one version may have."""
_FUNCTION_ID = re.compile(r"[0-9]{7}")
_OWN_ID = re.compile(r"[0-9A-Za-zぁ-んァ-ヶー一-龥々][0-9A-Za-zぁ-んァ-ヶー一-龥々._/\-]*")
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}(?:案[0-9]{0,2})?")


@dataclass(frozen=True)
class Requirement:
    """One requirement of one version."""

    key: str
    """Its stable ID (機能ID), unique in the version."""
    kind: str
    text: str
    obligation: Mapping[str, str]
    """Size class → obligation, for every class."""
    category: tuple[str, ...] = ()
    """大分類, 中分類, …"""
    conform_by: date | None = None
    """The day from which it must be met, where it has one of its own (適合基準日)."""
    note: str = ""

    def is_required(self, size_class: str) -> bool:
        """Whether a product for this class of municipality must meet it."""
        return self.obligation.get(size_class) == "required"


@dataclass(frozen=True)
class RequirementFault:
    """What is wrong with one member of a requirement."""

    member: str
    """`key`, `kind`, `text`, `category`, `obligation`, `obligation/general`, `conform_by` or `note`."""
    code: str
    message: str
    remedy: str


def folded_key(raw: str) -> str:
    """An ID as it is kept: full-width digits and letters as half-width ones, no blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw))


def obligation_of(raw: str) -> str | None:
    """The obligation that a mark or its name stands for; None for what is none."""
    plain = clean(raw).strip()
    return (
        MARKS.get(plain)
        or MARKS.get(unicodedata.normalize("NFKC", plain))
        or (plain if plain in OBLIGATIONS else None)
    )


def is_version_number(number: str) -> bool:
    """Whether it is a version's number: 1.0, 2.1, 2.0案, 2.0案2."""
    return _NUMBER.fullmatch(number) is not None


def version_order(number: str) -> tuple[tuple[int, ...], bool, int]:
    """What versions are ordered by: 1.9 before 1.10, and a draft for comment (案) before the version itself."""
    plain, draft, which = number.partition("案")
    return tuple(int(part) for part in plain.split(".")), not draft, int(which or 1)


def requirement_faults(item: Requirement, id_scheme: str) -> Iterator[RequirementFault]:
    """Everything that is wrong with one requirement by itself."""
    yield from _key_faults(item.key, id_scheme)
    if item.kind not in KINDS:
        message = f"「{printable(item.kind, 30)}」という種類はありません。"
        yield RequirementFault("kind", "unknown_term", message, "、".join(KINDS))
    if not item.text.strip():
        yield RequirementFault("text", "required", "要件の本文がありません。", "本文を書いてください。")
    yield from _text_faults("text", item.text, TEXT_LONGEST)
    yield from _text_faults("note", item.note, NOTE_LONGEST)
    if len(item.category) > LEVELS_AT_MOST:
        message = f"分類が{len(item.category)}段あります。"
        yield RequirementFault("category", "too_many", message, f"{LEVELS_AT_MOST}段までです。")
    for level in item.category:
        yield from _text_faults("category", level, LEVEL_LONGEST)
    for size_class, obligation in item.obligation.items():
        if size_class not in SIZE_CLASSES:
            message = f"「{printable(size_class, 30)}」という団体区分はありません。"
            yield RequirementFault("obligation", "unknown_term", message, "、".join(SIZE_CLASSES))
        elif obligation not in OBLIGATIONS:
            message = f"「{printable(obligation, 30)}」という義務はありません。"
            yield RequirementFault(
                f"obligation/{size_class}", "unknown_term", message, "、".join(OBLIGATIONS)
            )
    for size_class in SIZE_CLASSES:
        if size_class not in item.obligation:
            message = f"{SIZE_CLASSES[size_class]}の義務がありません。"
            remedy = "◎、○、×、－ のどれかにしてください。"
            yield RequirementFault(f"obligation/{size_class}", "required", message, remedy)


def _key_faults(key: str, id_scheme: str) -> Iterator[RequirementFault]:
    if not key:
        yield RequirementFault("key", "required", "IDがありません。", "要件のIDを書いてください。")
    elif id_scheme == "function_id" and not _FUNCTION_ID.fullmatch(key):
        message = f"「{printable(key, 40)}」は機能IDではありません。"
        yield RequirementFault(
            "key", "format", message, "数字7桁です。先頭の0が落ちていないか確かめてください。"
        )
    elif len(key) > KEY_LONGEST or not _OWN_ID.fullmatch(key):
        message = f"「{printable(key, 40)}」はIDに使えません。"
        yield RequirementFault(
            "key", "format", message, f"文字、数字、「.」「-」「_」「/」の{KEY_LONGEST}字までです。"
        )


def _text_faults(member: str, text: str, longest: int) -> Iterator[RequirementFault]:
    if len(text) > longest:
        yield RequirementFault(member, "too_long", f"{len(text):,}字あります。", f"{longest:,}字までです。")
    refused = first_refused(text, multiline=True)
    if refused is not None:
        message = f"使えない文字 {name_of(refused)} があります。"
        yield RequirementFault(member, "characters", message, "その文字を消してください。")


def doubled_keys(items: Sequence[Requirement]) -> Iterator[tuple[int, int]]:
    """Positions (from 0) of requirements whose ID an earlier one has, with the position of that one."""
    first: dict[str, int] = {}
    for position, item in enumerate(items):
        earlier = first.setdefault(item.key, position)
        if item.key and earlier != position:
            yield position, earlier


@dataclass(frozen=True)
class VersionContent:
    """All requirements of a version, with those that were given another ID since the version before."""

    requirements: tuple[Requirement, ...]
    renumbered: Mapping[str, str] = field(default_factory=dict)
    """New ID → the ID that the version before had for it, as an editor confirmed."""
