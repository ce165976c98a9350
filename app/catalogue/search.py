"""The catalogue's search: the engine's hits, each checked against what strangers may see at this moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.catalogue import repository
from app.catalogue.facets import VENDOR, catalogue_facets
from app.catalogue.helping import narrower, remedies, spellings
from app.catalogue.query import SearchParams, read
from app.catalogue.repository import ShownSoftware
from app.catalogue.results import (
    AllHits,
    FacetValue,
    FacetView,
    FoundEntry,
    SearchHit,
    SearchPage,
    VendorName,
)
from app.catalogue.suggestions import LONGEST, Suggested, suggestions
from app.catalogue.untold import Untold, untold
from app.catalogue.waiting import wait_for
from app.catalogue.wording import sentence, value_label
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import FieldFault, Invalid, NotFound, Unavailable, invalid
from app.search_words.current import current_synonyms
from catalogue_schema import Schema, money
from search.engine import EngineUnavailable, Hit, Query, Results, SearchEngine, Span, Synonyms
from search.highlighting import lines_marked
from search.query_text import parse as words_of
from search.synonyms import expansions

MARKED = ("name", "summary", "replaces")
"""The texts that a result shows, and so the only ones worth marking."""
PriceLines = Sequence[Mapping[str, Any]]
"""The rows of an offer's price table."""
ATTEMPTS = 3
EVERYTHING = 1_000_000
"""Limit of a full list: more than the catalogue can hold."""


@dataclass(frozen=True)
class _Known:
    """What the database says before the engine is asked: once for an answer, however often the engine is asked."""

    behind: Untold
    synonyms: Synonyms


class SearchService:
    """Searches for pages, the API and procurement. No database session is held while the engine works."""

    def __init__(self, database: Database, engine: SearchEngine, schema: Schema, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._schema = schema
        self._clock = clock

    def parse(self, pairs: Iterable[tuple[str, str]]) -> SearchParams:
        """URL parameters as a search. Raises Invalid naming the nearest valid parameter or value; see `query.parse`."""
        params, faults = self.read(pairs)
        if faults:
            raise Invalid(faults)
        return params

    def read(self, pairs: Iterable[tuple[str, str]]) -> tuple[SearchParams, list[FieldFault]]:
        """What of the parameters can be searched, and every fault of the others."""
        params, faults = read(self._schema, pairs)
        try:
            self._vendor_names(params.selected.get(VENDOR, ()))
        except Invalid as unknown:
            return params.without(VENDOR), [*faults, *unknown.faults]
        return params, faults

    def sentence(self, params: SearchParams) -> str:
        """The search said back in Japanese."""
        return sentence(self._schema, params, self._vendor_names(params.selected.get(VENDOR, ())))

    def run(self, params: SearchParams, *, whole: bool = False) -> SearchPage:
        """One page, or all hits at once, then without facets. Raises NotFound past the end, Unavailable while the
        engine is down.
        """
        today = self._clock.today()
        if whole:
            params = replace(params, page=1, limit=EVERYTHING, order=params.rotation(today))
        known = self._known(today)
        results, live = self._ask(params, today, known, facets=not whole)
        if not results.hits and params.page > 1:
            last = max(1, -(-results.total // params.limit))
            raise NotFound(
                f"{params.page}ページ目はありません。{results.total}件、{last}ページまであります。",
                pages=last,
                total=results.total,
            )
        chosen = params.selected.get(VENDOR, ())
        counted = [count.value for count in results.facets.get(VENDOR, ())]
        ids = [hit.id for hit in results.hits]
        offers: Mapping[str, Sequence[PriceLines]] = {}
        vendors: Mapping[str, str] = {}
        if ids or chosen or counted:
            with self._database.rows() as reading:
                offers = repository.shown_price_lines(reading, ids, today)
                vendors = repository.organisation_names(reading, [*chosen, *counted])
        items = tuple(self._hit(hit, live[hit.id], offers.get(hit.id, ()), today) for hit in results.hits)
        facets = self._facets(params, results, vendors)

        def count(changed: SearchParams) -> int:
            return self._ask(replace(changed, page=1, limit=0), today, known, facets=False)[0].total

        unsure = not whole and bool(params.text) and (results.relaxed or not results.total)
        return SearchPage(
            params=params,
            items=items,
            total=results.total,
            facets=facets,
            sentence=sentence(self._schema, params, vendors),
            engine=results.engine,
            generation=results.generation,
            order=params.rotation(today),
            as_of=today,
            relaxed=results.relaxed,
            how=results.how,
            dropped=results.dropped,
            degraded=results.degraded,
            expansions=expansions(words_of(params.text).words, known.synonyms),
            remedies=() if whole or results.total else remedies(self._schema, params, count),
            spellings=spellings(self._schema, params, items, known.synonyms, count) if unsure else (),
            narrower=narrower(params, results.total, facets),
            stand_in=results.stand_in,
        )

    def suggest(self, typed: str) -> tuple[Suggested, ...]:
        """What goes with what has been typed so far; nothing of the listings and vendors while the engine is down."""
        text = typed[:LONGEST]
        today = self._clock.today()
        known = self._known(today)
        hidden = tuple(sorted(known.behind.hidden_ids))
        try:
            found = wait_for(
                lambda: self._engine.suggest(text, today=today, hidden_ids=hidden),
                in_thread=self._engine.capabilities().in_thread,
            )
        except EngineUnavailable:
            found = ()
        ids = [one.id for one in found if one.kind == "name" and one.id]
        lines = [line for one in found if one.kind == "vendor" for line in one.text.split("\n")]
        with self._database.read() as session:
            live = repository.shown_software(session, ids, today) if ids else {}
            vendors = repository.vendors_named(session, lines, today) if lines else {}
        names = {id_: str(shown.answers.get("name", "")) for id_, shown in live.items()}
        return suggestions(self._schema, known.synonyms, text, found, names, vendors)

    def all_hits(self, params: SearchParams, today: date | None = None) -> AllHits:
        """Every hit in order, whatever page `params` name. Raises Unavailable while the engine is down."""
        day = today or self._clock.today()
        whole = replace(params, page=1, limit=EVERYTHING, order=params.rotation(day))
        results, live = self._ask(whole, day, self._known(day), facets=False)
        return AllHits(
            params=params,
            hits=tuple(
                FoundEntry(
                    hit.id,
                    live[hit.id].revision,
                    live[hit.id].revision_id,
                    hit.revision,
                    hit.revision_id,
                    hit.part_revision_ids,
                )
                for hit in results.hits
            ),
            sentence=self.sentence(params),
            engine=results.engine,
            generation=results.generation,
            order=whole.rotation(day),
            as_of=day,
            searched_at=self._clock.now(),
            relaxed=results.relaxed,
            how=results.how,
            dropped=results.dropped,
            degraded=results.degraded,
        )

    def _vendor_names(self, ids: Sequence[str]) -> dict[str, str]:
        if not ids:
            return {}
        with self._database.read() as session:
            names = {id_: firm.name for id_ in ids if (firm := repository.vendor(session, id_)) is not None}
        if missing := [id_ for id_ in ids if id_ not in names]:
            raise invalid(
                "/vendor",
                "unknown_term",
                f"事業者「{missing[0][:40]}」はありません。",
                "検索結果の vendor.id を使ってください。",
            )
        return names

    def _ask(
        self, params: SearchParams, today: date, known: _Known, *, facets: bool = True
    ) -> tuple[Results, dict[str, ShownSoftware]]:
        """The engine's answer, asked again without what has left the catalogue until nothing of it is left.

        What of the index is known to be behind is answered from the database: by documents built of it now.
        """
        hidden = set(known.behind.hidden_ids)
        for _ in range(ATTEMPTS):
            asked = params.query(self._schema, today, sorted(hidden), known.behind.instead, known.synonyms)
            query = replace(asked, highlight_fields=MARKED)
            if not facets:
                query = replace(query, facets=(), highlight=False)
            results = self._engine_answer(query)
            ids = [hit.id for hit in results.hits]
            live = {}
            if ids:
                with self._database.rows() as reading:
                    live = repository.shown_software(reading, ids, today)
            surplus = set(ids) - set(live)
            if not surplus:
                return results, live
            # The index was behind without a row that said so: hide these and count again.
            hidden |= surplus
        kept = tuple(hit for hit in results.hits if hit.id in live)
        gone = len(results.hits) - len(kept)
        return replace(results, hits=kept, total=results.total - gone, degraded=True), live

    def _known(self, today: date) -> _Known:
        with self._database.rows() as reading:
            synonyms = current_synonyms(reading)
            behind = untold(self._database, self._schema, self._clock, today, reading)
        return _Known(behind, synonyms)

    def _engine_answer(self, query: Query) -> Results:
        try:
            return wait_for(
                lambda: self._engine.search(query), in_thread=self._engine.capabilities().in_thread
            )
        except EngineUnavailable as down:
            problem = Unavailable(
                "ただいま検索できません。掲載のページは番号から開けます。少し待ってからやり直してください。"
            )
            problem.headers["Retry-After"] = "30"
            raise problem from down

    def _hit(self, hit: Hit, live: ShownSoftware, offers: Sequence[PriceLines], today: date) -> SearchHit:
        answers = live.answers
        revised = hit.revision_id != live.revision_id
        areas = self._schema.vocabulary("business_areas")
        lowest = lowest_price(offers, today)
        texts = {"name": str(answers.get("name", "")), "summary": str(answers.get("summary", ""))}
        highlights = (
            {}
            if revised
            else {name: _inside(hit.highlights.get(name, ()), text) for name, text in texts.items()}
        )
        return SearchHit(
            id=hit.id,
            name=texts["name"],
            summary=texts["summary"],
            vendor=VendorName(live.owner_id, live.owner_name),
            areas=tuple(areas.label(str(code)) for code in answers.get("business_areas", ())),
            revision=live.revision,
            revision_id=live.revision_id,
            published_at=live.published_at,
            offers=len(offers),
            monthly_price=None if lowest is None else lowest.without_tax,
            monthly_price_with_tax=None if lowest is None else lowest.with_tax,
            revised=revised,
            renewing=live.renewing,
            highlights={name: spans for name, spans in highlights.items() if spans},
            replaces=() if revised else _replaced(answers, hit.highlights.get("replaces", ())),
        )

    def _facets(
        self, params: SearchParams, results: Results, vendors: Mapping[str, str]
    ) -> tuple[FacetView, ...]:
        views = []
        for name, facet in catalogue_facets(self._schema).items():
            if facet.kind == "range":
                low, high = params.ranges.get(name, (None, None))
                views.append(FacetView(facet, (), low, high))
                continue
            chosen = params.selected.get(name, ())
            values = tuple(
                FacetValue(
                    count.value,
                    value_label(self._schema, facet, count.value, vendors),
                    count.documents,
                    count.value in chosen,
                )
                for count in results.facets.get(name, ())
            )
            views.append(FacetView(facet, values))
        return tuple(views)


def _replaced(answers: Mapping[str, Any], spans: Iterable[Span]) -> tuple[str, ...]:
    """The names asked for among those that the listing says it can take the place of."""
    names = dict.fromkeys(str(row.get("name", "")) for row in answers.get("replaces") or ())
    return tuple(line for line in lines_marked("\n".join(names), spans) if line)


def _inside(spans: Iterable[Span], text: str) -> tuple[Span, ...]:
    """Spans of an indexed text that begins with `text` (a name is indexed with its English form), cut to it."""
    return tuple((start, min(end, len(text))) for start, end in spans if start < len(text))


def lowest_price(offers: Iterable[PriceLines], today: date) -> money.MonthlyPrice | None:
    """The smallest fixed monthly price of these offers (by the price without tax); None where none has one."""
    prices = (money.monthly_price(lines, today) for lines in offers)
    return min((price for price in prices if price is not None), key=lambda p: p.without_tax, default=None)
