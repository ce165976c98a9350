"""What is called exactly as it was asked: names first, then areas and specifications, as the published rule says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from search.folding import fold_text
from search.query_text import QueryText
from search.synonyms import Synonyms, alternatives
from search.tokens import name_key

Exact = Literal["name_key", "area_key"]

EXACT: Final[dict[Exact, tuple[str, ...]]] = {"name_key": ("name", "kana"), "area_key": ("area",)}
"""The fields whose whole lines are names, in the order in which they come first."""


def keys_of(texts: Mapping[str, str], exact: Exact) -> tuple[str, ...]:
    """The keys of a document's names of one kind (`search.tokens.name_key`)."""
    lines = [line for field in EXACT[exact] for line in texts.get(field, "").split("\n")]
    return tuple(dict.fromkeys(name_key(fold_text(line)) for line in lines))


def keys_asked(text: QueryText, synonyms: Synonyms, exact: Exact) -> tuple[str, ...]:
    """The keys that are that name: of all that was asked, and of one word's alternatives for an area."""
    if exact == "area_key" and len(text.words) == 1:
        found = {name_key(other.folded) for other in alternatives(text.words[0], synonyms)}
    else:
        found = {name_key(fold_text(text.asked))}
    return tuple(sorted(found))
