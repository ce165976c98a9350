"""Everyday needs (困りごと) and the searches that they become, from `needs.toml`.

An officer seldom knows the catalogue's words: a need leads to its business areas, offers filters with the reason for
each, and stays an ordinary search, whose address says everything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.catalogue.facets import catalogue_facets
from app.catalogue.query import SearchParams, parse
from app.catalogue.wording import value_label
from app.kit.errors import NotFound
from catalogue_schema import Schema
from catalogue_schema.text import same_name_key

AREA = "area"
_KEYS = frozenset({"code", "theme", "title", "situation", "words", "areas", "filters"})
_FILTER_KEYS = frozenset({"name", "value", "chosen", "why"})


@dataclass(frozen=True)
class NeedFilter:
    """One filter that helps with a need: the search's parameter and value, their names, and why it helps."""

    name: str
    value: str
    label: str
    value_label: str
    why: str
    chosen: bool
    """Whether the search begins with it; the others are only offered."""


@dataclass(frozen=True)
class Need:
    """One everyday need."""

    code: str
    theme: str
    title: str
    situation: str
    words: tuple[str, ...]
    areas: tuple[tuple[str, str], ...]
    """Codes and names of the business areas that it belongs to."""
    filters: tuple[NeedFilter, ...]

    def params(self) -> SearchParams:
        """The search that it begins with."""
        selected: dict[str, tuple[str, ...]] = {AREA: tuple(code for code, _ in self.areas)}
        for one in self.filters:
            if one.chosen:
                selected[one.name] = (*selected.get(one.name, ()), one.value)
        return SearchParams(selected=selected)


def needs(schema: Schema) -> tuple[Need, ...]:
    """All needs, in the file's order."""
    return _of(schema)


@cache
def _of(schema: Schema) -> tuple[Need, ...]:
    with (Path(__file__).parent / "needs.toml").open("rb") as file:
        return read(schema, tomllib.load(file)["need"])


def read(schema: Schema, rows: Sequence[Mapping[str, Any]]) -> tuple[Need, ...]:
    """The needs of the data. Raises ValueError for unknown keys or a code given twice, Invalid for a filter or an
    area that the search does not know.
    """
    made = tuple(_need(schema, row) for row in rows)
    if len({need.code for need in made}) != len(made):
        raise ValueError("needs.toml: a code is there twice")
    return made


def _need(schema: Schema, row: Mapping[str, Any]) -> Need:
    if row.keys() != _KEYS or any(one.keys() != _FILTER_KEYS for one in row["filters"]):
        raise ValueError(f"needs.toml: {row.get('code')}: keys must be {sorted(_KEYS)}")
    facets = catalogue_facets(schema)
    pairs = [(AREA, code) for code in row["areas"]] + [(one["name"], one["value"]) for one in row["filters"]]
    parse(schema, pairs)
    return Need(
        code=row["code"],
        theme=row["theme"],
        title=row["title"],
        situation=row["situation"],
        words=tuple(row["words"]),
        areas=tuple((code, value_label(schema, facets[AREA], code, {})) for code in row["areas"]),
        filters=tuple(
            NeedFilter(
                one["name"],
                one["value"],
                facets[one["name"]].label,
                value_label(schema, facets[one["name"]], one["value"], {}),
                one["why"],
                one["chosen"],
            )
            for one in row["filters"]
        ),
    )


def need_of(schema: Schema, code: str) -> Need:
    """The need. Raises NotFound."""
    found = next((need for need in needs(schema) if need.code == code), None)
    if found is None:
        raise NotFound("この困りごとはありません。一覧から選び直してください。")
    return found


def matching(schema: Schema, text: str) -> tuple[Need, ...]:
    """The needs that these words may mean, the most telling first; all of them without words.

    A word counts where it stands in the need's texts, or one of the need's own words stands in it: officers write
    whole sentences (「住民票の交付をオンラインにしたい」).
    """
    asked = [word for word in same_name_key(text).split(" ") if word]
    if not asked:
        return needs(schema)
    scored = [(_score(need, asked), need) for need in needs(schema)]
    return tuple(need for score, need in sorted(scored, key=lambda pair: -pair[0]) if score)


def _score(need: Need, asked: Sequence[str]) -> int:
    own = [same_name_key(word) for word in need.words] + [same_name_key(name) for _, name in need.areas]
    texts = same_name_key(need.title + need.situation)
    score = 0
    for word in asked:
        score += 2 * sum(1 for each in own if each in word or word in each)
        score += 1 if word in texts else 0
    return score
