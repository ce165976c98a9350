"""Reads the TOML declarations into ``Declarations``; refuses any file that says something it does not
understand.

Layout of a folder: ``fields/<subject>/NN-group.toml`` (a ``[group]`` table and ``[[fields]]``) and
``vocabularies/<name>.toml`` (``terms``). A second folder laid over the first adds groups, fields to
existing groups, and terms to existing vocabularies; an entry of the same name replaces.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from catalogue_schema.declarations import Declarations, GroupHead
from catalogue_schema.model import (
    MAX_PLACES,
    MAX_YEN,
    SUBJECTS,
    ChangeRule,
    Column,
    DeclarationInvalid,
    Facet,
    Field,
    Kind,
    Question,
    Term,
)
from catalogue_schema.vocabulary import Vocabulary

_KINDS = frozenset(get_args(Kind))
_CHOICES = ("choice", "choices")
_SEARCHES = (None, "name", "kana", "summary", "area", "replaces", "body")
_DERIVED = ("monthly_fixed",)
_CHANGES = {"major": ChangeRule("never"), "minor": ChangeRule("always")}
_ORDERED = ("integer", "decimal", "money", "date")


def read_declarations(*folders: Path) -> Declarations:
    """Read the folders, later ones over earlier ones. Raises ``DeclarationInvalid`` naming the file, and
    ``OSError``.
    """
    vocabularies: dict[str, Vocabulary] = {}
    heads: dict[tuple[str, str], tuple[str, GroupHead]] = {}
    fields: dict[tuple[str, str], Field] = {}
    for folder in folders:
        for path in sorted((folder / "vocabularies").glob("*.toml")):
            _read_vocabulary(path, vocabularies)
        for subject in SUBJECTS:
            for path in sorted((folder / "fields" / subject).glob("*.toml")):
                _read_group(path, subject, heads, fields)
    ordered = tuple(head for _, head in sorted(heads.values(), key=lambda entry: entry[0]))
    _check_references(fields, vocabularies)
    version = max(
        [1]
        + [item.since for item in fields.values()]
        + [item.until + 1 for item in fields.values() if item.until is not None]
        + [_newest(vocabulary) for vocabulary in vocabularies.values()]
    )
    return Declarations(
        version=version,
        heads=ordered,
        every_field=_in_group_order(fields, ordered),
        vocabularies=MappingProxyType(
            {name: replace(v, version=version) for name, v in vocabularies.items()}
        ),
    )


def _newest(vocabulary: Vocabulary) -> int:
    return max((max(term.since, term.retired_since or 1) for term in vocabulary.terms), default=1)


def _in_group_order(
    fields: Mapping[tuple[str, str], Field], heads: tuple[GroupHead, ...]
) -> tuple[Field, ...]:
    order = {(head.subject, head.name): index for index, head in enumerate(heads)}
    return tuple(sorted(fields.values(), key=lambda item: order[item.subject, item.group]))


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationInvalid(f"{path}: {error}") from error


def _read_vocabulary(path: Path, into: dict[str, Vocabulary]) -> None:
    data = _load(path)
    _only(path, data, {"name", "label_ja", "label_en", "source", "terms"})
    name = data.get("name", path.stem)
    before = into.get(name)
    terms = {term.code: term for term in before.terms} if before else {}
    for row in data.get("terms", ()):
        term = _term(path, row)
        terms[term.code] = term
    if not terms:
        raise DeclarationInvalid(f"{path}: the vocabulary has no terms")
    into[name] = Vocabulary(
        name=name,
        label_ja=data.get("label_ja", before.label_ja if before else name),
        label_en=data.get("label_en", before.label_en if before else name),
        source=data.get("source", before.source if before else ""),
        terms=tuple(terms.values()),
    )
    for term in terms.values():
        if term.successor is not None and term.successor not in terms:
            raise DeclarationInvalid(f"{path}: the successor {term.successor} of {term.code} is not a term")


def _term(path: Path, row: Mapping[str, Any]) -> Term:
    _only(path, row, {item.name for item in dataclass_fields(Term)})
    try:
        facts = MappingProxyType(dict(row.get("facts", {})))
        return Term(**{**row, "also": tuple(row.get("also", ())), "facts": facts})
    except TypeError as error:
        raise DeclarationInvalid(f"{path}: {error}") from error


def _read_group(
    path: Path,
    subject: str,
    heads: dict[tuple[str, str], tuple[str, GroupHead]],
    fields: dict[tuple[str, str], Field],
) -> None:
    data = _load(path)
    _only(path, data, {"group", "fields"})
    group = data.get("group", {})
    _only(path, group, {"name", "label_ja", "label_en", "hint_ja"})
    if "name" not in group:
        raise DeclarationInvalid(f"{path}: [group] needs a name")
    name = group["name"]
    if (subject, name) not in heads:
        if not {"label_ja", "label_en"} <= set(group):
            raise DeclarationInvalid(f"{path}: a new group needs label_ja and label_en")
        head = GroupHead(name, subject, group["label_ja"], group["label_en"], group.get("hint_ja", ""))
        heads[subject, name] = (path.stem, head)
    for row in data.get("fields", ()):
        field = _field(path, subject, name, row)
        fields[subject, field.name] = field


def _field(path: Path, subject: str, group: str, row: Mapping[str, Any]) -> Field:
    _only(path, row, {item.name for item in dataclass_fields(Field)} - {"subject", "group"})
    columns = tuple(_column(path, column) for column in row.get("columns", ()))
    try:
        facets = tuple(Facet(**facet) for facet in row.get("facets", ()))
        given = {**row, "columns": columns, "facets": facets, "change": _change_rule(path, row)}
        field = Field(**{**given, "subject": subject, "group": group})
    except TypeError as error:
        raise DeclarationInvalid(f"{path}: {row.get('name')}: {error}") from error
    _check(path, field)
    if (field.kind == "rows") != bool(columns):
        raise DeclarationInvalid(f"{path}: {field.name}: rows have columns, and nothing else has")
    _check_change(path, field)
    names = {column.name for column in columns}
    wanted = {field.valid_from, field.valid_until, *(column.not_before for column in columns)} - {None}
    wanted |= {facet.column for facet in facets if facet.column is not None}
    if not wanted <= names:
        raise DeclarationInvalid(f"{path}: {field.name}: no such column: {sorted(map(str, wanted - names))}")
    if any(facet.derive is not None and facet.derive not in _DERIVED for facet in facets):
        raise DeclarationInvalid(f"{path}: {field.name}: derive is one of {_DERIVED}")
    return field


def _change_rule(path: Path, row: Mapping[str, Any]) -> ChangeRule:
    """``"minor"``, ``"major"`` (also where nothing is said), or a table that names a direction."""
    given = row.get("change", "major")
    if isinstance(given, str) and given in _CHANGES:
        return _CHANGES[given]
    if not isinstance(given, Mapping) or given.get("minor") not in ("down", "up"):
        raise DeclarationInvalid(
            f'{path}: {row.get("name")}: change is "minor", "major" or a table with minor = "down" or "up"'
        )
    _only(path, given, {"minor", "column", "free"})
    return ChangeRule(given["minor"], given.get("column", ""), tuple(given.get("free", ())))


def _check_change(path: Path, field: Field) -> None:
    rule = field.change
    if rule.minor not in ("down", "up"):
        return
    columns = {column.name: column for column in field.columns}
    if not {rule.column, *rule.free} - {""} <= set(columns) or bool(rule.column) != bool(columns):
        raise DeclarationInvalid(f"{path}: {field.name}: change names columns of rows, and all of them exist")
    if (columns[rule.column] if columns else field).kind not in _ORDERED:
        raise DeclarationInvalid(f"{path}: {field.name}: only numbers and dates go down or up")


def _column(path: Path, row: Mapping[str, Any]) -> Column:
    _only(path, row, {item.name for item in dataclass_fields(Column)})
    try:
        column = Column(**row)
    except TypeError as error:
        raise DeclarationInvalid(f"{path}: {row.get('name')}: {error}") from error
    if column.kind == "rows":
        raise DeclarationInvalid(f"{path}: {column.name}: a column cannot hold rows")
    _check(path, column)
    return column


def _check(path: Path, question: Question) -> None:
    where = f"{path}: {question.name}"
    if question.kind not in _KINDS:
        raise DeclarationInvalid(f"{where}: no such kind: {question.kind}")
    if not question.name.isidentifier() or not question.name.isascii():
        raise DeclarationInvalid(f"{where}: a name is an ASCII identifier")
    if (question.kind in _CHOICES) != (question.vocabulary is not None):
        raise DeclarationInvalid(f"{where}: choices have a vocabulary, and nothing else has")
    if question.search not in _SEARCHES:
        raise DeclarationInvalid(f"{where}: search is one of {_SEARCHES}")
    if (
        not 0 <= question.places <= MAX_PLACES
        or not -MAX_YEN <= question.minimum <= question.maximum <= MAX_YEN
    ):
        raise DeclarationInvalid(f"{where}: places or limits out of range")


def _check_references(
    fields: Mapping[tuple[str, str], Field], vocabularies: Mapping[str, Vocabulary]
) -> None:
    facets: set[str] = set()
    for field in fields.values():
        for question in (field, *field.columns):
            if question.vocabulary is not None and question.vocabulary not in vocabularies:
                raise DeclarationInvalid(f"{field.name}: no such vocabulary: {question.vocabulary}")
        if field.not_before is not None and (field.subject, field.not_before) not in fields:
            raise DeclarationInvalid(f"{field.name}: no such field: {field.not_before}")
        for facet in field.facets:
            if facet.name in facets:
                raise DeclarationInvalid(f"{field.name}: the facet {facet.name} is declared twice")
            facets.add(facet.name)


def _only(path: Path, row: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise DeclarationInvalid(f"{path}: unknown keys {unknown}; known are {sorted(known)}")
