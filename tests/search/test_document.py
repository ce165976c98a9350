from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from search.engine import ROTATIONS, Document, IndexSettings

BASE = Document(
    id="s1",
    revision=1,
    revision_id="r1",
    updated_at=datetime(2026, 11, 1, tzinfo=UTC),
    texts={"name": "住民票"},
    terms={"cloud": ("AWS", "GCP")},
    numbers={"price": (1, 2)},
    validity={"certificate": (("ISMAP", date(2027, 1, 1)),)},
)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "s2"},
        {"revision": 2},
        {"revision_id": "r2"},
        {"updated_at": datetime(2026, 11, 2, tzinfo=UTC)},
        {"texts": {"summary": "住民票"}},
        {"terms": {"cloud": ("AWS",)}},
        {"terms": {"area": ("AWS", "GCP")}},
        {"numbers": {"price": 1}},
        {"validity": {"certificate": (("ISMAP", None),)}},
        {"visible_from": date(2026, 1, 1)},
        {"visible_until": date(2026, 1, 1)},
        {"part_revision_ids": ("p1",)},
    ],
)
def test_every_part_is_in_the_fingerprint(change: dict[str, Any]) -> None:
    assert replace(BASE, **change).fingerprint != BASE.fingerprint


def test_order_and_zone_and_emptiness_are_not() -> None:
    same = replace(
        BASE,
        terms={"area": (), "cloud": ("GCP", "AWS", "AWS")},
        numbers={"price": (2, 1)},
        updated_at=BASE.updated_at.astimezone(timezone(timedelta(hours=9))),
    )
    assert same.fingerprint == BASE.fingerprint


def test_tie_keys_are_fixed_and_come_from_the_id() -> None:
    assert replace(BASE, revision=2).tie_keys == BASE.tie_keys
    assert replace(BASE, id="s2").tie_keys != BASE.tie_keys
    assert len(set(BASE.tie_keys)) == ROTATIONS
    assert all(0 <= key < 2**63 for key in BASE.tie_keys)
    # Stored in indexes and relied on by saved evidence: must never change.
    assert BASE.tie_keys[0] == 6440864838446276251


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"id": "a\x1fb"}, {"texts": {"colour": "x"}}, {"updated_at": datetime(2026, 1, 1)}],  # noqa: DTZ001  # naive on purpose
)
def test_impossible_documents_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"id|unknown|zone"):
        replace(BASE, **change)


@pytest.mark.parametrize(
    "settings",
    [
        {"facets": ("a",), "lapse_facets": ("a",)},
        {"facets": ("",)},
        {"facets": ("a",), "ranges": ("a",)},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"facet|name"):
        IndexSettings(**settings)


def test_settings_do_not_depend_on_order() -> None:
    assert IndexSettings(facets=("b", "a", "a")) == IndexSettings(facets=("a", "b"))
    assert IndexSettings(ranges=("p",), sortable=("q", "name")).numbers == ("p", "q")
