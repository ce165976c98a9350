"""The texts of choices, by the names of their inputs: a refusal shows what a person chose as the form showed it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from jinja2 import Environment, nodes

from app.access.dependencies import ROLE_NAMES
from app.organisations.qualifications import KINDS
from app.procurement.judging import OPERATORS
from app.procurement.projects import AREAS
from app.review.reasons import reasons
from app.web.contract_forms import WORDS
from catalogue_schema import Schema
from catalogue_schema.methods import all_grounds, all_methods
from catalogue_schema.model import Question

_CONDITION_FIELD = "field"
"""The input that names the catalogue's field which a condition is about."""

Names = Mapping[str, str]


def chosen_text(
    environment: Environment,
    schema: Schema | None,
    name: str,
    code: str,
    values: Mapping[str, Sequence[str]],
) -> str:
    """What the form called the choice `code` of the input `name`; the code itself where it is no choice."""
    own = _of_schema(schema, name, values) if schema else {}
    last = name.rpartition("-")[2]
    for names in (own, _of_templates(environment).get(name, {}), _of_lists(schema).get(last, {})):
        if code in names:
            return names[code]
    return code


@cache
def _of_lists(schema: Schema | None) -> Mapping[str, Names]:
    """The closed lists that templates get from the services, by the last word of the input's name."""
    found: dict[str, Names] = {
        "method": {method.code: method.ja for method in all_methods()},
        "ground": {ground.code: f"{ground.article}：{ground.ja}" for ground in all_grounds()},
        "operator": OPERATORS,
        "reason_code": {reason.code: reason.ja for reason in reasons()},
        "roles": ROLE_NAMES,
        "kinds": KINDS,
        "billing": WORDS["billing"],
        "tax_category": WORDS["category"],
        "billing_cycle": WORDS["cycle"],
        "rounding_place": WORDS["place"],
        "rounding_mode": WORDS["mode"],
    }
    if schema:
        found["business_area"] = _terms(schema, AREAS)
        found["field"] = {
            f"{prefix}{field.name}": field.label_ja
            for subject in ("offer", "software")
            for field in schema.fields(subject)
            for prefix in ("", f"{subject}.")
        }
        found["groups"] = {
            group.name: group.label() for subject in ("offer", "software") for group in schema.groups(subject)
        }
    return found


def _of_schema(schema: Schema, name: str, values: Mapping[str, Sequence[str]]) -> Names:
    """The terms of the catalogue's field (or column) that this input answers, or that a condition asks of."""
    wanted = name
    if name == "wanted":
        wanted = (values.get(_CONDITION_FIELD) or [""])[0].rpartition(".")[2]
    first, _, rest = wanted.partition("-")
    for subject in ("offer", "software"):
        for field in schema.fields(subject):
            if field.name != first:
                continue
            question: Question = field
            for column in field.columns:
                if column.name == rest.rpartition("-")[2]:
                    question = column
            return _terms(schema, question.vocabulary) if question.vocabulary else {}
    return {}


@cache
def _terms(schema: Schema, vocabulary: str) -> Names:
    return {term.code: term.ja for term in schema.vocabulary(vocabulary).terms}


@cache
def _of_templates(environment: Environment) -> Mapping[str, Names]:
    """Choices written in the templates themselves, by the input's name."""
    found: dict[str, dict[str, str]] = {}
    for template in sorted(environment.list_templates(extensions=["html"])):
        source, _, _ = environment.loader.get_source(environment, template)  # type: ignore[union-attr]  # there is one
        for call in environment.parse(source).find_all(nodes.Call):
            if (
                getattr(call.node, "attr", None) not in ("select", "radios", "checkboxes")
                or len(call.args) < 3
            ):
                continue
            if isinstance(call.args[0], nodes.Const):
                found.setdefault(str(call.args[0].value), {}).update(_pairs(call.args[2]))
    return found


def _pairs(options: nodes.Node) -> Iterator[tuple[str, str]]:
    for pair in options.find_all(nodes.Tuple):
        texts = [item.value for item in pair.items if isinstance(item, nodes.Const)]
        if len(texts) == len(pair.items) == 2:
            yield str(texts[0]), str(texts[1])
