"""Suggestions while typing: listings, vendors, areas and phrases that go with what has been typed so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from catalogue_schema import Schema
from search.engine import Suggestion, Synonyms
from search.folding import fold_text
from search.highlighting import errors_allowed, near

OF_A_KIND = {"area": 3, "listing": 5, "vendor": 3, "phrase": 4, "spelling": 2}
"""How many of each kind are suggested at most, in the order in which they are shown."""
LONGEST = 100
"""Characters of what was typed so far that are looked at."""


@dataclass(frozen=True)
class Suggested:
    """One suggestion: `path` is the page it leads to, `text` what stands there, `note` what it is."""

    kind: str
    text: str
    path: str
    note: str = ""
    id: str | None = None

    @property
    def kind_label(self) -> str:
        """What people call the kind."""
        return KINDS[self.kind]


KINDS = {
    "area": "業務",
    "listing": "サービス",
    "vendor": "事業者",
    "phrase": "言葉",
    "spelling": "もしかして",
}
"""The kinds with their Japanese names."""


def suggestions(
    schema: Schema,
    synonyms: Synonyms,
    typed: str,
    found: Iterable[Suggestion],
    listings: Mapping[str, str],
    vendors: Mapping[str, tuple[str, str]],
) -> tuple[Suggested, ...]:
    """All kinds together. `found` is what the engine has; `listings` names by id of those of them that are public,
    `vendors` ids and names of firms by name and reading.
    """
    key = fold_text(typed)
    if not key:
        return ()
    every: list[Suggested] = [*_areas(schema, synonyms, key)]
    for one in found:
        if one.kind == "name" and one.id is not None and one.id in listings:
            every.append(Suggested("listing", listings[one.id], f"/listings/{one.id}", id=one.id))
        elif one.kind == "vendor":
            firms = [vendors[line] for line in one.text.split("\n") if line in vendors]
            every += [Suggested("vendor", name, f"/vendors/{id_}", id=id_) for id_, name in firms]
    every += _phrases(synonyms, key)
    if not every:
        every += _spellings(schema, synonyms, key)
    kept: dict[tuple[str, str], Suggested] = {}
    for kind, most in OF_A_KIND.items():
        fitting = {(one.kind, one.path): one for one in every if one.kind == kind}
        kept |= dict(list(fitting.items())[:most])
    return tuple(kept.values())


def _areas(schema: Schema, synonyms: Synonyms, key: str) -> Iterator[Suggested]:
    """Areas of which a name holds what was typed, or whose name a known word that begins so stands for."""
    meant = {
        fold_text(target): expansion.written
        for word, expansions in synonyms.table.items()
        if word.startswith(key)
        for expansion in expansions
        if expansion.kind != "replaced_by"
        for target in expansion.meant
    }
    for term in schema.vocabulary("business_areas").current():
        names = {fold_text(name) for name in (term.ja, *term.also)}
        path = f"/search?{urlencode({'area': term.code})}"
        if any(key in name for name in names):
            yield Suggested("area", term.ja, path, id=term.code)
        elif fold_text(term.ja) in meant:
            yield Suggested("area", term.ja, path, f"「{meant[fold_text(term.ja)]}」の業務", term.code)


def _phrases(synonyms: Synonyms, key: str) -> Iterator[Suggested]:
    for word, expansions in sorted(synonyms.table.items()):
        if not word.startswith(key) or word == key:
            continue
        for expansion in expansions:
            note = "の代わりになるもの" if expansion.kind == "replaced_by" else "も探します"
            joined = "、".join(expansion.meant[:3])
            text = f"{expansion.written}{note}" if expansion.kind == "replaced_by" else f"{joined}{note}"
            yield Suggested(
                "phrase", expansion.written, f"/search?{urlencode({'q': expansion.written})}", text
            )


def _spellings(schema: Schema, synonyms: Synonyms, key: str) -> Iterator[Suggested]:
    names = {fold_text(term.ja): term.ja for term in schema.vocabulary("business_areas").current()}
    names |= {word: expansions[0].written for word, expansions in synonyms.table.items() if word not in names}
    for word, written in names.items():
        if errors_allowed(word) and near(key, word):
            yield Suggested("spelling", written, f"/search?{urlencode({'q': written})}")
