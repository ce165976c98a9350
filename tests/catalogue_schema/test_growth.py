"""Fields and vocabulary terms may be added and retired, never removed: published answers hold their names."""

from __future__ import annotations

from pathlib import Path

from tests.catalogue_schema.given import SCHEMA

COMMITTED = Path(__file__).with_name("published_names.txt")


def _names() -> set[str]:
    found = set()
    for field in SCHEMA.every_field:
        found.add(f"field {field.subject}.{field.name}")
        found |= {f"column {field.subject}.{field.name}.{column.name}" for column in field.columns}
    for vocabulary in SCHEMA.vocabularies.values():
        found |= {f"term {vocabulary.name}.{term.code}" for term in vocabulary.terms}
    return found


def test_nothing_that_answers_may_hold_is_removed_and_what_is_new_is_listed() -> None:
    committed = set(COMMITTED.read_text("utf-8").splitlines())
    assert sorted(committed - _names()) == [], "removed: retire terms (retired_since), end fields (until)"
    assert sorted(_names() - committed) == [], f"new: add these lines to {COMMITTED.name}"
    assert len(committed) > 300
