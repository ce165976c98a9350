"""Each line has a payee: the contract is what the vendor is paid, and what others are paid stands beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.procurement.contract_money import PAYEES, compute
from catalogue_schema import load_schema
from tests.procurement.browser import Browser
from tests.procurement.test_money import CYCLES, LINES, MODES, PLACES, TERMS
from tests.procurement.town import Town, ok, pointers

CLOUD = {
    "name": "ガバメントクラウド利用料",
    "unit_price": "30000",
    "quantity": 1,
    "billing": "monthly",
    "payee": "state",
}
NETWORK = {"name": "閉域網", "unit_price": "5005", "quantity": 1, "billing": "monthly", "payee": "network"}
STAFF = {
    "name": "職員の作業",
    "unit_price": "2500",
    "quantity": 8,
    "payee": "own_staff",
    "tax_category": "out_of_scope",
}
FREE = {"name": "無償プラン", "unit_price": "0", "quantity": 1, "billing": "monthly"}
MIXED: list[dict[str, Any]] = [
    CLOUD, FREE | {"name": "利用料", "unit_price": "1000"}, NETWORK,
    FREE | {"name": "割引", "unit_price": "-100"}, STAFF,
]  # fmt: skip
BY_PAYEE = [("state", 360000, 36000), ("network", 60060, 6000), ("own_staff", 20000, 0)]
OTHERS = 396000 + 66060 + 20000


@given(lines=LINES, term=TERMS, cycle=CYCLES, place=PLACES, mode=MODES, data=st.data())
def test_each_payee_is_summed_as_if_it_stood_alone(lines, term, cycle, place, mode, data) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    mixed = [replace(line, payee=data.draw(st.sampled_from(sorted(PAYEES)))) for line in lines]
    totals = compute(mixed, term[0], term[1], cycle, place, mode)
    assert [item.line for item in totals.lines] == mixed
    found = {other.payee: other for other in totals.others}
    assert found.keys() == {line.payee for line in mixed} - {"vendor"}
    for payee in PAYEES:
        theirs = [replace(line, payee="vendor") for line in mixed if line.payee == payee]
        alone = compute(theirs, term[0], term[1], cycle, place, mode)
        sums = totals if payee == "vendor" else found.get(payee)
        if sums is not None:
            assert (sums.subtotal, sums.tax, sums.total) == (alone.subtotal, alone.tax, alone.total)


def test_every_payee_of_an_offer_is_one_of_a_contract() -> None:
    assert {term.code for term in load_schema().vocabularies["payees"].terms} <= PAYEES.keys()


def test_the_contract_is_what_the_vendor_is_paid(town: Town) -> None:
    near = town.neighbour(publish_contracts="summary")
    limit = {"form": "single_year", "limits": [{"fiscal_year": 2027, "amount": 11880}]}
    terms: dict[str, Any] = {
        "lines": MIXED,
        "billing_cycle": "monthly",
        "rounding_place": "invoice",
        "fiscal": limit,
    }
    contract = near.contract(**terms, total=11880)
    assert (contract["subtotal"], contract["tax"], contract["total"]) == (10800, 1080, 11880)
    assert [(o["payee"], o["subtotal"], o["tax"]) for o in contract["other_payments"]] == BY_PAYEE
    version = contract["versions"][0]
    assert [line["payee"] for line in version["lines"]] == [
        "state",
        "vendor",
        "network",
        "vendor",
        "own_staff",
    ]
    assert sum(invoice["total"] for invoice in version["invoices"]) == 11880
    for reader, base in ((near.officer_page, ""), (near.vendor_page, "/vendor")):
        page = reader.get(f"{base}/contracts/{contract['id']}").text
        for words in (
            "ほかに支払うもの（契約金額に含みません）",
            "通信回線の事業者",
            f"{OTHERS:,}円",
            "11,880円（税込）",
        ):
            assert words in page, words
    ok(near.approver_page.post(f"/api/v1/contracts/{contract['id']}/confirmation"))
    [public] = ok(town.world.api().get(f"/api/v1/software/{town.good}/contracts"))["items"]
    assert (public["total"], sum(other["total"] for other in public["other_payments"])) == (11880, OTHERS)
    listing = town.world.client().get(f"/listings/{town.good}").text
    assert "事業者に支払う額（税込）" in listing
    assert f"ほかに支払うもの {OTHERS:,}円" in listing


def test_nothing_may_be_paid_but_not_less_than_nothing(town: Town) -> None:
    project_id = town.awarded()
    free = town.contract(project_id, number="0", lines=[FREE, CLOUD], total=0)
    assert (free["total"], free["other_payments"][0]["total"]) == (0, 396000)
    for lines in (
        [CLOUD],
        [FREE, CLOUD | {"unit_price": "-1"}],
        [FREE | {"unit_price": "-1"}, CLOUD],
        [FREE, CLOUD | {"unit_price": "1000000000000", "billing": "once"}],
    ):
        given = town.terms(project_id=project_id, number="1", lines=lines, total=None)
        assert pointers(town.officer.post("/api/v1/contracts", json=given)) == {"/lines"}, lines
    given = town.terms(project_id=project_id, number="1", lines=[FREE | {"payee": "bank"}], total=None)
    assert pointers(town.officer.post("/api/v1/contracts", json=given)) == {"/lines/0/payee"}


def test_a_line_paid_to_the_state_comes_from_the_price_table(town: Town) -> None:
    cloud = {
        "name": "ガバメントクラウド利用料（概算）", "charge_type": "monthly", "unit": "月", "unit_price": "30000",
        "quantity_basis": "contract", "tax_category": "standard", "payee": "state",
    }  # fmt: skip
    plan = cloud | {"name": "利用料", "unit_price": "1000", "payee": "vendor"}
    town.shelf.revise(town.offer, price_lines=[plan, cloud])
    town.shelf.rebuild()
    browser = Browser(town.officer_page).get(f"/contracts/new?project_id={town.awarded()}")
    filled = dict(browser.form("契約を記録する")[1])
    assert [filled[f"lines-{index}-payee"] for index in (0, 1, 2)] == ["vendor", "state", "vendor"]
    browser.press("計算する", status=200, number="1")
    assert "事業者に支払う額" in browser.text
    assert "396,000円" in browser.text
    browser.press("契約を記録する", number="1")
    assert "13,200円（税込）" in browser.text
    amendment = dict(browser.get(f"{browser.path}/amendment").form("契約を変更する")[1])
    assert amendment["lines-1-payee"] == "state"
