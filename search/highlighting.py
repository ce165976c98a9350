"""Where the words asked for stand in the original text; the same for every engine.

Engines mark what they indexed, which is folded. Here the folded text is searched once more and the places are
led back through the offsets of folding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from search.folding import Folded, fold
from search.query_text import Word
from search.results import Span
from search.tokens import Run, runs

_CONNECTOR = r"[-_.']?"
_BETWEEN_RUNS = r"[\W_]*"
_SHORTEST_FUZZY = 4
_TWO_ERRORS_FROM = 8
_SHORT = 240


@dataclass(frozen=True)
class Marks:
    """What to mark: `words` as they stand, `pairs` of characters, `fuzzy` Latin words nearly as they stand."""

    words: tuple[Word, ...] = ()
    pairs: frozenset[str] = frozenset()
    fuzzy: frozenset[str] = frozenset()


def highlight(texts: Mapping[str, str], marks: Marks) -> dict[str, tuple[Span, ...]]:
    """Spans per field (fields without any left out), in order, joined where they touch."""
    patterns = [pattern for word in marks.words if (pattern := _pattern(word)) is not None]
    if not (patterns or marks.pairs or marks.fuzzy):
        return {}
    found: dict[str, tuple[Span, ...]] = {}
    for name, text in texts.items():
        folded = _folded(text)
        places = set(_places(folded.text, patterns, marks))
        spans = _joined(folded.original(start, end) for start, end in places)
        if spans:
            found[name] = spans
    return found


def lines_marked(text: str, spans: Iterable[Span]) -> tuple[str, ...]:
    """The lines of `text` in which something is marked, each once."""
    found: dict[str, None] = {}
    at = 0
    marked = tuple(spans)
    for line in text.split("\n"):
        if any(start < at + len(line) and end > at for start, end in marked):
            found[line] = None
        at += len(line) + 1
    return tuple(found)


def _folded(text: str) -> Folded:
    # Names and summaries come again with every answer; long bodies are not worth their memory.
    return _folded_short(text) if len(text) <= _SHORT else fold(text)


_folded_short = lru_cache(maxsize=8_192)(fold)


def errors_allowed(word: str) -> int:
    """How many letters of a Latin word may be wrong: none below four letters, two from eight on."""
    if len(word) < _SHORTEST_FUZZY:
        return 0
    return 2 if len(word) >= _TWO_ERRORS_FROM else 1


def _places(folded: str, patterns: list[re.Pattern[str]], marks: Marks) -> Iterator[Span]:
    for pattern in patterns:
        yield from (match.span() for match in pattern.finditer(folded))
    if not (marks.pairs or marks.fuzzy):
        return
    for run in runs(folded):
        if run.kind == "ja":
            for index in range(run.start, run.end - 1):
                if folded[index : index + 2] in marks.pairs:
                    yield index, index + 2
        elif any(near(run.text, word) or any(near(part, word) for part in run.parts) for word in marks.fuzzy):
            yield run.start, run.end


@lru_cache(maxsize=1_024)
def _pattern(word: Word) -> re.Pattern[str] | None:
    pieces = [_run_pattern(run, prefix=not word.phrase) for run in word.runs]
    if not pieces:
        return None
    return re.compile(_BETWEEN_RUNS.join(pieces) if word.phrase else "|".join(pieces))


def _run_pattern(run: Run, *, prefix: bool) -> str:
    if run.kind == "ja":
        return re.escape(run.text)
    letters = _CONNECTOR.join(re.escape(letter) for letter in run.text)
    before = _boundary(run.text[0], "?<!")
    after = "" if prefix else _boundary(run.text[-1], "?!")
    return f"{before}{letters}{after}"


def _boundary(character: str, look: str) -> str:
    """No further digit beside a digit, no further Latin letter beside a letter."""
    return rf"({look}\d)" if character.isdigit() else rf"({look}[^\W\d_ぁ-ゖァ-ー一-鿿㐀-䶿])"


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def near(one: str, other: str) -> bool:
    """Whether `one` is `other` with at most the allowed errors (insert, drop, replace, swap neighbours)."""
    allowed = errors_allowed(other)
    if abs(len(one) - len(other)) > allowed:
        return False
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        current = [row]
        for column, right in enumerate(other, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (left != right))
            swapped = row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right
            current.append(min(cost, before_last[column - 2] + 1) if swapped else cost)
        before_last, last = last, current
    return last[-1] <= allowed
