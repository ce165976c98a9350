"""The fields that a condition may ask for: by section, by a word, and first those that the search knows as well."""

from collections.abc import Sequence

from app.procurement.judging import operators_of
from catalogue_schema import Schema
from catalogue_schema.text import same_name_key

Options = list[tuple[str, str]]
"""(subject.field, label)."""


def by_section(schema: Schema) -> list[tuple[str, Options]]:
    """Every field that can be asked for, by section; sections without one are left out."""
    sections = [
        (
            f"{group.label_ja}" + ("（サービス）" if subject == "offer" else ""),
            [(f"{subject}.{field.name}", field.label_ja) for field in group.fields if operators_of(field)],
        )
        for subject in ("software", "offer")
        for group in schema.groups(subject)
    ]
    return [(label, options) for label, options in sections if options]


def narrowed(sections: Sequence[tuple[str, Options]], text: str) -> list[tuple[str, Options]]:
    """Those whose name, or whose section's name, has the words."""
    wanted = same_name_key(text)
    kept = [
        (
            label,
            [one for one in options if wanted in same_name_key(one[1]) or wanted in same_name_key(label)],
        )
        for label, options in sections
    ]
    return [(label, options) for label, options in kept if options]


def often(schema: Schema) -> Options:
    """What officers narrow searches by, and so ask for first."""
    return [
        (f"{subject}.{field.name}", field.label_ja)
        for subject in ("software", "offer")
        for field in schema.fields(subject)
        if field.facets and operators_of(field)
    ]
