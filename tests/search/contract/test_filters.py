from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from search.engine import And, Exists, Filter, In, Not, Or, Range
from tests.search.contract.adapters import TODAY, Adapter, document

PUBLIC = {"juminhyo", "zei", "madoguchi", "server", "kintone", "kaikei", "shinsei", "yoyaku"}
AWKWARD = (
    "", " ", '"', 'A"B\\C', "\\", "'", "a・b", "ISMS（ISO/IEC 27001）", "a:b", "x OR y", "[1 TO 2]", "*", "=",
    "=x", "Ａ", "A", "a", "👍", "line\nbreak", "AND", "-", "a,b", "a/b", "%", "null", "0", "\ud800", "長" * 300,
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (In("cloud", ("AWS",)), {"juminhyo", "zei"}),
        (In("cloud", ("AWS", "さくら")), {"juminhyo", "zei", "madoguchi"}),
        (In("cloud", ()), set()),
        (In("cloud", ("aws",)), set()),
        (In("area", ('A"B\\C',)), {"madoguchi"}),
        (In("area", ("",)), {"server"}),
        (In("area", ("a・b",)), {"server"}),
        (In("certificate", ("ISMAP",)), {"juminhyo", "madoguchi"}),
        (In("certificate", ("ISMS（ISO/IEC 27001）",)), {"zei"}),
        (In("certificate", ("ISMAP", "ISMS（ISO/IEC 27001）")), {"juminhyo", "zei", "madoguchi"}),
        (In("certificate", ("ISM",)), set()),
        (Range("price", maximum=100_000), {"zei", "server"}),
        (Range("price", minimum=200_000), {"zei"}),
        (Range("price", 100_000, 200_000), {"juminhyo"}),
        (Range("price", 50_000, 50_000), {"server"}),
        (Range("price", 2, 1), set()),
        (Range("price"), {"juminhyo", "zei", "server"}),
        (Range("price", -(10**30), 10**30), {"juminhyo", "zei", "server"}),
        (Exists("cloud"), {"juminhyo", "zei", "madoguchi", "server"}),
        (Exists("certificate"), {"juminhyo", "zei", "madoguchi"}),
        (Exists("users"), {"juminhyo"}),
        (Not(Exists("cloud")), {"kintone", "kaikei", "shinsei", "yoyaku"}),
        (Not(In("cloud", ("AWS",))), PUBLIC - {"juminhyo", "zei"}),
        (Not(Not(In("cloud", ("AWS",)))), {"juminhyo", "zei"}),
        (And(()), PUBLIC),
        (Or(()), set()),
        (And((In("cloud", ("AWS",)), Range("price", maximum=100_000))), {"zei"}),
        (Or((In("cloud", ("GCP",)), Exists("users"))), {"server", "juminhyo"}),
        (And((Or((Exists("price"),)), Not(Or((Exists("users"), In("cloud", ("GCP",))))))), {"zei"}),
    ],
)
def test_filter_trees(catalogue: Adapter, condition: Filter, found: set[str]) -> None:
    assert catalogue.ids(filter=condition) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"selected": {"cloud": ("AWS", "GCP")}}, {"juminhyo", "zei", "server"}),
        ({"selected": {"cloud": ("AWS",), "certificate": ("ISMAP",)}}, {"juminhyo"}),
        ({"selected": {"cloud": ("AWS",)}, "ranges": {"price": (None, 100_000)}}, {"zei"}),
        ({"ranges": {"price": (100_000, None), "users": (500, 500)}}, {"juminhyo"}),
        ({"selected": {"cloud": ("AWS",)}, "filter": Not(Exists("users"))}, {"zei"}),
    ],
)
def test_facets_add_up_and_values_are_alternatives(
    catalogue: Adapter, options: dict[str, Any], found: set[str]
) -> None:
    assert catalogue.ids(**options) == found


@pytest.mark.parametrize("facet", ["cloud", "certificate"])
def test_any_value_filters_to_itself_and_counts_as_itself(adapter: Adapter, facet: str) -> None:
    stored = {value: value.replace("\ud800", "\ufffd") for value in AWKWARD}
    adapter.load(
        document(f"d{index}", terms={facet: (value,)})
        if facet == "cloud"
        else document(f"d{index}", validity={facet: ((value, None),)})
        for index, value in enumerate(AWKWARD)
    )
    for index, value in enumerate(AWKWARD):
        assert adapter.ids(selected={facet: (value,)}) == {f"d{index}"}, value
    counts = adapter.ask(facets=(facet,)).facets[facet]
    assert sorted(counts) == sorted((value, 1) for value in stored.values())


def test_a_certificate_counts_through_its_last_day(adapter: Adapter) -> None:
    adapter.load(
        [
            document("ends", validity={"certificate": (("ISMAP", TODAY),)}),
            document("renewed", validity={"certificate": (("ISMAP", TODAY), ("ISMAP", date(2028, 1, 1)))}),
            document("endless", validity={"certificate": (("ISMAP", None), ("ISMAP", date(2020, 1, 1)))}),
            document("lapsed", validity={"certificate": (("ISMAP", TODAY - timedelta(1)),)}),
        ]
    )
    valid, later = {"ends", "renewed", "endless"}, {"renewed", "endless"}
    for today, found in ((TODAY, valid), (TODAY + timedelta(1), later)):
        for options in (
            {"selected": {"certificate": ("ISMAP",)}},
            {"filter": In("certificate", ("ISMAP",))},
            {"filter": Exists("certificate")},
        ):
            assert adapter.ids(today=today, **options) == found
        counts = adapter.ask(today=today, facets=("certificate",)).facets["certificate"]
        assert counts == (("ISMAP", len(found)),)


def test_the_window_includes_both_days(adapter: Adapter) -> None:
    adapter.load([document("d", "窓口", visible_from=TODAY, visible_until=TODAY + timedelta(1))])
    days = {shift: adapter.ids(today=TODAY + timedelta(shift)) for shift in (-1, 0, 1, 2)}
    assert days == {-1: set(), 0: {"d"}, 1: {"d"}, 2: set()}


def test_hidden_ids_are_in_no_hit_total_or_count(catalogue: Adapter) -> None:
    results = catalogue.ask(hidden_ids=("zei", "nobody"), facets=("cloud",), limit=100)
    assert {hit.id for hit in results.hits} == PUBLIC - {"zei"}
    assert results.total == len(PUBLIC) - 1
    assert dict(results.facets["cloud"])["AWS"] == 1
