"""What a demo person is at the provider is what the service reads when that person logs in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.demo.identities import SCOPES, Identities, issuer_settings
from app.demo.provider.claims import person_claims
from app.demo.provider.config import DialectName
from app.demo.sample import PersonSample, read_sample
from app.demo.workspace import SECRETS
from app.identity.assertions import read_assertion
from catalogue_schema import load_schema

SAMPLE = read_sample(load_schema(), date(2026, 11, 24))
IDENTITIES = Identities(SAMPLE.people, SAMPLE.vendors, SAMPLE.bodies)
SECRET = dict.fromkeys(SECRETS, "secret-for-tests")


@pytest.mark.parametrize("person", SAMPLE.people, ids=lambda person: person.key)
def test_the_provider_says_what_the_loader_assumed(person: PersonSample) -> None:
    dialect: DialectName = "gbizid" if person.issuer == "gbizid" else "generic"
    scopes = set(SCOPES[person.issuer].split())
    said = person_claims(dialect, IDENTITIES.provider_person(person), scopes)
    assert read_assertion(person.issuer, person.key, dialect, said) == IDENTITIES.assertion(person)


def test_the_issuers_keep_their_keys_when_the_providers_port_changes(tmp_path: Path) -> None:
    first = issuer_settings("http://localhost:8001", SECRET)
    second = issuer_settings("http://localhost:9001", SECRET)
    assert [issuer.key for issuer in first] == [issuer.key for issuer in second] == ["gbizid", "lg", "agency"]
    assert {issuer.issuer for issuer in first}.isdisjoint(issuer.issuer for issuer in second)
    config = IDENTITIES.provider_config("http://127.0.0.1:8000", tmp_path / "keys.json", SECRET)
    for said, known in zip(first, config.issuers, strict=True):
        assert said.issuer == f"http://localhost:8001{known.path}"
        assert known.clients[0].client_id == said.client_id
        assert known.clients[0].client_secret == said.client_secret.get_secret_value()
        assert known.clients[0].redirect_uris == (f"http://127.0.0.1:8000/login/callback/{said.key}",)
