"""全省庁統一資格: recorded with every fault told, shown (their end: tests/listings/test_expiry)."""

from __future__ import annotations

import pytest
from sqlmodel import select

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.organisations.models import Qualification
from tests.world import World

BODY = {
    "number": "0000123456",
    "kinds": ["service", "sale"],
    "grade": "B",
    "valid_from": "令和7年4月1日",
    "valid_until": "2028-03-31",
}


def test_recorded_and_shown(world: World) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    address = f"/api/v1/organisations/{vendor.id}/qualifications"
    made = browser.post(address, json=BODY, headers={"Idempotency-Key": "q1"})
    assert made.status_code == 201
    assert made.json()["kinds"] == ["sale", "service"]
    assert made.json()["valid_from"] == "2025-04-01"
    assert made.json()["status"] == "valid"
    assert (
        browser.post(address, json=BODY, headers={"Idempotency-Key": "q1"}).json()["id"] == made.json()["id"]
    )
    assert browser.post(address, json=BODY).status_code == 409
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    assert [row["number"] for row in reviewer.get(address).json()["items"]] == ["0000123456"]
    assert browser.delete(f"{address}/{made.json()['id']}").status_code == 204
    assert browser.delete(f"{address}/{made.json()['id']}").status_code == 404
    assert browser.get(address).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"number": "123"}, "/number", "format"),
        ({"number": "１２３４５６７８９０"}, "/number", "format"),
        ({"kinds": []}, "/kinds", "required"),
        ({"kinds": ["servise"]}, "/kinds/0", "unknown-term"),
        ({"grade": "E"}, "/grade", "unknown-term"),
        ({"valid_from": "令和0年4月1日"}, "/valid_from", "date"),
        ({"valid_from": "2026-02-30"}, "/valid_from", "date"),
        ({"valid_until": "2025-03-31"}, "/valid_until", "before-start"),
        ({"valid_until": "2057-04-01"}, "/valid_until", "too-late"),
        ({"valid_from": "1999-12-31"}, "/valid_from", "too-early"),
        ({"unknown": 1}, "/unknown", "extra_forbidden"),
    ],
)
def test_refusals(
    world: World, database: Database, change: dict[str, object], pointer: str, code: str
) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    answer = browser.post(f"/api/v1/organisations/{vendor.id}/qualifications", json=BODY | change)
    assert answer.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert all(fault["remedy"] for fault in answer.json()["errors"])
    with database.read() as session:
        assert session.exec(select(Qualification)).all() == []


def test_every_fault_at_once_and_the_nearest_term(world: World) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    body = {"number": "x", "kinds": ["servise"], "grade": "Z", "valid_from": "", "valid_until": "never"}
    faults = browser.post(f"/api/v1/organisations/{vendor.id}/qualifications", json=body).json()["errors"]
    assert [fault["pointer"] for fault in faults] == [
        "/number",
        "/kinds/0",
        "/grade",
        "/valid_from",
        "/valid_until",
    ]
    assert "service" in faults[1]["remedy"]


def test_who_may(world: World) -> None:
    vendor = world.vendor()
    address = f"/api/v1/organisations/{vendor.id}/qualifications"
    assert world.client(world.login(vendor, "vendor_editor")).post(address, json=BODY).status_code == 403
    stranger = world.client(world.login(world.vendor(), "vendor_admin"))
    assert stranger.post(address, json=BODY).status_code == 404


def test_everybody_sees_what_is_valid_and_of_a_person_no_more_than_that(
    world: World, database: Database, clock: MovableClock
) -> None:
    firm, person = world.vendor(), world.organisation("sole_proprietor", "屋号", account_key="gbizid:p")
    space = world.vendor(corporate_number=None)
    for owner in (firm, person, space):
        admin = world.client(world.login(owner, "vendor_admin"))
        address = f"/api/v1/organisations/{owner.id}/qualifications"
        assert admin.post(address, json=BODY).status_code == 201
        expired = {"valid_from": "2022-04-01", "valid_until": "2025-03-31"}
        assert admin.post(address, json=BODY | expired).status_code == 201
        assert len(admin.get(address).json()["items"]) == 2
    visitor = world.client()
    [of_firm] = visitor.get(f"/api/v1/organisations/{firm.id}/qualifications").json()["items"]
    assert (of_firm["number"], of_firm["grade"], of_firm["kinds"]) == ("0000123456", "B", ["sale", "service"])
    [of_person] = visitor.get(f"/api/v1/organisations/{person.id}/qualifications").json()["items"]
    assert (of_person["number"], of_person["grade"]) == (None, None)
    assert (of_person["kinds"], of_person["valid_until"]) == (["sale", "service"], "2028-03-31")
    for other in (space.id, world.local_government().id, "org_none"):
        assert visitor.get(f"/api/v1/organisations/{other}/qualifications").status_code == 404


def test_the_page(world: World) -> None:
    vendor = world.vendor()
    browser = world.client(world.login(vendor, "vendor_admin"))
    assert browser.post("/vendor/agreement/qualifications", data=BODY).status_code == 303
    page = browser.get("/vendor/agreement")
    assert "物品の販売" in page.text
    assert "0000123456" in page.text
    faulty = browser.post("/vendor/agreement/qualifications", data=BODY | {"valid_until": "令和0年"})
    assert faulty.status_code == 422
    assert 'value="令和0年"' in faulty.text
    viewer = world.client(world.login(vendor, "vendor_editor"))
    assert "資格を登録する" not in viewer.get("/vendor/agreement").text
