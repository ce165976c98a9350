"""On the site: the number that a page shows is that of the listings it lists, page by page and filter by filter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from bs4 import BeautifulSoup

from app.catalogue.projection import index_settings, rebuild_all
from benchmarks.relevance.documents import AGREEMENTS_END, publish
from benchmarks.relevance.measuring import Corpus
from benchmarks.relevance.queries import Judged, read_sets
from search.embedded import open_writer
from tests.support.application import Running, application
from tests.support.client import TestClient
from tests.support.databases import Databases

LISTINGS, QUERIES = 3, 7
"""One listing and one query in so many: the engine's own counts are compared over all of them (test_counts)."""


@pytest.fixture(scope="module")
def site(
    corpus: Corpus, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The application with listings of the corpus published in its database, and an index built from that."""
    with application(Databases("sqlite", migrated_sqlite), tmp_path_factory.mktemp("site")) as running:
        with running.database.write() as session:
            publish(session, corpus.schema, corpus.listings[::LISTINGS])
        with open_writer(running.settings.search_directory, index_settings(corpus.schema)) as writer:
            rebuild_all(running.database, writer, corpus.schema, running.clock)
            indexed = writer.fingerprints()
        # What is measured is what the catalogue would index, but for the day on which the agreements end.
        ending = (
            replace(document, visible_until=AGREEMENTS_END) for document in corpus.documents[::LISTINGS]
        )
        assert indexed == {document.id: document.fingerprint for document in ending}
        yield running


class Page:
    """A page of results as a visitor reads it."""

    def __init__(self, client: TestClient, pairs: list[tuple[str, str]]) -> None:
        response = client.get(f"/search?{urlencode(pairs)}")
        assert response.status_code == 200, pairs
        self._soup = BeautifulSoup(response.text, "html.parser")

    @property
    def total(self) -> int:
        """The number in the heading."""
        heading = self._soup.select_one("h2[aria-live]")
        assert heading is not None
        number = re.match(r"\s*([\d,]+)件", heading.get_text())
        return int(number[1].replace(",", "")) if number else 0

    @property
    def ids(self) -> list[str]:
        """The listings on the page, in their order."""
        return [str(link["href"]).rsplit("/", 1)[1] for link in self._soup.select("ol.hits h3 a")]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Facet, value and number of each filter that offers one."""
        found = []
        for label in self._soup.select("label.choice"):
            box, count = label.select_one("input"), label.select_one(".count")
            if box is not None and count is not None and not box.has_attr("checked"):
                found.append((str(box["name"]), str(box["value"]), int(count.get_text().removesuffix("件"))))
        return found


def _everything(client: TestClient, pairs: list[tuple[str, str]]) -> list[str]:
    """Every row by the API, which lists the same search."""
    found: list[str] = []
    while True:
        page = [("limit", "100"), ("page", str(len(found) // 100 + 1))]
        answer = client.get(f"/api/v1/search?{urlencode([*pairs, *page])}").json()
        found += [item["id"] for item in answer["items"]]
        if len(found) >= answer["total"] or not answer["items"]:
            return found


def test_the_numbers_shown_are_those_of_the_rows(site: Running) -> None:
    asked: list[Judged] = [judged for half in read_sets() for judged in half.queries][::QUERIES]
    followed = 0
    for place, judged in enumerate(asked):
        pairs = [("q", judged.text), *parse_qsl(judged.where), ("order", "3")]
        page = Page(site.visitor, pairs)
        rows = _everything(site.visitor, pairs)
        assert len(rows) == len(set(rows)) == page.total, judged.title
        assert rows[: len(page.ids)] == page.ids, judged.title
        if page.counts:
            name, value, number = page.counts[place % len(page.counts)]
            chosen = Page(site.visitor, [*pairs, (name, value)])
            if name in dict(pairs):
                # A further value of a facet that is chosen already adds its listings to the others'.
                assert chosen.total >= page.total, judged.title
            else:
                assert chosen.total == number, (judged.title, name, value)
            followed += 1
    assert followed > len(asked) / 2
