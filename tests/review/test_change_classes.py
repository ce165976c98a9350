"""軽微 changes are public at once and sampled, 重要 ones reviewed and told to buyers; by API and page."""

from __future__ import annotations

import email
from email import policy
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.listings.models import Entry, Revision
from app.notifications.mail import FolderTransport
from app.notifications.service import Notifier
from app.organisations.models import MasterAgreement
from app.outbox.models import OutboxRow
from app.review.rules import ReviewRules
from app.settings import ReviewSettings, Settings
from tests.access.stage import Stage
from tests.listings.market import Market, offer_answers
from tests.review.steps import edit, post, running_market
from tests.support.application import application
from tests.support.databases import Databases
from tests.support.smtp import plain_text
from tests.web.test_review_pages import press


@pytest.fixture
def market(databases: Databases, tmp_path: Path) -> Any:
    """A market in which every self-published change is drawn."""
    with running_market(databases, tmp_path, sampling_percent=100) as market:
        yield market


def outlook(market: Market, path: str) -> dict[str, Any]:
    answer = market.editor.get(f"/api/v1{path}/submission")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_minor_change_is_public_at_once_and_is_sampled(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    edit(market, path, contact_email="new@example.jp", website="https://new.example.jp/")
    ahead = outlook(market, path)
    assert ahead["open"] is None
    check = ahead["check"]
    assert (check["ready"], check["change_class"], check["self_publishing"]) == (True, "minor", True)
    assert [(one["field"], one["change_class"]) for one in check["changes"]] == [
        ("website", "minor"),
        ("contact_email", "minor"),
    ]
    page = market.world.client(market.editor_login).get(f"/vendor{path}/submission").text
    assert "審査を待たずにすぐ公開されます" in page
    assert "第2版を公開する" in page
    done = post(market.editor, f"{path}/submission")
    assert done.status_code == 201
    told = done.json()
    assert (told["status"], told["self_published"], told["change_class"]) == ("approved", True, "minor")
    assert (told["place"], told["due_on"]) == (None, None)
    assert market.visitor.get(f"/api/v1{path}").json()["live"]["number"] == 2
    with market.world.read() as session:
        actions = session.exec(
            select(col(AuditEvent.action)).where(AuditEvent.object_id == software_id)
        ).all()
        topics = session.exec(select(col(OutboxRow.topic)).where(OutboxRow.key == told["id"])).all()
    assert "revision.self-published" in actions
    assert topics == []
    assert market.reviewer.get("/api/v1/reviews").json()["items"] == []
    (sample,) = market.reviewer.get("/api/v1/review-samples").json()["items"]
    assert (sample["status"], sample["case"]["id"]) == ("open", told["id"])
    assert market.editor.get("/api/v1/review-samples").status_code == 403
    # Who does not review is written down for reading a sample, as for reading a case.
    assert market.agency.get(f"/api/v1/review-samples/{sample['id']}").status_code == 200
    with market.world.read() as session:
        read = session.exec(select(AuditEvent).where(AuditEvent.object_id == told["id"])).all()
    assert [event.action for event in read] == ["review_case.read"]
    # Found odd, but left public: the vendor reads the finding with its page.
    address = f"/review/samples/{sample['id']}"
    status, text = press(market.reviewer, address, f"{address}/decision", verdict="findings")
    assert (status, "指摘がありません" in text) == (422, True)
    written = {
        "findings-0-field": "website",
        "findings-0-reason_code": "unclear",
        "findings-0-text": "別の頁です。",
    }
    assert press(market.reviewer, address, f"{address}/decision", verdict="findings", **written)[0] == 303
    assert (
        post(market.reviewer, f"/review-samples/{sample['id']}/decision", {"verdict": "accept"}).status_code
        == 409
    )
    own = market.world.client(market.editor_login).get(f"/vendor{path}").text
    assert "別の頁です。" in own
    assert "軽微な変更として公開" in own
    assert market.visitor.get(f"/api/v1{path}").json()["live"]["number"] == 2


def test_what_is_taken_back_brings_the_earlier_revision_and_a_review(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    edit(market, path, website="https://wrong.example.jp/")
    market.submit(path)
    (sample,) = market.reviewer.get("/api/v1/review-samples").json()["items"]
    address = f"/review-samples/{sample['id']}"
    bare = post(market.reviewer, f"{address}/decision", {"verdict": "take_back"})
    assert {fault["pointer"] for fault in bare.json()["errors"]} == {"/comment", "/note"}
    body = {"verdict": "take_back", "comment": "別会社の頁です。", "note": "誤った頁を指していました。"}
    market.world.join(market.second_reviewer_login, market.vendor)
    assert post(market.second_reviewer, f"{address}/decision", body).json()["rule"] == "four-eyes"
    taken = post(market.reviewer, f"{address}/decision", body)
    assert (taken.status_code, taken.json()["status"]) == (200, "taken_back"), taken.text
    live = market.visitor.get(f"/api/v1{path}").json()["live"]
    assert (live["number"], live["replaced_at"]) == (1, None)
    listed = market.visitor.get(f"/api/v1{path}/revisions").json()["items"]
    assert [(row["number"], row["revocation_note"]) for row in listed] == [
        (2, "誤った頁を指していました。"),
        (1, ""),
    ]
    assert "誤った頁を指していました。" in market.visitor.get(f"/listings/{software_id}").text
    own = market.world.client(market.editor_login).get(f"/vendor{path}").text
    assert "別会社の頁です。" in own
    # Whoever was taken back is reviewed next time, and trusted again after an approval.
    edit(market, path, website="https://right.example.jp/")
    ahead = outlook(market, path)["check"]
    assert (ahead["change_class"], ahead["self_publishing"]) == ("minor", False)
    assert any("取り消されました" in text for text in ahead["hindrances"])
    market.world.clock.move(seconds=1)
    assert market.decide(market.claim(market.submit(path)), "approve").status_code == 200
    assert "誤った頁を指していました。" not in market.visitor.get(f"/listings/{software_id}").text
    edit(market, path, website="https://next.example.jp/")
    assert outlook(market, path)["check"]["self_publishing"] is True


def test_major_changes_faults_and_returns_are_reviewed(market: Market) -> None:
    software_id = market.published()
    offer_id = market.published_offer(software_id)
    path = f"/offers/{offer_id}"
    lines = offer_answers()["price_lines"]
    dearer = [{**line, "unit_price": "700000"} if line["name"] == "初期設定" else line for line in lines]
    edit(market, path, price_lines=dearer)
    assert outlook(market, path)["check"]["change_class"] == "major"
    case = market.claim(market.submit(path))
    assert [(one["field"], one["change_class"]) for one in case["changes"]] == [("price_lines", "major")]
    waiting = outlook(market, path)["open"]
    assert (waiting["place"], waiting["due_on"]) == (None, "2026-12-22")
    assert market.decide(case, "return").status_code == 422
    finding = {"field": "price_lines", "reason_code": "unclear", "text": "根拠は"}
    assert post(market.reviewer, f"/reviews/{case['id']}/findings", finding).status_code == 201
    assert market.decide(case, "return").status_code == 200
    # Cheaper than what is public, but once returned it goes back to the reviewer.
    cheaper = [{**line, "unit_price": "500000"} if line["name"] == "初期設定" else line for line in lines]
    edit(market, path, price_lines=cheaper)
    ahead = outlook(market, path)["check"]
    assert (ahead["change_class"], ahead["self_publishing"]) == ("minor", False)
    assert market.editor.post(f"/api/v1{path}/submission").json()["status"] == "queued"
    # A link that the automated check finds odd is no minor matter.
    edit(market, f"/software/{software_id}", website="https://192.0.2.1/")
    odd = outlook(market, f"/software/{software_id}")["check"]
    assert (odd["change_class"], odd["self_publishing"]) == ("minor", False)
    assert any("IPアドレス" in text for text in odd["hindrances"])


def test_without_an_agreement_nothing_publishes_itself(market: Market) -> None:
    path = f"/software/{market.published()}"
    edit(market, path, website="https://new.example.jp/")
    with market.world.database.write() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
        agreement.status = "suspended"
        session.add(agreement)
    refused = post(market.editor, f"{path}/submission")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/agreement-inactive")


def test_buyers_are_told_of_a_major_change(market: Market) -> None:
    path = f"/software/{market.published()}"
    edit(market, path, data_location="abroad", website="https://new.example.jp/")
    case = market.claim(market.submit(path))
    assert market.decide(case, "approve").status_code == 200
    with market.world.read() as session:
        rows = session.exec(select(col(OutboxRow.topic)).where(OutboxRow.key == case["id"])).all()
    assert "notify.listing-changed" in rows


def test_a_new_edition_of_the_terms_of_use_is_reviewed_and_told_to_buyers(market: Market) -> None:
    path = f"/offers/{market.published_offer(market.published())}"
    edit(market, path, terms_of_use_edition="第4版（2027年4月1日施行）")
    case = market.claim(market.submit(path))
    assert [(one["field"], one["change_class"]) for one in case["changes"]] == [
        ("terms_of_use_edition", "major")
    ]
    assert market.decide(case, "approve").status_code == 200
    with market.world.read() as session:
        rows = session.exec(select(col(OutboxRow.topic)).where(OutboxRow.key == case["id"])).all()
    assert "notify.listing-changed" in rows


def test_the_message_goes_to_bodies_with_a_contract_and_names_the_fields(
    databases: Databases, tmp_path: Path
) -> None:
    with application(databases, tmp_path) as running:
        stage = Stage(running)
        with running.database.write() as session:
            entry = session.get(Entry, stage.own.ids["live"])
            revision = session.get(Revision, stage.own.ids["live_revision"])
            assert entry is not None
            assert revision is not None
            case = stage.case_of(session, entry, revision, None)
            case.status, case.change_class, case.decided_at = "approved", "major", stage.now
            case.changes = [
                {"field": "data_location", "label": "データの保管場所", "change_class": "major"},
                {"field": "website", "label": "製品紹介", "change_class": "minor"},
            ]
            session.add(case)
        out = tmp_path / "out"
        notifier = Notifier(running.database, running.settings, running.clock, FolderTransport(out))
        assert notifier.deliver("notify.listing-changed", case.id, "ob_1") == 2
        texts = [
            plain_text(email.message_from_bytes(path.read_bytes(), policy=policy.default))
            for path in out.glob("*.eml")
        ]
    told = {stage.own.logins[role].name for role in ("buyer_officer", "buyer_approver")}
    assert {text.split(" 様")[0] for text in texts} == told
    assert "2026年11月24日" in texts[0]
    assert "・データの保管場所（重要）\n・製品紹介\n" in texts[0].replace("\r\n", "\n")


def test_the_draw_is_a_share_and_cannot_be_foreseen() -> None:
    settings = Settings(review=ReviewSettings(sampling_percent=10))
    rules, other = ReviewRules.of(settings), ReviewRules.of(Settings(secret_key="x" * 40))  # type: ignore[arg-type]  # pydantic makes it a secret
    names = [f"rev_{number}" for number in range(2000)]
    drawn = {name for name in names if rules.draws(name, "0" * 64)}
    assert drawn == {name for name in names if rules.draws(name, "0" * 64)}
    assert 140 <= len(drawn) <= 260
    assert drawn != {name for name in names if other.draws(name, "0" * 64)}
    assert "key" not in repr(rules)
    never = ReviewRules.of(Settings(review=ReviewSettings(sampling_percent=0)))
    assert not any(never.draws(name, "0" * 64) for name in names)
