"""Which hits come first because they are called exactly as was asked: their relevance there does not say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from search.document import Document
from search.exact import EXACT, Exact, keys_asked, keys_of
from search.meilisearch.encoding import value_key
from search.meilisearch.filters import both, quoted
from search.query_text import QueryText
from search.synonyms import Synonyms

REST = len(EXACT)
"""The tier of everything else."""


@dataclass(frozen=True)
class Front:
    """The keys that are looked for, by their attribute, in the order of the tiers. Empty where nothing comes first."""

    keys: Mapping[Exact, frozenset[str]]

    @property
    def conditions(self) -> tuple[str, ...]:
        """For each tier the filter of its documents; what is in an earlier one is in no later one."""
        found: list[str] = []
        before: list[str] = []
        for exact, keys in self.keys.items():
            here = f"{exact} IN [{', '.join(quoted(key) for key in sorted(keys))}]"
            found.append(both(here, *(f"NOT {other}" for other in before)))
            before.append(here)
        return tuple(found)

    @property
    def rest(self) -> str:
        """The filter of what is in no tier."""
        return both(*(f"NOT ({condition})" for condition in self.conditions))

    def tier(self, hit: Mapping[str, Any]) -> int:
        """The tier of a hit of the engine's."""
        return self._tier(lambda exact: hit.get(exact) or ())

    def tier_of(self, document: Document) -> int:
        """The tier of a document."""
        return self._tier(lambda exact: map(value_key, keys_of(document.texts, exact)))

    def _tier(self, held: Callable[[Exact], Iterable[str]]) -> int:
        return next(
            (place for place, exact in enumerate(self.keys) if self.keys[exact] & {*held(exact)}), REST
        )


NO_FRONT = Front({})


def front_of(text: QueryText, synonyms: Synonyms) -> Front:
    """What comes first in the answer to these words."""
    if not text.words:
        return NO_FRONT
    return Front(
        {exact: frozenset(value_key(key) for key in keys_asked(text, synonyms, exact)) for exact in EXACT}
    )
