"""Dates as Japanese administration writes them: fiscal years, both calendars, and readable refusals. Pure
functions.

Eras: 令和 from 2019-05-01 (政令第143号, 2019), 平成 from 1989-01-08, 昭和 from 1926-12-25, 大正 from
1912-07-30.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

EARLIEST: Final = date(1900, 1, 1)
YEARS_AHEAD: Final = 30


@dataclass(frozen=True, slots=True)
class Era:
    """A Japanese era; ``end`` is its last day, ``None`` while it lasts."""

    name: str
    letter: str
    start: date
    end: date | None


ERAS: Final = (
    Era("令和", "R", date(2019, 5, 1), None),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
)

_WESTERN = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
)
_ERA = re.compile(
    r"(令和|平成|昭和|大正|[RHST])\.?(元|\d{1,2})(?:年(\d{1,2})月(\d{1,2})日|[./-](\d{1,2})[./-](\d{1,2}))",
    re.I,
)


class DateUnreadable(ValueError):
    """A text that is no date. ``reason`` says why and ``remedy`` what would be right, in Japanese."""

    def __init__(
        self, reason: str, remedy: str = "「2026-11-23」や「令和8年11月23日」のように書いてください。"
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def fiscal_year(on: date) -> int:
    """The 年度 a date falls in, by the year it begins in April: 2027-02-01 → 2026."""
    return on.year if on.month >= 4 else on.year - 1


def era_of(on: date) -> Era | None:
    """The era of a date; ``None`` before 大正."""
    return next((era for era in ERAS if on >= era.start), None)


def japanese_year(on: date) -> str:
    """The year in the Japanese calendar: 令和8年, 令和元年, 平成31年; empty before 大正."""
    era = era_of(on)
    if era is None:
        return ""
    number = on.year - era.start.year + 1
    return f"{era.name}{'元' if number == 1 else number}年"


def format_date(on: date) -> str:
    """``2026年11月23日（令和8年）``."""
    plain = f"{on.year}年{on.month}月{on.day}日"
    year = japanese_year(on)
    return f"{plain}（{year}）" if year else plain


def format_fiscal_year(year: int) -> str:
    """``2026年度（令和8年度）``; fiscal 2019 is written 令和元年度, as the national budget did."""
    year_of_era = japanese_year(date(year, 12, 31)).removesuffix("年")
    return f"{year}年度（{year_of_era}年度）" if year_of_era else f"{year}年度"


def latest_allowed(today: date) -> date:
    """The last date a form accepts: 30 years ahead of today."""
    try:
        return today.replace(year=today.year + YEARS_AHEAD)
    except ValueError:  # 29 February of a year that has none 30 years later
        return date(today.year + YEARS_AHEAD, 2, 28)


def parse_date(text: str) -> date:
    """Read a date in either calendar: ``2026-11-23``, ``2026/11/23``, ``R8.4.1``, ``令和８年４月１日``,
    ``令和元年5月1日``.

    Raises ``DateUnreadable`` with reason and remedy: not a date, an impossible day, 令和0年, or a year
    outside its era.
    """
    plain = "".join(unicodedata.normalize("NFKC", text[:60]).split())
    western = _WESTERN.fullmatch(plain)
    if western:
        year, month, day = (int(part) for part in western.groups() if part is not None)
        return _day(year, month, day, plain)
    japanese = _ERA.fullmatch(plain)
    if japanese:
        sign, number, *rest = (part for part in japanese.groups() if part is not None)
        return _era_day(sign, number, int(rest[0]), int(rest[1]), plain)
    raise DateUnreadable("日付として読めません。")


def _era_day(sign: str, number: str, month: int, day: int, written: str) -> date:
    era = next(era for era in ERAS if sign.upper() in (era.name, era.letter))
    years = 1 if number == "元" else int(number)
    if years == 0:
        raise DateUnreadable(
            f"{era.name}0年はありません。", f"最初の年は{era.name}元年（{era.start.year}年）です。"
        )
    found = _day(era.start.year + years - 1, month, day, written)
    if found < era.start or (era.end is not None and found > era.end):
        raise DateUnreadable(
            f"「{written}」は{era.name}の期間にありません。",
            f"西暦で書くか、「{format_date(found)}」のことでしたらその元号で書いてください。",
        )
    return found


def _day(year: int, month: int, day: int, written: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DateUnreadable(
            f"「{written}」という日はありません。", "実在する年月日を書いてください。"
        ) from None
