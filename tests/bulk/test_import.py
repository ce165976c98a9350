"""Bulk imports by API: all or nothing, every fault with its row and column, twice the same, and back again."""

from __future__ import annotations

import pytest

from tests.bulk.desk import Desk

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
