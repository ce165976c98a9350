"""How pages write dates, times, money and fiscal years, and where the fault of a field belongs."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypeVar

from app.kit.clock import TOKYO
from catalogue_schema import money
from catalogue_schema.dates import format_date


class FaultLike(Protocol):
    """What `FieldFault` (app.kit.errors) and `Fault` (catalogue_schema) have in common."""

    @property
    def pointer(self) -> str:
        """RFC 6901 pointer into the body, with or without a leading `/answers`."""

    @property
    def message(self) -> str:
        """What is wrong."""

    @property
    def remedy(self) -> str:
        """What would be right."""


FaultT = TypeVar("FaultT", bound=FaultLike)
_INDEX_TAIL = re.compile(r"-[0-9]+")


def _as_date(value: date | datetime | str) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.astimezone(TOKYO).date() if isinstance(value, datetime) else value


def date_ja(value: date | datetime | str | None) -> str:
    """`2026年11月23日（令和8年）`; a moment is its day in Japan, nothing is an empty text."""
    return "" if value is None or value == "" else format_date(_as_date(value))


def is_iso_date(value: str) -> bool:
    """Whether a date input of the browser shows this text: a day of the calendar as `2026-11-25`."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def datetime_ja(value: datetime | str | None) -> str:
    """`2026年11月23日（令和8年）10:05`, in Japan's time; a text is an ISO moment with its zone."""
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{date_ja(moment)}{moment.astimezone(TOKYO):%H:%M}"


def number(value: int | str | Decimal | None) -> str:
    """`24,000`; decimals without needless zeros."""
    return "" if value is None or value == "" else money.format_number(value)


def yen(value: int | str | Decimal | None) -> str:
    """`1,234,000円`; a unit price keeps its decimals."""
    return "" if value is None or value == "" else money.format_yen(value)


def both_taxes(value: int | None, on: date) -> str:
    """`1,357,400円（税込）／1,234,000円（税抜）` for an amount without tax."""
    return "" if value is None else money.format_both(value, on)


def fiscal_year(year: int | None) -> str:
    """`令和8年度（2026年度）` for 2026."""
    if year is None:
        return ""
    era = year - 2018
    return f"令和{'元' if era == 1 else era}年度（{year}年度）" if era >= 1 else f"{year}年度"


def anchor(pointer: str) -> str:
    """The id of the input that a pointer belongs to: `/answers/price_lines/0/unit` → `price_lines-0-unit`."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")]
    if parts[0] == "answers" and len(parts) > 1:
        parts = parts[1:]
    return "-".join(parts)


def field_faults(faults: Iterable[FaultT] | None, name: str) -> list[FaultT]:
    """The faults of one input: its own, and those of the single choices inside it (`/areas/2`)."""
    found = []
    for fault in faults or ():
        place = anchor(fault.pointer)
        if place == name or (place.startswith(name) and _INDEX_TAIL.fullmatch(place[len(name) :])):
            found.append(fault)
    return found
