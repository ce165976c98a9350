"""What stands beside the results: alternatives, もしかして, what to drop, how to narrow, suggestions; and bad input."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI
from starlette.testclient import TestClient

from catalogue_schema.search_words import seed_words
from search.engine import EngineUnavailable
from tests.catalogue.shelf import Shelf
from tests.support.databases import Databases
from tests.world import World


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> Iterator[str]:
    """SQLite alone: what is tested here is done by the engine and by code, not by the database."""
    with Databases("sqlite", migrated_sqlite).fresh(tmp_path) as url:
        yield url


def _search(client: TestClient, path: str) -> dict[str, Any]:
    answer = client.get(path if path.startswith("/api") else f"/api/v1/search?{path}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _page(client: TestClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def _follow(client: TestClient, remedies: list[dict[str, Any]]) -> None:
    """Every count is the number of rows that the link leads to."""
    for remedy in remedies:
        found = _search(client, remedy["url"] + "&limit=100")
        assert found["total"] == remedy["count"] == len(found["items"]) > 0, remedy


def test_the_name_of_an_old_product_finds_what_replaces_it_and_says_so(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    declared = shelf.software(
        vendor,
        "あたらし台帳",
        replaces=[{"name": "ふるび丸２０００"}, {"name": "別の製品"}],
        description="台帳。",
    )
    shelf.software(vendor, "ほかの台帳", replaces=None, description="台帳。")
    shelf.rebuild()
    (hit,) = _search(client, "q=ﾌﾙﾋﾞ丸2000")["items"]
    assert (hit["id"], hit["replaces"]) == (declared, ["ふるび丸２０００"])
    text = _page(client, "/search?q=ふるび丸2000").text
    assert "「ふるび丸２０００」の代わりになるもの（事業者の申告）" in text
    found = _search(client, "q=台帳")["items"]
    assert [hit["replaces"] for hit in found] == [[], []], "only where its name was asked"


def test_an_exact_name_comes_first_then_the_area_then_words(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    plain: dict[str, Any] = {"replaces": None, "business_areas": ["gis"], "specification_claims": None}
    words = shelf.software(vendor, "図書館図書館図書館の本", summary="図書館", description="図書館", **plain)
    area = shelf.software(
        vendor, "ほんだな", summary="本", description="本", **plain | {"business_areas": ["library"]}
    )
    named = shelf.software(vendor, "図書館（架空）", summary="本", description="本", **plain)
    shelf.rebuild()
    for asked in ("図書館", "トショカン"):
        ids = [item["id"] for item in _search(client, f"q={asked}")["items"]]
        assert ids[0] == named or asked != "図書館"
        assert {named, area, words} == set(ids)
    assert [item["id"] for item in _search(client, "q=図書館")["items"]] == [named, area, words]


def test_the_rule_of_ranking_is_published(client: TestClient, world: World, shelf: Shelf) -> None:
    shelf.software(world.vendor(), "窓口")
    shelf.rebuild()
    link: Any = next(
        a for a in _page(client, "/search?q=窓口").select("main a") if a.text == "並べ方の決まり"
    )
    text = "".join(_page(client, link["href"]).text.split())
    assert "名称4、ふりがな3" in text
    assert "初めの一覧" in text
    assert f"言い換え{sum(word.kind == 'means' for word in seed_words())}" in text


def test_nothing_found_says_what_to_drop_and_how_many_that_gives(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    for name in ("月見そば", "月見うどん"):
        shelf.software(vendor, name, business_areas=["property_tax"])
    shelf.software(vendor, "花見だんご", business_areas=["library"])
    shelf.rebuild()
    body = _search(client, urlencode({"q": "月見", "area": "library", "price_max": "5"}))
    assert body["total"] == 0
    assert [(one["kind"], one["label"], one["count"]) for one in body["remedies"]] == [("filters", "", 2)]
    body = _search(client, urlencode({"q": "月見 蓄音機", "area": "property_tax"}))
    assert ("word", "蓄音機", 2) in [(one["kind"], one["label"], one["count"]) for one in body["remedies"]]
    _follow(client, body["remedies"])
    page = _page(client, "/search?" + urlencode({"q": "月見 蓄音機", "area": "property_tax", "ids": "x"}))
    links = {link.text: link["href"] for link in page.select("#remedies-title + ul a")}
    kept = _page(client, str(links["言葉「蓄音機」を外す"]))
    assert "2件見つかりました" in kept.text
    assert "業務：固定資産税" in kept.text, "the filters stay"


def test_near_spellings_of_known_words_and_of_names(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor()
    shelf.software(vendor, "Kanagata Navi", business_areas=["seal_registration"])
    shelf.rebuild()
    body = _search(client, "q=印艦登録")
    assert [(one["label"], one["count"]) for one in body["spellings"]] == [("印鑑登録", 1)]
    assert body["total"] == 1, "and the search forgives it by itself"
    body = _search(client, "q=Kanagta")
    assert [one["label"] for one in body["spellings"]] == ["Kanagata"]
    _follow(client, body["spellings"])
    assert "もしかして：印鑑登録" in " ".join(_page(client, "/search?q=印艦登録").text.split())
    assert _search(client, "q=印鑑登録")["spellings"] == []


def test_more_than_can_be_judged_is_narrowed_and_every_count_is_true(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    areas = ["library", "gis", "gis", "property_tax"]
    for number in range(32):
        shelf.software(vendor, f"台帳{number}", business_areas=[areas[number % 4]])
    shelf.rebuild()
    body = _search(client, "q=台帳&limit=100")
    assert (body["total"], len(body["items"])) == (32, 32)
    assert [(one["label"], one["count"]) for one in body["narrower"]][:2] == [
        ("業務：GIS", 16),
        ("業務：図書館", 8),
    ]
    _follow(client, body["narrower"])
    for value in body["facets"]["area"]["values"]:
        found = _search(client, urlencode({"q": "台帳", "area": value["value"], "limit": 100}))
        assert found["total"] == value["count"] == len(found["items"])
    assert "30件を超えています" in _page(client, "/search?q=台帳").text
    assert _search(client, "q=台帳&area=library")["narrower"] == []


def test_suggestions_while_typing(app: FastAPI, client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor("架空まどろみ株式会社", name_kana="カクウマドロミ")
    one = shelf.software(vendor, "まどろみ窓口", name_kana="マドロミマドグチ")
    gone = shelf.software(vendor, "まどろみ終了", name_kana="マドロミシュウリョウ")
    shelf.rebuild()
    shelf.end(gone)

    def suggested(text: str) -> list[tuple[str, str, str]]:
        items = _search(client, f"/api/v1/search/suggestions?{urlencode({'q': text})}")["items"]
        return [(item["kind"], item["text"], item["path"]) for item in items]

    assert suggested("まどろ") == [
        ("listing", "まどろみ窓口", f"/listings/{one}"),
        ("vendor", "架空まどろみ株式会社", f"/vendors/{vendor.id}"),
    ]
    assert ("area", "住民基本台帳", "/search?area=resident_register") in suggested("ｼﾞｭｳﾐﾝｷﾎﾝ")
    assert ("phrase", "書かない窓口", "/search?" + urlencode({"q": "書かない窓口"})) in suggested("書かな")
    assert suggested("印艦登録") == [("spelling", "印鑑登録", "/search?" + urlencode({"q": "印鑑登録"}))]
    assert suggested("") == suggested("★") == []
    page = _page(client, f"/search/suggestions?{urlencode({'q': 'まどろ'})}")
    assert [link["href"] for link in page.select("ul a")] == [f"/listings/{one}", f"/vendors/{vendor.id}"]
    field: Any = _page(client, "/search").select_one("input[name=q]")
    assert field["data-suggest"] == "/search/suggestions"

    async def down(*_: object, **__: object) -> None:
        raise EngineUnavailable("down")

    app.state.search.suggest = down
    assert suggested("書かな")[0][0] == "area", "what needs no engine is suggested all the same"


LONG = "madoguchi-" * 1_000
BAD = [
    ({"q": LONG}, 422),
    ({"q": "a\x00b"}, 422),
    ({"page": "1000000000"}, 422),
    ({"page": "99999"}, 404),
    ({"nonsense": "1"}, 422),
    ({"area": '" OR 1=1 --'}, 422),
    ({"sort": "price; DROP"}, 422),
    ({"price_min": "1e9999"}, 422),
    ({"q": "！？★…・"}, 200),
    ({"q": "\u202e\u200b窓口\u200f\u2066"}, 200),
    ({"q": '"窓口 -"'}, 200),
    ({"q": "「窓口」 AND (title:* OR _exists_)^2 ~5 [1 TO 2] \\"}, 200),
    ({"q": " ".join(f"w{n}" for n in range(200))}, 422),
    ({"q": "a b " * 240}, 200),
]


def test_bad_input_is_said_and_never_breaks(client: TestClient, world: World, shelf: Shelf) -> None:
    hidden = shelf.software(world.vendor(), "窓口の秘密")
    shelf.software(world.vendor(), "窓口の公開")
    shelf.rebuild()
    shelf.end(hidden)
    for params, status in BAD:
        address = urlencode(params, errors="surrogatepass")
        assert client.get(f"/api/v1/search?{address}").status_code == status, params
        page = _page(client, f"/search?{address}", status)
        assert "窓口の秘密" not in page.text
        if status == 422:
            assert page.select_one("#error-summary a, #error-summary li") is not None


def test_what_was_typed_and_what_was_right_stays(client: TestClient, world: World, shelf: Shelf) -> None:
    shelf.software(world.vendor(), "窓口", business_areas=["library"])
    shelf.rebuild()
    page = _page(client, "/search?" + urlencode({"q": LONG, "area": "library", "cloud": "nowhere"}), 422)
    field: Any = page.select_one("input[name=q]")
    assert field["value"] == LONG
    assert page.select_one("input[type=hidden][name=area][value=library]") is not None
    link: Any = next(link for link in page.select("main a") if link.text == "残った条件で探す")
    assert "1件見つかりました" in _page(client, link["href"]).text
    past = _page(client, "/search?q=窓口&area=library&page=9", 404)
    last: Any = next(link for link in past.select("main a") if link.text == "最後のページを見る")
    assert "1件見つかりました" in _page(client, last["href"]).text
    symbols = _page(client, "/search?q=★★&area=library")
    assert "探せる文字がありません" in symbols.text
    # The field of the results page keeps the filters when the words change.
    form = _page(client, "/search?q=窓口&area=library&limit=5")
    assert form.select_one("input[name=area][value=library][checked]") is not None
    assert form.select_one("input[type=hidden][name=limit][value='5']") is not None
    assert _page(client, "/").select_one("form[action='/search'] select[name=area]") is not None


@pytest.mark.parametrize(
    "pairs", [[("area", f"x{n}") for n in range(1_000)], [(f"f{n}", "1") for n in range(1_000)]]
)
def test_a_thousand_wrong_filters_give_a_page_that_can_be_read(
    client: TestClient, pairs: list[tuple[str, str]]
) -> None:
    page = _page(client, f"/search?{urlencode(pairs)}", 422)
    faults = page.select("#error-summary li")
    assert len(faults) == 21
    assert "ほかに980件の誤りがあります" in faults[-1].text
