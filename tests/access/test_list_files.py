"""Every list page has its list as CSV and xlsx: the same things, columns and count as on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from httpx2 import Response

from app.kit.pagination import paging_asked
from app.web import list_files
from app.web.list_files import list_asked, list_paging
from app.web.site import ROUTERS
from tests.access.asking import Asking
from tests.access.routes import RouteFacts
from tests.access.table import TABLE
from tests.support.tables import rows_of

ACTIONS = ("操作", "選ぶ")


@dataclass(frozen=True)
class ListPage:
    """A list page: who reads it, and where its list is on the screen."""

    path: str
    role: str
    region: str = ""
    """The label of its table's region; empty for cards."""
    cards: str = ""
    link: str = "tbody th a"
    """Selector of the link in each row that leads to the thing; empty where rows have none."""
    query: dict[str, str] | None = None
    files: str = ""
    """Which of the page's lists, where it has several."""


BODY = "/bodies/{organisation_id}"
TERMS = "/contracts/{contract_id}/terms"
PAGES = (
    ListPage("/search", "visitor", cards="ol.hits > li", link="h3 a"),
    ListPage("/vendors/{organisation_id}", "visitor", cards="ul.cards > li", link=""),
    ListPage("/specifications", "visitor", "標準仕様書の一覧"),
    ListPage("/projects", "buyer_officer", "案件の一覧"),
    ListPage("/projects/{project_id}", "buyer_officer", "結果と条件"),
    ListPage("/projects/{project_id}/searches/{search_id}", "buyer_officer", "検索の結果", link=""),
    ListPage("/contracts", "buyer_officer", "契約の一覧"),
    ListPage("/contracts", "agency_admin", "契約の一覧"),
    ListPage("/contracts/{contract_id}/documents", "buyer_officer", "書類の一覧", link=""),
    ListPage("/inspections", "buyer_officer", "検収の一覧"),
    ListPage("/vendor/contracts", "vendor_admin", "契約の一覧"),
    ListPage("/vendor/outcomes", "vendor_admin", "選定の結果"),
    ListPage("/vendor/insights", "vendor_admin", "掲載の反響", link=""),
    ListPage("/review", "reviewer", "案件の一覧"),
    ListPage("/review/samples", "reviewer", "抜取りの一覧"),
    ListPage("/review/search-words", "reviewer", "言葉の一覧"),
    ListPage("/agency/tasks", "reviewer", "確認事項の一覧"),
    ListPage("/agency/agreements", "agency_admin", "基本契約"),
    ListPage("/agency/organisations", "agency_admin", "見つかった組織", query={"q": "架空"}),
    ListPage("/agency/organisations/{organisation_id}", "agency_admin", "メンバー", link=""),
    ListPage("/agency/listings", "agency_admin", "掲載の一覧", link="", query={"kind": "offer"}),
    ListPage("/agency/suspensions", "reviewer", "停止の手続の一覧"),
    ListPage("/agency/search", "agency_admin", "索引の処理の一覧"),
    ListPage("/vendor/suspensions", "vendor_admin", "停止の手続の一覧"),
    ListPage("/vendor/expiring", "vendor_admin", "期限の近いもの", link=""),
    ListPage("/agency/expiries", "reviewer", "期限の到来の一覧"),
    ListPage("/audit", "auditor", "操作の記録の表"),
    ListPage("/jobs", "vendor_admin", "処理の一覧"),
    ListPage("/organisation/members", "vendor_admin", "メンバー", link=""),
    ListPage("/organisation/members", "vendor_admin", "招待", link="", files="invitations"),
    ListPage("/organisation/departments", "buyer_officer", "部署の一覧", link=""),
    ListPage(BODY, "visitor", "構成団体", link="", files="members"),
    ListPage("/account/notices", "vendor_admin", cards="ul.plain-list > li", link=""),
    ListPage("/account/sessions", "buyer_officer", "いま有効なログイン", link=""),
    ListPage("/account/tokens", "vendor_admin", "発行したトークン", link=""),
    ListPage("/supporters", "buyer_officer", "支援者の一覧"),
    ListPage("/supporting", "supporter", "支援する案件の一覧"),
    ListPage("/review/phrases", "reviewer", "定型文の一覧"),
    ListPage("/review/absences", "reviewer", "不在の一覧", link=""),
    ListPage("/review/vendors/{organisation_id}", "reviewer", "受付待ちの案件", files="queued"),
    ListPage("/vendor", "vendor_admin", "ソフトウェアの一覧", files="software"),
    ListPage("/vendor", "vendor_admin", "サービスの一覧", files="offers"),
    ListPage("/vendor", "vendor_admin", "販売の許諾の一覧", link="", files="selling"),
    ListPage("/vendor/software/{software_id}/sellers", "vendor_admin", "販売者の一覧", link=""),
    ListPage(TERMS, "buyer_officer", "文書の優先順位", link="", files="texts"),
    ListPage(TERMS, "vendor_admin", cards="section[id^=dev_]", link="", files="deviations"),
)
"""Every page with a list, for each kind of reader who sees other columns or rows."""
ELSEWHERE = {
    "/agency/expiries/{hold_id}": "the listings that would leave: tests/listings/test_expiry.py",
    "/listings/{software_id}": "its published contracts: tests/procurement/test_contracts_api.py",
}


def _dependencies(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _dependencies(one)


def _routes(candidates: Iterable[Any]) -> Iterator[Any]:
    for candidate in candidates:
        branch = getattr(candidate, "effective_candidates", None)
        if callable(branch):  # a router that was included; see tests.access.routes
            yield from _routes(branch())
        else:
            yield candidate


@cache
def _page_routes() -> dict[str, set[Any]]:
    """What each page depends on, by its path."""
    found = {
        route.path: set(_dependencies(route.dependant))
        for router in ROUTERS
        for route in _routes(router.routes)
        if "GET" in route.methods
    }
    assert len(found) > 60, "the walk is blind"
    return found


def test_every_paged_list_can_be_saved_and_is_walked_here() -> None:
    routes = _page_routes()
    assert [path for path, calls in routes.items() if paging_asked in calls] == []
    saved = {path for path, calls in routes.items() if calls & {list_asked, list_paging}}
    assert saved == {page.path for page in PAGES} | set(ELSEWHERE)


def _ask(asking: Asking, page: ListPage, query: dict[str, str]) -> Response:
    known = TABLE[f"GET {page.path}"]
    rule = known[0] if isinstance(known, tuple) else known
    asked = replace(rule, query=query)
    return asking.ask(RouteFacts("GET", page.path), asked, page.role, asking.stage.own)


def _get(asking: Asking, page: ListPage, **query: str) -> Response:
    answer = _ask(asking, page, {**(page.query or {}), **query})
    assert answer.status_code == 200, answer.text
    return answer


def _shown(answer: Response, page: ListPage) -> tuple[list[str], list[Tag], BeautifulSoup]:
    """The headings (without what is for pressing) and the rows on the screen."""
    soup = BeautifulSoup(answer.text, "html.parser")
    if page.cards:
        return [], soup.select(page.cards), soup
    region = next(one for one in soup.select(".table-region") if one["aria-label"] == page.region)
    headings = [one.get_text() for one in region.select("thead th")]
    return [one for one in headings if one not in ACTIONS], region.select("tbody tr"), soup


def _said(soup: BeautifulSoup, page: ListPage) -> Tag:
    """What the page says about saving this list: once."""
    found = {str(one.select("a")[0]["href"]): one for one in soup.select(".list-files")}
    wanted = f"?list={page.files}&" if page.files else ""
    (said,) = [one for link, one in found.items() if (wanted in link if wanted else "list=" not in link)]
    return said


def _stands_for(column: str, heading: str) -> bool:
    return column == heading or column.startswith(f"{heading}（")


def _asked() -> list[Any]:
    """Every page on SQLite; on PostgreSQL those that are read in pages, whose count is a query of its own."""
    routes = _page_routes()
    return [
        pytest.param(kind, page, id=f"{kind}-{page.path} {page.role} {page.files}".rstrip())
        for kind in ("sqlite", "postgresql")
        for page in PAGES
        if kind == "sqlite" or list_paging in routes[page.path]
    ]


@pytest.mark.parametrize(("databases", "page"), _asked(), indirect=["databases"])
def test_the_files_hold_what_the_page_shows(asking: Asking, page: ListPage) -> None:
    paged = list_paging in _page_routes()[page.path]
    screen = _get(asking, page, **({"limit": "100"} if paged else {}))
    headings, rows, soup = _shown(screen, page)
    assert len(rows) >= 1
    said = _said(soup, page)
    links = [str(a["href"]) for a in said.select("a")]
    assert [link.rpartition("format=")[2] for link in links] == ["csv", "xlsx"]
    counted = said.select_one("strong")
    assert counted is not None
    chosen = {"list": page.files} if page.files else {}
    csv_answer, xlsx_answer = (_get(asking, page, **chosen, format=form) for form in ("csv", "xlsx"))
    assert csv_answer.headers["cache-control"] == "no-store"
    (columns, *lines), (sheet_columns, *sheet_lines) = rows_of(csv_answer), rows_of(xlsx_answer)
    assert columns == sheet_columns
    assert [line[0] for line in lines] == [line[0] for line in sheet_lines]
    for heading in headings:
        for part in heading.split("・"):
            assert any(_stands_for(column, part) for column in columns), heading
    assert counted.get_text() == f"{len(lines):,}件"
    if len(lines) <= 100 and page.path != "/search":
        assert len(rows) == len(lines)
    ids = [line[0] for line in lines]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+_[0-9A-Za-z]+", id_) for id_ in ids)
    if page.link:
        selector = page.link.removeprefix("tbody ")
        on_screen = [str(row.select_one(selector)["href"]).rpartition("/")[2] for row in rows]  # type: ignore[index]  # a row without a link fails
        assert on_screen == ids[: len(on_screen)]
    if paged:  # the second page and a shorter one have the same file and count
        short = BeautifulSoup(_get(asking, page, limit="1").text, "html.parser")
        assert short.select_one(".list-files strong") == counted
        assert [line[0] for line in rows_of(_get(asking, page, limit="1", format="csv"))[1:]] == ids


def test_a_form_that_is_not_offered_is_refused(asking: Asking) -> None:
    answer = _ask(asking, ListPage("/search", "visitor"), {"format": "pdf"})
    assert answer.status_code == 422


def test_a_longer_list_is_cut_and_says_so(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_files, "MOST", 2)
    page = next(page for page in PAGES if page.path == "/audit")
    said = BeautifulSoup(_get(asking, page).text, "html.parser").select_one(".list-files")
    assert said is not None
    assert "2件を超えます" in said.get_text()
    rows = rows_of(_get(asking, page, format="csv"))
    assert len(rows) == 1 + 2 + 1
    assert rows[-1][0].startswith("（ここまでの2件で切りました。")
