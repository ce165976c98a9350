"""What was typed into a form, as the pages of refusals show it again: labelled as the form labelled it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from fastapi import Request
from jinja2 import Environment, nodes

from app.web.forms import CREDENTIALS, TECHNICAL, Form
from app.web.sent_choices import chosen_text
from catalogue_schema import Schema

_MACROS = frozenset({"text_input", "date", "textarea", "select", "radios", "checkboxes", "checkbox"})
_OPENERS = frozenset({"form_open", "confirm"})
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)"')
_ROW = re.compile(r"(.+)-([0-9]{1,4})-([a-z_]+)")
_TICKED = {"true": "はい", "false": "いいえ"}

Pairs = Sequence[tuple[str, str]]


def form_of(request: Request) -> Form | None:
    """The form that this request posted, if it was read."""
    return getattr(request.state, "form", None)


def resendable(values: Mapping[str, Sequence[str]]) -> Pairs:
    """Every name and value that a second sending has to carry, without what each form says about itself."""
    return [(name, one) for name, given in values.items() if name not in CREDENTIALS for one in given]


def shown(
    environment: Environment, schema: Schema | None, path: str, values: Mapping[str, Sequence[str]]
) -> Pairs:
    """Label and text of everything that a person typed or chose into the form posted to `path`.

    Nothing hidden, nothing empty. Choices are shown by their texts. A name that no template labels stands for itself.
    """
    labels, hidden = _of_templates(environment)
    own = _of_schema(schema) if schema else {}
    own |= {name: label for (where, name), label in labels.items() if where == _verb(path)}
    known = {name: label for (_, name), label in sorted(labels.items(), reverse=True)} | own
    found = []
    for name, given in values.items():
        text = "、".join(
            _TICKED.get(one) or chosen_text(environment, schema, name, one, values)
            for one in given
            if one.strip()
        )
        if text and name not in TECHNICAL and (name in own or name not in hidden):
            found.append((_label(known, name), text))
    return found


def _label(known: Mapping[str, str], name: str) -> str:
    if name in known:
        return known[name]
    row = _ROW.fullmatch(name)
    if row is None:
        return known.get(f"-{name.rpartition('-')[2]}", name)
    column = known.get(f"{row[1]}-{row[3]}", known.get(f"-{row[3]}", row[3]))
    return f"{int(row[2]) + 1}行目の{column}"


def _verb(path: str) -> str:
    return path.partition("?")[0].rpartition("/")[2]


@cache
def _of_templates(environment: Environment) -> tuple[Mapping[tuple[str, str], str], frozenset[str]]:
    """Labels by (last part of the form's address, name), from the calls of components/forms.html in every template,
    and the names of hidden inputs.

    A computed name (`lines-0-unit`, a reason for each of several things) has its label under its end, `-unit`.
    """
    labels: dict[tuple[str, str], str] = {}
    hidden: set[str] = set()
    for template in sorted(environment.list_templates(extensions=["html"])):
        source, _, _ = environment.loader.get_source(environment, template)  # type: ignore[union-attr]  # there is one
        hidden.update(_HIDDEN.findall(source))
        for verb, name, label in _calls(environment.parse(source)):
            labels.setdefault((verb, name), label)
    return labels, frozenset(hidden)


def _calls(tree: nodes.Template) -> Iterator[tuple[str, str, str]]:
    verb = ""
    for call in tree.find_all(nodes.Call):
        macro = getattr(call.node, "attr", None) or getattr(call.node, "name", None)
        if macro in _OPENERS and call.args:
            verb = _verb(_last_words(call.args[0]))
        elif macro in _MACROS and len(call.args) >= 2:
            name, label = _last_words(call.args[0]), call.args[1]
            if name and isinstance(label, nodes.Const):
                computed = isinstance(call.args[0], nodes.Concat)
                yield verb, f"-{name.removeprefix('-')}" if computed else name, str(label.value)


def _last_words(given: nodes.Expr) -> str:
    """The constant text, or the constant end of a text put together; empty where the end is computed."""
    last = given.nodes[-1] if isinstance(given, nodes.Concat) else given
    return str(last.value) if isinstance(last, nodes.Const) else ""


def _of_schema(schema: Schema) -> dict[str, str]:
    labels = {}
    for subject in ("offer", "software"):
        for field in schema.fields(subject):
            labels[field.name] = field.label_ja
            labels |= {f"{field.name}-{column.name}": column.label_ja for column in field.columns}
    return labels
