"""Judged queries (`queries/*.toml`, one file a half) and the grades that their rules give to listings."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from app.catalogue.query import SearchParams, parse
from app.kit.errors import Invalid
from benchmarks.relevance.corpus import Listing
from benchmarks.relevance.documents import TODAY
from catalogue_schema import Schema
from search.engine import Document, Query

FOLDER = Path(__file__).parent / "queries"
KINDS: Final = ("exact", "part", "variant", "typo", "synonym", "need", "vendor", "multi", "none")
"""An exact name, part of a compound, another spelling, a slip of the fingers, an abbreviation or everyday word for a
term, an everyday need in a sentence, a vendor, several conditions, and what the catalogue has no answer to."""
GRADES: Final = (3, 2, 1)
RELEVANT: Final = 2
"""From this grade on a listing is one that the officer looked for; 1 is a neighbour worth a glance."""
DEPTH: Final = 10

Condition = Callable[[Listing, Document], bool]


@dataclass(frozen=True)
class Judged:
    """A query with the rules of its grades, best grade first. `where` is the rest of the search page's URL."""

    text: str
    kind: str
    where: str
    rules: Mapping[int, tuple[str, ...]]

    @property
    def title(self) -> str:
        """The query as reports show it."""
        return f"{self.text}［{self.where}］" if self.where else self.text

    def query(self, schema: Schema, limit: int = DEPTH) -> Query:
        """The question to the engine, as the search page would put it. Raises Invalid for a bad `where`."""
        pairs = [("q", self.text), *parse_qsl(self.where, strict_parsing=bool(self.where))]
        return _params(schema, pairs, limit).query(schema, TODAY)


@dataclass(frozen=True)
class QuerySet:
    """One half: `reporting` or `tuning`."""

    name: str
    queries: tuple[Judged, ...]


def _params(schema: Schema, pairs: list[tuple[str, str]], limit: int) -> SearchParams:
    return parse(schema, [*pairs, ("limit", str(limit)), ("order", "0")])


def read_sets(folder: Path = FOLDER) -> tuple[QuerySet, ...]:
    """Every half that is there, by name. Raises ValueError naming the query that is wrong."""
    return tuple(QuerySet(path.stem, tuple(_read(path))) for path in sorted(folder.glob("*.toml")))


def _read(path: Path) -> list[Judged]:
    found: dict[tuple[str, str], Judged] = {}
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["queries"]:
        query = _judged(row)
        if (query.text, query.where) in found:
            raise ValueError(f"{path.name}: {query.title} is there twice")
        found[query.text, query.where] = query
    return list(found.values())


def _judged(row: dict[str, Any]) -> Judged:
    unknown = set(row) - {"text", "kind", "where", "why"} - {str(grade) for grade in GRADES}
    if unknown:
        raise ValueError(f"{row.get('text')}: unknown keys {sorted(unknown)}")
    if row["kind"] not in KINDS:
        raise ValueError(f"{row['text']}: the kind {row['kind']!r} is none of {KINDS}")
    rules = {grade: _rules(row.get(str(grade), ())) for grade in GRADES}
    if row["kind"] == "none" and any(rules.values()):
        raise ValueError(f"{row['text']}: a query without an answer has no grades")
    return Judged(row["text"], row["kind"], row.get("where", ""), rules)


def _rules(written: str | Sequence[str]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written)


class Judge:
    """Grades listings by what they mean. Knows nothing of any engine."""

    def __init__(self, schema: Schema, listings: Sequence[Listing], documents: Sequence[Document]) -> None:
        self._schema = schema
        self._pairs = list(zip(listings, documents, strict=True))
        self._known = {
            "family": {listing.family for listing in listings},
            "area": {area for listing in listings for area in listing.areas},
            "has": {feature for listing in listings for feature in listing.features},
            "vendor": {listing.vendor.key for listing in listings},
            "listing": {listing.key for listing in listings},
        }

    def grades(self, judged: Judged) -> dict[str, int]:
        """Grade by id of every listing that the query is an answer to; the best rule that holds counts.

        Raises ValueError for a rule that cannot be read or names what the corpus does not have, for a query without a
        relevant listing, and for a bad `where`.
        """
        try:
            query = judged.query(self._schema)
        except Invalid as wrong:
            said = "; ".join(fault.message for fault in wrong.faults)
            raise ValueError(f"{judged.title}: {said}") from wrong
        rules = {grade: [self._rule(judged, rule) for rule in judged.rules[grade]] for grade in GRADES}
        grades: dict[str, int] = {}
        for listing, document in self._pairs:
            if not _allowed(query, document):
                continue
            for grade in GRADES:
                if any(all(holds(listing, document) for holds in rule) for rule in rules[grade]):
                    grades[document.id] = grade
                    break
        if judged.kind != "none" and not any(grade >= RELEVANT for grade in grades.values()):
            raise ValueError(f"{judged.title}: no listing is relevant")
        return grades

    def matching(self, rule: str) -> list[Listing]:
        """The listings for which a rule holds, for whoever writes judgements. Raises ValueError as `grades`."""
        conditions = [self._condition(word) for word in rule.split()]
        return [
            listing
            for listing, document in self._pairs
            if all(holds(listing, document) for holds in conditions)
        ]

    def _rule(self, judged: Judged, rule: str) -> list[Condition]:
        try:
            return [self._condition(word) for word in rule.split()]
        except ValueError as wrong:
            raise ValueError(f"{judged.title}: {wrong}") from wrong

    def _condition(self, word: str) -> Condition:
        """One condition: `what:value`, `what:one|other`, with "-" in front for its opposite."""
        what, colon, values = word.removeprefix("-").partition(":")
        wanted = set(values.split("|"))
        if not colon or not all(wanted):
            raise ValueError(f"{word!r} is no condition of the form what:value")
        if what in self._known:
            if unknown := wanted - self._known[what]:
                raise ValueError(f"the corpus has no {what} {sorted(unknown)}")
        elif not any(wanted & _values(document, what) for _, document in self._pairs):
            raise ValueError(f"no listing has {word!r}")

        def holds(listing: Listing, document: Document) -> bool:
            return not wanted.isdisjoint(_meaning(listing, document, what))

        return (lambda listing, document: not holds(listing, document)) if word.startswith("-") else holds


def _meaning(listing: Listing, document: Document, what: str) -> set[str]:
    match what:
        case "family":
            return {listing.family}
        case "area":
            return set(listing.areas)
        case "has":
            return set(listing.features)
        case "vendor":
            return {listing.vendor.key}
        case "listing":
            return {listing.key}
    return _values(document, what)


def _values(document: Document, facet: str) -> set[str]:
    """Values of a facet that count on the day of the set."""
    lasting = {value for value, last in document.last_days(facet).items() if last is None or last >= TODAY}
    return lasting | set(document.terms.get(facet, ()))


def _allowed(query: Query, document: Document) -> bool:
    """Whether a document is inside the filters of the search, worked out without an engine."""
    for name, values in query.selected.items():
        if _values(document, name).isdisjoint(values):
            return False
    for name, (low, high) in query.ranges.items():
        inside = [
            number
            for number in document.number(name)
            if (low is None or low <= number) and (high is None or number <= high)
        ]
        if not inside:
            return False
    return True
