"""A browser without JavaScript: fills in and presses the forms of pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx2
from bs4 import BeautifulSoup, Tag
from starlette.testclient import TestClient


class Browser:
    """Reads a page and posts its forms with everything they hold."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.answer: httpx2.Response
        self.path = ""
        self.sent: tuple[str, list[tuple[str, str]]] = ("", [])
        self.first = ""

    def get(self, path: str, status: int = 200) -> Browser:
        """Open a page."""
        self.path = path.partition("#")[0]
        self.answer = self.client.get(self.path)
        assert self.answer.status_code == status, f"{path}: {self.answer.status_code} {self.text[:3000]}"
        if status == 200:
            self._check()
        return self

    @property
    def soup(self) -> BeautifulSoup:
        """The page."""
        return BeautifulSoup(self.answer.text, "html.parser")

    @property
    def text(self) -> str:
        """What a person reads."""
        return self.soup.get_text(" ", strip=True)

    def form(self, button: str) -> tuple[str, list[tuple[str, str]]]:
        """The action and the present values of the form that has this button."""
        pressed = self.soup.find("button", string=lambda text: text is not None and text.strip() == button)
        assert isinstance(pressed, Tag), f"no button {button}"
        form = pressed.find_parent("form")
        assert isinstance(form, Tag)
        pairs = [(str(pressed["name"]), str(pressed["value"]))] if pressed.get("name") else []
        for field in form.select("input[name], select[name], textarea[name]"):
            name, kind = str(field["name"]), field.get("type")
            if field.name == "select":
                chosen = field.select_one("option[selected]") or field.select_one("option")
                if chosen:
                    pairs.append((name, str(chosen["value"])))
            elif field.name == "textarea":
                pairs.append((name, field.text.lstrip("\n")))
            elif kind not in ("checkbox", "radio") or field.has_attr("checked"):
                pairs.append((name, str(field.get("value", ""))))
        return str(form.get("action") or self.path), pairs

    def press(self, button: str, *, status: int = 303, **given: Any) -> Browser:
        """Fill in (`a__b` is `a-b`) and press; follow a redirect."""
        action, pairs = self.form(button)
        given = {name.replace("__", "-"): value for name, value in given.items()}
        pairs = [(name, value) for name, value in pairs if name not in given]
        for name, value in given.items():
            pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
        self.sent = action, pairs
        self.answer = self.post(action, pairs)
        assert self.answer.status_code == status, f"{button}: {self.answer.status_code} {self.text[:3000]}"
        if status == 303:
            self.first = self.answer.headers["location"]
            return self.get(self.answer.headers["location"])
        if status in (200, 412, 422, 409):
            self._check()
        self.path = action
        return self

    def post(self, action: str, pairs: list[tuple[str, str]]) -> httpx2.Response:
        """Send a form as it is."""
        return self.client.post(
            action,
            content=urlencode(pairs),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

    def press_twice(self, button: str, **given: Any) -> Browser:
        """A double click: press, send exactly the same form again, and expect the same answer."""
        self.press(button, **given)
        first, shown = self.first, self.text
        self.answer = self.post(*self.sent)
        assert (self.answer.status_code, self.answer.headers["location"]) == (303, first), self.text[:3000]
        self.get(first)
        assert self.text == shown, "the message of the first answer is shown again"
        return self

    def _check(self) -> None:
        """What every page keeps: one h1, labels for inputs, tables with captions, no inline script, unique ids."""
        soup = self.soup
        assert len(soup.select("h1")) == 1
        ids = [str(tag["id"]) for tag in soup.select("[id]")]
        assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
        for field in soup.select("input:not([type=hidden]), select, textarea"):
            labelled = field.find_parent("label") or soup.find("label", attrs={"for": str(field.get("id"))})
            assert labelled, field
        assert all(table.find("caption") for table in soup.select("table"))
        assert not soup.select("script:not([src]), style, [style], [onclick]")
        for link in soup.select(".error-summary a[href^='#']"):
            assert str(link["href"])[1:] in ids, link
