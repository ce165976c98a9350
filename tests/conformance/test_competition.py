"""The competition indicator: independent vendors are counted, a group once, by size class; drafts and others never."""

from __future__ import annotations

import csv
import io

from app.organisations.models import Organisation
from tests.conformance.claiming import claiming, stated, version_id
from tests.listings.market import Market
from tests.specifications.ministry import Ministry, requirement
from tests.support.client import TestClient
from tests.world import World

COMPETITION = "/api/v1/conformance/competition"
CITIES = {"designated_city": "not_applicable", "core_city": "required", "general": "optional"}
ALL = dict.fromkeys(("designated_city", "core_city", "general"), "required")


def test_independent_vendors_are_counted_by_size_class(world: World, client: TestClient) -> None:
    ministry, market = Ministry(world), Market(world)
    spec = ministry.register()
    items = [
        requirement("0010001", "受付ができること。", obligation=ALL),
        requirement("0010002", "集計ができること。", obligation=CITIES),
    ]
    address = ministry.draft(spec, "1.0", items)
    ministry.publish(address)
    version = version_id(client, address)
    both = {version: [stated("0010001", "conforms"), stated("0010002", "conforms")]}
    claiming(market, "一号", both)

    def counted() -> dict[str, tuple[int, int, str]]:
        found = client.get(COMPETITION, params={"area": "child_allowance"}).json()["items"]
        return {each["size_class"]: (each["listings"], each["vendors"], each["state"]) for each in found}

    one = (1, 1, "only_one")
    assert counted() == {"designated_city": one, "core_city": one, "general": one}
    # A second one of the same firm, and one of a firm of the same group, are no further choice.
    claiming(market, "二号", both)
    assert counted()["core_city"] == (2, 1, "only_one")
    market.vendor, market.editor = market.rival, market.seller
    partly = {version: [stated("0010001", "conforms"), stated("0010002", "planned", planned_on="2027-04-01")]}
    claiming(market, "三号", partly)
    assert counted() == {
        "designated_city": (3, 2, "several"), "core_city": (2, 1, "only_one"), "general": (3, 2, "several"),
    }  # fmt: skip
    with world.database.write() as session:
        for firm in (market.editor_login.organisation_id, market.rival.id):
            row = session.get_one(Organisation, firm)
            row.group_key = "架空グループ"
            session.add(row)
    assert counted()["general"] == (3, 1, "only_one")

    lines = list(csv.DictReader(io.StringIO(client.get(COMPETITION, params={"format": "csv"}).text[1:])))
    assert {line["団体区分"]: line["状態"] for line in lines}["一般市区町村"] == "1者だけ"
    assert all("国が適合を保証するものではありません" in line["注意"] for line in lines)
    page = client.get("/conformance/competition")
    assert "1者だけのもの3行" in page.text
    assert "国が適合を保証するものではありません。適合の確認は各団体が行います" in page.text
    assert client.get(COMPETITION, params={"area": "x"}).json()["errors"][0]["pointer"] == "/area"
    assert client.get("/conformance/competition", params={"area": "x"}).status_code == 422
