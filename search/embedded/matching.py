"""Words as tantivy queries: strict, and the two steps of relaxation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import tantivy
from tantivy import Occur
from tantivy import Query as TantivyQuery

from search.document import TEXT_FIELDS
from search.embedded.filters import any_of
from search.exact import EXACT, keys_asked
from search.folding import fold_text
from search.highlighting import Marks, errors_allowed
from search.query_text import QueryText, Word, without_particles
from search.ranking import FIELD_WEIGHTS
from search.results import Relaxation
from search.spelling import corrections
from search.synonyms import Synonyms, alternatives
from search.tokens import Run, stream

_InField = Callable[[str], TantivyQuery]

_WHOLE_WORD = 2.0
_FEWEST_PAIRS = 2
_PAIRS_FORGIVEN = 2
_STRICT_FIRST = 8_000.0
_EXACT_NAME = 2_000.0
_EXACT_AREA = 400.0
_OTHER_WORD = 0.8
_LONGEST_TOGETHER = 24
_SHORTEST_PREFIX = 2


@dataclass(frozen=True)
class Match:
    """A tantivy query, what it marks, and how far it is from what was asked."""

    query: TantivyQuery
    marks: Marks
    how: tuple[Relaxation, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Loose:
    """One word of a relaxed search: its query, and by what else than itself it may be found."""

    query: TantivyQuery
    pairs: frozenset[str]
    fuzzy: frozenset[str]
    corrected: tuple[Word, ...]


@dataclass(frozen=True)
class Matcher:
    """Compiles query texts against one schema."""

    schema: tantivy.Schema
    synonyms: Synonyms
    fields: tuple[str, ...] = TEXT_FIELDS

    def strict(self, text: QueryText) -> Match:
        """All words (each by itself or a synonym), none of the excluded."""
        found = self._without(text.excluded, [self._word(word) for word in text.words])
        return Match(self._ranked(found, text), self._marks(text.words))

    def relaxations(self, text: QueryText) -> Iterable[Match]:
        """Wider matches in the order to be tried, each with the strict hits in front.

        Steps that would change nothing are left out.
        """
        strict = self.strict(text).query
        kept: list[Word] = []
        dropped: list[str] = []
        for word in text.words:
            parts, left = without_particles(word, self.synonyms.places)
            kept += parts
            dropped += left
        words = tuple(dict.fromkeys(kept))
        particles: tuple[Relaxation, ...] = ()
        if dropped:
            particles = ("particles",)
            wider = self._without(text.excluded, [self._word(word) for word in words])
            yield Match(self._in_front(strict, wider), self._marks(words), particles, tuple(dropped))
        for forgiven in dict.fromkeys((0, *_forgiven(len(words)))):
            partial = self._partial(text, words, forgiven)
            if partial is not None:
                wider = self._in_front(strict, partial.query)
                yield Match(wider, partial.marks, particles + partial.how, tuple(dropped))

    def _partial(self, text: QueryText, words: tuple[Word, ...], forgiven: int) -> Match | None:
        """Most of the words, each by most of its pairs of neighbouring characters or with letters wrong."""
        phrases = [self._word(word) for word in words if word.phrase]
        plain = [word for word in words if not word.phrase]
        loose = [self._loose(word) for word in plain]
        how: tuple[Relaxation, ...] = ()
        if forgiven or any(one.pairs for one in loose):
            how += ("partial",)
        if any(one.fuzzy or one.corrected for one in loose):
            how += ("typo",)
        if not how:
            return None
        each = [(Occur.Should, one.query) for one in loose]
        most = TantivyQuery.boolean_query(each, max(1, len(each) - forgiven)) if each else None
        corrected = [word for one in loose for word in one.corrected]
        marks = Marks(
            tuple(dict.fromkeys((*self._marks(words).words, *corrected))),
            frozenset(pair for one in loose for pair in one.pairs),
            frozenset(word for one in loose for word in one.fuzzy),
        )
        return Match(self._without(text.excluded, [*phrases, *([most] if most else [])]), marks, how)

    def _loose(self, word: Word) -> _Loose:
        """One word, whole or nearly."""
        choices = [TantivyQuery.boost_query(self._word(word), _WHOLE_WORD)]
        corrected = corrections(word, self.synonyms)
        choices += [self._spelt(other) for other in corrected]
        must: list[TantivyQuery] = []
        pairs: dict[str, None] = {}
        fuzzy: dict[str, None] = {}
        for run in word.runs:
            if run.kind == "latin":
                fuzzy |= dict.fromkeys([run.text] if errors_allowed(run.text) else [])
                must.append(self._latin(run, phrase=False, fuzzy=True))
            elif len(run.bigrams) < _FEWEST_PAIRS:
                must.append(self._run(run, phrase=False))
            else:
                pairs |= dict.fromkeys(run.bigrams)
        if len(pairs) >= _FEWEST_PAIRS:
            enough = max(_FEWEST_PAIRS, len(pairs) - _PAIRS_FORGIVEN)
            each = [(Occur.Should, self._anywhere(pair)) for pair in pairs]
            must.append(TantivyQuery.boolean_query(each, enough))
        choices.append(TantivyQuery.boolean_query([(Occur.Must, part) for part in must]))
        return _Loose(any_of(choices), frozenset(pairs), frozenset(fuzzy), corrected)

    def _ranked(self, found: TantivyQuery, text: QueryText) -> TantivyQuery:
        """The same documents by the published rule: exact names first, then areas and specifications of that name.

        What stands together as it was asked counts a little more than its words apart.
        """
        if not text.words:
            return found
        first: list[TantivyQuery] = []
        for exact in EXACT:
            keys = keys_asked(text, self.synonyms, exact)
            terms = TantivyQuery.term_set_query(self.schema, exact, [*keys])
            bonus = _EXACT_NAME if exact == "name_key" else _EXACT_AREA
            first.append(TantivyQuery.const_score_query(terms, bonus))
        tokens = stream(fold_text(text.asked))
        if len(text.words) > 1 and 1 < len(tokens) <= _LONGEST_TOGETHER:
            first.append(self._fields(lambda name: TantivyQuery.phrase_query(self.schema, name, [*tokens])))
        return TantivyQuery.boolean_query([(Occur.Must, found), *((Occur.Should, one) for one in first)])

    def _in_front(self, strict: TantivyQuery, wider: TantivyQuery) -> TantivyQuery:
        return any_of([TantivyQuery.const_score_query(strict, _STRICT_FIRST), strict, wider])

    def _marks(self, words: Iterable[Word]) -> Marks:
        return Marks(tuple(dict.fromkeys(other for word in words for other in self._alternatives(word))))

    def _without(self, excluded: tuple[Word, ...], must: list[TantivyQuery]) -> TantivyQuery:
        clauses = [(Occur.Must, part) for part in must or [TantivyQuery.all_query()]]
        clauses += [(Occur.MustNot, self._word(Word(word.written, phrase=True))) for word in excluded]
        return TantivyQuery.boolean_query(clauses)

    def _word(self, word: Word) -> TantivyQuery:
        """The word itself, or a little less each of what it stands for; the best of them counts."""
        spelt = [
            TantivyQuery.boost_query(self._spelt(other), _OTHER_WORD if place else 1.0)
            for place, other in enumerate(self._alternatives(word))
            if other.runs
        ]
        return TantivyQuery.disjunction_max_query(spelt, 0.1)

    def _alternatives(self, word: Word) -> tuple[Word, ...]:
        return alternatives(word, self.synonyms)

    def _spelt(self, word: Word) -> TantivyQuery:
        """One spelling. A phrase that crosses scripts also has to stand together in one field."""
        parts = [self._run(run, phrase=word.phrase) for run in word.runs]
        tokens = stream(word.folded)
        if word.phrase and len(word.runs) > 1 and not _short_edges(word.runs):
            parts = [self._fields(lambda name: TantivyQuery.phrase_query(self.schema, name, [*tokens]))]
        return parts[0] if len(parts) == 1 else TantivyQuery.boolean_query([(Occur.Must, p) for p in parts])

    def _run(self, run: Run, *, phrase: bool) -> TantivyQuery:
        if run.kind == "latin":
            return self._latin(run, phrase=phrase)
        if len(run.text) == 1:
            return self._fields(lambda name: self._term(f"{name}_x", run.text))
        if len(run.bigrams) == 1:
            return self._anywhere(run.bigrams[0])
        return self._fields(lambda name: TantivyQuery.phrase_query(self.schema, name, [*run.bigrams]))

    def _latin(self, run: Run, *, phrase: bool, fuzzy: bool = False) -> TantivyQuery:
        """A Latin word joined or in its parts, by its beginning, and if `fuzzy` with letters wrong."""

        def within(name: str) -> TantivyQuery:
            field = f"{name}_x"
            choices = [TantivyQuery.boost_query(self._term(field, run.text), _WHOLE_WORD)]
            if len(run.parts) > 1:
                parts = [(Occur.Must, self._term(field, part)) for part in run.parts]
                choices.append(TantivyQuery.boolean_query(parts))
            if not phrase and len(run.text) >= _SHORTEST_PREFIX:
                # No errors but any ending: the same as a regular expression at a fraction of its time.
                choices.append(TantivyQuery.fuzzy_term_query(self.schema, field, run.text, 0, prefix=True))
            if fuzzy and (errors := errors_allowed(run.text)):
                choices.append(TantivyQuery.fuzzy_term_query(self.schema, field, run.text, errors))
            return any_of(choices)

        return self._fields(within)

    def _anywhere(self, token: str) -> TantivyQuery:
        return self._fields(lambda name: self._term(name, token))

    def _fields(self, build: _InField) -> TantivyQuery:
        """The best of the fields, a little more for each further one."""
        return TantivyQuery.disjunction_max_query(
            [TantivyQuery.boost_query(build(name), FIELD_WEIGHTS[name]) for name in self.fields], 0.1
        )

    def _term(self, field: str, token: str) -> TantivyQuery:
        return TantivyQuery.term_query(self.schema, field, token, "freq")


def _short_edges(runs: tuple[Run, ...]) -> bool:
    """Whether a run is one Japanese character, which as part of a longer run is not a token of its own."""
    return any(run.kind == "ja" and len(run.text) == 1 for run in runs)


def _forgiven(words: int) -> tuple[int, ...]:
    """How many of so many words may be missing, step by step: one of three, half of more."""
    return () if words < 3 else (1,) if words == 3 else (1, words // 2)
