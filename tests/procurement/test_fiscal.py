"""The fiscal form of a contract: limits by fiscal year, the form's term, and every fault with what would be right."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.procurement.contract_money import Totals, compute
from app.procurement.fiscal import FiscalIn, LimitIn, fiscal_faults, invoiced_by_year, year_sums, years_of
from catalogue_schema.dates import fiscal_year
from tests.procurement.browser import Browser
from tests.procurement.test_money import CYCLES, LINES, MODES, PLACES, TERMS
from tests.procurement.town import SUBTOTAL, TAX, Town, ok

COMPUTED = st.builds(
    lambda lines, term, cycle, place, mode: (term, compute(lines, term[0], term[1], cycle, place, mode)),
    LINES, TERMS, CYCLES, PLACES, MODES,
)  # fmt: skip
LONG: dict[str, Any] = {
    "form": "long_term",
    "ordinance": "架空町長期継続契約条例",
    "most_years": 5,
    "budget_clause": "第20条",
}
DEBT: dict[str, Any] = {
    "form": "debt_obligation", "resolved_on": "2026-09-20", "matter": "窓口支援サービスの利用",
    "from_year": 2027, "to_year": 2028, "ceiling": 3000000,
    "limits": [{"fiscal_year": 2027, "amount": 600}, {"fiscal_year": 2028, "amount": 600}],
}  # fmt: skip
MONTHLY: dict[str, Any] = {
    "lines": [{"name": "利用料", "unit_price": "50", "quantity": 1, "billing": "monthly", "tax_category": "exempt"}],
    "billing_cycle": "monthly", "rounding_place": "invoice", "total": None,
}  # fmt: skip


def _long(limits: dict[int, int]) -> FiscalIn:
    rows = [LimitIn(fiscal_year=year, amount=amount) for year, amount in limits.items()]
    return FiscalIn(**LONG | {"most_years": 50, "limits": rows})


@given(computed=COMPUTED)
def test_the_fiscal_years_sum_to_the_total(computed: tuple[tuple[date, date], Totals]) -> None:
    term, totals = computed
    sums = year_sums(totals.invoices, term[0], term[1], {})
    assert sum(year.invoiced for year in sums) == totals.total
    assert {fiscal_year(term[0] + timedelta(days=n)) for n in range((term[1] - term[0]).days + 1)} == {
        year.fiscal_year for year in sums
    }


@given(computed=COMPUTED, data=st.data())
def test_an_equal_limit_is_taken_and_one_yen_less_refused(computed, data) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    term, totals = computed
    sums = invoiced_by_year(totals.invoices)
    limits = {year: max(sums.get(year, 0), 0) for year in years_of(term[0], term[1])}
    assert fiscal_faults(_long(limits), term[0], term[1], term[0], totals.invoices) == []
    positive = [year for year in limits if limits[year] > 0]
    if positive:
        year = data.draw(st.sampled_from(positive))
        [fault] = fiscal_faults(
            _long(limits | {year: limits[year] - 1}), term[0], term[1], term[0], totals.invoices
        )
        assert (fault.pointer, fault.code) == (
            f"/fiscal/limits/{list(limits).index(year)}/amount",
            "exceeded",
        )
        assert f"{limits[year]:,}円以上" in fault.remedy
    dropped = data.draw(st.sampled_from(sorted(limits)))
    if len(limits) > 1:
        left = {year: amount for year, amount in limits.items() if year != dropped}
        [fault] = fiscal_faults(_long(left), term[0], term[1], term[0], totals.invoices)
        assert (fault.code, f"{dropped}年度" in fault.message) == ("term_not_covered", True)


def _refused(town: Town, project_id: str, fiscal: dict[str, Any], **terms: Any) -> dict[str, dict[str, str]]:
    given = town.terms(project_id=project_id, number="1", **MONTHLY) | terms | {"fiscal": fiscal}
    answer = town.officer.post("/api/v1/contracts", json=given)
    assert answer.status_code == 422, answer.text
    errors = answer.json()["errors"]
    assert all(error["message"] and error["remedy"] for error in errors)
    return {f"{error['pointer']} {error['code']}": error for error in errors}


def test_what_goes_beyond_the_form_is_refused_with_every_fault_at_once(town: Town) -> None:
    project_id = town.awarded()
    crossing = _refused(town, project_id, {"form": "single_year"}, ends_on="2028-04-01")
    assert "2028-03-31 まで" in crossing["/fiscal/form crosses_fiscal_year"]["remedy"]
    renewable = {"form": "single_year_renewable", "matter": "違う"}
    assert _refused(town, project_id, renewable, ends_on="2028-04-01").keys() == {
        "/fiscal/form crosses_fiscal_year", "/fiscal/matter not_applicable",
    }  # fmt: skip
    five = _refused(town, project_id, LONG, ends_on="2032-04-01")
    assert "2032-03-31 まで" in five["/ends_on beyond_form"]["remedy"]
    assert _refused(town, project_id, {"form": "long_term"}).keys() == {
        f"/fiscal/{name} required" for name in ("ordinance", "most_years", "budget_clause")
    }
    assert "/fiscal/most_years out_of_range" in _refused(town, project_id, LONG | {"most_years": 0})
    debt = DEBT | {"resolved_on": "2026-12-01", "ceiling": 1000}
    debt |= {"limits": [{"fiscal_year": 2027, "amount": 599}, {"fiscal_year": 2026, "amount": 50}]}
    assert _refused(town, project_id, debt, starts_on="2027-03-01", ends_on="2029-05-31").keys() == {
        "/fiscal/resolved_on after_conclusion", "/starts_on beyond_form", "/ends_on beyond_form",
        "/fiscal/ceiling exceeded", "/fiscal/limits/0/amount exceeded", "/fiscal/limits term_not_covered",
    }  # fmt: skip
    again = DEBT | {
        "limits": [*DEBT["limits"], {"fiscal_year": 2028, "amount": 5}, {"fiscal_year": 2030, "amount": 5}]
    }
    assert _refused(town, project_id, again, ends_on="2029-03-31").keys() == {
        "/fiscal/limits/2/fiscal_year twice", "/fiscal/limits/3/fiscal_year outside_term",
    }  # fmt: skip
    assert "/fiscal/limits required" in _refused(town, project_id, DEBT | {"limits": []})
    assert "/fiscal/to_year end_before_start" in _refused(town, project_id, DEBT | {"to_year": 2026})
    assert _refused(town, project_id, LONG | {"limits": [{"fiscal_year": "R9", "amount": -1}], "form": "x"}).keys() == {
        "/fiscal/form literal_error", "/fiscal/limits/0/fiscal_year not_a_number", "/fiscal/limits/0/amount too_small",
    }  # fmt: skip
    assert ok(town.officer.get("/api/v1/contracts"))["items"] == []


def test_each_form_is_recorded_and_read_by_both_sides(town: Town) -> None:
    project_id = town.awarded()
    plain = town.contract(project_id, number="0")
    assert plain["versions"][0]["fiscal"] is None
    assert plain["versions"][0]["year_sums"] == [
        {"fiscal_year": 2027, "invoiced": SUBTOTAL + TAX, "limit": None}
    ]
    assert "会計年度の形式：未記入" in town.officer_page.get(f"/contracts/{plain['id']}").text
    two_years = MONTHLY | {"ends_on": "2029-03-31"}
    debt = town.contract(project_id, number="2", fiscal=DEBT, **two_years)
    assert [year["invoiced"] for year in debt["versions"][0]["year_sums"]] == [600, 600]
    assert debt["versions"][0]["fiscal"]["limits"] == DEBT["limits"]
    for reader, base in ((town.officer_page, ""), (town.vendor_page, "/vendor")):
        page = reader.get(f"{base}/contracts/{debt['id']}").text
        for words in (
            "債務負担行為",
            "2026年9月20日",
            "令和10年度（2028年度）",
            "3,000,000円（税込）",
            "600円",
        ):
            assert words in page, words
    amended = town.terms(fiscal=LONG, reason="形式を改める。", **two_years)
    path = f"/api/v1/contracts/{debt['id']}/amendments"
    versions = ok(town.officer.post(path, json=amended), 201)["versions"]
    assert [version["fiscal"]["form"] for version in versions] == ["debt_obligation", "long_term"]


def test_the_fiscal_form_is_filled_in_on_the_page(town: Town) -> None:
    project_id = town.awarded()
    browser = Browser(town.officer_page).get(f"/contracts/new?project_id={project_id}")
    assert dict(browser.form("契約を記録する")[1])["fiscal-limits-0-fiscal_year"] == "2027"
    typed: dict[str, Any] = {
        "number": "番-1", "lines-2-quantity": "1", "ends_on": "2029-03-31", "fiscal-form": "single_year",
        "fiscal-limits-0-amount": "９，９９９円", "fiscal-budget-chapter": "総務費", "fiscal-budget-detail": "使用料",
    }  # fmt: skip
    browser.press("契約を記録する", status=422, **typed)
    for words in ("3月31日をまたいでいます", "9,999円を超えます", "2028年度（令和10年度）の額がありません"):
        assert words in browser.text, words
    kept = dict(browser.form("契約を記録する")[1])
    assert {name: kept[name] for name in typed} == typed
    assert kept["fiscal-limits-1-fiscal_year"] == "2028", "the year that has no limit yet is offered"
    given: dict[str, Any] = {
        "fiscal-form": "long_term", "fiscal-ordinance": "架空町条例", "fiscal-most_years": "5",
        "fiscal-budget_clause": "予算が削られたときは解除できる。",
        "fiscal-limits-0-amount": "10000000", "fiscal-limits-1-amount": "10000000",
    }  # fmt: skip
    browser.press("契約を記録する", **given)
    for words in ("長期継続契約", "架空町条例", "総務費／使用料", "10,000,000円"):
        assert words in browser.text, words
    amendment = dict(browser.get(f"{browser.path}/amendment").form("契約を変更する")[1])
    assert {name: amendment[name] for name in given} == given
