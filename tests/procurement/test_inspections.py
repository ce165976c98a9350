"""検収 and the body's checklist: due dates by the rule, reminders once, warnings that never hinder."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.access.actor import system_actor
from app.notifications.mail import FolderTransport
from app.notifications.service import Notifier
from app.procurement import housekeeping
from app.procurement.practice import DueRule, act_rule
from tests.procurement.test_contract_import import ROW, csv, listed, run
from tests.procurement.town import DECISION, Town, ok, pointers, stranger

DAYS = st.dates(date(2000, 1, 1), date(2060, 1, 1))
MONTH = {"period_from": "2027-04-01", "period_to": "2027-04-30", "delivered_on": "2027-05-01"}


@given(delivered=DAYS, inspected=DAYS, invoiced=DAYS, days=st.integers(1, 30), first=st.booleans())
def test_due_dates_never_exceed_the_acts(
    delivered: date, inspected: date, invoiced: date, days: int, first: bool
) -> None:
    act = act_rule(date(2027, 4, 1))
    assert act.inspection_due(delivered) == delivered + timedelta(days=10)
    assert act.payment_due(invoiced, inspected) == max(invoiced, inspected) + timedelta(days=30)
    own = DueRule("own", min(days, 10), days, first, "規則", "団体")
    assert delivered <= own.inspection_due(delivered) <= act.inspection_due(delivered)
    assert own.payment_due(invoiced, inspected) <= act.payment_due(invoiced, inspected)
    assert own.payment_due(invoiced, inspected) >= invoiced


def at(town: Town, day: str) -> None:
    """Noon in Japan of that day, with people's sessions as fresh as before."""
    town.world.clock.set(datetime.fromisoformat(f"{day}T03:00:00").replace(tzinfo=UTC))


def sweep(town: Town) -> None:
    with town.world.database.write() as session:
        housekeeping.sweep(session, system_actor(), town.world.clock)


def monthly(town: Town) -> str:
    """A contract billed by the month."""
    lines = [{"name": "利用料", "unit": "月", "unit_price": 100000, "quantity": 1, "billing": "monthly"}]
    return str(town.contract(lines=lines, total=1320000, billing_cycle="monthly")["id"])


def officer_at(town: Town, day: str) -> Any:
    """The officer's token client on that day."""
    at(town, day)
    return town.world.api(town.world.login(town.body, "buyer_officer"))


def test_a_month_is_inspected_rejected_mended_accepted_and_its_payment_falls_due(town: Town) -> None:
    contract_id = monthly(town)
    officer = officer_at(town, "2027-05-02")
    path = f"/api/v1/contracts/{contract_id}/inspections"
    wrong = MONTH | {"period_to": "2029-01-01", "delivered_on": "2027-06-01"}
    assert pointers(officer.post(path, json=wrong)) == {"/period_to", "/delivered_on"}
    made = ok(officer.post(path, json=MONTH | {"level_met": "missed"}), 201)
    assert (made["inspection_due"], made["invoice_total"]) == ("2027-05-11", 110000)
    assert made["rule"]["name"].startswith("政府契約の支払遅延防止等に関する法律")
    assert pointers(officer.post(path, json=MONTH)) == {"/period_from"}
    # Three days before it is due, and once only, however often the sweep comes.
    one = f"/api/v1/inspections/{made['id']}"
    counts = []
    for day in ("2027-05-07", "2027-05-08", "2027-05-08", "2027-05-13"):
        at(town, day)
        sweep(town)
        counts.append(sum(row.key == made["id"] for row in town.messages("notify.inspection-due")))
    assert counts == [0, 1, 1, 1]
    officer = officer_at(town, "2027-05-13")
    assert ok(officer.get(one))["late"] == ["inspection"]
    invoice = {"received_on": "2027-05-13"}
    assert officer.post(f"{one}/invoice", json=invoice).status_code == 409
    decision = {"inspected_on": "2027-05-13", "inspector": "主査 例示"}
    assert pointers(officer.post(f"{one}/rejection", json=decision)) == {"/reason"}
    early = decision | {"inspected_on": "2027-04-01"}
    assert pointers(officer.post(f"{one}/acceptance", json=early)) == {"/inspected_on"}
    ok(officer.post(f"{one}/rejection", json=decision | {"reason": "報告がない。"}))
    assert officer.post(f"{one}/acceptance", json=decision).status_code == 409
    officer = officer_at(town, "2027-05-20")
    again = ok(officer.post(f"{one}/reinspection", json={"delivered_on": "2027-05-18"}))
    assert (again["status"], again["inspection_due"], again["late"]) == ("recorded", "2027-05-28", [])
    done = ok(officer.post(f"{one}/acceptance", json=decision | {"inspected_on": "2027-05-20"}))
    assert [round_["outcome"] for round_ in done["rounds"]] == ["rejected", "accepted"]
    due = ok(officer.post(f"{one}/invoice", json={"received_on": "2027-05-19"}))
    assert due["payment_due"] == "2027-06-19"  # counted from the inspection: the invoice came before it
    at(town, "2027-06-15")
    sweep(town)
    sweep(town)
    assert len(town.messages("notify.payment-due")) == 1
    # The vendor reads what was accepted of its own, and decides nothing; others find nothing.
    vendor = town.world.client(town.world.login(town.vendor, "vendor_admin"))
    assert [row["status"] for row in vendor.get(path).json()] == ["accepted"]
    assert vendor.get(path).json()[0]["verbs"] == []
    assert "合格" in vendor.get(f"/contracts/{contract_id}/inspections").text
    assert vendor.post(f"{one}/acceptance", json=decision).status_code == 403
    assert stranger(town).get(path).status_code == 404
    assert len(town.events("inspection.not-passed")) == len(town.events("inspection.passed")) == 1


def test_reminders_go_to_the_officer_and_the_mailbox_and_say_what_is_true(town: Town, tmp_path: Path) -> None:
    contract_id = monthly(town)
    approver = town.world.client(town.approver_login)
    organisation = f"/api/v1/organisations/{town.body.id}"
    tag = approver.get(f"{organisation}/settings").headers["etag"]
    patch = {"contact_email": "keiyaku@town.example.jp"}
    merge = {"If-Match": tag, "Content-Type": "application/merge-patch+json"}
    assert approver.patch(organisation, json=patch, headers=merge).status_code == 200
    officer = officer_at(town, "2027-05-02")
    made = ok(officer.post(f"/api/v1/contracts/{contract_id}/inspections", json=MONTH), 201)
    notifier = Notifier(
        town.world.database, town.world.app.state.settings, town.world.clock, FolderTransport(tmp_path)
    )
    assert notifier.deliver("notify.inspection-due", made["id"], "ob_1") == 2
    mails = "".join(path.read_text(errors="replace") for path in tmp_path.glob("*.eml"))
    assert "keiyaku@town.example.jp" in mails
    given_decision = {"inspected_on": "2027-05-02", "inspector": "主査 例示"}
    ok(officer.post(f"/api/v1/inspections/{made['id']}/acceptance", json=given_decision))
    assert notifier.deliver("notify.inspection-due", made["id"], "ob_2") == 0
    assert notifier.deliver("notify.inspection-decided", made["id"], "ob_3") == 1


def test_the_checklist_warns_on_every_page_hinders_nothing_and_is_in_the_evidence(town: Town) -> None:
    project_id = town.proposed()
    path = f"/api/v1/projects/{project_id}/checklist"
    first = ok(town.officer.get(path))
    assert len(first["missing"]) == 5
    assert all(check["remedy"] for check in first["missing"])
    lacking = {"entries": [{"item": "tax", "state": "confirmed"}, {"item": "none", "state": "unchecked"}]}
    refused = town.officer.post(path, json=lacking)
    assert pointers(refused) == {"/entries/0/checked_on", "/entries/0/source", "/entries/1/item"}
    entry = {"item": "register", "state": "confirmed", "checked_on": "R8.11.20", "source": "名簿"}
    written = ok(
        town.officer.post(path, json={"entries": [entry, {"item": "tax", "state": "not_applicable"}]})
    )
    assert [check["item"] for check in written["missing"]] == ["suspension", "organised_crime", "insolvency"]
    for page in (f"/projects/{project_id}", f"/projects/{project_id}/confirmation"):
        text = town.approver_page.get(page).text
        assert "確認が3件、まだです" in text
        assert "指名停止の一覧を" in text
    ok(town.approver_page.post(f"/api/v1/projects/{project_id}/selection/confirmation", json=DECISION))
    document = ok(town.officer.get(f"/api/v1/projects/{project_id}/evidence"))["document"]["checklist"]
    assert document["missing"] == ["suspension", "organised_crime", "insolvency"]
    assert {check["item"]: check["source"] for check in document["checks"]}["register"] == "名簿"
    assert town.officer.post(path, json={"entries": [entry]}).status_code == 409
    # The contract begins with what the project confirmed, and goes on from there.
    contract_id = town.contract(project_id)["id"]
    assert "確認が3件、まだです" in town.officer_page.get(f"/contracts/{contract_id}").text
    rest = [
        {"item": item, "state": "not_applicable"} for item in ("suspension", "organised_crime", "insolvency")
    ]
    done = ok(town.officer.post(f"/api/v1/contracts/{contract_id}/checklist", json={"entries": rest}))
    assert done["missing"] == []
    assert {check["item"] for check in done["checks"] if check["inherited"]} == {"register", "tax"}
    assert town.vendor_page.get(f"/api/v1/contracts/{contract_id}/checklist").status_code == 404
    assert len(town.events("checklist.updated")) == 2


def test_the_approver_writes_the_practice_and_what_was_typed_wrong_stays(town: Town) -> None:
    page = "/organisation/contract-practice"
    assert "既定の設定" in town.officer_page.get(page).text
    given = {
        "items-0-code": "register",
        "items-0-label": "名簿に載っていること",
        "items-0-remedy": "名簿を見る。",
        "items-1-code": "",
        "items-1-label": "個人情報の取扱い",
        "items-1-remedy": "",
        "inspection_days": "１１",
        "payment_days": "20",
        "rule_source": "れいじ町財務規則第98条",
    }
    api = "/api/v1/contract-practice"
    tag = town.officer.get(api).headers["etag"]
    refused = town.approver_page.post(page, data=given | {"tag": tag})
    assert refused.status_code == 422
    assert "個人情報の取扱い" in refused.text
    saved = town.approver_page.post(page, data=given | {"tag": tag, "inspection_days": "５"})
    assert saved.status_code == 303
    stale = town.approver_page.post(page, data=given | {"tag": tag, "inspection_days": "6"})
    assert stale.status_code == 412
    practice = ok(town.officer.get(api))
    assert [item["code"] for item in practice["items"]] == ["register", "own_1"]
    assert (practice["own"], practice["rule"]["inspection_days"]) == (True, 5)
    contract_id = monthly(town)
    officer = officer_at(town, "2027-05-02")
    made = ok(officer.post(f"/api/v1/contracts/{contract_id}/inspections", json=MONTH), 201)
    assert (made["inspection_due"], made["rule"]["name"]) == ("2027-05-06", "れいじ町財務規則第98条")


def test_an_imported_contract_is_inspected_and_checked_on_its_pages(town: Town) -> None:
    run(town, csv(ROW))
    contract_id = listed(town)[0]["id"]
    path = f"/contracts/{contract_id}/inspections"
    page = town.officer_page
    assert "確認が5件、まだです" in page.get(f"/contracts/imported/{contract_id}").text
    typed = {
        "period_from": "2026-10-01",
        "period_to": "2026-10-31",
        "delivered_on": "2026-11-31",
        "usage": "ログイン 300回",
        "level_met": "met",
    }
    refused = page.post(path, data=typed)
    assert refused.status_code == 422
    assert "ログイン 300回" in refused.text
    assert page.post(path, data=typed | {"delivered_on": "令和8年11月2日"}).status_code == 303
    inspection = ok_list(town.officer.get(f"/api/v1{path}"))[0]
    assert inspection["inspection_due"] == "2026-11-12"
    assert inspection["late"] == ["inspection"]
    for late in (path, f"/contracts/imported/{contract_id}", "/inspections"):
        assert "検査の期日を過ぎています" in page.get(late).text
    decision = {f"{inspection['id']}-inspected_on": "2026-11-24", f"{inspection['id']}-inspector": "主査"}
    address = f"/inspections/{inspection['id']}/decision"
    assert page.post(address, data=decision | {"action": "rejection"}).status_code == 422
    assert page.post(address, data=decision | {"action": "acceptance"}).status_code == 303
    checklist = f"/contracts/{contract_id}/checklist"
    row = {"entries-1-item": "suspension", "entries-1-state": "confirmed", "entries-1-checked_on": "",
           "entries-1-source": "一覧"}  # fmt: skip
    wrong = page.post(checklist, data=row)
    assert wrong.status_code == 422
    assert "entries-1-checked_on" in wrong.text
    assert page.post(checklist, data=row | {"entries-1-checked_on": "2026-11-20"}).status_code == 303
    assert "確認が4件、まだです" in page.get(f"/contracts/imported/{contract_id}").text


def ok_list(response: Any) -> list[dict[str, Any]]:
    """The answer's JSON list."""
    assert response.status_code == 200, response.text
    return list(response.json())
