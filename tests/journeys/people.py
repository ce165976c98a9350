"""A person with a browser's cookies and no browser: logs in over OpenID Connect by reading the forms on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup, Tag


class HasOrigin(Protocol):
    """A running site."""

    @property
    def origin(self) -> str:
        """Its address, without a trailing slash."""


def _forms(answer: httpx.Response) -> list[Tag]:
    return list(BeautifulSoup(answer.text, "html.parser").find_all("form"))


def _fields(form: Tag) -> dict[str, str]:
    """What the form would send with its first button."""
    fields = {
        str(tag["name"]): str(tag.get("value", ""))
        for tag in form.find_all("input")
        if tag.get("name") and tag.get("type") not in ("submit", "radio", "checkbox")
    }
    button = form.find("button", attrs={"name": True})
    if isinstance(button, Tag):
        fields[str(button["name"])] = str(button.get("value", ""))
    return fields


def _submit(client: httpx.Client, page: httpx.Response, form: Tag, **more: str) -> httpx.Response:
    target = urljoin(str(page.url), str(form.get("action") or page.url))
    return client.post(target, data=_fields(form) | more, follow_redirects=True)


@contextmanager
def log_in(site: HasOrigin, issuer: str, subject: str) -> Iterator[httpx.Client]:
    """A client with the session of that person.

    Goes the whole way over HTTP: the site's login page, the provider's page, and the callback.
    """
    with httpx.Client(base_url=site.origin, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30) as client:
        again(site, client, issuer, subject, "/login")
        yield client


def again(site: HasOrigin, client: httpx.Client, issuer: str, subject: str, path: str) -> httpx.Response:
    """Go through `path` (a login page) as that person; answers the page that follows."""
    page = client.get(path, follow_redirects=True)
    if str(page.url).startswith(site.origin):
        chosen = [
            form
            for form in _forms(page)
            if "/login/start" in str(form.get("action")) and issuer in {*_fields(form).values()}
        ]
        assert chosen, f"no way to log in at {issuer} on {page.url}: {page.text[:2000]}"
        page = _submit(client, page, chosen[0])
    if not str(page.url).startswith(site.origin):
        chosen = [form for form in _forms(page) if _offers(form, subject)]
        assert chosen, f"{subject} is not offered on {page.url}: {page.text[:2000]}"
        page = _submit(client, page, chosen[0], sub=subject)
    assert page.status_code == 200, (page.url, page.status_code, page.text[:2000])
    assert str(page.url).startswith(site.origin), page.url
    return page


def _offers(form: Tag, subject: str) -> bool:
    return any(tag.get("value") == subject for tag in form.find_all(["input", "button"]))
