"""Turns refusals into answers: problem+json for the API, a page for people (by app.web, through `app.state`)."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DataError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.kit.errors import (
    FieldFault,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)

log = logging.getLogger("dmp.problems")
PROBLEM_JSON = "application/problem+json"
FAULTS_AT_MOST = 1000
"""A body of a megabyte can name 100,000 unknown members; nobody reads a list of them ten times as long."""
Renderer = Callable[[Request, Problem], Response]

_BY_STATUS: dict[int, type[Problem]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    415: UnsupportedMedia,
    429: TooManyRequests,
    503: Unavailable,
}

_REMEDIES = {
    "missing": ("この項目は必要です。", "値を入れてください。"),
    "extra_forbidden": ("この項目はありません。", "項目名の綴りを確かめるか、取り除いてください。"),
    "json_invalid": ("JSON として読めません。", "本文を JSON にしてください。"),
    "string_too_long": ("長すぎます。", "決められた長さに収めてください。"),
    "string_too_short": ("短すぎます。", "決められた長さ以上にしてください。"),
}


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    status, slug, title = 405, "method-not-allowed", "この操作方法は使えません"


def is_api(request: Request) -> bool:
    """Whether the answer goes to a program rather than to a page."""
    return request.url.path.startswith(("/api/", "/readyz", "/healthz"))


def problem_response(request: Request, problem: Problem) -> Response:
    """The answer for a refusal: JSON under /api, else the page that app.web put on `app.state.render_problem`."""
    app = request.scope.get("app")
    renderer = cast("Renderer | None", getattr(getattr(app, "state", None), "render_problem", None))
    state: dict[str, Any] = request.scope.get("state", {})
    if renderer is not None and not is_api(request):
        response = renderer(request, problem)
    else:
        body = problem.body(instance=request.url.path) | {"request_id": state.get("request_id", "")}
        response = JSONResponse(body, status_code=problem.status, media_type=PROBLEM_JSON)
    response.headers.update(problem.headers)
    return response


def _pointer(location: Sequence[int | str]) -> str:
    # FastAPI's first part is where it looked (body, query, path): only the body's inside is a JSON pointer.
    parts = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _fault(error: dict[str, Any]) -> FieldFault:
    kind = str(error.get("type", "invalid"))
    message, remedy = _REMEDIES.get(kind, (str(error.get("msg", "値が正しくありません。")), ""))
    location = error.get("loc", ())
    if kind == "json_invalid":
        location = ()
    context = error.get("ctx", {})
    if not remedy:
        remedy = "、".join(
            f"{key}: {value}" for key, value in context.items() if isinstance(value, (str, int, float))
        )
    return FieldFault(_pointer(location), kind, message, remedy or "値を確かめてください。")


def install(app: FastAPI) -> None:
    """Register the handlers: our refusals, FastAPI's own, and what nobody expected."""

    async def on_problem(request: Request, error: Exception) -> Response:
        problem = cast(Problem, error)
        request.scope["refusal"] = problem
        # In a thread: a page may keep what was typed, and must not wait for the database on the event loop.
        return await run_in_threadpool(problem_response, request, problem)

    async def on_validation(request: Request, error: Exception) -> Response:
        errors = cast(RequestValidationError, error).errors()
        if any(e.get("type") == "json_invalid" for e in errors):
            return problem_response(
                request, Malformed("本文を JSON として読めません。構文を確かめてください。")
            )
        detail = ""
        if len(errors) > FAULTS_AT_MOST:
            detail = f"{len(errors):,}件の誤りがあります。最初の{FAULTS_AT_MOST}件を errors に示します。"
        faults = [_fault(dict(e)) for e in errors[:FAULTS_AT_MOST]]
        return problem_response(request, Invalid(faults, detail))

    async def on_http(request: Request, error: Exception) -> Response:
        http = cast(HTTPException, error)
        kind = MethodNotAllowed if http.status_code == 405 else _BY_STATUS.get(http.status_code, Problem)
        problem = kind()
        problem.status = http.status_code
        problem.headers.update(http.headers or {})
        return problem_response(request, problem)

    async def on_data(request: Request, error: Exception) -> Response:
        # PostgreSQL holds no NUL in texts and says so only when asked: in an address, a form or JSON alike.
        if "NUL" not in str(cast(DataError, error).orig):
            return await on_crash(request, error)
        return problem_response(
            request, Malformed("使えない文字（U+0000）が含まれています。取り除いてください。")
        )

    async def on_crash(request: Request, error: Exception) -> Response:
        state: dict[str, Any] = request.scope.get("state", {})
        log.error("unhandled request_id=%s", state.get("request_id"), exc_info=error)
        return problem_response(request, Problem("処理中に問題が起きました。何も変更されていません。"))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(DataError, on_data)
    app.add_exception_handler(Exception, on_crash)
