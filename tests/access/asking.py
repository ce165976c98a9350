"""Asks one route as one role, by session or by token, and keeps nothing: every request is rolled back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from tests.access.routes import RouteFacts
from tests.access.stage import Family, Stage
from tests.access.table import Rule

DENIED = (401, 403, 404)


@dataclass(frozen=True)
class Asking:
    """Sends the requests of a rule."""

    stage: Stage
    examples: Mapping[str, Any]
    """Body by "METHOD path", as the API's description gives it."""

    def ask(
        self,
        route: RouteFacts,
        rule: Rule,
        role: str,
        family: Family,
        *,
        token: bool = False,
        query: Sequence[tuple[str, str]] | None = None,
    ) -> Response:
        """The answer to this role about this family's things. `query` stands instead of the rule's."""
        things = self.stage.things(role, family)
        path = filled(route.path, things, rule.things)
        headers = {"Accept": "application/json" if route.is_api else "text/html"}
        login = self.stage.login(role)
        if login is not None and token:
            headers |= login.bearer
        elif login is not None:
            cookie = self.stage.running.settings.session_cookie
            headers |= {"Cookie": f"{cookie}={login.cookie}", "Sec-Fetch-Site": "same-origin"}
        elif not route.is_api:
            headers["Sec-Fetch-Site"] = "same-origin"
        content: dict[str, Any] = {}
        if route.method in ("PATCH", "PUT", "DELETE") or rule.if_match:
            headers["If-Match"] = "*"
        if rule.form is not None:
            content["data"] = {name: _filled_text(value, things) for name, value in rule.form.items()}
        elif route.method != "GET":
            body = self.examples.get(f"{route.method} {route.path}")
            if rule.body is not None:
                body = {**(body or {}), **rule.body}
            if body is not None:
                content["json"] = _filled_json(body, things)
        client = self.stage.running.visitor
        pairs = (rule.query or {}).items() if query is None else query
        params = [(name, _filled_text(value, things)) for name, value in pairs]
        answer = client.request(route.method, path, headers=headers, params=tuple(params) or None, **content)
        client.cookies.clear()
        if route.path == "/logout":  # commits in a transaction of its own
            self.stage.revive(login)
        return answer


def is_allowed(answer: Response) -> bool:
    """Whether the guards let the request through: not 401, 403, 404, and not sent to log in."""
    to_login = answer.status_code == 303 and answer.headers.get("location", "").startswith("/login?")
    return answer.status_code not in DENIED and not to_login


def filled(path: str, things: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The path with every parameter replaced. A parameter that nobody knows is a KeyError naming it."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        chosen = names.get(name, name)
        return chosen[1:] if chosen.startswith("=") else things[chosen]

    return re.sub(r"\{([a-z_]+)(?::path)?\}", value, path)


def _filled_text(value: str, things: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda found: things[found[1]], value)


def _filled_json(value: Any, things: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _filled_text(value, things) if "{" in value else value
    if isinstance(value, dict):
        return {name: _filled_json(item, things) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled_json(item, things) for item in value]
    return value


def examples_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The first example of each operation's JSON body in an OpenAPI document, by "METHOD path"."""
    found: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                example = _example(document, media)
                if example is not None:
                    found[f"{method.upper()} {path}"] = example
    return found


def _example(document: Mapping[str, Any], media: Mapping[str, Any]) -> Any:
    if "example" in media:
        return media["example"]
    if media.get("examples"):
        return next(iter(media["examples"].values()))["value"]
    schema = media.get("schema", {})
    candidates = [schema, *schema.get("anyOf", ())]
    for candidate in candidates:
        name = str(candidate.get("$ref", "")).rpartition("/")[2]
        resolved = document["components"]["schemas"].get(name, candidate)
        if resolved.get("examples"):
            return resolved["examples"][0]
    return None
