"""What one line of the permission table says: letters for roles, rules for own and others' things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEMBER_ROLES = (
    "vendor_admin",
    "vendor_editor",
    "buyer_officer",
    "buyer_approver",
    "supporter",
    "specification_editor",
    "reviewer",
    "agency_admin",
    "auditor",
)
ROLES = ("visitor", "entry", *MEMBER_ROLES)
"""Who asks: nobody, somebody who belongs nowhere (エントリー), and the roles of a membership."""

LETTERS = {
    "N": "visitor",
    "E": "entry",
    "A": "vendor_admin",
    "V": "vendor_editor",
    "O": "buyer_officer",
    "B": "buyer_approver",
    "S": "supporter",
    "M": "specification_editor",
    "R": "reviewer",
    "G": "agency_admin",
    "U": "auditor",
}


def roles(letters: str) -> frozenset[str]:
    """The roles of some letters; blanks and `-` are none."""
    return frozenset(LETTERS[letter] for letter in letters if letter not in " -")


@dataclass(frozen=True)
class Rule:
    """What one route allows."""

    own: frozenset[str]
    other: frozenset[str] | None
    token: frozenset[str]
    things: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    if_match: bool = False


def rule(
    own: str,
    other: str | None = None,
    token: str | None = None,
    *,
    body: Any = None,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    if_match: bool = False,
    at: Mapping[str, str] | None = None,
    **things: str,
) -> Rule:
    """A line of the table."""
    programs = roles(own) - {"visitor", "entry"} if token is None else roles(token)
    return Rule(
        roles(own),
        None if other is None else roles(other),
        programs,
        {**(at or {}), **things},
        body,
        form,
        query,
        if_match,
    )


Lines = dict[str, Rule | tuple[Rule, ...]]

EVERYBODY = "NEAVOBSMRGU"
LOGGED_IN = "EAVOBSMRGU"
MEMBERS = "AVOBSMRGU"
