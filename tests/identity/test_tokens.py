"""API tokens: shown once, scoped, expiring, revoked; and /me with every one of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from app.access.actor import system_actor
from app.access.permissions import ROLE_PERMISSIONS, SESSION_ONLY, Role
from app.identity import housekeeping
from app.identity.credentials import TOKEN_PREFIX, looks_like_token
from app.identity.models import ApiToken
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.outbox.models import OutboxRow
from tests.world import World

BODY = {"name": "登録の自動化", "scopes": ["listing:read", "listing:write"]}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_made_once_shown_once_stored_hashed(world: World, database: Database, clock: MovableClock) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    answer = browser.post("/api/v1/tokens", json=BODY)
    assert answer.status_code == 201
    made = answer.json()
    assert made["secret"].startswith(TOKEN_PREFIX)
    assert looks_like_token(made["secret"])
    assert answer.headers["cache-control"] == "no-store"
    assert made["hint"].endswith(made["secret"][-4:])
    with database.read() as session:
        row = session.get_one(ApiToken, made["id"])
    assert made["secret"] not in str(row)
    assert row.expires_at == clock.now() + timedelta(days=365)
    listed = browser.get("/api/v1/tokens").json()["items"]
    assert made["id"] in [token["id"] for token in listed]
    assert all(token["secret"] is None for token in listed)
    assert browser.get("/api/v1/me", headers=bearer(made["secret"])).json()["permissions"] == BODY["scopes"]


def test_a_repeated_request_answers_without_the_secret_and_says_so(world: World) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    key = {"Idempotency-Key": "token-1"}
    first = browser.post("/api/v1/tokens", json=BODY, headers=key).json()
    again = browser.post("/api/v1/tokens", json=BODY, headers=key)
    assert again.status_code == 201
    assert again.json()["id"] == first["id"]
    assert again.json()["secret"] is None
    assert "一度だけ" in again.json()["notice"]
    other = browser.post("/api/v1/tokens", json=BODY | {"name": "別"}, headers=key)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": ""}, "/name", "length"),
        ({"name": "あ" * 101}, "/name", "length"),
        ({"name": "a\u0007"}, "/name", "characters"),
        ({"scopes": []}, "/scopes", "required"),
        ({"scopes": ["listing:raed"]}, "/scopes/0", "unknown-term"),
        ({"scopes": ["listing:read", "agreement:sign"]}, "/scopes/1", "not-allowed"),
        ({"scopes": ["members:manage"]}, "/scopes/0", "not-allowed"),
        ({"scopes": ["tokens:manage"]}, "/scopes/0", "not-allowed"),
        ({"scopes": ["project:read"]}, "/scopes/0", "not-allowed"),
        ({"expires_in_days": 0}, "/expires_in_days", "range"),
        ({"expires_in_days": 731}, "/expires_in_days", "range"),
    ],
)
def test_refusals(
    world: World, database: Database, change: dict[str, object], pointer: str, code: str
) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    answer = browser.post("/api/v1/tokens", json=BODY | change)
    assert answer.status_code == 422
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]
    assert all(fault["remedy"] for fault in answer.json()["errors"])
    with database.read() as session:
        assert len(session.exec(select(ApiToken)).all()) == 1  # the world's own


def test_every_fault_at_once_and_the_nearest_term(world: World) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    answer = browser.post(
        "/api/v1/tokens", json={"name": "", "scopes": ["listing:raed"], "expires_in_days": 0}
    )
    faults = answer.json()["errors"]
    assert [fault["pointer"] for fault in faults] == ["/name", "/scopes/0", "/expires_in_days"]
    assert "listing:read" in faults[1]["remedy"]


@pytest.mark.parametrize("role", list(Role))
def test_me_works_with_every_token_and_no_token_holds_what_needs_a_person(world: World, role: Role) -> None:
    if role.value.startswith("vendor"):
        organisation = world.vendor()
    else:
        organisation = world.local_government() if role.value.startswith("buyer") else world.agency()
    login = world.login(organisation, role.value)
    me = world.api(login).get("/api/v1/me")
    assert me.status_code == 200
    assert me.json()["roles"] == [role.value]
    held = set(me.json()["permissions"])
    assert held == {p.value for p in ROLE_PERMISSIONS[role] - SESSION_ONLY}
    assert world.api(login).post("/api/v1/tokens", json=BODY).status_code == 403
    narrow = {"scopes": sorted(held)[:1]}
    made = world.client(login).post("/api/v1/tokens", json={"name": "x", **narrow})
    assert made.status_code == 201, made.text
    answer = world.client().get("/api/v1/me", headers=bearer(made.json()["secret"]))
    assert answer.json()["permissions"] == narrow["scopes"]


def test_expired_revoked_and_mistyped(world: World, clock: MovableClock) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    short = browser.post("/api/v1/tokens", json=BODY | {"expires_in_days": 1}).json()
    other = browser.post("/api/v1/tokens", json=BODY).json()
    stranger = world.client()
    assert browser.delete(f"/api/v1/tokens/{other['id']}").status_code == 204
    assert stranger.get("/api/v1/me", headers=bearer(other["secret"])).status_code == 401
    assert stranger.get("/api/v1/me", headers=bearer(short["secret"][:-1] + "x")).status_code == 401
    assert stranger.get("/api/v1/me", headers=bearer(short["secret"])).status_code == 200
    clock.move(days=1)
    refused = stranger.get("/api/v1/me", headers=bearer(short["secret"]))
    assert refused.status_code == 401
    assert "有効期限" in refused.json()["detail"]
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_last_use_is_kept(world: World, clock: MovableClock) -> None:
    login = world.login(world.vendor(), "vendor_admin")
    browser = world.client(login)
    made = browser.post("/api/v1/tokens", json=BODY).json()
    assert made["last_used_at"] is None
    world.client().get("/api/v1/me", headers=bearer(made["secret"]))
    listed = {token["id"]: token for token in browser.get("/api/v1/tokens").json()["items"]}
    assert listed[made["id"]]["last_used_at"] is not None


def test_nobody_revokes_anothers_token(world: World) -> None:
    vendor = world.vendor()
    mine = world.client(world.login(vendor, "vendor_admin"))
    made = mine.post("/api/v1/tokens", json=BODY).json()
    colleague = world.client(world.login(vendor, "vendor_admin"))
    assert colleague.delete(f"/api/v1/tokens/{made['id']}").status_code == 404
    assert world.client().get("/api/v1/me", headers=bearer(made["secret"])).status_code == 200


def test_a_login_of_long_ago_makes_no_token(world: World, clock: MovableClock) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    clock.move(minutes=11)
    refused = browser.post("/api/v1/tokens", json=BODY)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/step-up-required"


def test_a_token_ends_with_its_owners_roles(world: World, database: Database) -> None:
    vendor = world.vendor()
    world.login(vendor, "vendor_admin")
    login = world.login(vendor, "vendor_admin")
    admin = world.client(world.login(vendor, "vendor_admin"))
    path = f"/api/v1/organisations/{vendor.id}/members/{login.membership_id}"
    tag = admin.get(path).headers["etag"]
    assert admin.patch(path, json={"roles": ["vendor_editor"]}, headers={"If-Match": tag}).status_code == 200
    held = world.api(login).get("/api/v1/me").json()["permissions"]
    assert "agreement:sign" not in held
    assert "audit:read-own" not in held
    assert admin.delete(path).status_code == 204
    assert world.api(login).get("/api/v1/me").status_code == 401


def test_warned_once_thirty_days_before_the_end(
    world: World, database: Database, clock: MovableClock
) -> None:
    login = world.login(world.vendor(), "vendor_admin")
    clock.move(days=334)

    def sweep() -> list[str]:
        with database.write() as session:
            housekeeping.sweep(session, system_actor(), clock)
        with database.read() as session:
            rows = session.exec(
                select(OutboxRow).where(col(OutboxRow.topic) == "notify.token-expiring")
            ).all()
        return [row.key for row in rows]

    assert sweep() == []
    clock.move(days=1, minutes=1)
    assert len(sweep()) == 1
    assert len(sweep()) == 1
    assert world.api(login).get("/api/v1/me").status_code == 200


def test_the_page_shows_the_secret_once(world: World) -> None:
    browser = world.client(world.login(world.vendor(), "vendor_admin"))
    page = browser.post(
        "/account/tokens",
        data={"name": "画面から", "scopes": ["listing:read"], "expires_in_days": "30"},
    )
    assert page.status_code == 200
    assert page.text.count(TOKEN_PREFIX + "…") >= 1
    assert "いま一度だけ示します" in page.text
    assert "いま一度だけ示します" not in browser.get("/account/tokens").text
    faulty = browser.post("/account/tokens", data={"name": "画面から", "expires_in_days": "９"})
    assert faulty.status_code == 422
    assert 'value="画面から"' in faulty.text
    assert "権限が一つも選ばれていません" in faulty.text
    assert "1日から730日まで" in faulty.text


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/tokens", "/api/v1/me/sessions"])
def test_visitors_are_nobody(world: World, path: str) -> None:
    assert world.client().get(path).status_code == 401
