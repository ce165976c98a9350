"""Individual contracts: computed by the server, answered by the vendor, amended, ended, never altered by a listing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.access.actor import system_actor
from app.organisations.models import MasterAgreement, Organisation
from app.procurement import housekeeping
from app.procurement.models import Contract, Selection, ShortlistItem
from tests.listings.market import urgent
from tests.procurement.town import LINES, SUBTOTAL, TAX, Town, ok, pointers, stranger
from tests.support.tables import rows_of


def test_recording_computes_the_sums_and_tells_the_vendor(town: Town) -> None:
    contract = town.contract()
    version = contract["versions"][0]
    assert (version["subtotal"], version["tax"], version["total"]) == (SUBTOTAL, TAX, SUBTOTAL + TAX)
    assert [line["amount"] for line in version["lines"]] == [600000, 1440000, 13208, -120000]
    assert version["lines"][2]["unit_price"] == "8.8"
    assert (contract["vendor_id"], contract["buyer_id"]) == (town.vendor.id, town.body.id)
    assert contract["title"] == "窓口支援サービスの導入"
    assert contract["answer_due"] == "2026-12-08"
    assert [row.key for row in town.messages("notify.contract-recorded")] == [contract["id"]]
    assert len(town.events("contract.recorded")) == 1


MONTHLY = {"name": "月額", "unit": "月", "unit_price": "100000", "quantity": "1", "billing": "monthly"}
FIRST_MONTH_OFF = {"name": "割引", "unit": "式", "unit_price": "-150000", "quantity": "1"}
"""More than the first month's bill: that invoice alone would be below zero."""
BAD_TERMS: list[tuple[dict[str, Any], str]] = [
    ({"number": ""}, "/number"),
    ({"lines": []}, "/lines"),
    ({"lines": [LINES[0] | {"unit_price": 8.8}]}, "/lines/0/unit_price"),
    ({"lines": [LINES[0] | {"unit_price": "0.00001"}]}, "/lines/0/unit_price"),
    ({"lines": [LINES[0] | {"unit_price": "NaN"}]}, "/lines/0/unit_price"),
    ({"lines": [LINES[0] | {"unit_price": "1000000000001"}]}, "/lines/0/unit_price"),
    ({"lines": [LINES[0] | {"quantity": "0"}]}, "/lines/0/quantity"),
    ({"lines": [LINES[0] | {"quantity": "-1"}]}, "/lines/0/quantity"),
    ({"lines": [LINES[0] | {"unit_price": "1000000000", "quantity": 2000}]}, "/lines/0/unit_price"),
    ({"lines": [LINES[3]], "total": None}, "/lines"),
    ({"lines": [MONTHLY, FIRST_MONTH_OFF], "billing_cycle": "monthly", "total": None}, "/lines"),
    ({"lines": [LINES[0] | {"tax_category": "luxury"}]}, "/lines/0/tax_category"),
    ({"total": SUBTOTAL + TAX + 1}, "/total"),
    ({"tax": TAX - 1}, "/tax"),
    ({"subtotal": 1}, "/subtotal"),
    ({"total": 2125528.8}, "/total"),
    ({"ends_on": "2027-03-31"}, "/ends_on"),
    ({"ends_on": "2057-01-01"}, "/ends_on"),
    ({"starts_on": "令和0年4月1日"}, "/starts_on"),
    ({"starts_on": "2027-02-29"}, "/starts_on"),
    ({"concluded_on": "1899-12-31"}, "/concluded_on"),
    ({"rounding_place": "total"}, "/rounding_place"),
    ({"billing_cycle": "weekly"}, "/billing_cycle"),
    ({"lines": [LINES[0] | {"billing": "daily"}]}, "/lines/0/billing"),
    ({"starts_on": "1950-04-01"}, "/ends_on"),
    ({"publish_summary": True}, "/publish_summary"),
]


def test_bad_terms_change_nothing(town: Town) -> None:
    project_id = town.awarded()
    for changes, pointer in BAD_TERMS:
        given = town.terms(project_id=project_id, number="1") | changes
        answer = town.officer.post("/api/v1/contracts", json=given)
        assert pointer in pointers(answer), (changes, answer.text)
        assert all(error["message"] and error["remedy"] for error in answer.json()["errors"])
    assert ok(town.officer.get("/api/v1/contracts"))["items"] == []
    assert town.messages("notify.contract-recorded") == []


def test_a_wrong_total_is_answered_with_the_right_one(town: Town) -> None:
    given = town.terms(project_id=town.awarded(), number="1", total=1)
    error = town.officer.post("/api/v1/contracts", json=given).json()["errors"][0]
    assert f"{SUBTOTAL + TAX:,}円" in error["remedy"]


def test_the_contract_is_on_what_was_selected(town: Town) -> None:
    early = town.terms(project_id=town.proposed(), number="1")
    assert town.officer.post("/api/v1/contracts", json=early).status_code == 409
    project_id = town.awarded()
    town.shelf.revise(town.offer, summary="値上げ")
    with town.world.read() as session:
        selected = session.exec(
            select(ShortlistItem).where(col(ShortlistItem.project_id) == project_id)
        ).one()
    for name in ("offer_revision_id", "software_revision_id"):
        given = town.terms(project_id=project_id, number="1") | {name: "rev_other"}
        answer = town.officer.post("/api/v1/contracts", json=given)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/revision-not-shortlisted")
    contract = town.contract(project_id, offer_revision_id=selected.offer_revision_id)
    assert contract["offer"]["revision_number"] == 1


def test_a_number_is_the_bodys_only_once(town: Town) -> None:
    first = town.contract(number="令8-1")
    given = town.terms(project_id=first["project_id"], number="令8-1")
    again = town.officer.post("/api/v1/contracts", json=given)
    assert (again.status_code, again.json()["contract_id"]) == (409, first["id"])
    near = town.neighbour()
    assert near.contract(number="令8-1")["id"] != first["id"]


def test_the_database_refuses_an_item_of_another_project(town: Town) -> None:
    one, two = town.awarded(), town.awarded()
    recorded = town.contract(one)
    with town.world.database.session(readonly=False) as session:
        row = session.exec(select(Contract).where(col(Contract.id) == recorded["id"])).one()
        values = row.model_dump()
        others = session.exec(select(Selection).where(col(Selection.project_id) == two)).one()
        item = session.exec(select(ShortlistItem).where(col(ShortlistItem.project_id) == two)).one()
        wrong: list[dict[str, Any]] = [
            {"shortlist_item_id": item.id},
            {"selection_id": others.id},
            {"project_id": two},
            {"offer_revision_id": row.software_revision_id},
            {"buyer_id": town.vendor.id},
        ]
        for number, changes in enumerate(wrong):
            with pytest.raises(IntegrityError):
                _insert(session, values | {"id": f"con_{number}", "number": f"n{number}"} | changes)
        _insert(session, values | {"id": "con_right", "number": "right"})
        session.rollback()


def _insert(session: Session, values: dict[str, Any]) -> None:
    with session.begin_nested():
        session.add(Contract(**values))


def test_listing_changes_never_alter_a_contract(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    before = ok(town.officer.get(path))
    town.shelf.revise(town.good, name="新しい名前")
    town.shelf.revise(town.offer, name="新しいプラン", price_lines=[])
    town.shelf.end(town.good, "suspended")
    assert ok(town.officer.get(path)) == before
    assert before["software"]["answers"]["name"] == "まどぐちナビ（架空）"
    assert before["offer"]["answers"]["price_lines"]
    assert ok(town.world.api(town.vendor_login).get(path))["software"] == before["software"]
    assert town.world.api().get(f"/api/v1/software/{town.good}").status_code == 410
    ok(town.vendor_page.post(f"{path}/confirmation"))


def test_a_suspended_agreement_hides_the_listing_and_leaves_the_contract(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    before = ok(town.officer.get(path))
    of_vendor = ok(town.world.api(town.vendor_login).get(path))
    with town.world.database.read() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == town.vendor.id)
        ).one()
    agency = town.world.client(town.world.login(town.world.agency(), "agency_admin"))
    suspension = f"/api/v1/agreements/{agreement.id}/suspension"
    assert ok(agency.post(suspension, json=urgent("調査のため。")))["status"] == "suspended"
    assert town.world.api().get(f"/api/v1/software/{town.good}").status_code == 410
    assert town.world.api().get(f"/api/v1/offers/{town.offer}").status_code == 410
    assert ok(town.officer.get(path)) == before
    assert ok(town.world.api(town.vendor_login).get(path)) == of_vendor
    assert ok(town.vendor_page.post(f"{path}/confirmation"))["status"] == "confirmed"
    after = ok(town.officer.get(path))
    assert (after["versions"], after["software"], after["offer"]) == (
        before["versions"],
        before["software"],
        before["offer"],
    )


def test_each_side_reads_what_is_its_own(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    vendor = ok(town.world.api(town.vendor_login).get(path))
    assert vendor["project_id"] is None
    assert vendor["total"] == SUBTOTAL + TAX
    assert contract["project_id"] not in town.world.api(town.vendor_login).get(path).text
    other_vendor = town.world.login(town.world.vendor(), "vendor_admin")
    assert town.world.api(other_vendor).get(path).status_code == 404
    assert ok(town.world.api(other_vendor).get("/api/v1/contracts"))["items"] == []
    assert stranger(town).get(path).status_code == 404
    assert town.world.api().get(path).status_code == 401
    assert town.world.api().get("/api/v1/contracts").status_code == 401
    agency = town.world.agency()
    facts = ok(town.world.api(town.world.login(agency, "agency_admin")).get(path))
    assert facts["total"] == SUBTOTAL + TAX
    assert (facts["project_id"], facts["versions"], facts["dispute_reason"]) == (None, None, None)
    assert town.events("contract.read") == []
    auditor = town.world.api(town.world.login(agency, "auditor"))
    assert ok(auditor.get(path))["project_id"] == contract["project_id"]
    assert len(town.events("contract.read")) == 1
    reviewer = town.world.api(town.world.login(agency, "reviewer"))
    assert reviewer.get(path).status_code == 403
    for login in (town.officer_login, town.vendor_login):
        assert len(ok(town.world.api(login).get("/api/v1/contracts"))["items"]) == 1
    hostile = town.world.client(town.world.login(town.world.vendor(), "vendor_admin"))
    assert hostile.post(f"{path}/confirmation").status_code == 404
    assert hostile.post(f"{path}/dispute", json={"reason": "x"}).status_code == 404


def test_the_vendor_disputes_and_then_confirms(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    assert town.world.api(town.vendor_login).post(f"{path}/confirmation").status_code == 403
    assert pointers(town.vendor_page.post(f"{path}/dispute", json={"reason": ""})) == {"/reason"}
    assert town.vendor_page.post(f"{path}/confirmation", json={"version": 2}).status_code == 409
    disputed = ok(town.vendor_page.post(f"{path}/dispute", json={"reason": "単価が違う。", "version": 1}))
    assert (disputed["status"], disputed["dispute_reason"]) == ("disputed", "単価が違う。")
    assert town.vendor_page.post(f"{path}/dispute", json={"reason": "x"}).status_code == 409
    confirmed = ok(town.vendor_page.post(f"{path}/confirmation"))
    assert (confirmed["status"], confirmed["dispute_reason"]) == ("confirmed", "")
    assert [(a["answer"], a["reason"]) for a in confirmed["answers"]] == [
        ("disputed", "単価が違う。"),
        ("confirmed", ""),
    ]
    assert len(town.messages("notify.contract-answered")) == 2
    town.world.clock.move(minutes=11)
    assert town.vendor_page.post(f"{path}/confirmation").json()["type"] == "/problems/step-up-required"


def test_the_approver_confirms_for_the_body(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}/confirmation"
    assert town.officer_page.post(path).status_code == 403
    done = ok(town.approver_page.post(path))
    assert done["approved_at"]
    assert done["status"] == "recorded"
    assert town.approver_page.post(path).status_code == 409
    dispute = path.replace("confirmation", "dispute")
    assert town.approver_page.post(dispute, json={"reason": "x"}).status_code == 403


def test_one_person_may_record_and_confirm_where_the_body_says_so(town: Town) -> None:
    small = town.neighbour(single_person=True)
    both = small.world.login(small.body, "buyer_officer", "buyer_approver")
    given = small.terms(project_id=small.awarded(), number="一人-1")
    contract = ok(small.world.api(both).post("/api/v1/contracts", json=given), 201)
    path = f"/contracts/{contract['id']}"
    _set(town, small.body.id, single_person=False)
    refused = small.world.client(both).post(f"/api/v1{path}/confirmation")
    assert (refused.status_code, "記録した人" in refused.json()["detail"]) == (403, True)
    _set(town, small.body.id, single_person=True)
    ok(small.world.client(both).post(f"/api/v1{path}/confirmation"))
    assert "記録した人と同一人" in small.officer_page.get(path).text
    assert "同一人" not in small.vendor_page.get(f"/vendor{path}").text
    assert [event.details["same_person"] for event in town.events("contract.confirmed")] == [True]


def _set(town: Town, body_id: str, **settings: Any) -> None:
    with town.world.database.write() as session:
        body = session.get_one(Organisation, body_id)
        body.settings = {**body.settings, **settings}
        session.add(body)


def test_a_contract_is_the_sum_of_its_invoices(town: Town) -> None:
    lines = [{"name": "利用料", "unit": "月", "unit_price": "8", "quantity": "1", "billing": "monthly"}]
    terms: dict[str, Any] = {
        "lines": lines,
        "billing_cycle": "quarterly",
        "rounding_place": "invoice",
        "total": None,
    }
    contract = town.contract(**terms)
    version = contract["versions"][0]
    assert (contract["subtotal"], contract["tax"], contract["total"]) == (96, 8, 104)
    assert version["tax_at_once"] == 9
    assert [(i["subtotal"], i["tax"], i["total"]) for i in version["invoices"]] == [(24, 2, 26)] * 4
    assert (version["invoices"][1]["starts_on"], version["invoices"][1]["ends_on"]) == (
        "2027-07-01", "2027-09-30",
    )  # fmt: skip
    assert (version["lines"][0]["times"], version["lines"][0]["amount"]) == (12, 96)
    given = town.terms(project_id=contract["project_id"], number="2", **terms | {"total": 105})
    error = town.officer.post("/api/v1/contracts", json=given).json()["errors"][0]
    assert (error["pointer"], "104円" in error["remedy"]) == ("/total", True)
    for reader, base in ((town.officer_page, ""), (town.vendor_page, "/vendor")):
        page = reader.get(f"{base}/contracts/{contract['id']}").text
        assert "請求書ごとの額（4回）" in page
        assert "消費税は9円、税込の計は105円です" in page
    form = town.officer_page.get(f"/contracts/{contract['id']}/amendment").text
    for chosen in ('value="quarterly" checked', 'value="invoice" checked', 'value="monthly" selected'):
        assert chosen in form


def test_no_answer_in_ten_working_days_shows_and_stays_valid(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    town.world.clock.move(days=14)
    assert ok(town.officer.get(path))["unanswered"] is False
    town.world.clock.move(days=1)
    late = ok(town.officer.get(path))
    assert (late["unanswered"], late["status"]) == (True, "recorded")
    buyer = town.world.client(town.world.login(town.body, "buyer_officer"))
    assert "未確認" in buyer.get(f"/projects/{contract['project_id']}").text
    other = town.contract(contract["project_id"], number="2")
    town.world.clock.move(days=30)
    officer = town.world.api(town.world.login(town.body, "buyer_officer"))
    given = {"ended_on": "2027-04-30", "reason": "統合のため。"}
    ended = ok(officer.post(f"/api/v1/contracts/{other['id']}/termination", json=given))
    assert (ended["status"], ended["unanswered"]) == ("terminated", True)
    page = town.world.client(town.world.login(town.body, "buyer_officer")).get(f"/contracts/{other['id']}")
    assert "回答がないまま終わりました" in page.text
    vendor = town.world.client(town.world.login(town.vendor, "vendor_admin"))
    assert ok(vendor.post(f"{path}/confirmation"))["unanswered"] is False


def test_an_amendment_is_a_new_version_to_be_answered_anew(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    ok(town.vendor_page.post(f"{path}/confirmation"))
    given = town.terms(total=None, lines=LINES[:2], reason="件数課金をやめたため。", version=1)
    assert pointers(town.officer.post(f"{path}/amendments", json=given | {"reason": ""})) == {"/reason"}
    amended = ok(town.officer.post(f"{path}/amendments", json=given), 201)
    assert (amended["version"], amended["status"], amended["answered_at"]) == (2, "recorded", None)
    assert [v["total"] for v in amended["versions"]] == [SUBTOTAL + TAX, 2244000]
    assert amended["versions"][1]["reason"] == "件数課金をやめたため。"
    assert town.officer.post(f"{path}/amendments", json=given).status_code == 409
    assert town.vendor_page.post(f"{path}/confirmation", json={"version": 1}).status_code == 409
    assert ok(town.vendor_page.post(f"{path}/confirmation", json={"version": 2}))["status"] == "confirmed"
    assert stranger(town).post(f"{path}/amendments", json=given).status_code == 404


def test_an_early_end_has_a_day_within_the_term_and_a_reason(town: Town) -> None:
    contract = town.contract()
    path = f"/api/v1/contracts/{contract['id']}"
    bad = town.officer.post(f"{path}/termination", json={"ended_on": "2028-04-01", "reason": ""})
    assert pointers(bad) == {"/ended_on", "/reason"}
    given = {"ended_on": "2027-09-30", "reason": "統合のため。"}
    done = ok(town.officer.post(f"{path}/termination", json=given))
    assert (done["status"], done["ended_on"], done["end_reason"]) == (
        "terminated",
        "2027-09-30",
        "統合のため。",
    )
    assert town.officer.post(f"{path}/termination", json=given).status_code == 409
    assert town.vendor_page.post(f"{path}/confirmation").status_code == 409


def test_contracts_expire_when_their_term_is_over(town: Town) -> None:
    contract = town.contract(starts_on="2026-11-24", ends_on="2026-12-31")
    kept = town.contract(contract["project_id"], number="2")
    town.world.clock.move(days=37)
    with town.world.database.write() as session:
        assert housekeeping.sweep(session, system_actor(), town.world.clock) == 0
    town.world.clock.move(days=1)
    for expected in (1, 0):
        with town.world.database.write() as session:
            assert housekeeping.sweep(session, system_actor(), town.world.clock) == expected
    officer = town.world.api(town.world.login(town.body, "buyer_officer"))
    assert ok(officer.get(f"/api/v1/contracts/{contract['id']}"))["status"] == "expired"
    assert ok(officer.get(f"/api/v1/contracts/{kept['id']}"))["status"] == "recorded"
    assert len(town.events("contract.expired")) == 1


def test_the_public_reads_what_the_buyers_setting_allows(town: Town) -> None:
    secret = town.contract()
    ok(town.approver_page.post(f"/api/v1/contracts/{secret['id']}/confirmation"))
    public, page = f"/api/v1/software/{town.good}/contracts", f"/listings/{town.good}"
    assert ok(town.world.api().get(public))["items"] == []
    assert 'aria-label="導入団体"' not in town.world.client().get(page).text
    open_town = town.neighbour(publish_contracts="summary")
    project_id = open_town.awarded()
    first = open_town.contract(project_id, number="公1")
    hidden = open_town.contract(project_id, number="公2", publish_summary=False)
    assert ok(town.world.api().get(public))["items"] == [], "nobody confirmed it yet"
    for contract in (first, hidden):
        ok(open_town.approver_page.post(f"/api/v1/contracts/{contract['id']}/confirmation"))
    answer = town.world.api().get(public)
    assert [item["buyer_id"] for item in ok(answer)["items"]] == [open_town.body.id]
    assert set(ok(answer)["items"][0]) == {
        "buyer_id", "buyer_name", "vendor_name", "software_name", "offer_name",
        "starts_on", "ends_on", "concluded_on", "total", "other_payments", "ended_on",
    }  # fmt: skip
    assert "公1" not in answer.text
    shown = town.world.client().get(page).text
    assert 'aria-label="導入団体"' in shown
    assert f"{SUBTOTAL + TAX:,}円" in shown
    assert "公1" not in shown
    assert "全<strong>1件</strong>" in shown
    for form in ("csv", "xlsx"):
        columns, *lines = rows_of(town.world.client().get(f"{page}?format={form}"))
        assert columns[:5] == ["団体のID", "団体", "ソフトウェア", "サービス", "事業者"]
        assert [(line[0], line[-1]) for line in lines] == [(open_town.body.id, str(SUBTOTAL + TAX))]
    ok(town.vendor_page.post(f"/api/v1/contracts/{first['id']}/dispute", json={"reason": "単価が違う。"}))
    assert ok(town.world.api().get(public))["items"] == []
    ok(town.vendor_page.post(f"/api/v1/contracts/{first['id']}/confirmation"))
    assert len(ok(town.world.api().get(public))["items"]) == 1
    _set(town, open_town.body.id, publish_contracts="none")
    assert ok(town.world.api().get(public))["items"] == []
    assert 'aria-label="導入団体"' not in town.world.client().get(page).text
    town.shelf.end(town.good, "suspended")
    assert town.world.api().get(public).status_code == 410
