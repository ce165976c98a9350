"""Checks single values by kind: what is refused, in which words, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from catalogue_schema import dates, text
from catalogue_schema.declarations import Declarations
from catalogue_schema.model import Fault, Question
from catalogue_schema.money import format_number
from catalogue_schema.vocabulary import Vocabulary

DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,20})?")
"""A decimal in ASCII digits without needless leading zeros; what may be given to ``Decimal`` without fear."""
ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_blank(value: object) -> bool:
    """Whether a value means "no answer": null, blank text, an empty list or object, rows that are all
    blank.
    """
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple):
        return all(isinstance(item, Mapping) and is_blank(item) for item in value)
    if isinstance(value, Mapping):
        return all(
            item is None or (isinstance(item, str) and not item.strip()) or item == []
            for item in value.values()
        )
    return False


def pointer_to(*parts: str | int) -> str:
    """An RFC 6901 pointer, safe to encode whatever the names were."""
    return "".join("/" + text.printable(str(part)).replace("~", "~0").replace("/", "~1") for part in parts)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its pointer, the field it belongs to, and how a message calls it."""

    pointer: str
    field: str
    title: str

    def fault(self, code: str, message: str, remedy: str) -> Fault:
        """A fault at this place; the message is prefixed with the Japanese title."""
        return Fault(self.pointer, code, f"「{self.title}」：{message}", remedy, self.field)


def _some_terms(vocabulary: Vocabulary) -> str:
    return "".join(f"「{term.code}」（{term.ja}）" for term in vocabulary.current()[:3])


class ValueChecker:
    """Checks single values, of fields and of columns alike; one method for each family of kinds."""

    def __init__(self, declared: Declarations, today: date) -> None:
        self._declared = declared
        self._today = today
        self._checks: dict[str, Callable[[Question, object, Place], list[Fault]]] = {
            "integer": self._integer,
            "money": self._integer,
            "decimal": self._decimal,
            "boolean": self._boolean,
            "choice": self._choice,
            "choices": self._choices,
            "date": self._date,
        }

    def check(self, question: Question, value: object, place: Place) -> list[Fault]:
        """The faults of a value that is not blank, by the question's kind."""
        return self._checks.get(question.kind, self._text)(question, value, place)

    def _text(self, question: Question, value: object, place: Place) -> list[Fault]:
        if not isinstance(value, str):
            return [place.fault("wrong_type", "文字列ではありません。", "文字列で書いてください。")]
        cleaned = text.clean(value)
        faults = []
        refused = text.first_refused(cleaned, multiline=question.kind == "long_text")
        if refused is not None:
            code = "lone_surrogate" if 0xD800 <= ord(refused) <= 0xDFFF else "control_character"
            if refused == "\n":
                return [place.fault(code, "改行は使えません。", "1行で書いてください。")]
            faults.append(
                place.fault(
                    code, f"使えない文字 {text.name_of(refused)} があります。", "その文字を消してください。"
                )
            )
        if len(cleaned) > question.max_length:
            over = len(cleaned) - question.max_length
            message = f"{question.max_length}字以内です（現在{len(cleaned)}字）。"
            faults.append(place.fault("too_long", message, f"{over}字減らしてください。"))
        return faults or self._form_of_text(question, cleaned, place)

    def _form_of_text(self, question: Question, value: str, place: Place) -> list[Fault]:
        if question.kind == "kana" and not text.is_kana(value):
            remedy = (
                "ひらがな又は全角カタカナの読みで書いてください（英字や数字も読みで。例：マドグチナビ）。"
            )
            return [place.fault("not_kana", "ひらがな又は全角カタカナではありません。", remedy)]
        if question.kind == "latin" and not text.is_latin(value):
            return [
                place.fault(
                    "not_latin", "半角の英数字ではありません。", "半角の英字・数字・記号で書いてください。"
                )
            ]
        if question.kind == "email" and not text.is_email(value):
            remedy = "「tantou@example.jp」のように半角で書いてください。"
            return [place.fault("bad_email", "メールアドレスの形ではありません。", remedy)]
        if question.kind == "telephone" and not text.is_telephone(value):
            remedy = "「03-1234-5678」のように、市外局番から半角の数字とハイフンで書いてください。"
            return [place.fault("bad_telephone", "電話番号の形ではありません。", remedy)]
        if question.kind == "url":
            reason = text.url_fault(value)
            if reason is not None:
                return [place.fault("bad_url", reason, "「https://example.jp/」のように書いてください。")]
        return []

    def _integer(self, question: Question, value: object, place: Place) -> list[Fault]:
        if isinstance(value, float):
            remedy = "小数点のない整数で書いてください（例：1200）。"
            return [place.fault("fractional", "整数ではありません。", remedy)]
        if isinstance(value, bool) or not isinstance(value, int):
            return [
                place.fault(
                    "wrong_type", "整数ではありません。", "引用符のない整数で書いてください（例：1200）。"
                )
            ]
        return self._within(question, value, place)

    def _decimal(self, question: Question, value: object, place: Place) -> list[Fault]:
        if isinstance(value, int) and not isinstance(value, bool):
            return self._within(question, value, place)
        remedy = f'小数第{question.places}位までの数を文字列で書いてください（例："8.8"）。'
        if not isinstance(value, str):
            return [place.fault("wrong_type", "数を表す文字列ではありません。", remedy)]
        plain = value.strip()
        if re.fullmatch(r"-?[0-9]{14,}(?:\.[0-9]*)?", plain):
            return self._within(question, 10**14 if plain[0] != "-" else -(10**14), place)
        if DECIMAL.fullmatch(plain) is None:
            return [
                place.fault("wrong_type", f"「{text.printable(plain, 30)}」は数として読めません。", remedy)
            ]
        if len(plain.partition(".")[2].rstrip("0")) > question.places:
            return [
                place.fault("too_precise", f"小数は第{question.places}位までです。", "桁を減らしてください。")
            ]
        return self._within(question, Decimal(plain), place)

    def _within(self, question: Question, value: int | Decimal, place: Place) -> list[Fault]:
        unit = question.unit or ("円" if question.kind == "money" else "")
        limits = f"{format_number(question.minimum)}{unit}以上{format_number(question.maximum)}{unit}以下"
        if value < question.minimum:
            return [
                place.fault(
                    "too_small",
                    f"{format_number(question.minimum)}{unit}より小さい値です。",
                    f"{limits}で書いてください。",
                )
            ]
        if value > question.maximum:
            return [
                place.fault(
                    "too_large",
                    f"{format_number(question.maximum)}{unit}を超えています。",
                    f"{limits}で書いてください。",
                )
            ]
        return []

    def _boolean(self, question: Question, value: object, place: Place) -> list[Fault]:
        if isinstance(value, bool):
            return []
        remedy = "はいは true、いいえは false とし、未回答なら項目を消してください。"
        return [place.fault("wrong_type", "はい・いいえではありません。", remedy)]

    def _choice(self, question: Question, value: object, place: Place) -> list[Fault]:
        vocabulary = self._declared.vocabulary_of(question)
        if not isinstance(value, str):
            example = vocabulary.current()[0].code if vocabulary.current() else ""
            return [
                place.fault(
                    "wrong_type",
                    "選択肢の値（文字列）ではありません。",
                    f"「{example}」のように選択肢の値で書いてください。",
                )
            ]
        term = vocabulary.term(value.strip())
        if term is None or term.since > vocabulary.version:
            near = vocabulary.nearest(value)
            message = f"「{text.printable(value, 30)}」という選択肢はありません。"
            remedy = (
                f"近いのは「{near.code}」（{near.ja}）です。"
                if near
                else f"{_some_terms(vocabulary)}などから選んでください。"
            )
            return [place.fault("unknown_term", message, remedy)]
        if vocabulary.is_retired(term):
            successor = vocabulary.term(term.successor) if term.successor else None
            remedy = (
                f"代わりに「{successor.code}」（{successor.ja}）を選んでください。"
                if successor
                else "別の選択肢を選んでください。"
            )
            return [place.fault("retired_term", f"「{term.ja}」は新しい回答には使えません。", remedy)]
        return []

    def _choices(self, question: Question, value: object, place: Place) -> list[Fault]:
        if not isinstance(value, list | tuple):
            return [
                place.fault(
                    "wrong_type", "選択肢の一覧ではありません。", '値の配列（["…", "…"]）で書いてください。'
                )
            ]
        if len(value) > question.max_items:
            message = f"選べるのは{question.max_items}個までです（現在{len(value)}個）。"
            return [
                place.fault("too_many", message, f"{len(value) - question.max_items}個減らしてください。")
            ]
        faults: list[Fault] = []
        seen: set[str] = set()
        for index, item in enumerate(value):
            at = Place(f"{place.pointer}/{index}", place.field, place.title)
            found = self._choice(question, item, at)
            code = item.strip() if isinstance(item, str) else ""
            if not found and code in seen:
                label = self._declared.vocabulary_of(question).label(code)
                found = [at.fault("duplicate", f"「{label}」が2度選ばれています。", "片方を消してください。")]
            seen.add(code)
            faults += found
        return faults

    def _date(self, question: Question, value: object, place: Place) -> list[Fault]:
        if not isinstance(value, str):
            return [
                place.fault(
                    "wrong_type", "日付ではありません。", "「2026-11-23」の形の文字列で書いてください。"
                )
            ]
        written = value.strip()
        try:
            parsed = dates.parse_date(written)
        except dates.DateUnreadable as unreadable:
            return [place.fault("impossible_date", unreadable.reason, unreadable.remedy)]
        if ISO_DATE.fullmatch(written) is None:
            return [
                place.fault(
                    "wrong_type", "日付の形が違います。", f"「{parsed.isoformat()}」と書いてください。"
                )
            ]
        if parsed < dates.EARLIEST:
            return [place.fault("too_early", "1900年より前の日付です。", "年を確かめてください。")]
        latest = dates.latest_allowed(self._today)
        if parsed > latest:
            message = f"{dates.YEARS_AHEAD}年より先の日付です。"
            return [
                place.fault(
                    "too_far_ahead", message, f"{dates.format_date(latest)}までの日付にしてください。"
                )
            ]
        if question.not_future and parsed > self._today:
            remedy = f"今日（{dates.format_date(self._today)}）までの日付にしてください。"
            return [place.fault("in_future", "まだ来ていない日付です。", remedy)]
        return []

    def order(self, place: Place, value: object, start_label: str, start: object) -> list[Fault]:
        """A fault if the date ``value`` lies before ``start``; ISO dates compare as text."""
        if not (isinstance(value, str) and isinstance(start, str) and ISO_DATE.fullmatch(start.strip())):
            return []
        if value.strip() >= start.strip():
            return []
        message = f"「{start_label}」（{text.printable(start.strip(), 10)}）より前の日付です。"
        return [place.fault("before_start", message, f"「{start_label}」以後の日付にしてください。")]
