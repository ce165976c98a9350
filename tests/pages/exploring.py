"""Walks a running site by its links as one person, and finds an address for every kind of page that they lead to."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from bs4 import BeautifulSoup

from app.web.site import ROUTERS

LOOKED_AT_EACH = 2
"""How many pages of one kind are opened; the longest is kept, as it shows most."""


@dataclass(frozen=True)
class Found:
    """A page of one kind."""

    route: str
    path: str
    size: int


def page_routes() -> list[str]:
    """The paths of all GET routes of the pages, fixed ones before those with parameters, as the router tries them."""
    return [
        route.path
        for router in ROUTERS
        for route in _routes(router.routes)
        if "GET" in (getattr(route, "methods", None) or ())
    ]


def _routes(candidates: Iterable[Any]) -> Iterable[Any]:
    for candidate in candidates:
        branch = getattr(candidate, "effective_candidates", None)
        if callable(branch):
            yield from _routes(branch())
        else:
            yield candidate


def route_of(path: str, routes: Sequence[str]) -> str | None:
    """The first route that takes this path."""
    for route in routes:
        pattern = re.sub(r"\\\{[a-z_]+:path\\\}", ".+", re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(route)))
        if re.fullmatch(pattern, path):
            return route
    return None


def explore(client: httpx.Client, start: Iterable[str], routes: Sequence[str]) -> dict[str, Found]:
    """One page of every kind that can be reached by links from `start`. Only reads."""
    waiting, met = deque(start), set(start)
    opened: dict[str, int] = {}
    found: dict[str, Found] = {}
    while waiting:
        address = waiting.popleft()
        route = route_of(urlsplit(address).path, routes)
        if route is None or opened.get(route, 0) >= LOOKED_AT_EACH:
            continue
        answer = client.get(address, follow_redirects=True)
        here = urlsplit(str(answer.url))
        route = route_of(here.path, routes)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if route is None or answer.status_code != 200 or not is_page:
            continue
        opened[route] = opened.get(route, 0) + 1
        path = here.path + (f"?{here.query}" if here.query else "")
        if route not in found or found[route].size < len(answer.text):
            found[route] = Found(route, path, len(answer.text))
        for link in BeautifulSoup(answer.text, "html.parser").select("a[href]"):
            to = urlsplit(urljoin(str(answer.url), str(link["href"])))
            onward = to.path + (f"?{to.query}" if to.query else "")
            if to.netloc == here.netloc and "format=" not in to.query and onward not in met:
                met.add(onward)
                waiting.append(onward)
    return found
