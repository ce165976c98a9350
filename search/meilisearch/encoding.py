"""How names, values and tokens are spelt for Meilisearch, so that nothing it does to text changes what they say.

Meilisearch lower-cases and normalises filter values, cuts text at its own word boundaries and leaves out words that it
takes for too long. What must come back, or match, exactly is therefore spelt with lower-case ASCII letters alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from search.embedded.schema import clean

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
_ESCAPED = re.compile("_([0-9a-f]{2})")
_LONGEST_VALUE = 200
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LONGEST_WORD = 230
"""Meilisearch leaves out words above 250 bytes."""

STREAM = "q"
"""Marks a token that has its place among others: what phrases are made of."""
SINGLE = "r"
"""Marks a token that is looked for by itself."""
BEGINNING = "t"
"""Marks the beginning of a Latin word."""
LONGEST_BEGINNING = 32


def spelt(text: str) -> str:
    """`text` in lower-case letters, digits and underscores; different texts give different spellings."""
    return "".join(
        chr(byte) if byte in _PLAIN else f"_{byte:02x}" for byte in clean(text).encode("utf-8", "replace")
    )


def value_key(value: str) -> str:
    """A facet value as it is stored. A very long one is stored as its hash, which `value_of` does not read."""
    key = "v" + spelt(value)
    if len(key) <= _LONGEST_VALUE:
        return key
    return "h" + hashlib.sha256(key.encode("ascii")).hexdigest()[:40]


def value_of(key: str) -> str | None:
    """The facet value of a key, None where the key is a hash."""
    if not key.startswith("v"):
        return None
    raw = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), key[1:])
    return raw.encode("latin-1").decode("utf-8", "replace")


def document_key(id_: str) -> str:
    """The primary key of a document: its id, as Meilisearch allows and compares it."""
    return "d" + spelt(id_)


def word(mark: str, token: str) -> str:
    """A token as one word of letters only."""
    letters = "".join(_letters(character) for character in clean(token))
    if len(letters) > _LONGEST_WORD:
        letters = "y" + hashlib.sha256(letters.encode("ascii")).hexdigest()[:32].translate(_LETTERS)
    return mark + letters


def phrase(mark: str, tokens: Iterable[str]) -> str:
    """Tokens in a row, without the quotation marks."""
    return " ".join(word(mark, token) for token in tokens)


def beginnings(token: str) -> list[str]:
    """Every beginning of a Latin word of two letters or more, the whole word last where it is not too long."""
    return [token[:length] for length in range(2, min(len(token), LONGEST_BEGINNING) + 1)]


def sort_key(text: str) -> str:
    """Text in hexadecimal: sorts as the text's code points do, within what Meilisearch keeps of a value."""
    return clean(text)[:75].encode("utf-8", "replace").hex()


def _letters(character: str) -> str:
    code = f"{ord(character):04x}".translate(_LETTERS)
    return code if len(code) == 4 else f"z{code.rjust(6, 'a')}"
