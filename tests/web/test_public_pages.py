"""The public pages, as a visitor without JavaScript uses them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.catalogue.needs import read
from app.kit.clock import MovableClock
from app.kit.errors import Invalid
from app.listings.models import Revision
from catalogue_schema import load_schema
from tests.catalogue.shelf import Shelf, registration
from tests.support.tables import rows_of
from tests.world import World


def _page(client: TestClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:2000]
    page = BeautifulSoup(answer.text, "html.parser")
    assert len(page.find_all("h1")) == 1
    assert page.title is not None
    ids = [str(tag["id"]) for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    for table in page.find_all("table"):
        assert table.find("caption") is not None
    for head in page.find_all("th"):
        assert head.has_attr("scope")
    for tag in page.select("input:not([type=hidden]), select, textarea"):
        assert tag.find_parent("label") or page.select_one(f"label[for='{tag.get('id')}']"), tag
    return page


def test_the_home_page_leads_to_search_and_areas(client: TestClient) -> None:
    page = _page(client, "/")
    assert page.select_one("form[action='/search'] input[name=q]") is not None
    assert page.select_one("a[href='/search?area=resident_register']") is not None
    _page(client, "/about")


def test_searching_narrowing_and_choosing(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor("架空ソフト")
    one = shelf.software(vendor, "窓口<甲>", business_areas=["counter_dx_saas"])
    two = shelf.software(vendor, "窓口乙", business_areas=["property_tax"])
    shelf.offer(vendor, one)
    shelf.rebuild()
    page = _page(client, "/search?q=窓口")
    assert "2件見つかりました" in page.text
    assert page.select_one("mark") is not None
    assert "121,000円（税込）／110,000円（税抜）" in page.text
    box: Any = page.select_one("input[name=area][value=property_tax]")
    assert "1件" in box.find_parent("label").text
    # On a phone the results come first; a link leads to the filters, which a wide screen shows beside them.
    assert [part.get("id") or part["class"][0] for part in page.select(".with-side > div")] == [
        "found",
        "filters",
    ]
    assert page.select_one(".found .to-filters a[href='#filters']") is not None
    narrowed = _page(client, "/search?q=窓口&area=property_tax&price_max=")
    assert "1件見つかりました" in narrowed.text
    removal: Any = next(link for link in narrowed.select(".applied a") if "固定資産税" in link.text)
    assert "2件見つかりました" in _page(client, removal["href"]).text
    # the basket travels in the address
    add: Any = next(link for link in page.select(".hit a") if "比較に加える" in link.text)
    chosen = _page(client, add["href"])
    assert "比較に選んだもの（1件）" in chosen.text
    add_more: Any = next(link for link in chosen.select(".hit a") if "比較に加える" in link.text)
    both = _page(client, add_more["href"])
    go: Any = next(link for link in both.select(".tray a") if "並べて比べる" in link.text)
    compared = _page(client, go["href"])
    assert {"窓口<甲>", "窓口乙"} == {head.text for head in compared.select(".comparison thead th a")}
    kept: Any = both.select_one("form[role=search] input[name=ids]")
    assert set(kept["value"].split(",")) == {one, two}


def test_nothing_found_helps_on(client: TestClient, world: World, shelf: Shelf) -> None:
    shelf.software(world.vendor(), "窓口")
    shelf.rebuild()
    page = _page(client, "/search?q=存在しないもの&strict=1")
    assert "見つかりませんでした" in page.text
    assert page.select_one(".applied a") is not None


def test_a_wrong_condition_is_shown_beside_the_form(client: TestClient) -> None:
    page = _page(client, "/search?area=ぴよぴよ&limit=x", 422)
    assert len(page.select(".error-summary li")) == 2
    assert "/api/" not in page.select_one("main").text  # type: ignore[union-attr]  # fails where it is missing
    assert "resident_register（住民基本台帳）" in page.text
    assert _page(client, "/search?page=9", 404)


def test_relaxation_is_named_with_the_strict_search(client: TestClient, world: World, shelf: Shelf) -> None:
    shelf.software(world.vendor(), "Kintone連携")
    shelf.rebuild()
    page = _page(client, "/search?q=kintoen")
    notice: Any = page.select_one(".notice-warning")
    assert "つづり" in notice.text
    nothing = _page(client, notice.a["href"])
    assert "条件に合うサービスは見つかりませんでした" in nothing.text
    assert "件見つかりました" not in nothing.text
    assert "この検索を案件に保存する" not in nothing.text, "an empty search is nothing to keep"


def test_pages_of_results(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    for number in range(3):
        shelf.software(vendor, f"業務{number}")
    shelf.rebuild()
    page = _page(client, "/search?limit=1")
    following: Any = page.select_one("a[rel=next]")
    assert "order=" in following["href"]
    second = _page(client, following["href"])
    assert second.select_one("a[rel=prev]") is not None
    assert second.select_one(".hit a")["href"] != page.select_one(".hit a")["href"]  # type: ignore[index]  # fails where it is missing


def test_a_listing_says_all_and_expired_registrations(
    client: TestClient, world: World, shelf: Shelf, clock: MovableClock
) -> None:
    vendor = world.vendor("架空ソフト")
    software = shelf.software(
        vendor, "まどぐち", website=None, security_registrations=[registration("ismap", clock.today())]
    )
    shelf.offer(vendor, software, "標準プラン")
    clock.move(days=1)
    page = _page(client, f"/listings/{software}")
    assert "第1版" in page.text
    assert "2026年11月24日（令和8年）" in page.text
    assert page.find(string=lambda text: "期限切れ" in text and "登録" not in text) is not None
    assert "責任を負う者" in page.text
    assert "未回答" in page.text
    table: Any = page.select_one("section.card table")
    lines = [[cell.text for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]
    by_name = {line[0]: line for line in lines}
    assert by_name["電子申請の処理"][3:5] == ["8.8円", "9.68円"]
    assert by_name["導入年度の割引"][3:5] == ["-10,000円", "-11,000円"]
    assert "完成" not in page.text


@pytest.mark.parametrize(("status", "kind"), [("withdrawn", "取下げ"), ("suspended", "停止")])
def test_what_left_says_how_and_nothing_else(
    client: TestClient, world: World, shelf: Shelf, status: str, kind: str
) -> None:
    vendor = world.vendor("去る会社")
    software, other = shelf.software(vendor, "去る名前"), shelf.software(vendor, "残る名前")
    assert _page(client, f"/vendors/{vendor.id}")
    shelf.end(software, status, ended_on=world.clock.today(), end_note="お知らせ", end_reason="内部の理由")
    for path in (f"/listings/{software}", f"/compare?ids={other},{software}", f"/compare?ids={software}"):
        page = _page(client, path, 410)
        assert kind in page.text
        assert "お知らせ" in page.text
        assert "去る名前" not in page.text
        assert "内部の理由" not in page.text
    assert "去る名前" not in _page(client, f"/vendors/{vendor.id}").text
    assert "去る名前" not in _page(client, f"/search?ids={software}").text
    _page(client, "/listings/sw_never", 404)
    _page(client, f"/compare?ids={other},sw_never", 404)


def test_comparing(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, "甲"), shelf.software(vendor, "乙", website=None)
    shelf.offer(vendor, one, "安い")
    second = shelf.offer(vendor, one, "もう一つ")
    whole = _page(client, f"/compare?ids={one},{two}")
    assert "未回答" in whole.text
    assert "第1版（2026年11月24日（令和8年）公開）" in whole.text
    link: Any = next(a for a in whole.select("a") if "違いのある項目だけ" in a.text)
    narrow = _page(client, link["href"])
    assert len(narrow.select(".comparison tbody tr")) < len(whole.select(".comparison tbody tr"))
    export: Any = next(a for a in whole.select("a") if "CSV" in a.text)
    assert client.get(export["href"]).headers["content-type"].startswith("text/csv")
    chosen = _page(client, f"/compare?ids={one},{two}&offers={second}")
    assert "もう一つ（" in chosen.text
    remove: Any = next(a for a in whole.select(".comparison a") if "外す" in a.text)
    assert "もう1件探して加える" in _page(client, remove["href"]).text
    assert "選んだもの" in _page(client, f"/compare?ids={one}").text
    seven = ",".join([one, two, *(shelf.software(vendor) for _ in range(5))])
    assert "6件まで" in _page(client, f"/compare?ids={seven}", 422).text
    _page(client, "/compare")


def test_a_vendor_without_anything_public_has_no_page(client: TestClient, world: World) -> None:
    _page(client, f"/vendors/{world.vendor().id}", 404)
    _page(client, f"/vendors/{world.local_government().id}", 404)


def test_the_api_reference_names_every_operation(client: TestClient) -> None:
    page = _page(client, "/api")
    document = client.get("/api/v1/openapi.json").json()
    operations = [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    ]
    assert len(operations) > 5
    shown = {head.text for head in page.select("h3 code")}
    assert set(operations) <= shown


def test_an_everyday_need_becomes_a_search_with_its_filters_explained(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    shelf.software(vendor, "申請ナビ", business_areas=["online_application"], functions=["online_form"])
    shelf.software(vendor, "受付ナビ", business_areas=["online_application"], functions=["workflow"])
    shelf.rebuild()
    listed = _page(client, "/needs?q=住民票の交付をオンラインにしたい")
    first: Any = listed.select_one("ul.cards a")
    need = _page(client, first["href"])
    assert "今1件です" in need.text
    form: Any = need.select_one("#need-search")
    assert all(box.find_parent("label").select_one("br") for box in form.select("fieldset input"))
    chosen = [
        (box["name"], box["value"])
        for box in form.select("input")
        if box["type"] == "hidden" or box.has_attr("checked")
    ]
    found = _page(client, f"{form['action']}?{urlencode(chosen)}")
    assert [link.text for link in found.select(".hit h3 a")] == ["申請ナビ"]
    api = client.get("/api/v1/needs", params={"q": "住民票の交付をオンラインにしたい"}).json()["items"][0]
    assert client.get(api["search"]).json()["total"] == 1
    # What no need fits is still a search; a code that is none is not found.
    nothing = _page(client, "/needs?q=ぴよぴよ")
    assert nothing.select_one(".empty-state a[href^='/search?q=']") is not None
    _page(client, "/needs/unknown", 404)


def test_a_need_with_a_filter_that_the_search_does_not_know_is_refused_when_read() -> None:
    row = {"code": "a", "theme": "t", "title": "t", "situation": "s", "words": [], "areas": [], "filters": []}
    wrong = {"name": "function", "value": "no_such", "chosen": True, "why": "w"}
    with pytest.raises(Invalid):
        read(load_schema(), [row | {"filters": [wrong]}])
    with pytest.raises(ValueError, match="twice"):
        read(load_schema(), [row, row])


def test_the_site_says_what_it_is_and_where_everything_is(client: TestClient) -> None:
    home = _page(client, "/")
    paths = {str(link["href"]) for link in home.select(".site-footer a")}
    assert paths == {"/about", "/terms", "/privacy", "/accessibility", "/api", "/sitemap"}
    for path in sorted(paths - {"/api"}):
        _page(client, path)


def test_a_comparison_stays_at_its_revisions_or_follows_the_latest(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, "甲", summary="はじめの概要"), shelf.software(vendor, "乙")
    offer = shelf.offer(vendor, one, "標準")
    first = _page(client, f"/compare?ids={one},{two}")
    fixed: Any = next(link for link in first.select("a") if "固定した比較" in link.text)
    shelf.revise(one, summary="直した概要")
    shelf.revise(offer, summary="直した価格")
    following = _page(client, f"/compare?ids={one},{two}")
    assert "直した概要" in following.text
    assert "はじめの概要" not in following.text
    pinned = _page(client, fixed["href"])
    assert "はじめの概要" in pinned.text
    assert "直した概要" not in pinned.text
    assert len(pinned.find_all(string="今は第2版が公開中")) == 2
    latest: Any = next(link for link in pinned.select("a") if "最新の版の比較" in link.text)
    assert "直した概要" in _page(client, latest["href"]).text
    assert (
        "第9版は、公開された版ではありません"
        in _page(client, f"/compare?ids={one},{two}&pins={one}@9", 404).text
    )
    for wrong in ("x", f"{one}@0", f"{vendor.id}@1"):
        assert _page(client, f"/compare?ids={one},{two}&pins={wrong}", 422).select_one(".error-summary li")
    # The history says what changed between the two; what was taken back is in neither.
    history = _page(client, f"/listings/{one}/history")
    assert {"はじめの概要", "直した概要"} <= {cell.text for cell in history.select("td")}
    listed = client.get(f"/api/v1/software/{one}/history").json()["items"]
    assert [(step["number"], step["before"]) for step in listed] == [(2, 1), (1, None)]
    with shelf.database.write() as session:
        taken = session.exec(
            select(Revision).where(col(Revision.entry_id) == one, col(Revision.number) == 1)
        ).one()
        taken.revoked_at = shelf.clock.now()
        session.add(taken)
    assert "はじめの概要" not in _page(client, f"/listings/{one}/history").text
    assert client.get(fixed["href"]).status_code == 404
    shelf.end(offer, ended_on=shelf.clock.today())
    pins = f"{one}@2,{offer}@2"
    assert _page(client, f"/compare?ids={one},{two}&pins={pins}", 410)


def test_rows_are_put_away_and_columns_stand_in_the_order_of_a_row(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    names = {"甲": 24, "乙": 3, "丙": None}
    ids = [shelf.software(vendor, name, quickest_start_days=days) for name, days in names.items()]
    base = f"/compare?ids={','.join(ids)}"

    def order(page: BeautifulSoup) -> list[str]:
        return [link.text for link in page.select(".comparison thead th a")]

    assert order(_page(client, base)) == ["甲", "乙", "丙"]
    code = "software.quickest_start_days"
    assert order(_page(client, f"{base}&order_by={code}")) == ["乙", "甲", "丙"]
    assert order(_page(client, f"{base}&order_by=-{code}")) == ["甲", "乙", "丙"]
    sheet = client.get(
        f"/api/v1/comparisons?ids={','.join(ids)}&order_by={code}&hide=software.summary&format=xlsx"
    )
    rows = rows_of(sheet)
    assert rows[0][2:] == ["乙", "甲", "丙"]
    hidden = _page(client, f"{base}&hide=software.summary")
    heads = {head.text for head in hidden.select(".comparison tbody th")}
    assert "概要" not in heads
    assert "概要" not in {row[1] for row in rows}
    assert "1項目を隠しています" in hidden.text
    wrong = _page(client, f"{base}&order_by=software.nothing&hide=offer.nothing", 422)
    assert len(wrong.select(".error-summary li")) == 2
    assert order(wrong) == ["甲", "乙", "丙"]


def test_the_tray_goes_with_the_reader_from_page_to_page(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    one, two = shelf.software(vendor, "甲"), shelf.software(vendor, "乙")
    shelf.rebuild()
    page = _page(client, f"/listings/{one}")
    assert page.select_one(".tray") is None
    add: Any = next(link for link in page.select("a") if link.text == "比較に加える")
    tray: Any = _page(client, add["href"]).select_one(".tray")
    on: Any = next(link for link in tray.select("a") if link.text == "ほかを探す")
    hit: Any = next(link for link in _page(client, on["href"]).select(".hit h3 a") if link.text == "乙")
    other = _page(client, hit["href"])
    add = next(link for link in other.select("a") if link.text == "比較に加える")
    go: Any = _page(client, add["href"]).select_one(".tray a.button")
    assert len(_page(client, go["href"]).select(".comparison thead a")) == 2
    assert two in go["href"]
