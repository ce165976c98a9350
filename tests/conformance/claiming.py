"""A vendor's answers about a version, from the draft to the public, by the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.listings.market import Market
from tests.support.client import TestClient

CONFORMANCE = "/api/v1/conformance"


def version_id(client: TestClient, address: str) -> str:
    """The id of a specification's version."""
    return str(client.get(address).json()["id"])


def stated(key: str, state: str, **more: str) -> dict[str, str]:
    """One statement as JSON."""
    return {"key": key, "state": state, **more}


def claim(
    market: Market, software: str, version: str, said: list[dict[str, str]], carry_from: str | None = None
) -> None:
    """Claim the version in the draft of the software, and answer."""
    body = {"version_id": version, "carry_from": carry_from}
    begun = market.editor.post(f"{CONFORMANCE}/{software}", json=body)
    assert begun.status_code == 201, begun.text
    answer = market.editor.post(f"{CONFORMANCE}/{software}/{version}/statements", json={"statements": said})
    assert answer.status_code == 200, answer.text


def claiming(market: Market, name: str, said: Mapping[str, list[dict[str, str]]], **answers: Any) -> str:
    """The id of a public software that says this about versions (by id)."""
    software = str(market.draft(name=name, **answers)["id"])
    for version, statements in said.items():
        claim(market, software, version, statements)
    market.approve(f"/software/{software}")
    return software
