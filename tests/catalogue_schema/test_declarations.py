"""The declarations themselves: the groups the catalogue promises, limits on everything, and a pure package."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import catalogue_schema
from catalogue_schema import (
    DeclarationInvalid,
    Field,
    FieldUnknown,
    SubjectUnknown,
    VocabularyUnknown,
    load_schema,
)
from catalogue_schema.model import SUBJECTS
from tests.catalogue_schema.given import SCHEMA

EVERY_FIELD = [field for subject in SUBJECTS for field in SCHEMA.fields(subject)]
SOFTWARE_GROUPS = [
    "identity", "areas", "route", "specifications", "size", "functions", "cloud", "network", "dpi", "integration",
    "accessibility", "security", "operations", "responsibility", "entry_exit", "personal_data", "support",
    "public_saas", "emergency", "track_record",
]  # fmt: skip
OFFER_GROUPS = ["offer", "prices", "terms", "discounts", "options"]


def test_groups_are_those_of_the_catalogue_in_order() -> None:
    assert [group.name for group in SCHEMA.groups("software")] == SOFTWARE_GROUPS
    assert [group.name for group in SCHEMA.groups("offer")] == OFFER_GROUPS


def test_every_field_stands_in_exactly_one_group() -> None:
    for subject in SUBJECTS:
        grouped = [field for group in SCHEMA.groups(subject) for field in group.fields]
        assert grouped == list(SCHEMA.fields(subject)) != []


def test_about_sixty_fields_and_at_most_twenty_five_to_submit() -> None:
    assert 55 <= len(EVERY_FIELD) <= 80
    assert 10 <= sum(field.required for field in EVERY_FIELD) <= 25


def test_twenty_standardised_areas_name_their_ministry() -> None:
    standardised = [
        t for t in SCHEMA.vocabulary("business_areas").terms if t.facts.get("standardised") == "yes"
    ]
    assert len(standardised) == 20
    assert all(term.facts["ministry"] for term in standardised)
    assert SCHEMA.vocabulary("business_areas").term("counter_dx_saas") is not None


def test_the_two_notions_of_size_are_two_vocabularies() -> None:
    assert SCHEMA.field("software", "spec_class").vocabulary == "spec_classes"
    assert SCHEMA.field("software", "population_band").vocabulary == "population_bands"
    assert len(SCHEMA.vocabulary("population_bands").terms) == 7


@pytest.mark.parametrize("field", EVERY_FIELD, ids=lambda field: f"{field.subject}.{field.name}")
def test_every_field_has_labels_limits_and_a_valid_example(field: Field) -> None:
    for question in (field, *field.columns):
        assert question.label_ja
        assert question.label_en
        assert 0 < question.max_length <= 4000
        assert 0 < question.max_items <= 100
    assert field.example is not None
    assert 0 < field.max_rows <= 100


def test_every_term_has_both_labels_and_codes_are_unique() -> None:
    assert len(SCHEMA.vocabularies) > 20
    for vocabulary in SCHEMA.vocabularies.values():
        codes = [term.code for term in vocabulary.terms]
        assert len(codes) == len(set(codes)) > 0
        assert all(term.ja and term.en for term in vocabulary.terms)
        assert vocabulary.source


def test_the_schema_its_fields_and_terms_can_be_keys() -> None:
    assert (
        len({SCHEMA, SCHEMA.at(2), *SCHEMA.fields("offer"), *SCHEMA.vocabulary("routes").terms}) == 2 + 14 + 5
    )


def test_unknown_names_are_refused_by_nouns() -> None:
    with pytest.raises(SubjectUnknown):
        SCHEMA.fields("hardware")
    with pytest.raises(SubjectUnknown):
        SCHEMA.groups("hardware")
    with pytest.raises(FieldUnknown):
        SCHEMA.field("software", "colour")
    with pytest.raises(FieldUnknown):
        SCHEMA.field("offer", "price_lines").column("colour")
    with pytest.raises(VocabularyUnknown):
        SCHEMA.vocabulary("colours")
    with pytest.raises(ValueError, match="begin at 1"):
        SCHEMA.at(0)
    with pytest.raises(FileNotFoundError):
        load_schema(Path("/nonexistent"))


def test_the_package_imports_only_itself_and_the_standard_library() -> None:
    files = list(Path(catalogue_schema.__file__).parent.rglob("*.py"))
    imported = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert len(files) > 10
    assert "tomllib" in imported
    assert imported - set(sys.stdlib_module_names) == {"catalogue_schema"}


GROUP = '[group]\nname = "identity"\n\n[[fields]]\nname = "colour"\nlabel_ja = "色"\nlabel_en = "Colour"\n'


@pytest.mark.parametrize(
    ("folder", "toml", "says"),
    [
        ("fields/software", GROUP + 'kind = "colour"', "no such kind"),
        ("fields/software", GROUP + 'kind = "text"\nlenght = 3', "unknown keys"),
        ("fields/software", GROUP + 'kind = "choice"', "choices have a vocabulary"),
        ("fields/software", GROUP + 'kind = "text"\nvocabulary = "routes"', "choices have a vocabulary"),
        ("fields/software", GROUP + 'kind = "choice"\nvocabulary = "colours"', "no such vocabulary"),
        ("fields/software", GROUP + 'kind = "rows"', "rows have columns"),
        ("fields/software", GROUP + 'kind = "text"\nsearch = "title"', "search is one of"),
        ("fields/software", GROUP + 'kind = "integer"\nminimum = 5\nmaximum = 4', "limits out of range"),
        ("fields/software", GROUP + 'kind = "decimal"\nplaces = 5', "places or limits"),
        ("fields/software", GROUP + 'kind = "date"\nnot_before = "birth"', "no such field"),
        ("fields/software", GROUP + 'kind = "text"\nchange = "large"', "change is"),
        ("fields/software", GROUP + 'kind = "text"\nchange = { minor = "up" }', "numbers and dates"),
        (
            "fields/software",
            GROUP + 'kind = "date"\nchange = { minor = "up", column = "day" }',
            "names columns of rows",
        ),
        ("fields/software", GROUP.replace("colour", "the colour") + 'kind = "text"', "ASCII identifier"),
        (
            "fields/software",
            GROUP + 'kind = "text"\nfacets = [{ name = "area", label_ja = "色", label_en = "c" }]',
            "declared twice",
        ),
        ("fields/software", '[group]\nname = "new"\n', "needs label_ja"),
        ("fields/software", '[group]\nlabel_ja = "x"\n', "needs a name"),
        ("fields/software", "[group", "Expected"),
        ("vocabularies", 'name = "colours"\nterms = []', "no terms"),
        ("vocabularies", 'name = "c"\nterms = [{ code = "a", ja = "あ" }]', "'en'"),
        (
            "vocabularies",
            'name = "c"\nterms = [{ code = "a", ja = "あ", en = "a", successor = "b" }]',
            "successor",
        ),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(
    tmp_path: Path, folder: str, toml: str, says: str
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "900-wrong.toml").write_text(toml, "utf-8")
    with pytest.raises(DeclarationInvalid, match=says):
        load_schema(tmp_path)
