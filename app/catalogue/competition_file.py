"""The competition indicator as a table: one line for each version in force and size class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.catalogue.competition import STATES, Competition
from app.conformance.statements import CAUTION
from app.kit.table_writing import Value, csv_bytes
from catalogue_schema.requirements import SIZE_CLASSES

HEADERS: Final = (
    "ID",
    "業務",
    "標準仕様書",
    "版",
    "適合基準日",
    "団体区分",
    "実装必須の要件",
    "適合と答えた掲載",
    "独立した事業者",
    "状態",
    "注意",
)


def line(each: Competition, areas: Mapping[str, str]) -> tuple[Value, ...]:
    """What stands under HEADERS."""
    title = each.specification.title + ("（見本）" if each.specification.sample else "")
    return (
        each.id,
        areas.get(each.business_area, each.business_area),
        title,
        each.version.number,
        each.conform_by,
        SIZE_CLASSES[each.size_class],
        *(each.required, each.listings, each.vendors),
        STATES[each.state],
        f"登録事業者の自己申告。{CAUTION}",
    )


def competition_csv(found: Sequence[Competition], areas: Mapping[str, str]) -> bytes:
    """The indicator as CSV."""
    return csv_bytes(HEADERS, (line(each, areas) for each in found))
