"""The whole path over the API, as different people who logged in over OpenID Connect.

Tokens do what tokens may; signing, deciding and confirming are done in sessions with a fresh login.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from app.audit.chain import verify
from app.kit.clock import SystemClock
from catalogue_schema import load_schema
from tests.journeys.people import log_in
from tests.journeys.site import Site
from tests.support.smtp import MailServer

API = "/api/v1"


def _ok(answer: httpx.Response, status: int | None = None) -> Any:
    right = answer.is_success if status is None else answer.status_code == status
    assert right, f"{answer.status_code} {answer.request.method} {answer.request.url}: {answer.text[:3000]}"
    return answer.json() if answer.content else None


def _eventually(ask: Callable[[], Any], what: str) -> Any:
    for _ in range(600):
        if found := ask():
            return found
        time.sleep(0.1)
    raise AssertionError(f"never happened: {what}")


def test_register_review_search_compare_select_contract(site: Site, journey_mail: MailServer) -> None:
    today = SystemClock().today()
    schema = load_schema()
    with (
        log_in(site, "gbizid", "vendor-prime") as vendor,
        log_in(site, "agency", "reviewer") as reviewer,
        log_in(site, "agency", "admin") as admin,
        log_in(site, "lg", "officer") as officer,
        log_in(site, "lg", "approver") as approver,
        httpx.Client(base_url=site.origin) as visitor,
    ):
        me = _ok(vendor.get(f"{API}/me"))
        assert "vendor_admin" in str(me)
        _sign_agreement(vendor, admin, today.isoformat(), (today + timedelta(days=365)).isoformat())

        secret = _ok(
            vendor.post(f"{API}/tokens", json={"name": "CI", "scopes": ["listing:read", "listing:write"]}),
            201,
        )["secret"]
        program = httpx.Client(base_url=site.origin, headers={"Authorization": f"Bearer {secret}"})
        software = _ok(program.post(f"{API}/software", json={"answers": schema.example("software")}), 201)[
            "id"
        ]
        _ok(program.post(f"{API}/software/{software}/submission"))
        assert visitor.get(f"{API}/software/{software}").status_code == 404
        # Told while it still waits: what was decided meanwhile is not announced any more.
        _eventually(lambda: _told(journey_mail, "審査の申請"), "the mail to the reviewers")
        _approve(reviewer, software)
        offer = _ok(
            program.post(f"{API}/offers", json={"software_id": software, "answers": schema.example("offer")}),
            201,
        )["id"]
        _ok(program.post(f"{API}/offers/{offer}/submission"))
        _approve(reviewer, offer)
        other = schema.example("software") | {"name": "別の窓口（架空）", "cloud_provider": ["google_cloud"]}
        second = _ok(program.post(f"{API}/software", json={"answers": other}), 201)["id"]
        _ok(program.post(f"{API}/software/{second}/submission"))
        _approve(reviewer, second)
        program.close()

        found = _eventually(
            lambda: (page := _ok(visitor.get(f"{API}/search", params={"q": "窓口"})))["total"] == 2 and page,
            "both listings in the index",
        )
        assert {item["id"] for item in found["items"]} == {software, second}
        compared = _ok(visitor.get(f"{API}/comparisons", params={"ids": f"{software},{second}"}))
        assert any(row["differs"] for group in compared["groups"] for row in group["rows"])
        table = visitor.get(f"{API}/comparisons", params={"ids": f"{software},{second}", "format": "csv"})
        assert table.content.startswith(b"\xef\xbb\xbf")

        project = _select(officer, approver, software, offer, second, today.isoformat())
        contract = _contract(officer, project, today.isoformat(), (today + timedelta(days=364)).isoformat())
        # Once it is answered nobody is asked any more.
        _eventually(partial(_told, journey_mail, "個別契約の確認のお願い"), "a mail asking to confirm")
        seen = _ok(vendor.get(f"{API}/contracts"))["items"]
        assert [item["id"] for item in seen] == [contract]
        confirmed = _ok(vendor.post(f"{API}/contracts/{contract}/confirmation", json={"version": 1}))
        assert confirmed["status"] == "confirmed"
        assert visitor.get(f"{API}/contracts/{contract}").status_code in (401, 404)
        assert officer.get(f"{API}/projects/{project}/evidence").status_code == 200

        for word in ("審査の結果", "個別契約への回答", "基本契約の状態"):
            _eventually(partial(_told, journey_mail, word), f"a mail saying {word}")
    _eventually(lambda: _chain_is_whole(site), "a sealed, whole chain")


def _told(mail: MailServer, word: str) -> bool:
    return any(word in message.subject for message in mail.messages)


def _chain_is_whole(site: Site) -> bool:
    count, faults = verify(
        site.database,
        site.settings.audit_heads,
        site.settings.audit_key.get_secret_value(),
        SystemClock().now(),
    )
    return count > 20 and faults == []


def _sign_agreement(vendor: httpx.Client, admin: httpx.Client, start: str, end: str) -> None:
    agreements = _ok(vendor.get(f"{API}/agreements"))["items"]
    agreement = agreements[0]["id"] if agreements else _ok(vendor.post(f"{API}/agreements"), 201)["id"]
    draft = vendor.post(f"{API}/software", json={"answers": {"name": "下書き（架空）"}})
    refused = vendor.post(f"{API}/software/{_ok(draft, 201)['id']}/submission")
    assert refused.status_code in (409, 422), refused.text
    _ok(vendor.post(f"{API}/agreements/{agreement}/signature", json={"signatory_title": "代表取締役"}))
    _ok(admin.post(f"{API}/agreements/{agreement}/acceptance", json={"starts_on": start, "ends_on": end}))


def _approve(reviewer: httpx.Client, entry: str) -> None:
    cases = _ok(reviewer.get(f"{API}/reviews", params={"limit": 100}))["items"]
    case = next(case for case in cases if case["entry_id"] == entry and case["status"] == "queued")
    _ok(reviewer.post(f"{API}/reviews/{case['id']}/claim"))
    shown = _ok(reviewer.get(f"{API}/reviews/{case['id']}"))
    decision = {
        "verdict": "approve",
        "revision_id": shown["revision"]["id"],
        "content_hash": shown["content_hash"],
        "comment": "確認しました。",
    }
    _ok(reviewer.post(f"{API}/reviews/{case['id']}/decision", json=decision))


def _select(
    officer: httpx.Client, approver: httpx.Client, software: str, offer: str, second: str, today: str
) -> str:
    project = _ok(
        officer.post(
            f"{API}/projects",
            json={
                "title": "窓口支援サービスの導入",
                "business_area": "counter_dx_saas",
                "need": "転入手続の待ち時間を減らす。",
                "fiscal_year": 2026,
                "method": "quotation_comparison",
                "ground": "local_167_2_1_1",
                "method_reason": "予定価格が規則の額を超えないため。",
            },
        ),
        201,
    )["id"]
    base = f"{API}/projects/{project}"
    price = {"amount": 1_987_654, "basis": "参考見積", "decided_on": today, "decided_by": "総務課長"}
    _ok(officer.put(f"{base}/estimated-price", json=price))
    assert "1987654" not in officer.get(base).text
    search = _ok(officer.post(f"{base}/searches", json={"query": {"q": "窓口"}}), 201)
    _ok(officer.post(f"{base}/searches/{search['id']}/lock"))
    condition = _ok(
        officer.post(
            f"{base}/conditions",
            json={
                "subject": "software",
                "field": "cloud_provider",
                "operator": "includes",
                "wanted": ["aws"],
            },
        ),
        201,
    )["id"]
    early = officer.post(f"{base}/selection", json={"outcome": "none_suitable", "reason": "早すぎる"})
    assert early.status_code in (409, 422)
    _ok(
        officer.post(
            f"{base}/exclusions",
            json={"condition_id": condition, "reason": "庁内の接続がAWSだけのため。"},
        ),
        201,
    )
    item = _ok(officer.post(f"{base}/shortlist", json={"software_id": software, "offer_id": offer}), 201)[
        "id"
    ]
    selection = _ok(
        officer.post(
            f"{base}/selection",
            json={"outcome": "awarded", "shortlist_item_id": item, "reason": "条件をすべて満たす。"},
        ),
        201,
    )
    decided = {
        "decision_date": today,
        "decision_post": "市長",
        "decision_document": "総第1号",
        "selection_id": selection["id"],
    }
    assert officer.post(f"{base}/selection/confirmation", json=decided).status_code == 403
    _ok(approver.post(f"{base}/selection/confirmation", json=decided))
    late = officer.post(f"{base}/shortlist", json={"software_id": second})
    assert late.status_code == 409
    return str(project)


def _contract(officer: httpx.Client, project: str, start: str, end: str) -> str:
    lines = [
        {"name": "基本利用料", "unit": "月", "unit_price": "120000", "quantity": "12"},
        {"name": "電子申請の処理", "unit": "件", "unit_price": "8.8", "quantity": "1500"},
        {"name": "割引", "unit": "月", "unit_price": "-10000", "quantity": "12"},
    ]
    terms = {
        "project_id": project,
        "number": "契-1",
        "starts_on": start,
        "ends_on": end,
        "concluded_on": start,
        "lines": lines,
    }
    wrong = officer.post(f"{API}/contracts", json=terms | {"total": 1})
    assert wrong.status_code == 422
    assert "1,466,520" in wrong.text or "1466520" in wrong.text
    contract = _ok(officer.post(f"{API}/contracts", json=terms), 201)
    return str(contract["id"])
