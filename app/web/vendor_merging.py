"""Two people in one section: what each of them changed, and which of the two is kept, field by field.

A form carries the marks of what it was opened with, so that a save that comes second can tell its own changes from the
other's: what only the other changed is theirs unless asked otherwise, and nothing typed is lost.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.web.forms import Form
from catalogue_schema import Change, Schema
from catalogue_schema.value_checks import is_blank

BASE = "base"
TAKE = "take-"
STORED, TYPED = "stored", "typed"


@dataclass(frozen=True)
class Choice:
    """One field that is stored otherwise than it was typed here; `kept` is what is proposed."""

    change: Change
    kept: str
    both: bool
    """Whether both changed it since the form was opened."""


def _mark(value: Any) -> str:
    text = "" if is_blank(value) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def marks(schema: Schema, kind: str, group: str, answers: Mapping[str, Any]) -> str:
    """What a section was opened with, short enough for a hidden input."""
    names = [field.name for field in schema.fields(kind) if field.group == group]
    return json.dumps({name: _mark(answers.get(name)) for name in names}, separators=(",", ":"))


def _opened_with(form: Form) -> Mapping[str, str]:
    try:
        given = json.loads(form.get(BASE) or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def choices(
    form: Form, differences: Sequence[Change], stored: Mapping[str, Any], typed: Mapping[str, Any]
) -> list[Choice]:
    """What to keep of each field that differs, as a proposal: what was typed where this form changed it."""
    opened = _opened_with(form)
    made = []
    for change in differences:
        name = change.field.name
        mine = opened.get(name) != _mark(typed.get(name))
        theirs = opened.get(name) != _mark(stored.get(name))
        made.append(Choice(change, TYPED if mine else STORED, mine and theirs))
    return made


def merged(schema: Schema, kind: str, form: Form, stored: Mapping[str, Any]) -> Form:
    """The form with the stored answers in place of what was typed, for the fields where these were chosen."""
    taken = {
        name.removeprefix(TAKE) for name in form if name.startswith(TAKE) and form.get(name) == STORED
    } & {field.name for field in schema.fields(kind)}
    if not taken:
        return form
    kept = {name: values for name, values in form.values.items() if name.partition("-")[0] not in taken}
    chosen = {name: value for name, value in stored.items() if name in taken}
    written = schema.to_form(kind, chosen)
    return Form(kept | {name: values for name, values in written.items() if name.partition("-")[0] in taken})
