"""The sample specifications as read from `app/demo/data/specifications`: requirements by group, then what each later
version changes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from catalogue_schema.requirements import SIZE_CLASSES, Requirement, obligation_of

FOLDER = Path(__file__).parent / "data" / "specifications"


@dataclass(frozen=True)
class SampleVersion:
    """One version in full."""

    number: str
    published_on: date
    conform_by: date
    requirements: tuple[Requirement, ...]
    renumbered: Mapping[str, str]


@dataclass(frozen=True)
class SampleSpecification:
    """A specification written for the demonstration."""

    key: str
    title: str
    business_area: str
    steward: str
    """Key of the body whose editors publish it."""
    versions: tuple[SampleVersion, ...]


def read_specifications() -> tuple[SampleSpecification, ...]:
    """Every sample. Raises KeyError or ValueError naming what is wrong in the files."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def _read(path: Path) -> SampleSpecification:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    items = _first(data)
    versions: list[SampleVersion] = []
    for said in data["versions"]:
        items, renumbered = _changed(items, said)
        versions.append(
            SampleVersion(said["number"], said["published_on"], said["conform_by"], tuple(items), renumbered)
        )
    return SampleSpecification(
        data["key"], data["title"], data["business_area"], data["steward"], tuple(versions)
    )


def _first(data: Mapping[str, Any]) -> list[Requirement]:
    items = []
    for number, group in enumerate(data["groups"], 1):
        for index, line in enumerate(group["items"], 1):
            key = f"{data['prefix']}{number:02}{index:03}"
            items.append(_requirement(key, line, group.get("kind", "function"), tuple(group["category"])))
    return items


def _requirement(key: str, line: str, kind: str, category: tuple[str, ...]) -> Requirement:
    marks, _, text = line.partition(" ")
    return Requirement(key, kind, text.strip(), _obligation(marks), category)


def _obligation(marks: str) -> dict[str, str]:
    found = {name: obligation_of(mark) for name, mark in zip(SIZE_CLASSES, marks, strict=True)}
    if None in found.values():
        raise ValueError(f"unknown mark in {marks!r}")
    return {name: str(obligation) for name, obligation in found.items()}


def _changed(items: list[Requirement], said: Mapping[str, Any]) -> tuple[list[Requirement], dict[str, str]]:
    """The next version's requirements, and new ID → ID before."""
    renumber: dict[str, str] = said.get("renumber", {})
    by_old = {old: new for new, old in renumber.items()}
    keys = [item.key for item in items]
    named = {*said.get("remove", ()), *said.get("text", {}), *said.get("obligation", {}), *by_old}
    if unknown := sorted(named - set(keys)):
        raise KeyError(f"version {said['number']} speaks of requirements that are not there: {unknown}")
    added: dict[str, list[Requirement]] = {}
    for entry in said.get("add", ()):
        anchor = items[keys.index(entry["after"])]
        kind = entry.get("kind", anchor.kind)
        added.setdefault(entry["after"], []).append(
            _requirement(entry["key"], entry["line"], kind, anchor.category)
        )
    found = []
    for item in items:
        if item.key not in said.get("remove", ()):
            marks = said.get("obligation", {}).get(item.key)
            found.append(
                replace(
                    item,
                    key=by_old.get(item.key, item.key),
                    text=said.get("text", {}).get(item.key, item.text),
                    obligation=_obligation(marks) if marks else item.obligation,
                )
            )
        found += added.get(item.key, [])
    return found, dict(renumber)
