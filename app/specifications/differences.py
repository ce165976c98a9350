"""What changed between two versions of a specification. Pure: two contents in, their differences out.

Requirements belong together by their ID, or because an editor confirmed that one was given another ID. Those that only
look alike are offered as suggestions and counted as removed and added until somebody confirms them.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.kit import word_differences as words
from catalogue_schema.requirements import SIZE_CLASSES, Requirement, VersionContent

SIMILAR_FROM: Final = 0.6
"""From which likeness of texts (0 to 1) two requirements are offered as one."""
MEMBERS: Final = ("key", "kind", "category", "text", "obligation", "conform_by", "note")

PieceKind = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Piece:
    """A part of a text: in both versions, or in one of them."""

    kind: PieceKind
    text: str


@dataclass(frozen=True)
class Changed:
    """A requirement that is in both versions and says something else now."""

    before: Requirement
    after: Requirement
    members: tuple[str, ...]
    """Which of MEMBERS changed."""

    @property
    def renumbered(self) -> bool:
        """Whether it has another ID."""
        return "key" in self.members

    @property
    def text(self) -> tuple[Piece, ...]:
        """The text, word by word."""
        return word_differences(self.before.text, self.after.text)

    @property
    def obligations(self) -> dict[str, tuple[str, str]]:
        """Size class → the obligation before and after, for those that changed."""
        pairs = {
            c: (self.before.obligation.get(c, ""), self.after.obligation.get(c, "")) for c in SIZE_CLASSES
        }
        return {size_class: pair for size_class, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True)
class Suggestion:
    """Two requirements with different IDs that may be the same."""

    before: Requirement
    after: Requirement
    likeness: float
    """From SIMILAR_FROM to 1."""


@dataclass(frozen=True)
class Differences:
    """Everything that turns the older content into the newer one."""

    added: tuple[Requirement, ...]
    removed: tuple[Requirement, ...]
    changed: tuple[Changed, ...]
    unchanged: int
    order: tuple[str, ...]
    """The IDs of the newer version in its order."""
    suggested: tuple[Suggestion, ...]


def counterparts(contents: Sequence[VersionContent]) -> dict[str, str]:
    """The ID of each requirement of the last content → the ID that it had in the first, for those that are in both.

    `contents` are versions of which each revises the one before it. Two are enough; those between are followed, so that
    a requirement that was renumbered twice is still found. Each content's `renumbered` speaks of the one before.
    """
    same = {item.key: item.key for item in contents[0].requirements}
    for before, after in itertools.pairwise(contents):
        keys = {item.key for item in before.requirements}
        taken = set(after.renumbered.values())
        step = {}
        for item in after.requirements:
            earlier = after.renumbered.get(item.key, None if item.key in taken else item.key)
            if earlier in keys:
                step[item.key] = earlier
        same = {key: same[earlier] for key, earlier in step.items() if earlier in same}
    # What was taken out and came back under its own ID is the same again.
    free = {item.key for item in contents[0].requirements} - set(same.values())
    back = {
        item.key: item.key for item in contents[-1].requirements if item.key not in same and item.key in free
    }
    renumbered = set(contents[-1].renumbered.values())
    return same | {key: key for key in back if len(contents) > 2 and key not in renumbered}


def differences(
    older: Sequence[Requirement], newer: Sequence[Requirement], same: Mapping[str, str]
) -> Differences:
    """Compare two contents; `same` says which belong together, as `counterparts` finds it."""
    old = {item.key: item for item in older}
    kept = set(same.values())
    added = tuple(item for item in newer if item.key not in same)
    removed = tuple(item for item in older if item.key not in kept)
    changed = []
    for item in newer:
        if item.key in same:
            before = old[same[item.key]]
            members = tuple(name for name in MEMBERS if getattr(before, name) != getattr(item, name))
            if members:
                changed.append(Changed(before, item, members))
    return Differences(
        added,
        removed,
        tuple(changed),
        len(same) - len(changed),
        tuple(item.key for item in newer),
        suggestions(removed, added),
    )


def word_differences(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts as pieces in order: `same` and `removed` give the first, `same` and `added` the second."""
    pieces: list[Piece] = []
    for old, new, same in words.word_differences(before, after):
        if same:
            pieces.append(Piece("same", old))
            continue
        if old:
            pieces.append(Piece("removed", old))
        if new:
            pieces.append(Piece("added", new))
    return tuple(pieces)


def suggestions(removed: Sequence[Requirement], added: Sequence[Requirement]) -> tuple[Suggestion, ...]:
    """Pairs that look alike, each requirement in one pair at most, in the order of the newer version."""
    old_grams = [_bigrams(item) for item in removed]
    holders: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, grams in enumerate(old_grams):
        for gram, count in grams.items():
            holders[gram].append((index, count))
    pairs: list[tuple[float, int, int]] = []
    for new_index, item in enumerate(added):
        grams = _bigrams(item)
        size = sum(grams.values())
        common: Counter[int] = Counter()
        for gram, count in grams.items():
            for old_index, held in holders.get(gram, ()):
                common[old_index] += min(count, held)
        for old_index, shared in common.items():
            likeness = 2 * shared / (size + sum(old_grams[old_index].values()))
            if likeness >= SIMILAR_FROM and removed[old_index].kind == item.kind:
                pairs.append((-likeness, new_index, old_index))
    used_new: set[int] = set()
    used_old: set[int] = set()
    found: list[tuple[int, Suggestion]] = []
    for negative, new_index, old_index in sorted(pairs):
        if new_index in used_new or old_index in used_old:
            continue
        used_new.add(new_index)
        used_old.add(old_index)
        found.append((new_index, Suggestion(removed[old_index], added[new_index], round(-negative, 3))))
    return tuple(suggestion for _, suggestion in sorted(found, key=lambda pair: pair[0]))


def _bigrams(item: Requirement) -> Counter[str]:
    text = "".join(unicodedata.normalize("NFKC", item.text).split())
    return Counter(text[at : at + 2] for at in range(max(len(text) - 1, 1)))
