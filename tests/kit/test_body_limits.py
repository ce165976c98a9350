"""How much may be sent: by route, declared or counted, and nothing large from strangers."""

from collections.abc import Iterator

import pytest

from tests.support.application import Running, visitor
from tests.world import Login

LIMIT = 1_048_576
PATIENCE = 64 * 1024


class Counted:
    """A body sent in pieces without a declared length, which says how much of it was taken."""

    def __init__(self, size: int, piece: int = 8_192) -> None:
        self.size, self.piece, self.taken = size, piece, 0

    def __iter__(self) -> Iterator[bytes]:
        while self.taken < self.size:
            self.taken += self.piece
            yield b"x" * self.piece


def _asgi_post(running: Running, body: Counted, headers: dict[str, str]) -> tuple[int, bytes]:
    """Post piece by piece, straight into the application: the test client would read the whole body first."""
    import anyio

    sent: list[dict[str, object]] = []

    async def call() -> None:
        pieces = iter(body)

        async def receive() -> dict[str, object]:
            piece = next(pieces, None)
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": "/api/v1/probe",
            "raw_path": b"/api/v1/probe",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 1),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        await running.app(scope, receive, send)

    anyio.run(call)
    status = sent[0]["status"]
    assert isinstance(status, int)
    return status, b"".join(bytes(m.get("body", b"")) for m in sent[1:])  # type: ignore[call-overload]  # ASGI says bytes


@pytest.mark.parametrize(
    ("size", "known", "status"),
    [
        (PATIENCE, False, 200),
        (PATIENCE + 1, False, 401),
        (PATIENCE + 1, True, 200),
        (LIMIT, True, 200),
        (LIMIT + 1, True, 413),
        (LIMIT + 1, False, 413),
    ],
)
def test_a_declared_size(running: Running, person: Login, size: int, known: bool, status: int) -> None:
    headers = person.bearer if known else {}
    answer = visitor(running.app).post("/api/v1/probe", content=b"x" * size, headers=headers)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["limit"] == LIMIT


@pytest.mark.parametrize("credential", ["Bearer dmp_pat_" + "a" * 43, "Bearer x", "Basic eDp5"])
def test_an_unknown_credential_is_none(running: Running, credential: str) -> None:
    body = Counted(10 * LIMIT)
    status, _ = _asgi_post(running, body, {"Authorization": credential})
    assert status == 401
    assert body.taken <= PATIENCE + body.piece


def test_a_stranger_is_refused_before_more_is_read(running: Running) -> None:
    body = Counted(200 * LIMIT)
    status, answer = _asgi_post(running, body, {})
    assert status == 401
    assert b"/problems/unauthenticated" in answer
    assert body.taken <= PATIENCE + body.piece


def test_a_false_declaration_does_not_help(running: Running, person: Login) -> None:
    body = Counted(200 * LIMIT)
    status, _ = _asgi_post(running, body, {**person.bearer, "Content-Length": "10"})
    assert status == 413
    assert body.taken <= LIMIT + body.piece


def test_a_person_is_refused_at_the_limit(running: Running, person: Login) -> None:
    body = Counted(200 * LIMIT)
    status, answer = _asgi_post(running, body, person.bearer)
    assert status == 413
    assert b"/problems/too-large" in answer
    assert body.taken <= LIMIT + body.piece


def test_a_route_may_have_a_limit_of_its_own(running: Running) -> None:
    answer = visitor(running.app).post(
        "/login/start", content=b"x" * (PATIENCE + 1), headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 413


def test_a_cookie_is_a_credential(running: Running, person: Login) -> None:
    browser = running.world.client(person)
    answer = browser.post("/api/v1/probe", content=b"x" * (PATIENCE + 1))
    assert answer.json() == {"bytes": PATIENCE + 1}
