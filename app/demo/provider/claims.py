"""What each dialect says of a person: in the id_token and at userinfo."""

from __future__ import annotations

from typing import Any

from app.demo.provider.config import DialectName
from app.demo.provider.people import AccountKind, Person, split_name

#: Beside `sub` these are all numbers in GビズID's userinfo; it sends them as strings.
_NUMBERS = ("account_type", "corp_type", "corporate_number")


def _said(claims: dict[str, Any]) -> dict[str, Any]:
    """Without the empty ones: a provider leaves out what it does not know."""
    return {name: value for name, value in claims.items() if value not in ("", (), [], None)}


def _gbizid(person: Person, scopes: set[str]) -> dict[str, Any]:
    """Flat keys by scope. `mandate_info`, `delegation_info` and `role`: names as described, shapes are ours."""
    claims: dict[str, Any] = {"sub": person.sub}
    last_kana, first_kana = person.split_kana()
    if "profile" in scopes:
        rep_last, rep_first = split_name(person.representative)
        rep_last_kana, rep_first_kana = split_name(person.representative_kana)
        claims |= {
            "account_type": person.account_type.value if person.account_type else "",
            "corp_type": person.corp_type,
            "parent_id": person.parent_sub,
            "corporate_number": person.corporate_number,
            "name": person.corporate_name,
            "en_name": person.corporate_name_en,
            "prefecture_name": person.prefecture,
            "address1": person.address1,
            "address2": person.address2,
            "rep_last_nm": rep_last,
            "rep_first_nm": rep_first,
            "rep_last_nm_kana": rep_last_kana,
            "rep_first_nm_kana": rep_first_kana,
            "birthday_ymd": person.birthday,
        }
    if "user" in scopes:
        claims |= {
            "user_last_nm": person.last_name,
            "user_first_nm": person.first_name,
            "user_last_nm_kana": last_kana,
            "user_first_nm_kana": first_kana,
            "user_department": person.department,
            "user_tel_no_contact": person.telephone,
        }
    if "email" in scopes:
        claims["email"] = person.email
    if "role" in scopes:
        claims["role"] = {
            AccountKind.PRIME: "jp_gbizid_prime",
            AccountKind.MEMBER: "jp_gbizid_member",
        }.get(person.account_type or AccountKind.ENTRY, "")
    if "mandate" in scopes:
        claims["mandate_info"] = list(person.mandates)
    if "delegation_info" in scopes and person.delegated_from:
        claims["delegation_info"] = {"corporate_number": person.delegated_from}
    return _said(claims)


def _generic(person: Person, scopes: set[str]) -> dict[str, Any]:
    """Standard claims of OpenID Connect, and the organisation under a scope of its own."""
    claims: dict[str, Any] = {"sub": person.sub}
    if "profile" in scopes:
        claims |= {
            "name": person.full_name,
            "family_name": person.last_name,
            "given_name": person.first_name,
            "name#ja-Kana-JP": person.kana,
        }
    if "email" in scopes and person.email:
        claims |= {"email": person.email, "email_verified": True}
    if "organisation" in scopes:
        claims |= {
            "organisation_code": person.organisation_code,
            "organisation_name": person.organisation_name,
            "corporate_number": person.corporate_number,
            "department": person.department,
        }
    return _said(claims)


def person_claims(dialect: DialectName, person: Person, scopes: set[str]) -> dict[str, Any]:
    """The person's facts that the scopes open, `sub` always among them; unknown facts are left out."""
    return _gbizid(person, scopes) if dialect == "gbizid" else _generic(person, scopes)


def numbers_as_numbers(claims: dict[str, Any]) -> dict[str, Any]:
    """The same claims with GビズID's numbers as JSON numbers (a fault that tests switch on)."""
    return {name: int(value) if name in _NUMBERS else value for name, value in claims.items()}
