"""Who may send an unsafe request with our cookie: our own pages, and nobody else."""

import pytest

from app.kit.http import form_token
from tests.support.application import ORIGIN, Running, visitor
from tests.world import Login

FORM = "application/x-www-form-urlencoded"


def _post(
    running: Running,
    login: Login | None,
    headers: dict[str, str],
    body: str | bytes = "",
    path: str = "/probe",
    content_type: str = FORM,
) -> tuple[int, str]:
    cookie = {"Cookie": f"{running.settings.session_cookie}={login.cookie}"} if login else {}
    answer = visitor(running.app).post(
        path, content=body, headers={"Content-Type": content_type, **cookie, **headers}
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize("path", ["/probe", "/api/v1/probe"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "Same-Origin "}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Origin": ORIGIN}, 200),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "http://localhost:8000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ORIGIN + ".example.jp"}, 403),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Referer": ORIGIN + "/vendor"}, 403),
        ({}, 403),
    ],
)
def test_the_cookie_needs_a_proof(
    running: Running, person: Login, path: str, headers: dict[str, str], status: int
) -> None:
    assert _post(running, person, headers, path=path)[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_held_to_it(running: Running, person: Login, method: str) -> None:
    cookie = {"Cookie": f"{running.settings.session_cookie}={person.cookie}"}
    answer = visitor(running.app).request(method, "/api/v1/me", headers=cookie)
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/cross-site"


def test_the_forms_token_counts_where_headers_are_stripped(running: Running, person: Login) -> None:
    token = form_token(running.settings.secret_key.get_secret_value(), person.cookie)
    assert _post(running, person, {}, f"form_token={token}&a=1") == (200, '{"fields":2}')
    many = "&".join(f"lines-{n}=1" for n in range(2_000))
    assert _post(running, person, {}, f"form_token={token}&{many}") == (200, '{"fields":2001}')


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("form_token=" + "0" * 64, FORM),
        ("form_token=", FORM),
        ("form_token=%E3%81%82", FORM),
        ("form_token=%FF%FE", FORM),
        ("", FORM),
        ("--x--", "multipart/form-data"),
        ("--x\r\nnot a part", "multipart/form-data; boundary=x"),
        ('{"form_token": "x"}', "application/json"),
    ],
)
def test_a_wrong_token_is_refused(running: Running, person: Login, body: str, content_type: str) -> None:
    status, text = _post(running, person, {}, body, content_type=content_type)
    assert status == 403, text


def test_anothers_token_is_refused(running: Running, person: Login) -> None:
    token = form_token(running.settings.secret_key.get_secret_value(), "another-cookie")
    assert _post(running, person, {}, f"form_token={token}")[0] == 403


def test_a_visitors_form_needs_a_proof_too(running: Running) -> None:
    """Login is such a form: nobody may log somebody else in."""
    assert _post(running, None, {})[0] == 403
    assert _post(running, None, {"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert _post(running, None, {"Sec-Fetch-Site": "same-origin"})[0] == 200
    empty = form_token(running.settings.secret_key.get_secret_value(), "")
    assert _post(running, None, {}, f"form_token={empty}")[0] == 403


def test_a_token_is_no_cookie(running: Running, person: Login) -> None:
    """A program sends no fetch metadata; and beside a bearer token the cookie does not count."""
    assert _post(running, None, person.bearer, path="/api/v1/probe")[0] == 200
    cookie = {"Cookie": f"{running.settings.session_cookie}={person.cookie}"}
    path = "/api/v1/audit-events"
    assert visitor(running.app).get(path, headers=cookie).status_code == 200
    assert visitor(running.app).get(path, headers={"Authorization": "Bearer no", **cookie}).status_code == 401


def test_a_cookie_in_a_second_header_is_still_a_cookie(running: Running, person: Login) -> None:
    """What reads the session reads every Cookie header, so the rule has to as well."""
    cookie = f"{running.settings.session_cookie}={person.cookie}"
    answer = visitor(running.app).post(
        "/api/v1/probe", headers=[("Cookie", "other=1"), ("Cookie", cookie), ("Content-Type", FORM)]
    )
    assert answer.status_code == 403


def test_reading_needs_no_proof(running: Running, person: Login) -> None:
    cookie = f"{running.settings.session_cookie}={person.cookie}"
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    assert visitor(running.app).get("/healthz", headers=headers).status_code == 200
