"""People from a file, and configurations that are refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.demo.provider import AccountKind, ClientConfig, IssuerConfig, load_people, run_provider
from tests.demo.provider.conftest import PEOPLE, Clock, configuration


def test_people_are_read() -> None:
    people = load_people(PEOPLE)
    assert [person.sub for person in people] == ["prime-1", "member-1", "entry-1", "officer-1"]
    assert [person.account_type for person in people] == [
        AccountKind.PRIME,
        AccountKind.MEMBER,
        AccountKind.ENTRY,
        None,
    ]
    assert people[0].split_kana() == ("シケン", "ハナコ")


ONE = '[[people]]\nissuer = "lg"\nsub = "a"\nlast_name = "姓"\nfirst_name = "名"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ONE + 'colour = "red"\n', "colour"),
        (ONE.replace("first_name", "frist_name"), "first_name"),
        (ONE + 'account_type = "gold"\n', "account_type"),
        (ONE + 'corp_type = "3"\n', "corp_type"),
        (ONE + ONE, "must be unique"),
        (ONE + 'parent_sub = "nobody"\n', "nobody"),
        ("[[persons]]\n", "persons"),
        ("people = [\n", "people.toml"),
    ],
)
def test_wrong_people_are_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "people.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint) as refusal:
        load_people(path)
    assert "people.toml" in str(refusal.value)


@pytest.mark.parametrize(
    "origin",
    ["https://localhost:9000", "http://dmp.example:9000", "http://0.0.0.0:9000", "http://localhost:9000/"],
)
def test_only_a_loopback_origin_is_taken(clock: Clock, origin: str) -> None:
    with pytest.raises(ValueError, match="no passwords"):
        dataclasses.replace(configuration(clock), origin=origin)


def test_only_a_loopback_host_is_served(clock: Clock) -> None:
    with pytest.raises(ValueError, match="loopback"):
        run_provider(configuration(clock), host="0.0.0.0")


def test_people_of_unknown_issuers_and_doubled_issuers_are_refused(clock: Clock) -> None:
    config = configuration(clock)
    with pytest.raises(ValueError, match="unknown issuers"):
        dataclasses.replace(config, issuers=config.issuers[:1])
    with pytest.raises(ValueError, match="same key"):
        dataclasses.replace(
            config, issuers=(*config.issuers, dataclasses.replace(config.issuers[0], path="/x/"))
        )
    with pytest.raises(ValueError, match="same path"):
        dataclasses.replace(
            config, issuers=(*config.issuers, dataclasses.replace(config.issuers[0], key="x"))
        )


def test_issuer_and_client_are_checked() -> None:
    with pytest.raises(ValueError, match="begin and end with a slash"):
        IssuerConfig("a", "/oauth", "a", "gbizid", ())
    with pytest.raises(ValueError, match="unknown scopes"):
        IssuerConfig("a", "/a/", "a", "gbizid", (ClientConfig("c", "s", (), scopes=("nonsense",)),))
    for secret in ("", "a:b", "a%b", "秘密"):
        with pytest.raises(ValueError, match="secret"):
            ClientConfig("c", secret, ())
