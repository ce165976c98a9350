"""The hot path: one retry where no connection was made, none where an answer is late, and an engine at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from search.engine import EngineUnavailable, Query
from search.errors import EngineBusy, EngineFull, EngineRefused, EngineSlow, IndexMissing
from search.meilisearch.breaker import FAILURES, Breaker
from search.meilisearch.connection import Connection
from search.meilisearch.faults import fault
from search.meilisearch.questions import Questions
from search.meilisearch.reader import MeilisearchEngine
from tests.search.contract.adapters import SETTINGS, TODAY

Answering = Callable[[httpx.Request], httpx.Response]


def _asked(answering: list[Answering], seconds: float = 5.0) -> tuple[str | EngineUnavailable, int]:
    """What `/health` came to when the server answers so one after the other, and how often it was asked."""
    asked = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return answering[min(asked, len(answering)) - 1](request)

    async def ask() -> str | EngineUnavailable:
        connection = Connection("http://search:7700", search_key="k", answer_seconds=seconds)
        questions = Questions(connection, httpx.MockTransport(handle))
        try:
            return await questions.answered(questions.health)
        except EngineUnavailable as failure:
            return failure
        finally:
            await questions.close()

    return asyncio.run(ask()), asked


def _healthy(request: httpx.Request) -> httpx.Response:
    assert request.headers["Authorization"] == "Bearer k"
    return httpx.Response(200, json={"status": "available"})


def _raises(error: type[httpx.TransportError]) -> Answering:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("as told", request=request)

    return answer


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.RemoteProtocolError])
def test_a_failed_connection_is_tried_once_more(error: type[httpx.TransportError]) -> None:
    assert _asked([_raises(error), _healthy]) == ("available", 2)
    failure, asked = _asked([_raises(error)])
    assert isinstance(failure, EngineUnavailable)
    assert asked == 2


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_what_is_late_is_not_asked_again(error: type[httpx.TransportError]) -> None:
    failure, asked = _asked([_raises(error), _healthy])
    assert isinstance(failure, EngineSlow)
    assert asked == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(503, json={"code": "too_many_search_requests", "message": "x"}), EngineBusy),
        (httpx.Response(403, json={"code": "invalid_api_key", "message": "x"}), EngineRefused),
        (httpx.Response(404, json={"code": "index_not_found", "message": "x"}), IndexMissing),
        (httpx.Response(422, json={"code": "no_space_left_on_device", "message": "x"}), EngineFull),
        (httpx.Response(400, json={"code": "invalid_search_filter", "message": "x"}), IndexMissing),
        (httpx.Response(200, text="<html>a proxy's page</html>"), EngineUnavailable),
        (httpx.Response(500, text="oops"), EngineUnavailable),
    ],
)
def test_faults_by_their_code(answer: httpx.Response, kind: type[EngineUnavailable]) -> None:
    failure, asked = _asked([lambda _: answer])
    assert type(failure) is kind
    assert asked == 1


def test_the_whole_question_has_its_time() -> None:
    async def ask() -> None:
        questions = Questions(Connection("http://search:7700", answer_seconds=0.05))
        await questions.answered(lambda: asyncio.sleep(5))

    with pytest.raises(EngineSlow):
        asyncio.run(ask())


def test_a_failing_engine_is_left_alone_and_then_tried_by_one() -> None:
    now = [100.0]
    breaker = Breaker(2.0, lambda: now[0])
    for _ in range(FAILURES - 1):
        breaker.failed(EngineSlow("late"))
        breaker.admit()
    breaker.failed(EngineSlow("late"))
    with pytest.raises(EngineSlow):
        breaker.admit()
    now[0] += 2.0
    breaker.admit()
    with pytest.raises(EngineSlow):
        breaker.admit()  # one at a time
    breaker.failed(EngineUnavailable("gone"))
    with pytest.raises(EngineUnavailable):
        breaker.admit()
    now[0] += 2.0
    breaker.admit()
    breaker.undecided()  # given up by its visitor
    breaker.admit()
    breaker.succeeded()
    breaker.admit()
    breaker.admit()


def test_a_busy_engine_is_left_alone_for_as_long_as_it_asks() -> None:
    now = [0.0]
    breaker = Breaker(2.0, lambda: now[0])
    busy = fault("too_many_search_requests", "x", 503, "7")
    breaker.failed(busy)
    now[0] = 6.9
    with pytest.raises(EngineBusy):
        breaker.admit()
    now[0] = 7.0
    breaker.admit()


def test_another_loop_has_connections_of_its_own() -> None:
    """A pool belongs to the loop that made it; a question from another one must not meet it."""
    body = {"hits": [], "query": "", "totalHits": 0, "totalPages": 0}

    def handle(request: httpx.Request) -> httpx.Response:
        meta = {**body, "hits": [{"generation": "000001-x", "fingerprint": "f"}]}
        return httpx.Response(200, json={"results": [body, meta]})

    connection = Connection("http://search:7700")
    engine = MeilisearchEngine(connection, SETTINGS, Questions(connection, httpx.MockTransport(handle)))
    for _ in range(3):
        results = asyncio.run(engine.search(Query(TODAY)))
        assert (results.total, results.generation, results.degraded) == (0, "000001-x", True)
