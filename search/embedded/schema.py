"""How a `Document` lies in a tantivy index: fields by number, never by the app's names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import tantivy

from search.document import ROTATIONS, TEXT_FIELDS, Document
from search.exact import EXACT, keys_of
from search.folding import fold, fold_text
from search.settings import IndexSettings
from search.tokens import singles, stream

FORMAT = 4
"""Raised whenever folding, tokens or fields change what is written, so that older indexes count as stale."""

TOKENIZER = "whitespace"
RAW = "raw"
SEPARATOR = "\x1f"
NO_END = "9999-12-31"

_VALUE_MARK = "="
_SORT_LENGTH = 200


@dataclass(frozen=True)
class Layout:
    """Field names for one set of settings. Numbers, since the app's names may hold what tantivy forbids."""

    settings: IndexSettings

    @cached_property
    def terms(self) -> Mapping[str, str]:
        """Facet → field."""
        return {name: f"t{index}" for index, name in enumerate(self.settings.facets)}

    @cached_property
    def lapsing(self) -> Mapping[str, str]:
        """Lapsing facet → field of value and last day."""
        return {name: f"v{index}" for index, name in enumerate(self.settings.lapse_facets)}

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """Number → field; its smallest and largest value are in the fields `…_low` and `…_high`."""
        return {name: f"n{index}" for index, name in enumerate(self.settings.numbers)}

    @cached_property
    def schema(self) -> tantivy.Schema:
        """The tantivy schema."""
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, fast=True, tokenizer_name=RAW, index_option="basic")
        builder.add_text_field("print", fast=True, tokenizer_name=RAW, index_option="basic")
        builder.add_bytes_field("source", stored=True)
        for name in TEXT_FIELDS:
            builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option="position")
            builder.add_text_field(f"{name}_x", tokenizer_name=TOKENIZER, index_option="freq")
        for exact in EXACT:
            builder.add_text_field(exact, tokenizer_name=RAW, index_option="basic")
        for field in (*self.terms.values(), *self.lapsing.values()):
            builder.add_text_field(field, fast=True, tokenizer_name=RAW, index_option="basic")
        for field in self.lapsing.values():
            builder.add_integer_field(f"{field}_last", indexed=True, fast=True)
        for field in self.numbers.values():
            builder.add_integer_field(field, indexed=True, fast=True)
            builder.add_integer_field(f"{field}_low", fast=True)
            builder.add_integer_field(f"{field}_high", fast=True)
        for field in ("visible_from", "visible_until", "updated_at"):
            builder.add_integer_field(field, indexed=True, fast=True)
        builder.add_text_field("sort_name", fast=True, tokenizer_name=RAW, index_option="basic")
        for rotation in range(ROTATIONS):
            builder.add_unsigned_field(f"tie{rotation}", fast=True)
        return builder.build()

    def entry(self, document: Document) -> tantivy.Document:
        """The document as it is written."""
        entry = tantivy.Document()
        entry.add_text("id", clean(document.id))
        entry.add_text("print", f"{clean(document.id)}{SEPARATOR}{document.fingerprint}")
        entry.add_bytes("source", _source(document))
        for name, text in document.texts.items():
            folded = fold(text).text
            entry.add_text(name, " ".join(stream(folded)))
            entry.add_text(f"{name}_x", " ".join(singles(folded)))
        for exact in EXACT:
            for line in keys_of(document.texts, exact):
                entry.add_text(exact, line)
        for name, values in document.terms.items():
            for term in dict.fromkeys(value_term(value) for value in values):
                entry.add_text(self.terms[name], term)
        for name in document.validity:
            self._add_lapsing(entry, self.lapsing[name], document.last_days(name))
        for name in document.numbers:
            numbers = document.number(name)
            for number in dict.fromkeys(numbers):
                entry.add_integer(self.numbers[name], number)
            if numbers:
                entry.add_integer(f"{self.numbers[name]}_low", min(numbers))
                entry.add_integer(f"{self.numbers[name]}_high", max(numbers))
        entry.add_integer("visible_from", (document.visible_from or date.min).toordinal())
        entry.add_integer("visible_until", (document.visible_until or date.max).toordinal())
        entry.add_integer("updated_at", int(document.updated_at.astimezone(UTC).timestamp() * 1_000_000))
        entry.add_text("sort_name", sort_name(document.texts))
        for rotation, key in enumerate(document.tie_keys):
            entry.add_unsigned(f"tie{rotation}", key)
        return entry

    def _add_lapsing(self, entry: tantivy.Document, field: str, last_days: dict[str, date | None]) -> None:
        for value, last in last_days.items():
            entry.add_text(field, f"{value_term(value)}{SEPARATOR}{last.isoformat() if last else NO_END}")
        if last_days:
            latest = max((last or date.max) for last in last_days.values())
            entry.add_integer(f"{field}_last", latest.toordinal())


def clean(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates become the replacement character."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def value_term(value: str) -> str:
    """A facet value as one term; marked, so that the empty value is a term too, and without the separator."""
    return _VALUE_MARK + clean(value).replace(SEPARATOR, " ")


def value_of(term: str) -> str:
    """The facet value of a term."""
    return term.removeprefix(_VALUE_MARK)


def sort_name(texts: Mapping[str, str]) -> str:
    """What the sort by name goes by: the reading where there is one, then the name."""
    name = texts.get("name", "")
    return f"{fold_text(texts.get('kana', '') or name)} {fold_text(name)}"[:_SORT_LENGTH]


def settings_fingerprint(settings: IndexSettings) -> str:
    """Changes whenever an index built before would answer differently."""
    variants = (files("search") / "variants.toml").read_bytes()
    content = [FORMAT, settings_to_json(settings), hashlib.sha256(variants).hexdigest(), version("tantivy")]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def settings_to_json(settings: IndexSettings) -> dict[str, list[str]]:
    """Settings as they are kept beside the index they made."""
    return {name: list(getattr(settings, name)) for name in ("facets", "lapse_facets", "ranges", "sortable")}


def settings_from_json(content: dict[str, Any]) -> IndexSettings:
    """The settings that `settings_to_json` wrote."""
    return IndexSettings(**{name: tuple(names) for name, names in content.items()})


def _source(document: Document) -> bytes:
    content = {
        "revision": document.revision,
        "revision_id": document.revision_id,
        "parts": list(document.part_revision_ids),
        "texts": dict(document.texts),
    }
    return json.dumps(content, separators=(",", ":")).encode("ascii")
