"""`GET /api/v1/search`: words, facets, refusals, and never anything that strangers may not see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.catalogue.query import parse
from app.catalogue.search import SearchService
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.organisations.models import MasterAgreement
from tests.catalogue.shelf import Shelf, registration
from tests.world import World


def _ids(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/api/v1/search{query}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] >= len(body["items"])
    return [item["id"] for item in body["items"]]


def test_words_and_facets_find_published_software(client: TestClient, world: World, shelf: Shelf) -> None:
    vendor = world.vendor("架空ソフト株式会社")
    counter = shelf.software(
        vendor, "窓口らくらく", name_kana="マドグチラクラク", business_areas=["counter_dx_saas"]
    )
    tax = shelf.software(
        vendor,
        "固定資産台帳",
        name_kana="コテイシサンダイチョウ",
        summary="課税のための台帳",
        description="土地と家屋",
        business_areas=["property_tax"],
    )
    shelf.offer(vendor, tax)
    shelf.rebuild()
    assert _ids(client, "?q=固定資産") == [tax]
    assert set(_ids(client, "")) == {counter, tax}
    assert _ids(client, "?area=property_tax") == [tax]
    assert set(_ids(client, "?area=property_tax&area=counter_dx_saas")) == {counter, tax}
    assert _ids(client, "?price_max=200000") == [tax]
    assert _ids(client, "?price_min=200000") == []
    body = client.get("/api/v1/search?area=property_tax").json()
    assert body["sentence"] == "業務が「固定資産税」のサービス（関連の高い順）"
    counts = {value["value"]: value["count"] for value in body["facets"]["area"]["values"]}
    assert counts == {"property_tax": 1, "counter_dx_saas": 1}, (
        "a facet's own choice is left out of its counts"
    )
    item = body["items"][0]
    assert item["vendor"] == {"id": vendor.id, "name": "架空ソフト株式会社"}
    # 120,000 a month less a discount of 10,000.
    assert (item["monthly_price"], item["monthly_price_with_tax"], item["offers"]) == (110_000, 121_000, 1)
    vendors = body["facets"]["vendor"]["values"]
    assert [(value["label"], value["count"]) for value in vendors] == [("架空ソフト株式会社", 1)]


def test_facets_of_the_offers_sellers_and_decimals(client: TestClient, world: World, shelf: Shelf) -> None:
    developer, seller = world.vendor("開発会社"), world.vendor("販売会社")
    software = shelf.software(developer, sla_percent="99.95")
    shelf.offer(seller, software)
    shelf.rebuild()
    assert _ids(client, f"?vendor={seller.id}") == [], "an offer without authorisation is not visible"
    shelf.seller(software, seller)
    shelf.sync(software)
    assert _ids(client, f"?vendor={seller.id}") == [software]
    assert _ids(client, "?sla_min=99.9") == [software]
    assert _ids(client, "?sla_min=99.99") == []


@pytest.mark.parametrize(
    ("query", "pointer", "remedy"),
    [
        ("?areas=property_tax", "/areas", "area"),
        ("?area=property_taxes", "/area", "property_tax"),
        ("?area=固定資産税", "/area", "property_tax"),
        ("?price_min=abc", "/price_min", "数字"),
        ("?price_min=10&price_max=5", "/price_min", "入れ替え"),
        ("?page=0", "/page", "1"),
        ("?limit=1000", "/limit", "20"),
        ("?sort=prise", "/sort", "price"),
        ("?on_site=yes", "/on_site", "true"),
        ("?vendor=org_nobody", "/vendor", "vendor.id"),
        ("?q=" + "あ" * 1001, "/q", "主な言葉"),
    ],
)
def test_what_is_unknown_is_refused_with_the_nearest(
    client: TestClient, query: str, pointer: str, remedy: str
) -> None:
    answer = client.get(f"/api/v1/search{query}")
    assert answer.status_code == 422
    faults = {fault["pointer"]: fault["remedy"] for fault in answer.json()["errors"]}
    assert list(faults) == [pointer]
    assert remedy in faults[pointer]


def test_all_faults_are_named_at_once(client: TestClient) -> None:
    errors = client.get("/api/v1/search?x=1&area=y&page=z").json()["errors"]
    assert {fault["pointer"] for fault in errors} == {"/x", "/area", "/page"}


def test_pages_keep_their_order_and_end(
    client: TestClient, world: World, shelf: Shelf, clock: MovableClock
) -> None:
    vendor = world.vendor()
    every = {shelf.software(vendor, f"業務{number}") for number in range(5)}
    shelf.rebuild()
    first = client.get("/api/v1/search?limit=2").json()
    assert (first["total"], first["pages"], len(first["items"])) == (5, 3, 2)
    clock.move(days=1)
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert third["next"] is None
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert len(seen) == 5
    assert set(seen) == every
    past = client.get("/api/v1/search?limit=2&page=4")
    assert past.status_code == 404
    assert past.json()["pages"] == 3


@pytest.mark.parametrize("status", ["withdrawn", "suspended"])
@pytest.mark.parametrize("told", [True, False], ids=["outbox waiting", "index forgotten"])
def test_nothing_that_left_is_shown_before_the_index_hears_of_it(
    client: TestClient, world: World, shelf: Shelf, status: str, told: bool
) -> None:
    vendor = world.vendor()
    kept, left = shelf.software(vendor, "残る窓口"), shelf.software(vendor, "去る窓口")
    shelf.rebuild()
    assert set(_ids(client, "?q=窓口")) == {kept, left}
    shelf.end(left, status, tell=told)
    body = client.get("/api/v1/search?q=窓口").json()
    assert [item["id"] for item in body["items"]] == [kept]
    assert body["total"] == 1
    assert body["facets"]["vendor"]["values"][0]["count"] == 1
    assert left not in client.get("/api/v1/search?q=去る").text
    shelf.sync(left)
    assert _ids(client, "?q=窓口") == [kept]


def test_a_suspended_agreement_hides_at_once(
    client: TestClient, world: World, shelf: Shelf, database: Database
) -> None:
    vendor = world.vendor(agreement=False)
    agreement = world.agreement(vendor.id)
    software = shelf.software(vendor)
    shelf.rebuild()
    assert _ids(client, "") == [software]
    with database.write() as session:
        row = session.get(MasterAgreement, agreement.id)
        assert row is not None
        row.status = "suspended"
        session.add(row)
    body = client.get("/api/v1/search").json()
    assert (body["items"], body["total"]) == ([], 0)


def test_dates_that_pass_hide_without_the_worker(
    client: TestClient, world: World, shelf: Shelf, clock: MovableClock
) -> None:
    vendor = world.vendor()
    today = clock.today()
    software = shelf.software(vendor, security_registrations=[registration("ismap", today)])
    retiring = shelf.software(vendor)
    shelf.end(retiring, "retired", tell=False, last_day=today)
    shelf.rebuild()
    assert set(_ids(client, "")) == {software, retiring}
    assert _ids(client, "?cert=ismap") == [software]
    clock.move(days=1)
    assert _ids(client, "") == [software]
    assert _ids(client, "?cert=ismap") == []


def test_a_revision_that_the_index_has_not_heard_of_is_shown_from_the_database(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    software = shelf.software(world.vendor(), "旧い名前")
    shelf.rebuild()
    shelf.revise(software, name="新しい名前")
    item = client.get("/api/v1/search?q=旧い名前").json()["items"][0]
    assert (item["name"], item["revision"], item["revised"], item["highlights"]) == (
        "新しい名前",
        2,
        True,
        {},
    )


def test_few_strict_hits_are_relaxed_and_said(client: TestClient, world: World, shelf: Shelf) -> None:
    software = shelf.software(world.vendor(), "Kintone連携")
    shelf.rebuild()
    body = client.get("/api/v1/search?q=kintoen").json()
    assert [item["id"] for item in body["items"]] == [software]
    assert body["relaxed"] is True
    assert "typo" in body["how"]
    assert client.get("/api/v1/search?q=kintoen&strict=1").json()["total"] == 0


def test_highlights_are_of_the_written_text(client: TestClient, world: World, shelf: Shelf) -> None:
    shelf.software(world.vendor(), "文書サーバー")
    shelf.rebuild()
    item = client.get("/api/v1/search?q=サーバ").json()["items"][0]
    start, end = item["highlights"]["name"][0]
    assert item["name"][start:end].startswith("サーバ")


def test_all_hits_are_the_evidence(
    app: FastAPI, database: Database, world: World, shelf: Shelf, clock: MovableClock
) -> None:
    vendor = world.vendor()
    every = [shelf.software(vendor, f"業務{number}") for number in range(3)]
    hidden = shelf.software(vendor, "業務9")
    shelf.rebuild()
    shelf.revise(every[0], name="業務0改")
    shelf.end(hidden)
    service = SearchService(database, app.state.search, app.state.schema, clock)
    found = service.all_hits(parse(app.state.schema, [("q", "業務"), ("limit", "1")]))
    assert {hit.software_id for hit in found.hits} == set(every)
    assert found.total == 3
    assert (found.engine, found.degraded, found.order) == ("embedded", False, clock.today().toordinal() % 16)
    assert found.generation != "none"
    assert [hit.software_id for hit in found.hits if hit.revised(())] == [every[0]]
    later = service.all_hits(found.params, clock.today() + timedelta(days=1))
    assert {hit.software_id for hit in later.hits} == set(every)
    assert later.as_of == date(2026, 11, 25)


def test_without_an_index_the_answer_says_so(client: TestClient) -> None:
    body = client.get("/api/v1/search").json()
    assert (body["total"], body["degraded"], body["generation"]) == (0, True, "none")


def test_an_offer_is_found_by_its_reading_and_a_software_by_its_english(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    vendor = world.vendor()
    plain = {"summary_en": None, "description_en": None}
    one = shelf.software(vendor, "甲", **plain | {"summary_en": "Counter desk"})
    two = shelf.software(vendor, "乙", **plain | {"description_en": "Harvest ledger"})
    shelf.offer(vendor, one, "廉価版", name_kana="レンカバン", name_en="Thrifty")
    shelf.rebuild()
    for words, found in (("れんかばん", one), ("thrifty", one), ("counter desk", one), ("harvest", two)):
        items = client.get("/api/v1/search", params={"q": words, "strict": "1"}).json()["items"]
        assert [item["id"] for item in items] == [found], words
