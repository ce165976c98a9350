"""A search said back as one Japanese sentence, for pages, the API and procurement's evidence."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from app.catalogue.facets import CatalogueFacet, catalogue_facets
from app.catalogue.query import SearchParams
from app.catalogue.results import Remedy
from catalogue_schema import Schema
from catalogue_schema.money import format_number
from search.engine import Relaxation

RELAXATIONS: Mapping[Relaxation, str] = {
    "particles": "助詞などのひらがなを除いて探しました",
    "partial": "言葉の一部だけが一致するものも含めました",
    "typo": "つづりが少し違うものも含めました",
}
FIELD_NAMES = {
    "name": "名称",
    "kana": "ふりがな",
    "vendor": "事業者の名前",
    "summary": "概要",
    "area": "業務と標準仕様書",
    "replaces": "代わりになるもの",
    "body": "説明とそのほかの項目",
}
"""Where a word may stand, as the published rule of ranking calls it."""
SORTS = {
    "relevance": "関連の高い順",
    "updated_at": "公開の古い順",
    "-updated_at": "公開の新しい順",
    "name": "名称の読みの順",
    "-name": "名称の読みの逆順",
}


def value_label(schema: Schema, facet: CatalogueFacet, value: str, vendors: Mapping[str, str]) -> str:
    """What people read for a facet value; `vendors` are names by id."""
    if facet.kind == "flag":
        return "はい"
    if facet.kind == "vendor":
        return vendors.get(value, value)
    return schema.vocabulary(facet.vocabulary).label(value) if facet.vocabulary else value


def range_label(facet: CatalogueFacet, low: Decimal | None, high: Decimal | None) -> str:
    """`100,000円以上200,000円以下`."""
    parts = [f"{format_number(low)}{facet.unit}以上"] if low is not None else []
    parts += [f"{format_number(high)}{facet.unit}以下"] if high is not None else []
    return "".join(parts)


def sort_label(schema: Schema, sort: str) -> str:
    """The Japanese name of a value of `sort`."""
    if sort in SORTS:
        return SORTS[sort]
    facet = catalogue_facets(schema)[sort.removeprefix("-")]
    return f"{facet.label}の{'大きい' if sort.startswith('-') else '小さい'}順"


def sentence(schema: Schema, params: SearchParams, vendors: Mapping[str, str] | None = None) -> str:
    """For example: 「窓口」を含み、業務が「住民基本台帳」または「戸籍」のサービス（関連の高い順）.

    `vendors` are the names of chosen vendors by id.
    """
    facets = catalogue_facets(schema)
    clauses = []
    if params.text:
        clauses.append(f"「{params.text}」を{'そのまま' if params.strict else ''}含み")
    for name, values in params.selected.items():
        facet = facets[name]
        if facet.kind == "flag":
            clauses.append(f"「{facet.label}」で")
            continue
        labels = "または".join(f"「{value_label(schema, facet, value, vendors or {})}」" for value in values)
        clauses.append(f"{facet.label}が{labels}で")
    for name, (low, high) in params.ranges.items():
        clauses.append(f"{facets[name].label}が{range_label(facets[name], low, high)}で")
    what = "公開中の全てのサービス" if not clauses else "、".join(clauses) + "あるサービス"
    what = what.replace("であるサービス", "のサービス").replace("含みあるサービス", "含むサービス")
    return f"{what}（{sort_label(schema, params.sort)}）"


def remedy_words(remedy: Remedy) -> str:
    """What a link to another search says: 条件「業務」を外す."""
    return {
        "word": f"言葉「{remedy.label}」を外す",
        "filter": f"条件「{remedy.label}」を外す",
        "filters": "条件を全て外して、言葉だけで探す",
        "words": "言葉を外して、条件だけで探す",
    }.get(remedy.kind, remedy.label)
