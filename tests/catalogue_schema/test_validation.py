"""Every refusal, one line each; all faults at once; and no exception whatever JSON comes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_schema import Fault
from catalogue_schema.model import SUBJECTS, Mode
from tests.catalogue_schema.given import SCHEMA, TODAY, json_answers, json_values, valid_answers


def faults_of(subject: str, changed: dict[str, Any], mode: Mode = "draft") -> list[Fault]:
    return SCHEMA.validate(subject, SCHEMA.example(subject) | changed, mode, today=TODAY)


def registration(**changed: Any) -> list[dict[str, Any]]:
    row = {
        "scheme": "ismap",
        "number": "C1",
        "scope": "全体",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
    }
    return [{**row, **changed}]


def line(**changed: Any) -> dict[str, Any]:
    row = {
        "name": "利用料",
        "charge_type": "monthly",
        "unit": "月",
        "unit_price": "100",
        "quantity_basis": "contract",
    }
    return {**row, "tax_category": "standard", "payee": "vendor", **changed}


CERTS = "security_registrations"
CERT = "/security_registrations/0/"
SOFTWARE_REFUSALS: list[tuple[str, Any, str, str]] = [
    # field, value, pointer, code
    ("name", "あ" * 101, "/name", "too_long"),
    ("name", "ベル\x07", "/name", "control_character"),
    ("name", "行\n行", "/name", "control_character"),
    ("name", "タブ\tタブ", "/name", "control_character"),
    ("name", "消\x7f", "/name", "control_character"),
    ("name", "逆\u202eさ", "/name", "control_character"),
    ("name", "\u200b", "/name", "control_character"),
    ("name", "外字\ue000", "/name", "control_character"),
    ("name", "非文字\uffff", "/name", "control_character"),
    ("name", "片割れ\ud800", "/name", "lone_surrogate"),
    ("name", 5, "/name", "wrong_type"),
    ("name", ["名"], "/name", "wrong_type"),
    ("name", {"ja": "名"}, "/name", "wrong_type"),
    ("description", "鐘\x07", "/description", "control_character"),
    ("description", "長" * 4001, "/description", "too_long"),
    ("name_kana", "漢字", "/name_kana", "not_kana"),
    ("name_kana", "ｶﾀｶﾅ", "/name_kana", "not_kana"),
    ("name_kana", "カナABC", "/name_kana", "not_kana"),
    ("name_en", "まどぐち", "/name_en", "not_latin"),
    ("name_en", "ＡＢＣ", "/name_en", "not_latin"),
    ("website", "ftp://example.jp/", "/website", "bad_url"),
    ("website", "javascript:alert(1)", "/website", "bad_url"),
    ("website", "https://", "/website", "bad_url"),
    ("website", "https://localhost/", "/website", "bad_url"),
    ("website", "https://user:secret@example.jp/", "/website", "bad_url"),
    ("website", "https://example.jp:99999/", "/website", "bad_url"),
    ("website", "http://[::1", "/website", "bad_url"),
    ("website", "https://example.jp/a b", "/website", "bad_url"),
    ("website", "https://example.jp/" + "a" * 500, "/website", "too_long"),
    ("contact_email", "who", "/contact_email", "bad_email"),
    ("contact_email", "a@b", "/contact_email", "bad_email"),
    ("contact_email", "a b@example.jp", "/contact_email", "bad_email"),
    ("contact_email", "a@example.jp\nBcc: b@example.jp", "/contact_email", "control_character"),
    ("contact_phone", "电话", "/contact_phone", "bad_telephone"),
    ("contact_phone", "03-1234", "/contact_phone", "bad_telephone"),
    ("contact_phone", "０３－１２３４－５６７８", "/contact_phone", "bad_telephone"),
    ("business_areas", "gis", "/business_areas", "wrong_type"),
    ("business_areas", ["jumin"], "/business_areas/0", "unknown_term"),
    ("business_areas", ["gis", 3], "/business_areas/1", "wrong_type"),
    ("business_areas", ["gis", "gis"], "/business_areas/1", "duplicate"),
    ("business_areas", ["gis"] * 21, "/business_areas", "too_many"),
    ("route", "rout", "/route", "unknown_term"),
    ("route", 1, "/route", "wrong_type"),
    ("route", ["individual"], "/route", "wrong_type"),
    ("rpo_hours", 1.0, "/rpo_hours", "fractional"),
    ("rpo_hours", float("nan"), "/rpo_hours", "fractional"),
    ("rpo_hours", float("inf"), "/rpo_hours", "fractional"),
    ("rpo_hours", True, "/rpo_hours", "wrong_type"),
    ("rpo_hours", "24", "/rpo_hours", "wrong_type"),
    ("rpo_hours", -1, "/rpo_hours", "too_small"),
    ("rpo_hours", 8761, "/rpo_hours", "too_large"),
    ("rpo_hours", 10**5000, "/rpo_hours", "too_large"),
    ("sla_percent", 99.9, "/sla_percent", "wrong_type"),
    ("sla_percent", "99.99999", "/sla_percent", "too_precise"),
    ("sla_percent", "100.1", "/sla_percent", "too_large"),
    ("sla_percent", "-1", "/sla_percent", "too_small"),
    ("sla_percent", "NaN", "/sla_percent", "wrong_type"),
    ("sla_percent", "Infinity", "/sla_percent", "wrong_type"),
    ("sla_percent", "1e2", "/sla_percent", "wrong_type"),
    ("sla_percent", "９９", "/sla_percent", "wrong_type"),
    ("sla_percent", True, "/sla_percent", "wrong_type"),
    ("api_available", "true", "/api_available", "wrong_type"),
    ("api_available", 1, "/api_available", "wrong_type"),
    ("april_order_by", "2026-02-30", "/april_order_by", "impossible_date"),
    ("april_order_by", "令和0年4月1日", "/april_order_by", "impossible_date"),
    ("april_order_by", "R0.4.1", "/april_order_by", "impossible_date"),
    ("april_order_by", "いつか", "/april_order_by", "impossible_date"),
    ("april_order_by", "R8.4.1", "/april_order_by", "wrong_type"),
    ("april_order_by", "1899-12-31", "/april_order_by", "too_early"),
    ("april_order_by", "2056-11-24", "/april_order_by", "too_far_ahead"),
    ("april_order_by", 20261123, "/april_order_by", "wrong_type"),
    ("accessibility_tested_on", "2026-11-24", "/accessibility_tested_on", "in_future"),
    (CERTS, registration(valid_until="2025-12-31"), CERT + "valid_until", "before_start"),
    (CERTS, registration(valid_from="2026-12-01"), CERT + "valid_from", "in_future"),
    (CERTS, registration(scheme="iso27001"), CERT + "scheme", "unknown_term"),
    (CERTS, registration(colour="red"), CERT + "colour", "unknown_column"),
    ("security_registrations", {"scheme": "ismap"}, "/security_registrations", "wrong_type"),
    ("security_registrations", ["ismap"], "/security_registrations/0", "wrong_type"),
    (CERTS, registration() * 21, "/security_registrations", "too_many"),
    ("public_saas", [{"point": "government_cloud", "met": True}] * 2, "/public_saas/1/point", "duplicate"),
]  # fmt: skip

OFFER_REFUSALS: list[tuple[str, Any, str, str]] = [
    ("price_lines", [line(unit_price="1000000000001")], "/price_lines/0/unit_price", "too_large"),
    ("price_lines", [line(unit_price=10**12 + 1)], "/price_lines/0/unit_price", "too_large"),
    ("price_lines", [line(unit_price="-1000000000001")], "/price_lines/0/unit_price", "too_small"),
    ("price_lines", [line(unit_price="9" * 30)], "/price_lines/0/unit_price", "too_large"),
    ("price_lines", [line(unit_price="8.88888")], "/price_lines/0/unit_price", "too_precise"),
    ("price_lines", [line(unit_price=8.8)], "/price_lines/0/unit_price", "wrong_type"),
    ("price_lines", [line(), line()], "/price_lines/1/name", "duplicate"),
    ("price_lines", [line(name="ＳａａＳ"), line(name=" saas ")], "/price_lines/1/name", "duplicate"),
    ("price_lines", [line(payee="bank")], "/price_lines/0/payee", "unknown_term"),
    ("minimum_term_months", 121, "/minimum_term_months", "too_large"),
    ("minimum_term_months", 12.5, "/minimum_term_months", "fractional"),
]


@pytest.mark.parametrize(
    ("subject", "field", "value", "pointer", "code"),
    [("software", *case) for case in SOFTWARE_REFUSALS] + [("offer", *case) for case in OFFER_REFUSALS],
    ids=lambda value: (
        repr(value)[:40].encode("ascii", "backslashreplace").decode() if not isinstance(value, int) else "int"
    ),
)
def test_a_wrong_value_is_refused_with_place_reason_and_remedy(
    subject: str, field: str, value: Any, pointer: str, code: str
) -> None:
    faults = faults_of(subject, {field: value})
    assert [(fault.pointer, fault.code) for fault in faults] == [(pointer, code)]
    fault = faults[0]
    assert fault.field == field
    assert SCHEMA.field(subject, field).label_ja in fault.message
    assert fault.remedy


ACCEPTED: list[tuple[str, str, Any]] = [
    ("software", "name", "﨑髙𠮷 №1（①㈱）"),
    ("software", "name", "葛\U000e0100城市"),
    ("software", "description", "一行目\r\n二行目"),
    ("software", "name_kana", "まどぐち ナビー・ヴ"),
    ("software", "name_en", "Café Øresund – 2"),
    ("software", "website", "https://日本語.jp/案内?x=1#y"),
    ("software", "contact_phone", "+81-3-1234-5678"),
    ("software", "contact_phone", "0312345678"),
    ("software", "sla_percent", "99.9900000"),
    ("software", "sla_percent", 100),
    ("software", "april_order_by", "2056-11-23"),
    ("software", "accessibility_tested_on", "2026-11-23"),
    ("software", "security_registrations", registration(valid_from=None)),
    ("software", "security_registrations", registration(valid_until="2026-01-01")),
    ("software", "security_registrations", [*registration(), {}, {"scheme": " "}]),
    ("software", "rpo_hours", None),
    ("offer", "price_lines", [line(unit_price="0"), line(name="割引", unit_price="-8.8888")]),
    ("offer", "price_lines", [line(unit_price="1000000000000")]),
]


@pytest.mark.parametrize(("subject", "field", "value"), ACCEPTED)
def test_unusual_but_right_values_pass(subject: str, field: str, value: Any) -> None:
    assert faults_of(subject, {field: value}, "complete") == []


@pytest.mark.parametrize("answers", [None, [], "text", 5, True, 1.5])
def test_answers_that_are_no_object_are_one_fault(answers: Any) -> None:
    assert [fault.code for fault in SCHEMA.validate("software", answers, "draft", today=TODAY)] == [
        "wrong_type"
    ]


def test_all_faults_come_at_once_in_form_order() -> None:
    wrong = {"rpo_hours": -1, "unknown": 1, "name": "あ" * 101, "website": "x", "business_areas": ["x", "y"]}
    pointers = [fault.pointer for fault in SCHEMA.validate("software", wrong, "draft", today=TODAY)]
    assert pointers == [
        "/name",
        "/website",
        "/business_areas/0",
        "/business_areas/1",
        "/rpo_hours",
        "/unknown",
    ]


def test_a_text_both_too_long_and_with_a_control_character_has_both_faults() -> None:
    assert [fault.code for fault in faults_of("software", {"name": "あ\x07" * 60})] == [
        "control_character",
        "too_long",
    ]


@pytest.mark.parametrize(
    ("field", "written", "meant"),
    [
        ("business_areas", "住民票", "resident_register"),
        ("business_areas", "resident_registr", "resident_register"),
        ("business_areas", "書かない窓口", "counter_dx_saas"),
        ("business_areas", "窓口ＤＸＳａａＳ", "counter_dx_saas"),
        ("cloud_provider", "AWS", "aws"),
        ("dpi_used", "マイナンバーカード", "jpki"),
        ("export_formats", "エクセル", "xlsx"),
    ],
)
def test_an_unknown_term_names_the_nearest(field: str, written: str, meant: str) -> None:
    (fault,) = faults_of("software", {field: [written]})
    assert fault.code == "unknown_term"
    assert f"「{meant}」" in fault.remedy


def test_a_term_like_no_other_is_answered_with_examples() -> None:
    (fault,) = faults_of("software", {"business_areas": ["qqqq"]})
    assert "resident_register" in fault.remedy


@pytest.mark.parametrize(
    ("written", "meant"),
    [("nmae", "name"), ("概要", "summary"), ("sumary", "summary"), ("SLA", "sla_percent")],
)
def test_an_unknown_field_names_the_nearest(written: str, meant: str) -> None:
    (fault,) = faults_of("software", {written: 1})
    assert (fault.code, fault.field) == ("unknown_field", written)
    assert f"「{meant}」" in fault.remedy


def test_pointers_are_escaped_as_rfc_6901_asks() -> None:
    (fault,) = faults_of("software", {"a/b~c": 1})
    assert fault.pointer == "/a~1b~0c"


def test_faults_can_always_be_sent() -> None:
    faults = SCHEMA.validate("software", {"\ud800": 1, "x" * 10**6: 1, "\x00": 1}, "draft", today=TODAY)
    assert len(faults) == 3
    json.dumps(
        [(fault.pointer, fault.message, fault.remedy, fault.field) for fault in faults], ensure_ascii=False
    ).encode()
    assert all(len(fault.message) < 500 for fault in faults)


def test_a_flood_of_unknown_fields_is_summed_up() -> None:
    faults = SCHEMA.validate("software", {f"x{number}": 1 for number in range(5000)}, "draft", today=TODAY)
    assert len(faults) == 201
    assert "4800" in faults[-1].message


@pytest.mark.parametrize("subject", SUBJECTS)
def test_draft_asks_for_nothing_and_complete_for_each_required_field(subject: str) -> None:
    required = [field.name for field in SCHEMA.fields(subject) if field.required]
    assert required
    assert SCHEMA.validate(subject, {}, "draft", today=TODAY) == []
    faults = SCHEMA.validate(subject, {}, "complete", today=TODAY)
    assert [fault.field for fault in faults] == required
    assert {fault.code for fault in faults} == {"required"}


@pytest.mark.parametrize("blank", [None, "", "  \n", [], [{}], [{"name": ""}]])
def test_blank_answers_are_no_answers(blank: Any) -> None:
    faults = SCHEMA.validate(
        "offer", {**SCHEMA.example("offer"), "price_lines": blank}, "complete", today=TODAY
    )
    assert [(fault.pointer, fault.code) for fault in faults] == [("/price_lines", "required")]


def test_complete_asks_for_the_required_columns_of_each_row() -> None:
    assert faults_of("offer", {"price_lines": [{"name": "利用料"}]}) == []
    faults = faults_of("offer", {"price_lines": [{"name": "利用料"}]}, "complete")
    assert [fault.pointer for fault in faults] == [
        f"/price_lines/0/{name}"
        for name in ("charge_type", "unit", "unit_price", "quantity_basis", "tax_category", "payee")
    ]
    assert faults[0].message.startswith("「価格表」1行目「課金の種類」")


@given(answers=json_values, mode=st.sampled_from(["draft", "complete"]))
def test_validate_never_raises_on_any_json(answers: Any, mode: Mode) -> None:
    for subject in SUBJECTS:
        for fault in SCHEMA.validate(subject, answers, mode, today=TODAY):
            (fault.pointer + fault.message + fault.remedy + fault.field).encode()


@given(answers=json_answers("software") | json_answers("offer"))
def test_validate_never_raises_on_wrong_answers_to_real_fields(answers: dict[str, Any]) -> None:
    for subject in SUBJECTS:
        for fault in SCHEMA.validate(subject, answers, "complete", today=TODAY):
            (fault.pointer + fault.message + fault.remedy + fault.field).encode()


@settings(suppress_health_check=[HealthCheck.too_slow])  # every field at once, on a busy machine
@given(software=valid_answers("software"), offer=valid_answers("offer"))
def test_valid_answers_have_no_faults(software: dict[str, Any], offer: dict[str, Any]) -> None:
    assert SCHEMA.validate("software", software, "complete", today=TODAY) == []
    assert SCHEMA.validate("offer", offer, "complete", today=TODAY) == []
