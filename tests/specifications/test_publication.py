"""A ministry's editors draft, publish and revise a specification; others read it and may do nothing to it."""

from __future__ import annotations

from typing import Any

import jsonschema

from app.specifications import exporting
from tests.specifications.applying import applied
from tests.specifications.awkward import MAPPING, saved, spoilt, workbook
from tests.specifications.ministry import SPECIFICATIONS, Ministry, everything, requirement
from tests.support.client import TestClient
from tests.support.tables import rows_of
from tests.world import World

FIRST = [
    requirement("0010001", "認定請求を受け付けること。"),
    requirement("0010002", "請求日を管理すること。"),
    requirement("0010003", "振込データを作成すること。"),
]
SECOND = [
    requirement("0010001", "認定請求を受け付け、記録すること。"),
    requirement("0010004", "請求日を管理すること。"),
    requirement("0010005", "電子申請を受け付けること。", kind="linkage"),
]


def _pointers(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {fault["pointer"] for fault in answer.json()["errors"]}


def test_from_the_first_version_to_one_that_takes_its_place(world: World, client: TestClient) -> None:
    ministry = Ministry(world)
    spec = ministry.register()
    address = ministry.draft(spec, "1.0", FIRST, conform_by="2026-04-01")
    assert client.get(address).status_code == 404
    assert client.get(f"{SPECIFICATIONS}/{spec}").json()["versions"] == []

    # Four eyes: who proposes does not publish; what is proposed cannot be changed any more.
    assert ministry.desk.post(f"{address}/proposal").status_code == 200
    refused = ministry.desk.post(f"{address}/publication")
    assert (refused.status_code, refused.json()["rule"]) == (403, "four-eyes")
    assert ministry.desk.put(f"{address}/requirements", json={"requirements": FIRST}).status_code == 409
    assert ministry.colleague.post(f"{address}/return", json={"reason": ""}).status_code == 422
    assert ministry.colleague.post(f"{address}/return", json={"reason": "確認"}).json()["status"] == "draft"
    published = ministry.publish(address)
    assert (published["status"], published["published_on"]) == ("in_force", "2026-11-24")
    assert everything(client, address) == FIRST

    # The next version begins with the requirements of the one it revises.
    created = ministry.desk.post(
        f"{SPECIFICATIONS}/{spec}/versions",
        json={"number": "2.0", "based_on": "1.0", "conform_by": "令和9年4月1日"},
    )
    assert created.json()["requirement_count"] == 3
    address = f"{SPECIFICATIONS}/{spec}/versions/2.0"
    written = ministry.desk.put(f"{address}/requirements", json={"requirements": SECOND})
    told = ministry.desk.get(
        f"{SPECIFICATIONS}/{spec}/differences", params={"from": "2.0", "to": "1.0"}
    ).json()
    assert (told["from_version"], told["to_version"]) == ("1.0", "2.0")
    assert [(each["from_key"], each["to_key"]) for each in told["suggested"]] == [("0010002", "0010004")]
    confirmed = ministry.desk.patch(
        address,
        json={"renumbered": {"0010004": "0010002"}},
        headers={"If-Match": written.headers["etag"]},
    )
    assert confirmed.status_code == 200, confirmed.text
    wrong = ministry.desk.patch(
        address,
        json={"renumbered": {"9999999": "0010002", "0010004": "8888888"}, "number": "1.0", "based_on": "7"},
        headers={"If-Match": confirmed.headers["etag"]},
    )
    assert _pointers(wrong) == {
        "/number", "/based_on", "/renumbered/9999999", "/renumbered/0010004",
    }  # fmt: skip
    published = ministry.publish(address)
    told = client.get(f"{SPECIFICATIONS}/{spec}/differences", params={"from": "1.0", "to": "2.0"}).json()
    assert applied(told, FIRST) == SECOND
    assert [item["key"] for item in told["added"]] == ["0010005"]
    assert told["removed"] == ["0010003"]
    assert {change["to_key"]: change["changes"] for change in told["changed"]} == {
        "0010001": ["text"],
        "0010004": ["key"],
    }
    sheet = client.get(
        f"{SPECIFICATIONS}/{spec}/differences", params={"from": "1.0", "to": "2.0", "format": "xlsx"}
    )
    assert [row[:3] for row in rows_of(sheet)[1:]] == [
        ["追加", "", "0010005"],
        ["削除", "0010003", ""],
        ["本文の変更", "0010001", "0010001"],
        ["IDの変更", "0010002", "0010004"],
    ]

    # Both are in force until the day from which one must conform to the newer.
    statuses = {
        each["number"]: each["status"] for each in client.get(SPECIFICATIONS).json()["items"][0]["versions"]
    }
    assert statuses == {"1.0": "in_force", "2.0": "in_force"}
    world.clock.move(days=127)
    ministry.work()
    assert client.get(f"{SPECIFICATIONS}/{spec}/versions/1.0").json()["status"] == "in_force"
    world.clock.move(days=1)
    ministry.work()
    assert client.get(f"{SPECIFICATIONS}/{spec}/versions/1.0").json()["status"] == "superseded"


def test_published_text_is_fixed_and_errata_are_a_new_version(world: World, client: TestClient) -> None:
    ministry = Ministry(world)
    spec = ministry.register()
    address = ministry.draft(spec, "2.0案", FIRST)
    assert ministry.desk.post(f"{address}/proposal").status_code == 200
    assert ministry.colleague.post(f"{address}/opening").json()["status"] == "comment"
    assert client.get(address).status_code == 200
    tag = ministry.desk.get(address).headers["etag"]
    for refused in (
        ministry.desk.put(f"{address}/requirements", json={"requirements": SECOND}),
        ministry.desk.patch(address, json={"errata": "誤り"}, headers={"If-Match": tag}),
    ):
        assert refused.status_code == 409
    fixed = ministry.draft(spec, "2.0", FIRST, based_on="2.0案")
    ministry.publish(fixed)
    empty = ministry.draft(spec, "2.1", SECOND, corrects="2.0")
    assert _pointers(ministry.desk.post(f"{empty}/proposal")) == {"/errata"}
    tag = ministry.desk.get(empty).headers["etag"]
    patched = ministry.desk.patch(
        empty, json={"errata": "0010001の記録を補った。"}, headers={"If-Match": tag}
    )
    assert patched.json()["based_on"] == "2.0"
    ministry.publish(empty)
    assert client.get(fixed).json()["status"] == "superseded"
    gone = ministry.colleague.post(f"{empty}/withdrawal", json={"reason": "根拠の法令が廃止された。"})
    assert gone.json()["status"] == "withdrawn"
    assert client.get(empty).json()["reason"] == "根拠の法令が廃止された。"


def test_a_file_is_checked_and_then_taken_over(world: World, client: TestClient) -> None:
    ministry = Ministry(world)
    spec = ministry.register(mapping=MAPPING)
    address = ministry.draft(spec, "1.0", FIRST)

    def run(content: bytes, **query: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        queued = ministry.desk.post(f"{address}/imports", content=content, params=query)
        assert queued.status_code == 202, queued.text
        ministry.work()
        report = ministry.desk.get(f"{queued.headers['location']}/report").json()
        return report["job"], report["faults"]

    def spoil(sheet: Any) -> None:
        sheet["F7"] = "△"
        sheet["C9"] = "00１0001"

    job, faults = run(spoilt(spoil), name="別紙.xlsx")
    assert job["status"] == "failed"
    assert {(fault["sheet"], fault["cell"], fault["code"]) for fault in faults} == {
        ("機能要件", "F7", "unknown_mark"),
        ("機能要件", "C9", "duplicate"),
    }
    assert everything(ministry.desk, address) == FIRST

    job, faults = run(saved(workbook()), dry_run=True)
    assert (job["status"], faults) == ("succeeded", [])
    assert job["result"]["kinds"] == {"function": 6, "form": 2}
    assert {(doubt["sheet"], doubt["cell"]) for doubt in job["result"]["doubts"]} >= {("機能要件", "D13")}
    assert everything(ministry.desk, address) == FIRST
    confirmed = ministry.desk.post(f"{SPECIFICATIONS}/imports/{job['id']}/confirmation")
    assert confirmed.status_code == 202, confirmed.text
    ministry.work()
    taken = everything(ministry.desk, address)
    assert len(taken) == 8
    assert taken[0]["text"].startswith("認定請求書を\n")

    # What is published as JSON, xlsx and CSV is what comes back when it is imported.
    ministry.publish(address)
    document = client.get(f"{address}/document").json()
    jsonschema.validate(document, client.get(f"{SPECIFICATIONS}/schema").json())
    assert document["requirements"] == taken
    whole = [client.get(f"{address}/document", params={"format": each}).content for each in exporting.FORMATS]
    tag = ministry.desk.get(f"{SPECIFICATIONS}/{spec}").headers["etag"]
    ministry.desk.patch(
        f"{SPECIFICATIONS}/{spec}", json={"mapping": exporting.MAPPING}, headers={"If-Match": tag}
    )
    for number, content in enumerate(whole, 2):
        address = ministry.draft(spec, f"{number}.0", FIRST)
        job, faults = run(content)
        assert faults == []
        assert job["status"] == "succeeded"
        assert everything(ministry.desk, address) == taken


def test_who_may_do_what(world: World, client: TestClient) -> None:
    ministry = Ministry(world)
    spec = ministry.register()
    ministry.publish(ministry.draft(spec, "1.0", FIRST))
    address = f"{SPECIFICATIONS}/{spec}"
    agency = world.client(world.login(world.agency(), "agency_admin"))
    other = world.client(world.login(world.organisation("ministry", "別の省"), "specification_editor"))
    tag = client.get(address).headers["etag"]
    # The Agency points to it, and cannot change what it says.
    hosted = agency.patch(
        address, json={"page_note": "概要は同省の頁にあります。"}, headers={"If-Match": tag}
    )
    assert hosted.json()["page_note"] == "概要は同省の頁にあります。"
    tag = hosted.headers["etag"]
    assert agency.patch(address, json={"title": "改題"}, headers={"If-Match": tag}).status_code == 403
    assert agency.post(f"{address}/versions", json={"number": "2.0"}).status_code == 403
    assert other.patch(address, json={"title": "改題"}, headers={"If-Match": tag}).status_code == 403
    assert other.post(f"{address}/versions", json={"number": "2.0"}).status_code == 403
    assert other.post(f"{address}/versions/1.0/withdrawal", json={"reason": "誤り"}).status_code == 403
    # The Agency lists what a ministry will publish.
    body = {"key": "Bad Key", "title": "", "business_area": "nothing", "steward_id": world.agency().id + "x"}
    assert _pointers(agency.post(SPECIFICATIONS, json=body)) == {
        "/key", "/title", "/ministry", "/business_area", "/steward_id",
    }  # fmt: skip
    body = {"key": "next", "title": "次の標準仕様書", "business_area": "seal_registration"}
    listed = agency.post(SPECIFICATIONS, json={**body, "steward_id": ministry.organisation.id})
    assert (listed.status_code, listed.json()["ministry"]) == (201, "架空省")
    narrowed = client.get(SPECIFICATIONS, params={"business_area": "seal_registration"}).json()["items"]
    assert [each["key"] for each in narrowed] == ["next"]


def test_requirements_are_refused_with_every_fault_and_narrowed(world: World, client: TestClient) -> None:
    ministry = Ministry(world)
    spec = ministry.register()
    address = ministry.draft(spec, "1.0", FIRST)
    wrong = [
        requirement("001", "短いID", kind="wish"),
        requirement("0010001", " ", obligation={"general": "must", "village": "required"}),
        requirement("0010001", "二重", conform_by="令和9年2月30日"),
        {"key": 1, "colour": "red"},
        "text",
    ]
    answer = ministry.desk.put(f"{address}/requirements", json={"requirements": wrong[:-1]})
    assert _pointers(answer) == {
        "/requirements/0/key", "/requirements/0/kind", "/requirements/1/text",
        "/requirements/1/obligation/general", "/requirements/1/obligation",
        "/requirements/1/obligation/designated_city", "/requirements/1/obligation/core_city",
        "/requirements/2/key", "/requirements/2/conform_by", "/requirements/3", "/requirements/3/key",
    }  # fmt: skip
    ministry.publish(ministry.draft(spec, "2.0", SECOND))
    listing = f"{SPECIFICATIONS}/{spec}/versions/2.0/requirements"

    def keys(**query: str) -> list[str]:
        return [item["key"] for item in client.get(listing, params=query).json()["items"]]

    assert keys(kind="linkage") == ["0010005"]
    assert keys(q="請求日") == ["0010004"]
    assert len(keys(size_class="core_city", obligation="required")) == 3
    assert keys(size_class="general", obligation="required") == []
    assert _pointers(client.get(listing, params={"obligation": "required"})) == {"/size_class"}
    assert _pointers(client.get(listing, params={"kind": "x", "size_class": "y"})) == {"/kind", "/size_class"}
