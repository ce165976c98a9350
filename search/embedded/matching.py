"""Words as tantivy queries: strict, and the two steps of relaxation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import tantivy
from tantivy import Occur
from tantivy import Query as TantivyQuery

from search.document import TEXT_FIELDS
from search.embedded.filters import any_of
from search.highlighting import Marks, errors_allowed
from search.query_text import QueryText, Word, without_particles
from search.ranking import FIELD_WEIGHTS
from search.results import Relaxation
from search.synonyms import Synonyms, alternatives
from search.tokens import Run, stream

_InField = Callable[[str], TantivyQuery]

_WHOLE_WORD = 2.0
_FEWEST_PAIRS = 2
_PAIRS_FORGIVEN = 2
_STRICT_FIRST = 1_000.0
_SHORTEST_PREFIX = 2


@dataclass(frozen=True)
class Match:
    """A tantivy query, what it marks, and how far it is from what was asked."""

    query: TantivyQuery
    marks: Marks
    how: tuple[Relaxation, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matcher:
    """Compiles query texts against one schema."""

    schema: tantivy.Schema
    synonyms: Synonyms
    fields: tuple[str, ...] = TEXT_FIELDS

    def strict(self, text: QueryText) -> Match:
        """All words (each by itself or a synonym), none of the excluded."""
        return Match(
            self._without(text.excluded, [self._word(word) for word in text.words]), self._marks(text.words)
        )

    def relaxations(self, text: QueryText) -> Iterable[Match]:
        """Wider matches in the order to be tried, each with the strict hits in front.

        Steps that would change nothing are left out.
        """
        strict = self.strict(text).query
        kept: list[Word] = []
        dropped: list[str] = []
        for word in text.words:
            parts, left = without_particles(word)
            kept += parts
            dropped += left
        particles: tuple[Relaxation, ...] = ()
        if dropped:
            particles = ("particles",)
            wider = self._without(text.excluded, [self._word(word) for word in kept])
            yield Match(self._in_front(strict, wider), self._marks(kept), particles, tuple(dropped))
        partial = self._partial(text, tuple(kept))
        if partial is not None:
            yield Match(
                self._in_front(strict, partial.query), partial.marks, particles + partial.how, tuple(dropped)
            )

    def _partial(self, text: QueryText, words: tuple[Word, ...]) -> Match | None:
        """Most of the pairs of neighbouring characters, and Latin words with letters wrong."""
        must = [self._word(word) for word in words if word.phrase]
        pairs: dict[str, None] = {}
        fuzzy: dict[str, None] = {}
        for run in (run for word in words if not word.phrase for run in word.runs):
            if run.kind == "latin":
                fuzzy |= dict.fromkeys([run.text] if errors_allowed(run.text) else [])
                must.append(self._latin(run, phrase=False, fuzzy=True))
            elif len(run.text) == 1:
                must.append(self._run(run, phrase=False))
            else:
                pairs |= dict.fromkeys(run.bigrams)
        enough = max(_FEWEST_PAIRS, len(pairs) - _PAIRS_FORGIVEN)
        how: tuple[Relaxation, ...] = ()
        if len(pairs) >= _FEWEST_PAIRS:
            how += ("partial",)
        if fuzzy:
            how += ("typo",)
        if not how:
            return None
        if pairs:
            each = [(Occur.Should, self._anywhere(pair)) for pair in pairs]
            must.append(TantivyQuery.boolean_query(each, min(enough, len(pairs))))
        marks = Marks(words, frozenset(pairs), frozenset(fuzzy))
        return Match(self._without(text.excluded, must), marks, how)

    def _in_front(self, strict: TantivyQuery, wider: TantivyQuery) -> TantivyQuery:
        return any_of([TantivyQuery.const_score_query(strict, _STRICT_FIRST), strict, wider])

    def _marks(self, words: Iterable[Word]) -> Marks:
        return Marks(tuple(dict.fromkeys(other for word in words for other in self._alternatives(word))))

    def _without(self, excluded: tuple[Word, ...], must: list[TantivyQuery]) -> TantivyQuery:
        clauses = [(Occur.Must, part) for part in must or [TantivyQuery.all_query()]]
        clauses += [(Occur.MustNot, self._word(Word(word.written, phrase=True))) for word in excluded]
        return TantivyQuery.boolean_query(clauses)

    def _word(self, word: Word) -> TantivyQuery:
        return any_of([self._spelt(other) for other in self._alternatives(word) if other.runs])

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
