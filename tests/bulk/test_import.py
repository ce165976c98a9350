"""Bulk imports by API: all or nothing, every fault with its row and column, twice the same, and back again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from app.bulk import listing_import
from app.bulk.listing_import import KIND, ListingImport
from app.jobs.running import JobRunner, Run
from app.jobs.service import RUN
from app.organisations.acting import actor_of_membership
from app.outbox import claims
from app.review import service as review
from tests.bulk.desk import Desk, edited, json_lines, places
from tests.listings.market import SCHEMA, offer_answers, software_answers

FORMATS = ("jsonl", "csv", "xlsx")


def _stock(desk: Desk) -> None:
    """A published software with a published and a drafted offer, and a nearly empty draft."""
    software = desk.published(name="=まどぐち（架空）", summary="-架空の概要です。'")
    desk.published_offer(software)
    desk.offer_draft(software, name="+別のプラン（架空）")
    desk.editor.post("/api/v1/software", json={"answers": {"name": "@下書き"}})


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_comes_back_without_a_change(desk: Desk, kind: str) -> None:
    _stock(desk)
    before = desk.lines()
    report = desk.run(desk.export(kind))
    assert report["faults"] == []
    assert report["job"]["status"] == "succeeded", report["job"]["message"]
    result = report["job"]["result"]
    assert (result["created"], result["changed"], result["unchanged"]) == (0, 0, 4)
    assert desk.lines() == before


def test_new_entries_name_each_other_and_are_drafts(desk: Desk) -> None:
    software = {"kind": "software", "key": "MN-01", "answers": software_answers()}
    offer = {"kind": "サービス", "key": "MN-01-S", "software_key": "MN-01", "answers": offer_answers()}
    content = json_lines(offer, software)

    check = desk.run(content, dry_run="true")["job"]
    assert (check["status"], check["result"]["created"]) == ("succeeded", 2)
    assert desk.lines() == [], "a dry run writes nothing"

    confirmed = desk.editor.post(f"/api/v1/listings/imports/{check['id']}/confirmation")
    assert confirmed.status_code == 202, confirmed.text
    desk.work()
    done = desk.report(confirmed.json()["id"])["job"]
    assert (done["status"], done["result"]["created"]) == ("succeeded", 2)
    made = {line["key"]: line for line in desk.lines()}
    assert made["MN-01-S"]["software_id"] == made["MN-01"]["id"]
    entry = desk.editor.get(f"/api/v1/software/{made['MN-01']['id']}").json()
    assert (entry["status"], entry["draft"]["status"], entry["key"]) == ("unpublished", "draft", "MN-01")
    assert entry["draft"]["answers"] == made["MN-01"]["answers"]

    again = desk.run(content)["job"]
    assert again["result"]["repeat_of"] == done["id"]
    assert (again["result"]["unchanged"], again["result"]["created"], again["result"]["changed"]) == (2, 0, 0)
    assert "同じファイルを以前に取り込んでいます" in again["message"]
    assert {line["key"]: line for line in desk.lines()} == made


def test_all_faults_at_once_with_row_and_column_and_nothing_written(desk: Desk) -> None:
    good = {"kind": "software", "key": "A", "answers": {"name": "よい行"}}
    prices = [{"name": "よい行"}, {"unit_price": "R8"}]
    lines = json_lines(
        good,
        {"kind": "software", "key": "A", "answers": {"name": "同じ番号"}},
        {"kind": "software", "answers": {"name": "番号なし"}},
        {"kind": "softwear", "key": "B", "answers": {}},
        {"kind": "offer", "key": "C", "software_key": "nowhere", "answers": {"minimum_term_months": "十二"}},
        {"kind": "software", "id": "sw_unknown", "answers": {"business_areas": ["resident_registre"]}},
        {"kind": "offer", "key": "D", "software_key": "A", "answers": {"price_lines": prices}},
    )
    report = desk.run(lines + "{not json\n")
    assert report["job"]["status"] == "failed"
    assert report["job"]["fault_count"] == len(report["faults"])
    assert places(report) >= {
        ("", 2, "key", "duplicate"),
        ("", 3, "key", "required"),
        ("", 4, "kind", "unknown_term"),
        ("", 5, "software_key", "not_found"),
        ("", 5, "minimum_term_months", "wrong_type"),
        ("", 6, "id", "not_found"),
        ("", 6, "business_areas", "unknown_term"),
        ("", 7, "price_lines[2].unit_price", "wrong_type"),
        ("", 8, "", "bad_json"),
    }
    assert all(fault["message"] and fault["remedy"] for fault in report["faults"])
    unfit = (
        '{"kind": "software", "key": "\\u0000\\ud800", "\\udfff": 1, '
        '"answers": {"\\ud800": "\\u0000", "name": "\\ud800"}}'
    )
    report = desk.run(unfit)
    assert report["job"]["status"] == "failed", report["job"]["message"]
    assert {code for _, _, _, code in places(report)} >= {
        "control_character",
        "unknown_column",
        "lone_surrogate",
    }
    assert len({(f["row"], f["cell"], f["message"]) for f in report["faults"]}) == len(report["faults"])
    assert desk.lines() == []
    csv = desk.editor.get(f"/api/v1/jobs/{report['job']['id']}/report?format=csv")
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert len(csv.text.strip().splitlines()) == 1 + len(report["faults"])


def test_an_edit_opens_the_next_draft_and_touches_only_what_the_file_names(desk: Desk) -> None:
    software = desk.published()
    before = desk.lines()[0]
    report = desk.run(f"kind,id,summary,support_hours\r\nsoftware,{software},新しい概要です。,\r\n")
    assert report["job"]["result"]["changed"] == 1
    entry = desk.editor.get(f"/api/v1/software/{software}").json()
    assert entry["live"]["answers"] == before["answers"], "what is public stays until the review"
    expected = {**before["answers"], "summary": "新しい概要です。"}
    del expected["support_hours"]
    assert entry["draft"]["answers"] == expected
    assert entry["draft"]["number"] == 2


def test_what_changed_since_the_export_is_not_overwritten(desk: Desk) -> None:
    made = desk.draft()
    line = desk.lines()[0]
    patched = desk.editor.patch(
        f"/api/v1/software/{made['id']}",
        json={"answers": {"summary": "ほかの人の概要です。"}},
        headers={"If-Match": made["draft"]["etag"]},
    )
    assert patched.status_code == 200
    line["answers"] = {"name": "別の名前"}
    assert places(desk.run(json_lines(line))) == {("", 1, "etag", "stale")}
    del line["etag"]
    assert desk.run(json_lines(line))["job"]["result"]["changed"] == 1


def test_what_is_in_review_is_refused_only_where_it_would_change(desk: Desk) -> None:
    made = desk.draft()
    desk.submit(f"/software/{made['id']}")
    line = {"kind": "software", "id": made["id"], "answers": {"name": made["name"]}}
    assert desk.run(json_lines(line))["job"]["result"]["unchanged"] == 1
    line["answers"] = {"name": "別の名前"}
    assert places(desk.run(json_lines(line))) == {("", 1, "id", "in_review")}


def test_complete_ones_are_submitted_on_request_in_portions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is stopped after the first portion: the import stands, cannot be cancelled, and goes on."""
    monkeypatch.setattr(listing_import, "PORTION", 1)
    lines = json_lines(
        {"kind": "software", "key": "whole", "answers": software_answers()},
        {"kind": "software", "key": "part", "answers": {"name": "途中"}},
        {"kind": "offer", "key": "early", "software_key": "whole", "answers": offer_answers()},
    )
    job, handed = desk.upload(lines, submit="true"), review.submit

    def stopped(session: Session, *given: Any) -> None:
        if given[-2] == "offer":
            raise RuntimeError("stopped")
        handed(session, *given)

    with monkeypatch.context() as broken:
        broken.setattr(review, "submit", stopped)
        desk.work()
    half = desk.report(job["id"])["job"]
    assert (half["status"], half["result"]["submitted"], len(half["result"]["to_submit"])) == ("queued", 1, 1)
    assert len(desk.lines()) == 3
    assert desk.editor.post(f"/api/v1/jobs/{job['id']}/cancellation").status_code == 409
    desk.world.clock.move(minutes=30)
    desk.work()
    result = desk.report(job["id"])["job"]["result"]
    assert "to_submit" not in result
    assert (result["created"], result["submitted"], result["not_submitted"]) == (3, 1, 2)
    by_key = {line["key"]: line["id"] for line in desk.lines()}
    statuses = {
        key: desk.editor.get(f"/api/v1/{'offers' if key == 'early' else 'software'}/{by_key[key]}").json()[
            "draft"
        ]["status"]
        for key in by_key
    }
    # The offer waits: its software is not public yet.
    assert statuses == {"whole": "submitted", "part": "draft", "early": "draft"}
    assert len(desk.reviewer.get("/api/v1/reviews").json()["items"]) == 1


def test_dates_and_numbers_as_people_type_them(desk: Desk) -> None:
    record = {
        "kind": "software",
        "key": "k",
        "answers": {
            "april_order_by": "R8.4.1",
            "rto_hours": "２４",
            "security_registrations": [
                {"scheme": "ismap", "number": "C1", "scope": "全て"},
                {"scheme": "ismap", "number": "C2", "scope": "全て", "valid_until": "令和９年４月１日"},
            ],
        },
    }
    report = desk.run(json_lines(record))
    assert report["faults"] == []
    answers = desk.lines()[0]["answers"]
    assert (answers["april_order_by"], answers["rto_hours"]) == ("2026-04-01", 24)
    assert answers["security_registrations"][1]["valid_until"] == "2027-04-01"
    record["answers"] = {"april_order_by": "令和0年4月1日", "rto_hours": "２４．５"}
    assert places(desk.run(json_lines(record))) == {
        ("", 1, "april_order_by", "impossible_date"),
        ("", 1, "rto_hours", "fractional"),
    }


def test_another_vendors_entries_are_not_there(desk: Desk) -> None:
    made = desk.draft()
    line = {"kind": "software", "id": made["id"], "answers": {"name": "乗っ取り"}}
    answer = desk.seller.post("/api/v1/listings/imports", content=json_lines(line).encode())
    assert answer.status_code == 202
    desk.work()
    job = desk.seller.get(answer.headers["location"]).json()
    assert (job["status"], job["fault_count"]) == ("failed", 1)
    assert desk.editor.get(answer.headers["location"]).status_code == 404
    assert desk.seller.get("/api/v1/listings/export").content == b""


def test_a_workbook_names_sheet_and_cell(desk: Desk) -> None:
    software = desk.published()
    desk.offer_draft(software)
    content = desk.export("xlsx")

    def spoil(book: Any) -> None:
        prices, offers = book["price_lines"], book["offer"]
        column = next(c.column for c in prices[1] if "[unit_price]" in str(c.value))
        prices.cell(2, column).value = "千円"
        term = next(c.column for c in offers[1] if "[minimum_term_months]" in str(c.value))
        offers.cell(2, term).value = -1
        offers.cell(1, offers.max_column + 1).value = "minimum_term_month"
        prices.cell(prices.max_row + 1, 2).value = "unknown-key"
        prices.cell(prices.max_row, 3).value = "どこかの行"
        book.create_sheet("memo")["A1"] = "覚え書き"

    report = desk.run(edited(content, spoil))
    found = places(report)
    assert ("price_lines", 2, "unit_price", "wrong_type") in found
    assert ("offer", 2, "minimum_term_months", "too_small") in found
    assert ("offer", 1, "minimum_term_month", "unknown_column") in found
    assert any(sheet == "price_lines" and code == "no_such_entry" for sheet, _, _, code in found)
    assert ("memo", None, "", "unknown_sheet") in found
    assert any(fault["cell"].startswith("B") or fault["cell"][:1].isalpha() for fault in report["faults"])


def test_a_repeat_by_idempotency_key_is_the_same_job(desk: Desk) -> None:
    content = json_lines({"kind": "software", "key": "k", "answers": {"name": "一つ"}}).encode()
    headers = {"Idempotency-Key": "upload-1"}
    first = desk.editor.post("/api/v1/listings/imports?dry_run=true", content=content, headers=headers)
    again = desk.editor.post("/api/v1/listings/imports?dry_run=true", content=content, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    other = desk.editor.post("/api/v1/listings/imports", content=content, headers=headers)
    assert other.status_code == 409, "a run is not the repeat of a check"
    assert len(desk.editor.get("/api/v1/jobs").json()["items"]) == 1


def test_what_others_save_while_it_checks_is_not_lost(desk: Desk) -> None:
    """The check reads without a lock; what changed since is read again before anything is written."""
    made = desk.draft()
    path = f"/api/v1/software/{made['id']}"
    job = desk.upload(json_lines({"kind": "software", "id": made["id"], "answers": {"name": "取込みの名前"}}))
    meanwhile = [{"summary": "ほかの人の概要です。"}]

    def disturbed(run: Run) -> None:
        telling = run.progress

        def progress(done: int, total: int) -> None:
            telling(done, total)
            if meanwhile:
                patch = {"answers": meanwhile.pop()}
                assert desk.editor.patch(path, json=patch, headers={"If-Match": "*"}).status_code == 200

        run.progress = progress  # type: ignore[method-assign]  # somebody saves just then
        ListingImport(SCHEMA, desk.world.app.state.settings)(run)

    database, clock = desk.world.database, desk.world.clock
    claim = claims.claim_next(database, clock.now(), frozenset({RUN}))
    assert claim is not None
    JobRunner(database, clock, actor_of_membership, {KIND: disturbed})(claim)
    assert desk.report(job["id"])["job"]["status"] == "succeeded"
    answers = desk.editor.get(path).json()["draft"]["answers"]
    assert (answers["name"], answers["summary"]) == ("取込みの名前", "ほかの人の概要です。")


def test_the_key_is_the_vendors_own_affair(desk: Desk) -> None:
    software = desk.published()
    report = desk.run(json_lines({"kind": "software", "id": software, "key": "秘-1"}))
    assert report["job"]["result"]["changed"] == 1
    assert desk.editor.get(f"/api/v1/software/{software}").json()["key"] == "秘-1"
    assert desk.editor.get(f"/api/v1/software/{software}").json()["draft"] is None, (
        "no new revision for a key"
    )
    for stranger in (desk.visitor, desk.seller):
        answer = stranger.get(f"/api/v1/software/{software}")
        assert answer.json()["key"] is None
        assert "秘-1" not in answer.text
