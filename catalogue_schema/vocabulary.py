"""Vocabularies: the terms a choice may take, and the nearest one to what somebody wrote instead."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalogue_schema.model import Language, Term

_LONGEST_GUESS = 60
"""Comparing costs time by length; nobody's misspelt term is longer than this."""


def folded(text: str) -> str:
    """Text as it is compared when guessing what was meant: NFKC, lower case, without spaces and
    underscores.
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_GUESS]).casefold()
    return "".join(char for char in plain if not char.isspace() and char not in "_-・")


def nearest_of(wanted: str, names: dict[str, str]) -> str | None:
    """The value in ``names`` (folded name → value) whose name is nearest to ``wanted``, or ``None`` if none
    is near.

    A slip of the pen is looked for first, then a name that contains the wanted text or the reverse, then
    any likeness.
    """
    key = folded(wanted)
    if not key:
        return None
    if key in names:
        return names[key]
    slips = difflib.get_close_matches(key, list(names), n=1, cutoff=0.75)
    if slips:
        return names[slips[0]]
    contained = [name for name in names if min(len(key), len(name)) >= 2 and (key in name or name in key)]
    if contained:
        return names[min(contained, key=lambda name: (abs(len(name) - len(key)), name))]
    alike = difflib.get_close_matches(key, list(names), n=1, cutoff=0.4)
    return names[alike[0]] if alike else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed list of terms as of one schema version (``version``); retired terms stay in it for display."""

    name: str
    label_ja: str
    label_en: str
    source: str
    terms: tuple[Term, ...]
    version: int = 1
    _by_code: Mapping[str, Term] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The first of a code counts, as everywhere.
        by_code = {term.code: term for term in reversed(self.terms)}
        object.__setattr__(self, "_by_code", by_code)

    def term(self, code: str) -> Term | None:
        """The term of that code, retired or not; ``None`` if there is none."""
        return self._by_code.get(code)

    def is_retired(self, term: Term) -> bool:
        """Whether the term may no longer be given in new answers."""
        return term.retired_since is not None and term.retired_since <= self.version

    def successor_of(self, code: str) -> str:
        """The code to use instead of a retired one; the code itself while it may be used or has no successor."""
        seen = {code}
        while (term := self.term(code)) is not None and self.is_retired(term):
            if term.successor is None or term.successor in seen:
                break
            code = term.successor
            seen.add(code)
        return code

    def current(self) -> tuple[Term, ...]:
        """The terms that new answers may use, in order."""
        return tuple(term for term in self.terms if term.since <= self.version and not self.is_retired(term))

    def nearest(self, code: str) -> Term | None:
        """The current term nearest to ``code``, which may be a misspelt code, a label or another word for
        it.
        """
        names: dict[str, str] = {}
        for term in self.current():
            for name in (term.code, term.ja, term.en, *term.also):
                names.setdefault(folded(name), term.code)
        found = nearest_of(code, names)
        return None if found is None else self.term(found)

    def label(self, code: str, lang: Language = "ja") -> str:
        """The label of that code; the code itself where it is unknown (an answer of another installation)."""
        term = self.term(code)
        return code if term is None else term.label(lang)

    def position(self, code: str) -> int:
        """Where the code stands in the vocabulary; after its end if it is unknown."""
        for index, term in enumerate(self.terms):
            if term.code == code:
                return index
        return len(self.terms)
