"""What comes back, in terms no engine owns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Span = tuple[int, int]
"""Start and end (exclusive) in characters of the original text."""

Relaxation = Literal["particles", "partial", "typo"]
"""How a search with too few strict hits was widened: "particles" (hiragana between the words was left out),
"partial" (most pairs of neighbouring characters instead of all), "typo" (Latin words with one letter wrong, two
from eight letters on). The web layer has the Japanese for each."""

NO_GENERATION = "none"
"""`Results.generation` where no index has been built yet."""


class FacetCount(NamedTuple):
    """A facet value and how many documents have it."""

    value: str
    documents: int


@dataclass(frozen=True)
class Hit:
    """One document on the page, with the revisions of it and of its parts that the engine knows. `score` is 0.0 where
    relevance did not order the page."""

    id: str
    revision: int
    revision_id: str
    part_revision_ids: tuple[str, ...] = ()
    score: float = 0.0
    highlights: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """The answer to a `Query`.

    `total` is exact and, like `facets`, counts what is shown: after relaxation, if there was any. Facet
    values come by count, then by value; a selected value is listed even at 0. `how` says in which ways the
    search was relaxed and `dropped` which words were left out for it. `degraded` means that the index is not
    what it ought to be (no index yet, or built under older settings, or not the engine's that was to answer:
    then `stand_in` is set too). A page past the end has no hits and the exact total.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[FacetCount, ...]]
    engine: str
    generation: str
    relaxed: bool = False
    how: tuple[Relaxation, ...] = ()
    dropped: tuple[str, ...] = ()
    degraded: bool = False
    took_ms: float = 0.0
    stand_in: bool = False


@dataclass(frozen=True)
class Suggestion:
    """Something to complete what is being typed: a product's name with its id, or a vendor's name or reading, as they
    are indexed."""

    kind: Literal["name", "vendor"]
    text: str
    id: str | None = None


@dataclass(frozen=True)
class Health:
    """Whether the engine answers, and on what. `stale`: built under other settings than asked with."""

    available: bool
    engine: str
    generation: str
    documents: int
    stale: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Capabilities:
    """What an engine can and cannot do, for pages that explain the search.

    `typo_scripts` are those in which any word may be mistyped; words of the table may be in every script.
    `maximum_words` is how many words of a question are looked for: further ones are named in `Results.dropped`.
    None: there is no limit.
    """

    engine: str
    typo_scripts: frozenset[str]
    maximum_total: int | None = None
    maximum_words: int | None = None
    in_thread: bool = False
    """Asked where no event loop runs, it works in the asker's own thread and waits for nothing."""


@dataclass(frozen=True)
class IndexStats:
    """Size of the index as the writer sees it."""

    generation: str
    documents: int
    size_bytes: int
    stale: bool


@dataclass(frozen=True)
class IndexCheck:
    """Difference between what should be in the index and what is, as sorted ids."""

    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    surplus: tuple[str, ...]
    stale: bool

    @property
    def agrees(self) -> bool:
        """Whether index and database say the same."""
        return not (self.missing or self.outdated or self.surplus or self.stale)


def compare(expected: Mapping[str, str], indexed: Mapping[str, str], *, stale: bool) -> IndexCheck:
    """Compare fingerprints by id: `expected` from the database, `indexed` from the engine."""
    return IndexCheck(
        missing=tuple(sorted(expected.keys() - indexed.keys())),
        outdated=tuple(
            sorted(id_ for id_ in expected.keys() & indexed.keys() if expected[id_] != indexed[id_])
        ),
        surplus=tuple(sorted(indexed.keys() - expected.keys())),
        stale=stale,
    )


def checksum(fingerprints: Mapping[str, str]) -> str:
    """One hash of all documents with their fingerprints, whatever their order: equal for equal indexes."""
    lines = "\n".join(f"{id_} {fingerprint}" for id_, fingerprint in sorted(fingerprints.items()))
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:32]
