"""Meilisearch as readers see it: one multi-search request for a page, two more where the search is widened."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count, islice

from search.engine import STRICT_ENOUGH
from search.errors import EngineUnavailable, IndexMissing, UnknownFacet
from search.folding import fold_text
from search.highlighting import highlight, lines_marked
from search.meilisearch.asking import META_QUERY, Answer, Asking, Key
from search.meilisearch.connection import Connection
from search.meilisearch.filters import EVERYTHING, quoted
from search.meilisearch.front import NO_FRONT, REST, front_of
from search.meilisearch.layout import Layout
from search.meilisearch.overlay import overlay_of
from search.meilisearch.questions import Questions
from search.meilisearch.words import MOST_TERMS, Cell, Match, Wording
from search.query import Query
from search.query_text import QueryText, parse
from search.results import NO_GENERATION, Capabilities, FacetCount, Health, Hit, Results, Suggestion
from search.settings import IndexSettings

ENGINE = "meilisearch"
_SUGGEST_FROM = ("name", "kana", "vendor")
_FINGERPRINTS_AT_ONCE = 1_000


@dataclass
class _Found:
    """What one round of requests has found."""

    match: Match
    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[FacetCount, ...]]
    meta: Answer
    before_filters: int = 0


@dataclass(frozen=True)
class _Answers:
    """Answers in groups of `size`: a cell's hits, then each chosen facet under it."""

    flat: list[Answer]
    size: int
    meta: Answer

    @property
    def groups(self) -> list[list[Answer]]:
        """One list for each cell."""
        return [self.flat[start : start + self.size] for start in range(0, len(self.flat), self.size)]


@dataclass
class _Widened:
    """A wider match with the documents that it and the strict one find, each with its best place."""

    match: Match
    scores: dict[str, float] = field(default_factory=dict)


class MeilisearchEngine:
    """`search.engine.SearchEngine` over HTTP."""

    def __init__(
        self, connection: Connection, settings: IndexSettings, questions: Questions | None = None
    ) -> None:
        self.settings = settings
        self._layout = Layout(settings)
        self._questions = questions or Questions(connection)

    async def search(self, query: Query) -> Results:
        """Answer a query. Raises `EngineUnavailable` in one of its kinds."""
        query.check(self.settings)
        started = time.perf_counter()
        found = await self._questions.answered(lambda: self._search(query))
        return Results(
            hits=found.hits,
            total=found.total,
            facets=found.facets,
            engine=ENGINE,
            generation=str(found.meta["generation"]),
            relaxed=bool(found.match.how),
            how=found.match.how,
            dropped=found.match.dropped,
            degraded=found.meta["fingerprint"] != self._layout.fingerprint,
            took_ms=(time.perf_counter() - started) * 1_000,
        )

    async def suggest(
        self, text: str, *, today: date, limit: int = 8, hidden_ids: tuple[str, ...] = ()
    ) -> tuple[Suggestion, ...]:
        """Names of products and vendors that hold what has been typed so far, best first."""
        if not parse(text).words or not limit:
            return ()
        query = Query(
            today, text, limit=limit * 4, hidden_ids=hidden_ids, strict=True, highlight_fields=_SUGGEST_FROM
        )
        return await self._questions.answered(lambda: self._suggest(query, limit))

    async def facet_values(
        self, name: str, text: str, query: Query, *, limit: int = 100
    ) -> tuple[FacetCount, ...]:
        """Values of one facet that contain `text`, counted under `query` without its own choice.

        Meilisearch's own facet search finds beginnings and forgives letters; ours promises what is contained, folded.
        So the counts are asked for, and looked through here.
        """
        if name not in self.settings.all_facets:
            raise UnknownFacet(name)
        results = await self.search(replace(query, facets=(name,), page=1, limit=0, sort=None))
        needle = fold_text(text.strip())
        found = (
            count for count in results.facets[name] if count.documents and needle in fold_text(count.value)
        )
        return tuple(found)[:limit]

    async def fingerprints(self) -> dict[str, str]:
        """Fingerprint by id of everything indexed."""
        return await self._questions.at_length(self._fingerprints)

    async def health(self) -> Health:
        """Whether the engine answers, with our key and from an index of ours."""
        try:
            meta, counted = await self._questions.answered(self._health)
        except EngineUnavailable as failure:
            return Health(False, ENGINE, NO_GENERATION, 0, stale=True, detail=f"{failure.alarm}: {failure}")
        stale = meta["fingerprint"] != self._layout.fingerprint
        return Health(True, ENGINE, str(meta["generation"]), counted, stale=stale)

    def capabilities(self) -> Capabilities:
        """Typing errors are forgiven in Latin words only, as elsewhere; totals are exact far beyond any catalogue."""
        return Capabilities(ENGINE, typo_scripts=frozenset({"latin"}), maximum_words=MOST_TERMS)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._questions.close()

    async def _health(self) -> tuple[Answer, int]:
        status = await self._questions.health()
        if status != "available":
            raise EngineUnavailable(f"Meilisearch says {status[:100]!r}")
        everything = {"q": "", "filter": EVERYTHING, "page": 1, "hitsPerPage": 0}
        meta, counted = await self._questions.multi_search([META_QUERY, everything])
        return _meta(meta), int(counted["totalHits"])

    async def _fingerprints(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for page in count(1):
            (answer,) = await self._questions.multi_search([_fingerprint_query(page)])
            found |= {str(hit["id"]): str(hit["print"]) for hit in answer["hits"]}
            if page >= int(answer["totalPages"]):
                break
        return found

    async def _search(self, query: Query) -> _Found:
        text = parse(query.text)
        front = front_of(text, query.synonyms) if query.sort is None else NO_FRONT
        asking = Asking(self._layout, query, overlay_of(query, self.settings), front)
        found = await self._strictly(asking, text)
        if query.strict or not text.words or found.before_filters >= STRICT_ENOUGH:
            return found
        wider = _wording(query).relaxations(text)
        if not wider:
            return found
        return await self._widened(asking, found.match, wider) or found

    async def _strictly(self, asking: Asking, text: QueryText) -> _Found:
        """The strict answer by one request, and another for a later page behind hits that come in front."""
        query, match = asking.query, _wording(asking.query).strict(text)
        scored = bool(text.words)
        # Pages can be cut by the engine where it knows the whole order: one cell, and no sort after its relevance.
        whole_here = len(match.cells) == 1 and asking.overlay is None and not (scored and query.sort)
        page, limit = (query.page, query.limit) if whole_here else (1, _reach(query, scored))
        groups = [asking.whole(cell, page=page, limit=limit, scored=scored) for cell in match.cells]
        tiers = asking.front.conditions if query.limit else ()
        fronts = [asking.first(cell, tier, page=page, limit=limit) for cell in match.cells for tier in tiers]
        counting = scored and asking.narrowed and not query.strict
        counts = [asking.count(cell) for cell in match.cells] if counting else []
        answers = await self._questions.multi_search(
            [*(asked for group in groups for asked in group), *fronts, *counts, META_QUERY]
        )
        meta = _meta(answers.pop())
        size = 1 + len(asking.chosen)
        asked = size * len(groups)
        ahead, answers[asked:] = answers[asked : asked + len(fronts)], answers[asked + len(fronts) :]
        if page > 1 and any(answer["totalHits"] for answer in ahead):
            answers[0]["hits"] = await self._later(asking, match.cells[0], answers[0], ahead)
        elif page == 1 and tiers:
            for place, answer in enumerate(answers[:asked:size]):
                mine = ahead[place * len(tiers) : (place + 1) * len(tiers)]
                first = [hit for one in mine for hit in one["hits"]]
                answer["hits"] = first + [hit for hit in answer["hits"] if asking.front.tier(hit) == REST]
        found = await self._put_together(
            asking, match, _Answers(answers[:asked], size, meta), scored=scored, cut=whole_here
        )
        counted = answers[asked:] or answers[:asked:size]
        found.before_filters = sum(int(answer["totalHits"]) for answer in counted)
        if asking.overlay is not None:
            found.before_filters += asking.overlay.matches(query)
        return found

    async def _later(
        self, asking: Asking, cell: Cell, whole: Answer, ahead: Sequence[Answer]
    ) -> list[Answer]:
        """The hits of a later page: what is left of the front there, then the others.

        A part of the page that does not begin where one of the engine's pages does lies on two of them.
        """
        limit = asking.query.limit
        sizes = [int(answer["totalHits"]) for answer in ahead]
        sizes.append(int(whole["totalHits"]) - sum(sizes))
        parts: list[tuple[int, int, int]] = []
        asked: list[Answer] = []
        before = 0
        for condition, size in zip((*asking.front.conditions, asking.front.rest), sizes, strict=True):
            start = max(0, asking.query.offset - before)
            end = min(size, asking.query.offset + limit - before)
            before += size
            if start < end:
                pages = range(start // limit + 1, (end - 1) // limit + 2)
                asked += [asking.first(cell, condition, page=page, limit=limit) for page in pages]
                parts.append((len(pages), start % limit, end - start))
        answers = iter(await self._questions.multi_search(asked) if asked else ())
        hits: list[Answer] = []
        for pages_asked, skipped, wanted in parts:
            found = [hit for answer in islice(answers, pages_asked) for hit in answer["hits"]]
            hits += found[skipped : skipped + wanted]
        return hits

    async def _widened(self, asking: Asking, narrow: Match, wider: Sequence[Match]) -> _Found | None:
        """The first wider match that finds enough, or else the widest that finds more; None if none does."""
        cells = [cell for match in (narrow, *wider) for cell in match.cells]
        answers = iter(await self._questions.multi_search([asking.keys(cell) for cell in cells]))
        strictly = _scores(next(answers) for _ in narrow.cells)
        overlay = asking.overlay
        here = overlay.found(_unfiltered(asking.query), strict=False).total if overlay else 0
        best: _Widened | None = None
        most = len(strictly) + (overlay.matches(asking.query) if overlay else 0)
        for match in wider:
            scores = strictly | {
                key: score
                for key, score in _scores(next(answers) for _ in match.cells).items()
                if key not in strictly
            }
            if len(scores) + here > most:
                best, most = _Widened(match, scores), len(scores) + here
            if most >= STRICT_ENOUGH:
                break
        if best is None:
            return None
        return await self._of_these(asking, best, frozenset(strictly))

    async def _of_these(self, asking: Asking, wider: _Widened, strictly: frozenset[str]) -> _Found:
        """The answer over documents that are known by key, the strict ones in front."""
        asked = asking.whole(Cell(), page=1, limit=len(wider.scores), scored=False, keys=wider.scores)
        *answers, last = await self._questions.multi_search([*asked, META_QUERY])
        for hit in answers[0]["hits"]:
            hit["_rankingScore"] = wider.scores[hit["key"]]
        given = _Answers(answers, len(asked), _meta(last))
        return await self._put_together(asking, wider.match, given, scored=True, strictly=strictly)

    async def _put_together(
        self,
        asking: Asking,
        match: Match,
        answers: _Answers,
        *,
        scored: bool,
        cut: bool = False,
        strictly: frozenset[str] | None = None,
    ) -> _Found:
        """Add up the groups, and order their hits and cut the page out, unless the engine has `cut` it."""
        groups = answers.groups
        per_facet = [(name, group[0]) for group in groups for name in asking.free]
        per_facet += [
            (name, answer) for group in groups for name, answer in zip(asking.chosen, group[1:], strict=True)
        ]
        totals, hashed = asking.counts(per_facet)
        total = sum(int(group[0]["totalHits"]) for group in groups)
        placed: list[tuple[Key, Hit | Answer]] = [
            (asking.place(hit, scored=scored, ahead=strictly is None or hit["key"] in strictly), hit)
            for group in groups
            for hit in group[0]["hits"]
        ]
        if asking.overlay is not None:
            own = asking.overlay.found(asking.query, strict=strictly is None)
            total += own.total
            asking.with_overlay(totals, own.facets)
            ahead = strictly is None or not own.match.how
            placed += [(asking.place_of(hit, scored=scored, ahead=ahead), hit) for hit in own.hits]
        await self._name_hashed(asking, totals, hashed)
        if not cut:
            placed.sort(key=lambda one: one[0])
        start = 0 if cut else asking.query.offset
        page = [hit for _, hit in placed[start : start + asking.query.limit]]
        hits = tuple(
            hit if isinstance(hit, Hit) else asking.hit(hit, match.marks, scored=scored) for hit in page
        )
        return _Found(match, hits, total, asking.ordered(totals), answers.meta)

    async def _name_hashed(
        self, asking: Asking, totals: dict[str, dict[str, int]], hashed: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Values too long to be stored are stored by hash: ask a document that has each for the value itself."""
        wanted = [(name, stored, number) for name, keys in hashed.items() for stored, number in keys.items()]
        if not wanted:
            return
        answers = await self._questions.multi_search(
            [
                {
                    "q": "",
                    "filter": f"{asking.layout.facet(name)} = {quoted(stored)}",
                    "page": 1,
                    "hitsPerPage": 1,
                    "attributesToRetrieve": ["long_values"],
                }
                for name, stored, _ in wanted
            ]
        )
        for (name, stored, number), answer in zip(wanted, answers, strict=True):
            for hit in answer["hits"]:
                value = str(hit["long_values"][stored.partition(".")[0]])
                totals[name][value] = totals[name].get(value, 0) + number

    async def _suggest(self, query: Query, limit: int) -> tuple[Suggestion, ...]:
        text = parse(query.text)
        match = _wording(query).strict(text)
        asking = Asking(self._layout, query, front=front_of(text, query.synonyms))
        asked = [
            asking.whole(cell, page=1, limit=query.limit, scored=True)[0]
            | {"attributesToSearchOn": [f"{name}_{kind}" for name in _SUGGEST_FROM for kind in ("g", "x")]}
            for cell in match.cells
        ]
        answers = await self._questions.multi_search(asked)
        hits = sorted(
            (hit for answer in answers for hit in answer["hits"]),
            key=lambda hit: asking.place(hit, scored=True),
        )
        found: dict[tuple[str, str], Suggestion] = {}
        for hit in hits:
            texts = {name: str(hit.get(name, "")) for name in _SUGGEST_FROM}
            marked = highlight(texts, match.marks)
            if "name" in marked or "kana" in marked:
                found.setdefault(("name", hit["id"]), Suggestion("name", texts["name"], str(hit["id"])))
            for line in lines_marked(texts["vendor"], marked.get("vendor", ())):
                found.setdefault(("vendor", line), Suggestion("vendor", line))
        return tuple(found.values())[:limit]


def _wording(query: Query) -> Wording:
    return Wording(query.synonyms)


def _reach(query: Query, scored: bool) -> int:
    """How many hits of a cell are needed to know the page: those up to its end, or all to be sorted here."""
    if not query.limit:
        return 0
    return 10**9 if scored and query.sort else query.offset + query.limit


def _scores(answers: Iterable[Answer]) -> dict[str, float]:
    """The best score by key."""
    found: dict[str, float] = {}
    for answer in answers:
        for hit in answer["hits"]:
            found[hit["key"]] = max(found.get(hit["key"], 0.0), float(hit.get("_rankingScore") or 0.0))
    return found


def _unfiltered(query: Query) -> Query:
    return replace(query, filter=None, selected={}, ranges={}, facets=())


def _meta(answer: Answer) -> Answer:
    hits = answer["hits"]
    if not hits:
        raise IndexMissing("Meilisearch: the index does not say what it is; it has to be built")
    return dict(hits[0])


def _fingerprint_query(page: int) -> Answer:
    return {
        "q": "",
        "filter": EVERYTHING,
        "sort": ["tie0:asc"],
        "page": page,
        "hitsPerPage": _FINGERPRINTS_AT_ONCE,
        "attributesToRetrieve": ["id", "print"],
    }
