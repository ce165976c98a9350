"""The master agreement from offer to end, and what each move publishes."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.access.actor import system_actor
from app.kit.clock import TOKYO, MovableClock
from app.kit.database import Database
from app.kit.errors import Conflict
from app.organisations import agreement_texts, housekeeping
from app.organisations.agreements import _months_later
from app.organisations.models import AgreementVersion, MasterAgreement, Organisation
from app.outbox.models import OutboxRow
from tests.identity.conftest import audit_actions
from tests.listings.market import urgent
from tests.world import World


@pytest.fixture
def version(database: Database, clock: MovableClock) -> AgreementVersion:
    with database.write() as session:
        agreement_texts.load_agreement_versions(session, clock)
        return session.exec(select(AgreementVersion)).one()


@pytest.fixture
def vendor(world: World) -> Organisation:
    return world.vendor(agreement=False)


@pytest.fixture
def admin(world: World, vendor: Organisation) -> TestClient:
    return world.client(world.login(vendor, "vendor_admin"))


@pytest.fixture
def agency(world: World) -> TestClient:
    return world.client(world.login(world.agency(), "agency_admin"))


def offer_and_sign(admin: TestClient) -> str:
    offered = admin.post("/api/v1/agreements")
    assert offered.status_code == 201, offered.text
    identifier = str(offered.json()["id"])
    signed = admin.post(f"/api/v1/agreements/{identifier}/signature", json={"signatory_title": "代表取締役"})
    assert signed.status_code == 200, signed.text
    return identifier


def synced(database: Database, vendor: Organisation) -> list[datetime]:
    """When the catalogue is asked to look at the vendor again."""
    with database.read() as session:
        rows = session.exec(
            select(OutboxRow).where(
                col(OutboxRow.topic) == "catalogue.sync-vendor", col(OutboxRow.key) == vendor.id
            )
        ).all()
    return sorted(row.available_at for row in rows)


def test_the_whole_life(
    version: AgreementVersion, vendor: Organisation, admin: TestClient, agency: TestClient, database: Database
) -> None:
    identifier = offer_and_sign(admin)
    base = f"/api/v1/agreements/{identifier}"
    accepted = agency.post(f"{base}/acceptance", json={})
    assert accepted.json()["status"] == "active"
    assert (accepted.json()["starts_on"], accepted.json()["ends_on"]) == ("2026-11-24", "2029-11-23")
    assert admin.get(base).json()["in_force"] is True
    suspended = agency.post(f"{base}/suspension", json=urgent("登録に誤りがあります。"))
    assert (suspended.json()["status"], suspended.json()["in_force"]) == ("suspended", False)
    assert admin.get(base).json()["reason"] == "登録に誤りがあります。"
    assert agency.post(f"{base}/resumption", json={}).json()["status"] == "active"
    ended = agency.post(f"{base}/termination", json={"reason": "違反"})
    assert ended.json()["status"] == "terminated"
    assert ended.json()["allowed"] == []
    assert len(synced(database, vendor)) >= 5
    with database.read() as session:
        topics = {row.topic for row in session.exec(select(OutboxRow)).all()}
    assert {"notify.agreement-signed", "notify.agreement-changed"} <= topics
    actions = [action for action in audit_actions(database) if action.startswith("agreement.")]
    assert [action.split(".")[1] for action in actions] == [
        "offered",
        "signed",
        "accepted",
        "suspended",
        "resumed",
        "terminated",
    ]
    # A new one can be made after the end of the old.
    assert admin.post("/api/v1/agreements").status_code == 201


def test_one_at_a_time(version: AgreementVersion, admin: TestClient) -> None:
    identifier = offer_and_sign(admin)
    refused = admin.post("/api/v1/agreements")
    assert refused.status_code == 409
    assert refused.json()["agreement_id"] == identifier
    again = admin.post(f"/api/v1/agreements/{identifier}/signature", json={"signatory_title": "代表取締役"})
    assert again.status_code == 409
    assert again.json()["type"] == "/problems/transition-refused"


@pytest.mark.parametrize(
    ("verb", "body"),
    [("suspension", urgent("x")), ("resumption", {"reason": "x"}), ("acceptance", {})],
)
def test_verbs_out_of_order(
    version: AgreementVersion, admin: TestClient, agency: TestClient, verb: str, body: dict[str, str]
) -> None:
    identifier = admin.post("/api/v1/agreements").json()["id"]
    answer = agency.post(f"/api/v1/agreements/{identifier}/{verb}", json=body)
    assert answer.status_code == 409
    assert answer.json()["allowed"] == ["signature"]


def test_who_may_do_what(
    version: AgreementVersion, world: World, vendor: Organisation, admin: TestClient, agency: TestClient
) -> None:
    identifier = offer_and_sign(admin)
    base = f"/api/v1/agreements/{identifier}"
    editor = world.client(world.login(vendor, "vendor_editor"))
    stranger = world.client(world.login(world.vendor(agreement=False), "vendor_admin"))
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    assert editor.get(base).status_code == 200
    assert editor.post("/api/v1/agreements").status_code == 403
    assert stranger.get(base).status_code == 404
    assert stranger.post(f"{base}/signature", json={"signatory_title": "部長"}).status_code == 404
    assert [entry["id"] for entry in stranger.get("/api/v1/agreements").json()["items"]] == []
    assert reviewer.get(base).status_code == 200
    assert reviewer.post(f"{base}/acceptance", json={}).status_code == 403
    assert admin.post(f"{base}/acceptance", json={}).status_code == 403
    assert agency.post(f"{base}/signature", json={"signatory_title": "部長"}).status_code == 403
    assert world.api(world.login(vendor, "vendor_admin")).post("/api/v1/agreements").status_code == 403
    town = world.client(world.login(world.local_government(), "buyer_approver"))
    assert town.get(base).status_code == 403
    assert world.client().get(base).status_code == 401


def test_signing_and_accepting_want_a_fresh_login(
    version: AgreementVersion, admin: TestClient, agency: TestClient, clock: MovableClock
) -> None:
    identifier = offer_and_sign(admin)
    clock.move(minutes=11)
    refused = agency.post(f"/api/v1/agreements/{identifier}/acceptance", json={})
    assert refused.json()["type"] == "/problems/step-up-required"


@pytest.mark.parametrize(
    ("term", "pointer", "code"),
    [
        ({"starts_on": "2027-01-01", "ends_on": "2026-12-31"}, "/ends_on", "before-start"),
        ({"starts_on": "2026-01-01", "ends_on": "2026-02-01"}, "/ends_on", "past"),
        ({"starts_on": "2027-02-29"}, "/starts_on", "date"),
        ({"starts_on": "令和0年4月1日"}, "/starts_on", "date"),
        ({"starts_on": "明日"}, "/starts_on", "date"),
        ({"ends_on": "2057-01-01"}, "/ends_on", "too-late"),
        ({"starts_on": "0001-01-01"}, "/starts_on", "too-early"),
    ],
)
def test_impossible_terms(
    version: AgreementVersion,
    admin: TestClient,
    agency: TestClient,
    term: dict[str, str],
    pointer: str,
    code: str,
) -> None:
    identifier = offer_and_sign(admin)
    answer = agency.post(f"/api/v1/agreements/{identifier}/acceptance", json=term)
    assert answer.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert all(fault["remedy"] for fault in answer.json()["errors"])
    assert admin.get(f"/api/v1/agreements/{identifier}").json()["status"] == "signed"


@pytest.mark.parametrize("title", ["", "  ", "あ" * 101, "代表\u202e取締役"])
def test_a_signature_names_the_office_held(version: AgreementVersion, admin: TestClient, title: str) -> None:
    identifier = admin.post("/api/v1/agreements").json()["id"]
    answer = admin.post(f"/api/v1/agreements/{identifier}/signature", json={"signatory_title": title})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/signatory_title"


@pytest.mark.parametrize("verb", ["suspension", "termination"])
@pytest.mark.parametrize("reason", ["", " \n", "a\u0000"])
def test_stopping_wants_a_reason(
    version: AgreementVersion, admin: TestClient, agency: TestClient, verb: str, reason: str
) -> None:
    identifier = offer_and_sign(admin)
    agency.post(f"/api/v1/agreements/{identifier}/acceptance", json={})
    body = urgent(reason) if verb == "suspension" else {"reason": reason}
    answer = agency.post(f"/api/v1/agreements/{identifier}/{verb}", json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/reason"]
    assert admin.get(f"/api/v1/agreements/{identifier}").json()["status"] == "active"


def test_a_term_that_begins_later_is_looked_at_again_that_morning(
    version: AgreementVersion,
    vendor: Organisation,
    admin: TestClient,
    agency: TestClient,
    database: Database,
    clock: MovableClock,
) -> None:
    identifier = offer_and_sign(admin)
    term = {"starts_on": "令和8年12月1日", "ends_on": "R9.3.31"}
    answer = agency.post(f"/api/v1/agreements/{identifier}/acceptance", json=term)
    assert (answer.json()["starts_on"], answer.json()["ends_on"]) == ("2026-12-01", "2027-03-31")
    assert answer.json()["in_force"] is False
    times = synced(database, vendor)
    assert datetime(2026, 12, 1, tzinfo=TOKYO) in times
    assert datetime(2027, 4, 1, tzinfo=TOKYO) in times
    clock.set(datetime(2026, 12, 1, tzinfo=TOKYO))


def test_expiry_by_the_sweep(
    world: World, vendor: Organisation, database: Database, clock: MovableClock
) -> None:
    today = clock.today()
    active = world.agreement(vendor.id, starts_on=today, ends_on=today)
    other = world.vendor(agreement=False)
    world.agreement(other.id, "suspended", starts_on=today, ends_on=today)

    def sweep() -> set[str]:
        with database.write() as session:
            housekeeping.sweep(session, system_actor(), clock)
        with database.read() as session:
            return {row.status for row in session.exec(select(MasterAgreement)).all()}

    assert sweep() == {"active", "suspended"}
    clock.move(days=1)
    assert sweep() == {"expired"}
    assert sweep() == {"expired"}
    assert audit_actions(database).count("agreement.expired") == 2
    with database.read() as session:
        row = session.get_one(MasterAgreement, active.id)
    assert row.ended_at == clock.now()
    assert len(synced(database, vendor)) == 1


def test_lists_are_filtered_and_paged(world: World, agency: TestClient) -> None:
    for _ in range(3):
        world.vendor()
    world.agreement(world.vendor(agreement=False).id, "suspended")
    first = agency.get("/api/v1/agreements?status=active&limit=2").json()
    second = agency.get(f"/api/v1/agreements?status=active&limit=2&cursor={first['next']}").json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert agency.get("/api/v1/agreements?status=cancelled").status_code == 422


def test_versions_are_public_and_data(client: TestClient, version: AgreementVersion) -> None:
    listed = client.get("/api/v1/agreements/versions").json()["items"]
    assert [entry["number"] for entry in listed] == [1]
    assert "第13条" in listed[0]["body"]


def test_a_signed_version_does_not_change(
    version: AgreementVersion, admin: TestClient, database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    text = (agreement_texts.TEXTS / "001.toml").read_text(encoding="utf-8")
    (tmp_path / "001.toml").write_text(text.replace("公正に", "公平に"), encoding="utf-8")
    with database.write() as session:
        assert agreement_texts.load_agreement_versions(session, clock, tmp_path) == 0
        assert "公平に" in session.exec(select(AgreementVersion)).one().body
    offer_and_sign(admin)
    with pytest.raises(Conflict), database.write() as session:
        agreement_texts.load_agreement_versions(session, clock)


@pytest.mark.parametrize("text", ["", "number = 'x'", "number = 1\ntitle = 'x'"])
def test_a_faulty_text_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "001.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"001\.toml"):
        agreement_texts.read_versions(tmp_path)


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2026, 4, 1), 36, date(2029, 3, 31)),
        (date(2026, 11, 24), 36, date(2029, 11, 23)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 12, 31), 2, date(2027, 2, 27)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
    ],
)
def test_terms_in_months(start: date, months: int, last: date) -> None:
    assert _months_later(start, months) == last


def test_pages(
    version: AgreementVersion, admin: TestClient, agency: TestClient, vendor: Organisation
) -> None:
    page = admin.get("/vendor/agreement")
    assert page.status_code == 200
    assert "第13条" in page.text
    faulty = admin.post("/vendor/agreement/signature", data={"signatory_title": ""})
    assert faulty.status_code == 422
    assert admin.get("/api/v1/agreements").json()["items"] == []
    signed = admin.post("/vendor/agreement/signature", data={"signatory_title": "代表取締役"})
    assert signed.status_code == 303
    assert "デジタル庁の承諾を待っています" in admin.get("/vendor/agreement").text
    listed = agency.get("/agency/agreements?status=signed")
    assert vendor.name in listed.text
    identifier = admin.get("/api/v1/agreements").json()["items"][0]["id"]
    base = f"/agency/agreements/{identifier}"
    assert "承諾する" in agency.get(base).text
    wrong = agency.post(f"{base}/acceptance", data={"starts_on": "2027-13-01", "ends_on": ""})
    assert wrong.status_code == 422
    assert "2027-13-01" in wrong.text
    assert agency.post(f"{base}/acceptance", data={}).status_code == 303
    unreasoned = agency.post(f"{base}/suspension", data=urgent(""))
    assert unreasoned.status_code == 422
    assert "「停止の理由」は必要です" in unreasoned.text
    assert agency.post(f"{base}/suspension", data=urgent("確認のため")).status_code == 303
    assert "確認のため" in admin.get("/vendor/agreement").text
    assert agency.post(f"{base}/resumption", data={}).status_code == 303
    assert agency.post(f"{base}/nonsense", data={}).status_code == 404
    assert admin.get(base).status_code == 404
