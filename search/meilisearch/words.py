"""Words as Meilisearch queries.

`q` knows phrases, exclusions and "all of them", but no "or". Where a word has alternatives (synonyms, spellings), the
question is cut into cells that no document shares: a | b becomes a, and b without a. Their totals and counts add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, islice, product
from operator import and_

from search.highlighting import Marks, errors_allowed
from search.meilisearch.encoding import BEGINNING, LONGEST_BEGINNING, SINGLE, STREAM, phrase, word
from search.query_text import QueryText, Word, without_particles
from search.results import Relaxation
from search.spelling import corrections
from search.synonyms import Synonyms, alternatives
from search.tokens import Run, stream

Atom = str
"""A phrase of `q`, without its quotation marks."""
Choice = tuple[tuple[Atom, ...], ...]
"""One word: at least one of these sets of atoms is found whole."""

MOST_TERMS = 10
"""Meilisearch looks at no more terms of `q`, a phrase being one. What is left out of them is said."""
_MOST_CELLS = 16
_MOST_QUERIES = 90
"""Of one widened search."""
_MOST_NEAR = 3
"""Ways of saying one word that are tried while another one is widened."""
_LONGEST_PHRASE = 60
"""Characters of one Japanese run that are compared: nobody's name for anything is longer."""
_MOST_PAIRS = 7
_FEWEST_PAIRS = 2
_PAIRS_FORGIVEN = 2


@dataclass(frozen=True)
class Cell:
    """One `q`: atoms that are found, atoms that are not, and words as written that may have typing errors."""

    found: tuple[Atom, ...] = ()
    absent: tuple[Atom, ...] = ()
    loose: tuple[str, ...] = ()

    @property
    def q(self) -> str:
        """The exclusions come first: after its tenth term Meilisearch reads no further."""
        parts = [f'-"{atom}"' for atom in self.absent]
        parts += [f'"{atom}"' for atom in self.found[: MOST_TERMS - len(self.loose)]]
        return " ".join([*parts, *self.loose[:MOST_TERMS]])

    def __and__(self, other: Cell) -> Cell:
        """What both say."""
        return Cell(
            tuple(dict.fromkeys((*self.found, *other.found))),
            tuple(dict.fromkeys((*self.absent, *other.absent))),
            tuple(dict.fromkeys((*self.loose, *other.loose))),
        )

    @property
    def cut(self) -> bool:
        """Whether not all of it fits."""
        return len(self.found) + len(self.loose) > MOST_TERMS


@dataclass(frozen=True)
class Match:
    """Queries that together find something, what they mark, and how far it is from what was asked."""

    cells: tuple[Cell, ...]
    marks: Marks
    how: tuple[Relaxation, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Loose:
    """One word of a widened search: nearly as it was asked, or by most of its pairs and with letters wrong."""

    nearly: tuple[Cell, ...]
    loosely: tuple[Cell, ...]
    pairs: frozenset[str]
    fuzzy: frozenset[str]
    corrected: tuple[Word, ...]


@dataclass(frozen=True)
class Wording:
    """Turns what was typed into cells, with the words that stand for others."""

    synonyms: Synonyms

    def strict(self, text: QueryText) -> Match:
        """All words (each by itself or a synonym), none of the excluded."""
        cells = self._cells(text.words, text.excluded)
        if not any(cell.cut for cell in cells):
            return Match(cells, self._marks(text.words))
        # Words beyond what the engine takes are left out, and named.
        kept = list(text.words)
        dropped: list[str] = []
        while len(kept) > 1 and any(cell.cut for cell in cells):
            dropped.insert(0, kept.pop().written)
            cells = self._cells(kept, text.excluded)
        return Match(cells, self._marks(kept), ("partial",), tuple(dropped))

    def relaxations(self, text: QueryText) -> tuple[Match, ...]:
        """Wider matches in the order to be tried. Their cells may overlap. What would change nothing is left out."""
        kept: list[Word] = []
        dropped: list[str] = []
        for one in text.words:
            parts, left = without_particles(one, self.synonyms.places)
            kept += parts
            dropped += left
        words = tuple(dict.fromkeys(kept))
        found: list[Match] = []
        particles: tuple[Relaxation, ...] = ()
        if dropped:
            particles = ("particles",)
            cells = self._cells(words, text.excluded)
            found.append(Match(cells, self._marks(words), particles, tuple(dropped)))
        for forgiven in dict.fromkeys((0, *_forgiven(len(words)))):
            partial = self._partial(words, text.excluded, forgiven)
            if partial is not None:
                found.append(Match(partial.cells, partial.marks, particles + partial.how, tuple(dropped)))
        return tuple(found)

    def _partial(self, words: Sequence[Word], excluded: Sequence[Word], forgiven: int) -> Match | None:
        """Most of the words; one of them by most of its pairs of neighbouring characters or with letters wrong."""
        plain = [self._loose(one) for one in words if not one.phrase]
        how: tuple[Relaxation, ...] = ()
        if forgiven or any(one.pairs for one in plain):
            how += ("partial",)
        if any(one.fuzzy or one.corrected for one in plain):
            how += ("typo",)
        if not how:
            return None
        phrases = [self._choice(one) for one in words if one.phrase]
        enough = max(1, len(plain) - forgiven) if plain else 0
        cells = (
            base & way
            for base in self._expanded(phrases, excluded)
            for some in combinations(plain, enough)
            for way in _ways(some)
        )
        corrected = [other for one in plain for other in one.corrected]
        marks = Marks(
            tuple(dict.fromkeys((*self._marks(words).words, *corrected))),
            frozenset(pair for one in plain for pair in one.pairs),
            frozenset(latin for one in plain for latin in one.fuzzy),
        )
        return Match(tuple(islice(dict.fromkeys(cells), _MOST_QUERIES)), marks, how)

    def _loose(self, one: Word) -> _Loose:
        corrected = corrections(one, self.synonyms)
        nearly = [Cell(atoms) for atoms in self._choice(one)[:_MOST_NEAR]]
        nearly += [Cell(atoms) for other in corrected for atoms in _spellings(other)]
        must: list[Choice] = []
        pairs: dict[str, None] = {}
        fuzzy: dict[str, None] = {}
        for run in one.runs:
            if run.kind == "latin" and errors_allowed(run.text):
                fuzzy[run.text] = None
            elif run.kind == "latin" or len(run.bigrams) < _FEWEST_PAIRS:
                must.append(_run(run, phrase_wanted=False))
            else:
                pairs |= dict.fromkeys(run.bigrams)
        spread = _spread(tuple(pairs))
        enough = min(len(spread), max(_FEWEST_PAIRS, len(spread) - _PAIRS_FORGIVEN))
        loosely = tuple(
            Cell(
                tuple(dict.fromkeys((*(atom for atoms in sure for atom in atoms), *_pairs(chosen)))),
                loose=tuple(fuzzy),
            )
            for sure in product(*must)
            for chosen in combinations(spread, enough)
        )
        return _Loose(tuple(nearly), loosely, frozenset(pairs), frozenset(fuzzy), corrected)

    def _cells(self, words: Sequence[Word], excluded: Sequence[Word]) -> tuple[Cell, ...]:
        return self._expanded([self._choice(one) for one in words], excluded)

    def _expanded(self, must: Sequence[Choice], excluded: Sequence[Word]) -> tuple[Cell, ...]:
        """Cells that no document shares and that together say it all; fewer alternatives where they are too many."""
        never = [self._choice(Word(one.written, phrase=True)) for one in excluded]
        for most in (12, 6, 3, 2, 1):
            fewer = [choice[:most] for choice in must]
            cells = tuple(islice(_assignments(fewer, never, {}), _MOST_CELLS + 1))
            if len(cells) <= _MOST_CELLS:
                break
        return cells[:_MOST_CELLS]

    def _choice(self, one: Word) -> Choice:
        """A word by itself or by one of its alternatives."""
        found = dict.fromkeys(
            atoms for other in alternatives(one, self.synonyms) if other.runs for atoms in _spellings(other)
        )
        return tuple(found)

    def _marks(self, words: Iterable[Word]) -> Marks:
        return Marks(
            tuple(dict.fromkeys(other for one in words for other in alternatives(one, self.synonyms)))
        )


def _ways(some: Sequence[_Loose]) -> Iterator[Cell]:
    """Every word nearly as asked; then each in turn loosely and the others nearly; then all of them loosely."""
    for near in product(*(one.nearly for one in some)):
        yield _together(near)
    for place, one in enumerate(some):
        others = [other.nearly[:_MOST_NEAR] for other in (*some[:place], *some[place + 1 :])]
        for way in one.loosely:
            for near in product(*others):
                yield _together((way, *near))
    if len(some) > 1:
        for loose in product(*(one.loosely for one in some)):
            yield _together(loose)


def _together(cells: Iterable[Cell]) -> Cell:
    return reduce(and_, cells, Cell())


def _pairs(chosen: Iterable[str]) -> tuple[Atom, ...]:
    return tuple(phrase(STREAM, (pair,)) for pair in chosen)


def _forgiven(words: int) -> tuple[int, ...]:
    """How many of so many words may be missing, step by step: one of three, half of more."""
    return () if words < 3 else (1,) if words == 3 else (1, words // 2)


def _spread(pairs: tuple[str, ...]) -> tuple[str, ...]:
    """At most so many of the pairs, from all over the words."""
    if len(pairs) <= _MOST_PAIRS:
        return pairs
    last = len(pairs) - 1
    return tuple(pairs[round(place * last / (_MOST_PAIRS - 1))] for place in range(_MOST_PAIRS))


def _assignments(
    must: Sequence[Choice], never: Sequence[Choice], known: Mapping[Atom, bool]
) -> Iterator[Cell]:
    """Decide one atom after the other, found or absent, until every word and exclusion is decided."""
    undecided: Atom | None = None
    for choice in must:
        if any(all(known.get(atom) for atom in atoms) for atoms in choice):
            continue
        live = [atoms for atoms in choice if not any(known.get(atom) is False for atom in atoms)]
        if not live:
            return
        if undecided is None:
            undecided = next(atom for atom in live[0] if atom not in known)
    for atoms in (atoms for choice in never for atoms in choice):
        if all(known.get(atom) for atom in atoms):
            return
        if undecided is None and not any(known.get(atom) is False for atom in atoms):
            undecided = next(atom for atom in atoms if atom not in known)
    if undecided is None:
        found = tuple(atom for atom, there in known.items() if there)
        yield Cell(found, tuple(atom for atom, there in known.items() if not there))
        return
    yield from _assignments(must, never, {**known, undecided: True})
    yield from _assignments(must, never, {**known, undecided: False})


def _spellings(one: Word) -> Iterator[tuple[Atom, ...]]:
    """One spelling. A phrase that crosses scripts also has to stand together."""
    short = any(run.kind == "ja" and len(run.text) == 1 for run in one.runs)
    if one.phrase and len(one.runs) > 1 and not short:
        yield (phrase(STREAM, stream(one.folded)[:_LONGEST_PHRASE]),)
        return
    for parts in product(*(_run(run, phrase_wanted=one.phrase) for run in one.runs)):
        yield tuple(dict.fromkeys(atom for atoms in parts for atom in atoms))


def _run(run: Run, *, phrase_wanted: bool) -> Choice:
    if run.kind == "latin":
        begins = not phrase_wanted and 2 <= len(run.text) <= LONGEST_BEGINNING
        whole = word(BEGINNING if begins else SINGLE, run.text)
        if len(run.parts) == 1:
            return ((whole,),)
        return (whole,), tuple(dict.fromkeys(word(SINGLE, part) for part in run.parts))
    if len(run.text) == 1:
        return ((word(SINGLE, run.text),),)
    return ((phrase(STREAM, run.bigrams[:_LONGEST_PHRASE]),),)
