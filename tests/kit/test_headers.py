"""Every answer, of whatever kind, carries its request's id and the security headers."""

import re
from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.application import Running, application, visitor
from tests.support.databases import Databases
from tests.world import Login

EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}

KINDS = [
    ("GET", "/healthz", 200, {}),
    ("GET", "/api/v1/openapi.json", 200, {}),
    ("GET", "/api/v1/schemas/software", 200, {}),
    ("GET", "/audit", 303, {}),
    ("GET", "/api/v1/audit-events", 401, {}),
    ("GET", "/api/v1/nowhere", 404, {}),
    ("GET", "/nowhere", 404, {}),
    ("DELETE", "/healthz", 405, {"Sec-Fetch-Site": "same-origin"}),
    ("DELETE", "/api/v1/search", 405, {}),
    ("POST", "/probe", 403, {"Sec-Fetch-Site": "cross-site"}),
    ("POST", "/api/v1/probe", 413, {"Content-Length": "999999999"}),
    ("POST", "/api/v1/probe", 401, {"Content-Length": "100000"}),
    ("GET", "/api/v1/search?page=x", 422, {}),
    ("GET", "/probe-crash", 500, {}),
    ("GET", "/api/v1/probe-crash", 500, {}),
]


@pytest.mark.parametrize(("method", "path", "status", "headers"), KINDS)
def test_every_kind_of_answer_has_them(
    running: Running, method: str, path: str, status: int, headers: dict[str, str]
) -> None:
    content = b"x" if "Content-Length" in headers else None
    answer = visitor(running.app).request(method, path, headers=headers, content=content)
    assert answer.status_code == status, answer.text
    for name, value in EXPECTED.items():
        assert answer.headers.get(name) == value, name
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    if status >= 400 and path.startswith("/api/"):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.json()["status"] == status
    elif status >= 400 and not path.startswith("/healthz"):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["x-request-id"] in answer.text
    assert "boom" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("given", "kept"),
    [("my-request.2026_11", True), ("short", False), ("x" * 65, False), ("has space!", False), ("", False)],
)
def test_a_well_formed_request_id_is_kept(running: Running, given: str, kept: bool) -> None:
    answer = visitor(running.app).get("/healthz", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is kept


def test_only_https_asks_for_https(running: Running, databases: Databases, tmp_path: Path) -> None:
    assert "strict-transport-security" not in running.visitor.get("/healthz").headers
    with application(databases, tmp_path, site_origin="https://market.example.jp") as secure:
        assert "max-age=" in secure.visitor.get("/healthz").headers["strict-transport-security"]
        assert secure.settings.session_cookie == "__Host-dmp-session"


def test_a_persons_pages_are_not_kept_by_caches(running: Running, person: Login) -> None:
    answer = running.world.client(person).get("/nowhere")
    assert answer.headers["cache-control"] == "no-store"


def test_forms_may_lead_to_the_issuers_only(databases: Databases, tmp_path: Path) -> None:
    issuer = {
        "key": "lg",
        "name": "x",
        "issuer": "https://login.example.jp/lg/",
        "client_id": "a",
        "client_secret": "b",
    }
    settings = Settings.model_validate({"issuers": [issuer]})
    with application(databases, tmp_path, issuers=settings.issuers) as running:
        policy = running.visitor.get("/healthz").headers["content-security-policy"]
    assert "form-action 'self' https://login.example.jp;" in policy
