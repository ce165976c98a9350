"""Answers of the catalogue schema as forms and as pages: plain views that components/answers.html draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.web.forms import ADD_ROW, Form
from catalogue_schema import Field, Schema
from catalogue_schema.display import Shown
from catalogue_schema.model import NOT_ANSWERED, Question

BLANK_ROWS = 2
"""Blank rows under the answered ones of a `rows` field; 「行を追加」 gives as many again."""


@dataclass(frozen=True)
class InputView:
    """One input: `name` is its form name and id. `value` is a text, or the chosen codes of `choices`."""

    name: str
    question: Question
    value: str | list[str]
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FieldView:
    """One field of a form: either a single `input`, or `rows` of inputs."""

    field: Field
    input: InputView | None
    rows: tuple[tuple[InputView, ...], ...] = ()
    filled: int = 0
    """How many of the rows hold something; the others are blank."""
    add_row: str = ""
    """Value of the button that asks for more rows; empty where the field has as many as it may."""


@dataclass(frozen=True)
class FormGroup:
    """One section of the form."""

    name: str
    label: str
    hint: str
    fields: tuple[FieldView, ...]


def form_groups(
    schema: Schema,
    subject: str,
    answers: Mapping[str, Any],
    *,
    group: str | None = None,
    form: Form | None = None,
) -> tuple[FormGroup, ...]:
    """The form of a subject, or of one `group` of it, filled with `answers` (unreadable texts of a posted form too).

    Pass the posted `form` when rendering again, so that blank rows asked for by 「行を追加」 stay.
    """
    return tuple(
        FormGroup(
            head.name,
            head.label(),
            head.hint_ja,
            tuple(_field_view(schema, f, answers.get(f.name), form) for f in head.fields),
        )
        for head in schema.groups(subject)
        if group is None or head.name == group
    )


def _field_view(schema: Schema, field: Field, value: object, form: Form | None) -> FieldView:
    shown = schema.form_value(field, value)
    if field.kind != "rows":
        text = [str(item) for item in shown] if isinstance(shown, list) else shown
        return FieldView(field, _input(schema, field, field.name, text))
    filled: list[Mapping[str, Any]] = (
        [row for row in shown if isinstance(row, dict)] if isinstance(shown, list) else []
    )
    blank = BLANK_ROWS if filled else BLANK_ROWS + 1
    if form is not None:
        posted = {name.split("-")[1] for name in form.values if name.startswith(f"{field.name}-")}
        blank = max(blank, len(posted) - len(filled))
        if form.more_rows_of == field.name:
            blank += BLANK_ROWS + 1
    total = min(len(filled) + blank, max(field.max_rows, len(filled)))
    rows = tuple(
        tuple(
            _input(schema, column, f"{field.name}-{index}-{column.name}", _cell(filled, index, column))
            for column in field.columns
        )
        for index in range(total)
    )
    return FieldView(field, None, rows, len(filled), ADD_ROW + field.name if total < field.max_rows else "")


def _cell(filled: Sequence[Mapping[str, Any]], index: int, column: Question) -> str | list[str]:
    empty: str | list[str] = [] if column.kind == "choices" else ""
    value: str | list[str] = filled[index].get(column.name, empty) if index < len(filled) else empty
    return value


def _input(schema: Schema, question: Question, name: str, value: str | list[str]) -> InputView:
    options: tuple[tuple[str, str], ...] = ()
    if question.vocabulary is not None:
        vocabulary = schema.vocabulary_of(question)
        given = set(value if isinstance(value, list) else [value])
        known = [(term.code, term.ja) for term in vocabulary.current()]
        # A retired or misspelt value stays to be seen, so that saving again does not silently lose it.
        others = [(code, vocabulary.label(code)) for code in given - {code for code, _ in known} if code]
        options = tuple(known + sorted(others))
    elif question.kind == "boolean":
        options = (("true", "はい"), ("false", "いいえ"))
    return InputView(name, question, value, options)


@dataclass(frozen=True)
class AnswerView:
    """One field as people read it: `shown` is a text, labels, or rows (column name → text)."""

    field: Field
    answered: bool
    shown: Shown
    raw: object


@dataclass(frozen=True)
class AnswerGroup:
    """One section of a page."""

    name: str
    label: str
    answers: tuple[AnswerView, ...]


def answer_groups(
    schema: Schema,
    subject: str,
    answers: Mapping[str, Any],
    *,
    version: int | None = None,
    taxed_on: date | None = None,
) -> tuple[AnswerGroup, ...]:
    """The answers by section, each rendered by the schema `version` that they were made under (None: the current);
    prices without tax are shown with the tax of the day `taxed_on` as well."""
    aged = schema if version is None else schema.at(version)
    return tuple(
        AnswerGroup(
            head.name,
            head.label(),
            tuple(
                AnswerView(f, shown != NOT_ANSWERED["ja"], shown, answers.get(f.name))
                for f in head.fields
                for shown in (aged.display(f, answers.get(f.name), taxed_on=taxed_on),)
            ),
        )
        for head in aged.groups(subject)
    )


def section_names(schema: Schema, subject: str, *, version: int | None = None) -> tuple[tuple[str, str], ...]:
    """Name and label of each section of `answer_groups`."""
    aged = schema if version is None else schema.at(version)
    return tuple((head.name, head.label()) for head in aged.groups(subject))
