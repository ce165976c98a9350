"""Two versions of a specification side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.errors import FieldFault, Invalid, NotFound
from app.specifications import repository, service
from app.specifications.differences import Differences, counterparts, differences
from app.specifications.models import SpecificationVersion
from app.specifications.views import SpecificationView, VersionView


@dataclass(frozen=True)
class Comparison:
    """What changed from one version to another."""

    specification: SpecificationView
    older: VersionView
    newer: VersionView
    differences: Differences
    same: Mapping[str, str]
    """The newer IDs → the older ones, of the requirements that are in both."""


def compare(session: Session, actor: Actor, specification_id: str, older: str, newer: str) -> Comparison:
    """Compare two versions that the reader may see; the older comes first whatever was asked for.

    Raises NotFound, Invalid where it is twice the same.
    """
    view = service.read_specification(session, actor, specification_id)
    faults = []
    chosen: list[VersionView] = []
    for name, number in (("from", older), ("to", newer)):
        found = view.named(number)
        if found is None:
            there = "、".join(each.number for each in view.versions) or "ありません"
            faults.append(
                FieldFault(f"/{name}", "unknown", f"第{number[:20]}版はありません。", f"版: {there}")
            )
        else:
            chosen.append(found)
    if not faults and chosen[0].id == chosen[1].id:
        faults.append(FieldFault("/to", "same", "同じ版です。", "別の版を選んでください。"))
    if faults:
        raise Invalid(faults)
    # `versions` has the newest first.
    first, second = sorted(chosen, key=view.versions.index, reverse=True)
    chain = _chain(session, first.id, second.id)
    contents = [repository.content_of(session, version) for version in chain]
    if len(chain) == 2 and chain[1].based_on_id != chain[0].id:
        # Nobody said what became of this version's IDs in that one: an ID means the same in both.
        contents[1] = type(contents[1])(contents[1].requirements)
    same = counterparts(contents)
    found_differences = differences(contents[0].requirements, contents[-1].requirements, same)
    return Comparison(view, first, second, found_differences, same)


def default_pair(view: SpecificationView, number: str) -> tuple[str, str] | None:
    """The version that this one is to be compared with, and this one; None where there is no other."""
    newer = view.named(number)
    if newer is None:
        raise NotFound("その版はありません。")
    if newer.based_on is not None and view.named(newer.based_on) is not None:
        return newer.based_on, number
    at = view.versions.index(newer)
    return (view.versions[at + 1].number, number) if at + 1 < len(view.versions) else None


def _chain(session: Session, first_id: str, last_id: str) -> list[SpecificationVersion]:
    """The versions from the first to the last, each based on the one before; these two alone where there is no way."""
    back = list(_back(session, last_id, first_id))
    if back and back[-1].id == first_id:
        return back[::-1]
    ends = [session.get(SpecificationVersion, each) for each in (first_id, last_id)]
    return [each for each in ends if each is not None]


def _back(session: Session, last_id: str, until: str) -> Iterator[SpecificationVersion]:
    seen: set[str] = set()
    here: str | None = last_id
    while here is not None and here not in seen:
        seen.add(here)
        version = session.get(SpecificationVersion, here)
        if version is None:
            return
        yield version
        if here == until:
            return
        here = version.based_on_id
