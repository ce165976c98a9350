"""What is indexed: a pure projection of one published listing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from search.errors import UnknownFacet, UnknownRange
from search.settings import IndexSettings

TEXT_FIELDS = ("name", "kana", "vendor", "summary", "area", "replaces", "body")
"""Every searchable text field. `kana` holds readings, so that まどぐち finds 窓口; `area` business areas and claimed
standard specifications; `replaces` names of what the listing can take the place of, one a line."""

ROTATIONS = 16
"""How many fixed orders there are among documents that tie."""


@dataclass(frozen=True)
class Document:
    """One listing as the index knows it.

    `terms` are facet values that hold as long as the listing does. `validity` holds those that lapse by
    themselves: each value with the last day on which it counts (None: no end); a query decides by its own
    `today`, so an expired certificate stops matching without re-indexing. `numbers` are integers (a tuple
    where several offers give several): a range matches if any of them is inside; sorting upwards takes the
    smallest, downwards the largest. `visible_from` and `visible_until` are the first and the last day on
    which the public may see the document. `updated_at` must be timezone-aware. `part_revision_ids` name the
    revisions of what else the document tells of (a listing's offers); their order says nothing.

    Raises `ValueError` for an id that is empty or holds control characters, for unknown text fields and for a
    naive `updated_at`.
    """

    id: str
    revision: int
    revision_id: str
    updated_at: datetime
    texts: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int | tuple[int, ...]] = field(default_factory=dict)
    validity: Mapping[str, tuple[tuple[str, date | None], ...]] = field(default_factory=dict)
    visible_from: date | None = None
    visible_until: date | None = None
    part_revision_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or any(ord(character) < 32 for character in self.id):
            raise ValueError("a document needs an id without control characters")
        unknown = set(self.texts) - set(TEXT_FIELDS)
        if unknown:
            raise ValueError(f"unknown text fields: {sorted(unknown)}")
        if self.updated_at.tzinfo is None:
            raise ValueError("updated_at must carry a time zone")

    @cached_property
    def tie_keys(self) -> tuple[int, ...]:
        """`ROTATIONS` numbers below 2**63 that depend on the id alone."""
        digest = hashlib.shake_256(self.id.encode("utf-8", "surrogatepass")).digest(8 * ROTATIONS)
        return tuple(
            int.from_bytes(digest[start : start + 8], "big") >> 1 for start in range(0, 8 * ROTATIONS, 8)
        )

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything that is indexed: equal fingerprints mean an equal entry in the index."""
        content = {
            "id": self.id,
            "revision": self.revision,
            "revision_id": self.revision_id,
            "updated_at": self.updated_at.timestamp(),
            "texts": dict(self.texts),
            "terms": {name: sorted(set(values)) for name, values in self.terms.items() if values},
            "numbers": {name: sorted(numbers) for name in self.numbers if (numbers := self.number(name))},
            "validity": {
                name: sorted([value, last.isoformat() if last else ""] for value, last in values)
                for name, values in self.validity.items()
                if values
            },
            "parts": sorted(self.part_revision_ids),
            "visible": [str(self.visible_from), str(self.visible_until)],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32]

    def number(self, name: str) -> tuple[int, ...]:
        """The numbers under `name`, always as a tuple, empty where there are none."""
        value = self.numbers.get(name, ())
        return (value,) if isinstance(value, int) else tuple(value)

    def last_days(self, name: str) -> dict[str, date | None]:
        """Lapsing values under `name`, each once, with the latest of its last days (None: no end)."""
        latest: dict[str, date | None] = {}
        for value, last in self.validity.get(name, ()):
            known = latest.get(value, date.min)
            latest[value] = None if last is None or known is None else max(last, known)
        return latest

    def check(self, settings: IndexSettings) -> None:
        """Raise `UnknownFacet` or `UnknownRange` for a name that `settings` do not declare."""
        for name in self.terms:
            if name not in settings.facets:
                raise UnknownFacet(name)
        for name in self.validity:
            if name not in settings.lapse_facets:
                raise UnknownFacet(name)
        for name in self.numbers:
            if name not in settings.numbers:
                raise UnknownRange(name)
