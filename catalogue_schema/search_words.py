"""Words of the field that stand for others, as the seed in search_words.toml has them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from catalogue_schema.model import DeclarationInvalid

SearchWordKind = Literal["means", "same", "replaced_by"]
"""``means``: one way, an abbreviation or everyday word to the term. ``same``: each finds the others.
``replaced_by``: the name of a product or an old way of working, to what may take its place."""

KINDS: Final[dict[SearchWordKind, str]] = {
    "means": "言い換え",
    "same": "同じ意味",
    "replaced_by": "代わりになるもの",
}
"""The kinds with their Japanese names."""


@dataclass(frozen=True, slots=True)
class SearchWord:
    """``written`` is what people ask for, ``meant`` what is looked for as well, as people write them."""

    kind: SearchWordKind
    written: str
    meant: tuple[str, ...]


@cache
def seed_words() -> tuple[SearchWord, ...]:
    """The seed, in its own order. Raises ``DeclarationInvalid`` for a word that stands twice or means nothing."""
    content = tomllib.loads((Path(__file__).parent / "search_words.toml").read_text(encoding="utf-8"))
    words = tuple(_read(content))
    known: set[tuple[str, str]] = set()
    for word in words:
        if (word.kind, word.written) in known:
            raise DeclarationInvalid(f"search_words.toml: {word.written} stands twice under {word.kind}")
        known.add((word.kind, word.written))
        if not word.meant or word.written in word.meant:
            raise DeclarationInvalid(f"search_words.toml: {word.written} means nothing else")
    return words


def _read(content: dict[str, Any]) -> Iterator[SearchWord]:
    for written, meant in content["means"].items():
        yield SearchWord("means", written, tuple(meant))
    for first, *others in content["same"]["groups"]:
        yield SearchWord("same", first, tuple(others))
    for written, meant in content["replaced_by"].items():
        yield SearchWord("replaced_by", written, tuple(meant))
