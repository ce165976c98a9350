"""What a version of a specification asks of the listings: derived from what is said and what changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.conformance.statements import Statement, carried_over, coverage
from catalogue_schema.requirements import Requirement


@dataclass(frozen=True)
class Effect:
    """What a version means for one listing."""

    claimed: bool
    """Whether it says anything about this version yet."""
    to_answer: tuple[str, ...]
    """The IDs of the requirements that it has to answer, in their order."""
    levels: Mapping[str, str]
    """Size class → level, as it is said in public; every one `no` where nothing is."""
    planned: Mapping[str, date | None]
    """Size class → from when it will conform, where the level is `planned`."""

    @property
    def conforms_for(self) -> tuple[str, ...]:
        """The size classes for which it conforms already."""
        return tuple(name for name, level in self.levels.items() if level == "conforms")


def effect_of_claim(items: Sequence[Requirement], statements: Mapping[int, Statement]) -> Effect:
    """Of a listing that answers this version already: what it left open."""
    found = coverage(items, statements)
    return Effect(
        True,
        tuple(item.key for position, item in enumerate(items) if position not in statements),
        {each.size_class: each.level for each in found},
        {each.size_class: each.planned_on for each in found},
    )


def effect_of_earlier(
    before: Sequence[Requirement],
    items: Sequence[Requirement],
    same: Mapping[str, str],
    statements: Mapping[int, Statement],
    today: date,
) -> Effect:
    """Of a listing that answers an earlier version only: what would not be carried over from there.

    `same` are the IDs of this version → the earlier one's, as the differences have them.
    """
    kept = carried_over(before, items, same, statements, today)
    nothing = coverage(items, {})
    return Effect(
        False,
        tuple(item.key for position, item in enumerate(items) if position not in kept),
        {each.size_class: each.level for each in nothing},
        {each.size_class: None for each in nothing},
    )
