"""The states of projects and contracts, as tables."""

from __future__ import annotations

import pytest

from app.kit.errors import TransitionRefused
from app.procurement.lifecycle import CONTRACT, PROJECT


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        ("assessing", {"proposal", "cancellation"}),
        ("proposed", {"reopening", "award", "no_award", "cancellation"}),
        ("awarded", set()),
        ("none_suitable", set()),
        ("cancelled", set()),
    ],
)
def test_projects(status: str, verbs: set[str]) -> None:
    assert set(PROJECT.allowed(status)) == verbs
    for verb in set(PROJECT.moves) - verbs:
        with pytest.raises(TransitionRefused):
            PROJECT.require(verb, status)


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        ("recorded", {"confirmation", "dispute", "amendment", "termination", "expiry"}),
        ("confirmed", {"amendment", "termination", "expiry"}),
        ("disputed", {"confirmation", "amendment", "termination", "expiry"}),
        ("terminated", set()),
        ("expired", set()),
    ],
)
def test_contracts(status: str, verbs: set[str]) -> None:
    assert set(CONTRACT.allowed(status)) == verbs
    for verb in set(CONTRACT.moves) - verbs:
        with pytest.raises(TransitionRefused):
            CONTRACT.require(verb, status)
