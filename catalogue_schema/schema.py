"""``Schema``: one object that answers every question about what may be said of a listing."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from catalogue_schema import answers as answers_
from catalogue_schema import change_classes, comparison, display, facets, forms, json_schema, validation
from catalogue_schema.declarations import Declarations
from catalogue_schema.facets import FacetValue
from catalogue_schema.loading import read_declarations
from catalogue_schema.model import (
    Change,
    ComparisonRow,
    Completeness,
    FacetSpec,
    Fault,
    Language,
    Mode,
    Question,
)

_OWN_FOLDER = Path(__file__).parent


class Schema(Declarations):
    """The content triangle: forms, validation, JSON Schema, facets, comparison and search, all from the
    declarations.

    Immutable; ``at(version)`` gives the schema as it was. ``subject`` is ``software`` or ``offer``
    everywhere; another one raises ``SubjectUnknown``. ``answers`` map field names to JSON values.
    """

    def validate(self, subject: str, answers: object, mode: Mode, today: date) -> list[Fault]:
        """All faults at once, in form order. ``draft`` checks what is there; ``complete`` asks for what is
        required.

        ``answers`` may be any JSON value. ``today`` bounds dates. Never raises for what a client sent.
        """
        return validation.find_faults(self, subject, answers, mode, today)

    def normalise(self, subject: str, answers: object) -> dict[str, Any]:
        """The stored form of answers: NFC, trimmed, blanks absent, in a fixed order. Idempotent."""
        return answers_.normalised(self, subject, answers)

    def completeness(self, subject: str, answers: Mapping[str, Any]) -> Completeness:
        """How much is answered, and what is missing."""
        return answers_.completeness(self, subject, answers)

    def json_schema(self, subject: str, base_url: str = "", mode: Mode = "complete") -> dict[str, Any]:
        """JSON Schema 2020-12 of the answers; ``$id`` is ``{base_url}/{subject}/{version}``, absent without
        a base.
        """
        return json_schema.build(self, subject, base_url, mode)

    def facets(self) -> tuple[FacetSpec, ...]:
        """The search facets of both subjects; names are unique and serve as URL parameters."""
        return facets.specs(self)

    def facet_values(self, subject: str, answers: Mapping[str, Any], today: date) -> dict[str, FacetValue]:
        """What a listing is found under at ``today``: codes (``["true"]`` for flags) or a number; expired
        rows nothing.

        ``price`` is the fixed monthly price in whole yen without tax (fractions cut off), absent for
        use-based offers.
        """
        return facets.values(self, subject, answers, today)

    def facet_validity(
        self, subject: str, answers: Mapping[str, Any]
    ) -> dict[str, list[tuple[str, str | None]]]:
        """The values of terms and flags with the last ISO date each counts, so that an index can filter by
        date.
        """
        return facets.validity(self, subject, answers)

    def search_texts(self, subject: str, answers: Mapping[str, Any]) -> dict[str, str]:
        """Texts to index, by search attribute (``facets.SEARCH_ATTRIBUTES``, all always present)."""
        return facets.search_texts(self, subject, answers)

    def comparison_rows(
        self,
        columns: Sequence[comparison.Compared],
        subject: str,
        lang: Language = "ja",
        taxed_on: date | None = None,
    ) -> tuple[ComparisonRow, ...]:
        """One row for each field, one cell for each column; a column is answers, or (answers, schema
        version).

        A missing answer is 未回答; a question that the column's version did not have is この版では質問なし.
        Prices without tax are shown with the tax of ``taxed_on`` as well.
        """
        return comparison.rows(self, columns, subject, lang, taxed_on)

    def changes(
        self, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[Change, ...]:
        """What differs between two sets of answers, in form order."""
        return comparison.changes(self, subject, before, after)

    def classed_changes(
        self, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[change_classes.ClassedChange, ...]:
        """The same with the class of each: 軽微 (``minor``) or 重要 (``major``), as the fields declare."""
        return change_classes.classed(self, subject, before, after)

    def display(
        self, field: Question, value: object, lang: Language = "ja", taxed_on: date | None = None
    ) -> display.Shown:
        """What a page shows: a text, labels for ``choices``, dicts (column name → text) for ``rows``; prices
        without tax with the tax of ``taxed_on`` as well.
        """
        return display.shown(self, field, value, lang, taxed_on)

    def display_text(self, field: Question, value: object, lang: Language = "ja") -> str:
        """The same as one text, for exports and messages."""
        return display.as_text(self, field, value, lang)

    def form_value(self, field: Question, value: object) -> forms.FormValue:
        """What the inputs of a field hold, unreadable text included."""
        return forms.value_for_form(field, value)

    def to_form(self, subject: str, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        """The whole form as name → values, as a browser would post it."""
        return forms.write(self, subject, answers)

    def from_form(
        self, subject: str, form: Mapping[str, Sequence[str]], group: str | None = None
    ) -> tuple[dict[str, Any], list[Fault]]:
        """Answers of a posted form and what could not be read. With ``group``, only that section's fields
        are read.

        Full-width digits, commas, units and 和暦 dates are understood. Unreadable text is kept in the
        answers as typed.
        """
        return forms.read(self, subject, form, group)

    def check_form(
        self, subject: str, form: Mapping[str, Sequence[str]], mode: Mode, today: date
    ) -> tuple[dict[str, Any], list[Fault]]:
        """``from_form`` and ``validate`` in one, with one fault for each place."""
        return forms.read_and_check(self, subject, form, mode, today)

    def merge_form(
        self, subject: str, current: Mapping[str, Any], form_answers: Mapping[str, Any], group: str
    ) -> dict[str, Any]:
        """``current`` with one section replaced by what its form held: fields left empty there are
        unanswered.
        """
        section = {field.name for field in self.fields(subject) if field.group == group}
        kept = {name: value for name, value in current.items() if name not in section}
        return {**kept, **{name: value for name, value in form_answers.items() if name in section}}

    def input_name(self, subject: str, pointer: str) -> str:
        """The name of the form input that a fault's pointer belongs to."""
        return forms.input_name(self, subject, pointer)

    def example(self, subject: str, required_only: bool = False) -> dict[str, Any]:
        """A complete valid example (fictional) in stored form; a copy that the caller may change."""
        fields = (field for field in self.fields(subject) if field.required or not required_only)
        return self.normalise(subject, {field.name: copy.deepcopy(field.example) for field in fields})


@cache
def load_schema(extra_dir: Path | None = None) -> Schema:
    """The schema of the package's own TOML files, with those of ``extra_dir`` laid over them. Cached by
    folder.

    Raises ``DeclarationInvalid`` where a file declares what cannot be meant, ``FileNotFoundError`` for a
    missing folder.
    """
    if extra_dir is not None and not extra_dir.is_dir():
        raise FileNotFoundError(extra_dir)
    declared = read_declarations(_OWN_FOLDER, *([extra_dir] if extra_dir is not None else []))
    return Schema(declared.version, declared.heads, declared.every_field, declared.vocabularies)
