"""Signing keys: published without their private parts, rotated by kid, one set for each issuer, kept in a file."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import httpx
import pytest
from joserfc.errors import JoseError

from app.demo.provider import RunningProvider, running_provider
from tests.demo.provider.conftest import Clock, configuration
from tests.demo.provider.relying_party import RelyingParty


def test_published_keys_are_public(gbizid: RelyingParty) -> None:
    for key in gbizid.published_keys().keys:
        document = key.as_dict()
        assert document["kty"] == "RSA"
        assert document["kid"]
        assert "d" not in document
        assert "p" not in document


def test_rotation_changes_the_kid_and_keeps_the_former_key(
    running: RunningProvider, gbizid: RelyingParty
) -> None:
    old = gbizid.tokens("prime-1")["id_token"]
    running.app.state.provider.rotate_key("gbizid")
    new = gbizid.redeem(gbizid.log_in("prime-1", prompt="login")["code"]).json()["id_token"]
    assert gbizid.verified(new).header["kid"] != gbizid.verified(old).header["kid"]


def test_rotation_may_withdraw_the_former_key(running: RunningProvider, gbizid: RelyingParty) -> None:
    old = gbizid.tokens("prime-1")["id_token"]
    gbizid.verified(old)
    running.app.state.rotate_key(keep_former=False)
    with pytest.raises((JoseError, ValueError)):
        gbizid.verified(old)


def test_issuers_share_no_key(running: RunningProvider, gbizid: RelyingParty, generic: RelyingParty) -> None:
    ours = {key.kid for key in gbizid.published_keys().keys}
    theirs = {key.kid for key in generic.published_keys().keys}
    assert ours
    assert theirs
    assert not ours & theirs


def test_keys_in_a_file_outlive_the_provider(tmp_path: Path, clock: Clock) -> None:
    key_file = tmp_path / "keys.json"
    kids = []
    for _ in range(2):
        with running_provider(configuration(clock, key_file)) as running:
            published = httpx.get(f"{running.issuer_url('gbizid')}keys").json()["keys"]
            kids.append([key["kid"] for key in published])
    assert kids[0] == kids[1]
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600

    with running_provider(configuration(clock, key_file)) as running:
        running.provider.rotate_key("gbizid")
    kept = json.loads(key_file.read_text(encoding="utf-8"))
    assert len(kept["gbizid"]["keys"]) == 2
    assert len(kept["lg"]["keys"]) == 1
