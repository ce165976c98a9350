"""Claims as issuers send them, read into one shape."""

from __future__ import annotations

import pytest

from app.identity.assertions import read_assertion


def test_the_dialect_of_gbizid() -> None:
    said = read_assertion(
        "gbizid",
        "s",
        "gbizid",
        {
            "account_type": "2",
            "corp_type": "1",
            "corporate_number": "5999901000011",
            "name": "試験システム株式会社",
            "prefecture_name": "13",
            "user_last_nm": "試験",
            "user_first_nm": "花子",
            "email": "a@example.jp",
        },
    )
    assert (said.account_kind, said.corp_type, said.claim) == ("prime", "corporation", "5999901000011")
    assert (said.name, said.organisation_name) == ("試験 花子", "試験システム株式会社")
    assert not said.delegated


def test_numbers_as_numbers_and_a_missing_name() -> None:
    said = read_assertion(
        "gbizid", "s", "gbizid", {"account_type": 3, "corp_type": 2, "corporate_number": 5999901000011}
    )
    assert (said.account_kind, said.corp_type, said.number) == ("member", "sole_proprietor", "5999901000011")
    assert said.name == said.organisation_name == ""


@pytest.mark.parametrize("kind", [None, True, "9", "", [], {"a": 1}, 2.0])
def test_an_unknown_kind_of_account_is_none(kind: object) -> None:
    assert read_assertion("gbizid", "s", "gbizid", {"account_type": kind}).account_kind == ""


def test_the_representative_stands_in_for_a_missing_name() -> None:
    said = read_assertion("gbizid", "s", "gbizid", {"rep_last_nm": "代表", "rep_first_nm": "一郎"})
    assert said.name == "代表 一郎"


def test_delegation() -> None:
    assert read_assertion("gbizid", "s", "gbizid", {"delegation_info": {"corporate_number": "1"}}).delegated
    assert not read_assertion("gbizid", "s", "gbizid", {"delegation_info": {}}).delegated


def test_characters_by_which_texts_deceive_are_dropped_and_lengths_bounded() -> None:
    said = read_assertion("lg", "s", "generic", {"name": "役場\u202e\u0000 桜" + "あ" * 500})
    assert said.name.startswith("役場 桜")
    assert len(said.name) == 200


def test_the_generic_dialect() -> None:
    said = read_assertion("lg", "s", "generic", {"name": "役場 桜", "organisation_code": "011002"})
    assert (said.claim, said.account_kind) == ("011002", "")
    assert (
        read_assertion("lg", "s", "generic", {"corporate_number": "9000020011002"}).claim == "9000020011002"
    )
