"""How a `Document` lies in a Meilisearch index, and the settings document of that index.

Each text is there three times: as written (`name`), for typing errors and for the pages; as a stream of tokens with
their places (`name_g`); and as single tokens (`name_x`). The tokens are those of every engine here (`search.tokens`),
spelt so that Meilisearch keeps them whole: what is found strictly does not depend on how it cuts Japanese.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date
from functools import cached_property
from importlib.resources import files
from typing import Any

from search.document import ROTATIONS, TEXT_FIELDS, Document
from search.embedded.schema import clean, sort_name
from search.exact import EXACT, keys_of
from search.folding import fold
from search.meilisearch.encoding import (
    BEGINNING,
    SINGLE,
    STREAM,
    beginnings,
    document_key,
    phrase,
    sort_key,
    spelt,
    value_key,
    word,
)
from search.settings import IndexSettings
from search.synonyms import Synonyms, pairs, seed_synonyms
from search.tokens import runs, singles, stream

FORMAT = 2
"""Raised whenever tokens or attributes change what is written, so that older indexes count as stale."""

META = "meta"
"""Key of the one document that is no listing: it says which generation this is and under what it was built. It has no
days of visibility, so no search finds it."""
MOST_HITS = 1_000_000
"""`pagination.maxTotalHits`: above the size of any catalogue, so that totals are exact."""
MOST_VALUES = 20_000
"""`faceting.maxValuesPerFacet`."""
Spoken = dict[str, list[str]]
"""Words that stand for others as Meilisearch keeps them: each with all that it stands for."""
_TIE_BITS = 53
"""Meilisearch sorts numbers as doubles, which hold as many bits exactly."""

_EXACT = {"facetSearch": False, "filter": {"equality": True, "comparison": False}}
_COMPARED = {"facetSearch": False, "filter": {"equality": True, "comparison": True}}


@dataclass(frozen=True)
class Layout:
    """Attribute names for one set of settings."""

    settings: IndexSettings

    def facet(self, name: str) -> str:
        """Values of a plain facet; of a lapsing one values with their last day, `value.day`."""
        return f"{'l' if name in self.settings.lapse_facets else 't'}_{spelt(name)}"

    def last_day(self, name: str, value: str) -> str:
        """The last day of one value of a lapsing facet."""
        return f"u_{spelt(name)}__{value_key(value)}"

    def latest(self, name: str) -> str:
        """The latest last day of a lapsing facet."""
        return f"l_{spelt(name)}_last"

    def number(self, name: str) -> str:
        """The numbers under a name."""
        return f"n_{spelt(name)}"

    def sort(self, name: str, *, descending: bool) -> str:
        """What a sort goes by."""
        if name == "name":
            return "sort_name"
        if name == "updated_at":
            return "updated_at"
        return f"{self.number(name)}_{'high' if descending else 'low'}"

    @cached_property
    def index_settings(self) -> dict[str, Any]:
        """The settings document, for one PATCH before the documents."""
        settings = self.settings
        exact = ["key", *EXACT, *(self.facet(name) for name in settings.all_facets)]
        compared = ["visible_from", "visible_until"]
        compared += [self.number(name) for name in settings.numbers]
        for name in settings.lapse_facets:
            compared += [self.latest(name), f"u_{spelt(name)}__*"]
        return {
            "searchableAttributes": [*_token_attributes(), *TEXT_FIELDS],
            "filterableAttributes": [
                {"attributePatterns": exact, "features": _EXACT},
                {"attributePatterns": compared, "features": _COMPARED},
            ],
            "sortableAttributes": [
                *(f"tie{rotation}" for rotation in range(ROTATIONS)),
                "updated_at",
                "sort_name",
                *(f"{self.number(name)}_{end}" for name in settings.numbers for end in ("low", "high")),
            ],
            # What is called exactly as asked comes first. The rotation comes as a sort: last, so that it decides among
            # documents that tie in all else.
            "rankingRules": ["words", "typo", "exactness", "attribute", "proximity", "sort"],
            "localizedAttributes": [{"attributePatterns": ["*"], "locales": ["jpn"]}],
            "stopWords": ["の", "は", "を", "が", "に", "で", "と", "も", "へ"],
            "synonyms": spoken_synonyms(seed_synonyms()),
            "dictionary": sorted({one for pair in pairs(seed_synonyms()) for one in pair}),
            "typoTolerance": {
                "enabled": True,
                "minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 8},
                "disableOnAttributes": _token_attributes(),
            },
            "pagination": {"maxTotalHits": MOST_HITS},
            "faceting": {"maxValuesPerFacet": MOST_VALUES},
            "searchCutoffMs": 1500,
        }

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever an index built before would answer differently."""
        variants = (files("search") / "variants.toml").read_bytes()
        # The words that stand for others come with each question and may change at any time.
        kept = {name: value for name, value in self.index_settings.items() if name != "synonyms"}
        content = [FORMAT, kept, hashlib.sha256(variants).hexdigest()]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    def entry(self, document: Document) -> dict[str, Any]:
        """The document as it is written."""
        entry: dict[str, Any] = {
            "key": document_key(document.id),
            "id": clean(document.id),
            "print": document.fingerprint,
            "revision": document.revision,
            "revision_id": clean(document.revision_id),
            "parts": [clean(part) for part in document.part_revision_ids],
            "visible_from": (document.visible_from or date.min).toordinal(),
            "visible_until": (document.visible_until or date.max).toordinal(),
            "updated_at": int(document.updated_at.astimezone(UTC).timestamp() * 1_000_000),
            "sort_name": sort_key(sort_name(document.texts)),
        }
        entry |= {f"tie{rotation}": tie(document, rotation) for rotation in range(ROTATIONS)}
        for name, text in document.texts.items():
            entry |= _text(name, text)
        for exact in EXACT:
            entry[exact] = [value_key(key) for key in keys_of(document.texts, exact) if key]
        long: dict[str, str] = {}
        for name, values in document.terms.items():
            if values:
                entry[self.facet(name)] = [_key(value, long) for value in dict.fromkeys(values)]
        for name in document.validity:
            entry |= self._lapsing(name, document.last_days(name), long)
        for name in document.numbers:
            if numbers := document.number(name):
                entry[self.number(name)] = sorted(set(numbers))
                entry[f"{self.number(name)}_low"] = min(numbers)
                entry[f"{self.number(name)}_high"] = max(numbers)
        return entry | ({"long_values": long} if long else {})

    def meta(self, generation: str, spoken: Spoken) -> dict[str, Any]:
        """The document that names the generation, and says which synonyms it has."""
        told = hashlib.sha256(json.dumps(spoken, sort_keys=True).encode()).hexdigest()[:32]
        return {"key": META, "generation": generation, "fingerprint": self.fingerprint, "synonyms": told}

    def _lapsing(self, name: str, last_days: dict[str, date | None], long: dict[str, str]) -> dict[str, Any]:
        if not last_days:
            return {}
        days = {value: (last or date.max).toordinal() for value, last in last_days.items()}
        return {
            self.facet(name): [f"{_key(value, long)}.{day}" for value, day in days.items()],
            self.latest(name): max(days.values()),
            **{self.last_day(name, value): day for value, day in days.items()},
        }


def tie(document: Document, rotation: int) -> int:
    """The tie key of a rotation, as many bits of it as Meilisearch keeps."""
    return document.tie_keys[rotation] >> (63 - _TIE_BITS)


def _token_attributes() -> list[str]:
    return [f"{name}_{kind}" for name in TEXT_FIELDS for kind in ("g", "x")]


def _text(name: str, text: str) -> dict[str, str]:
    folded = fold(text).text
    alone = dict.fromkeys(word(SINGLE, token) for token in singles(folded))
    for run in runs(folded):
        if run.kind == "latin":
            alone |= dict.fromkeys(
                word(BEGINNING, start) for spelling in run.spellings for start in beginnings(spelling)
            )
    return {name: clean(text), f"{name}_g": phrase(STREAM, stream(folded)), f"{name}_x": " ".join(alone)}


def _key(value: str, long: dict[str, str]) -> str:
    key = value_key(value)
    if key.startswith("h"):
        long[key] = clean(value)
    return key


def spoken_synonyms(synonyms: Synonyms) -> Spoken:
    """A table as Meilisearch keeps it: its synonyms are one-way, so each direction is declared."""
    table: dict[str, set[str]] = {}
    for asked, meant in pairs(synonyms):
        table.setdefault(asked, set()).add(meant)
        table.setdefault(meant, set()).add(asked)
    return {one: sorted(others) for one, others in sorted(table.items())}
