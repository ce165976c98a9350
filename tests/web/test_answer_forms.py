"""Forms of answers: every kind of field, typed text kept, faults beside their inputs, rows added without script."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI, Request, Response
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from starlette.testclient import TestClient

from app.kit.clock import MovableClock
from app.web.forms import Form, FormDep
from app.web.pages import ENVIRONMENT, render
from catalogue_schema import Schema

PAGE = """
{% extends "layouts/page.html" %}
{% import "components/forms.html" as forms with context %}
{% import "components/answers.html" as answers with context %}
{% block main %}<h1>試験</h1>
{{ forms.error_summary() }}
{{ forms.form_open() }}{{ answers.answer_form(form_groups(schema, subject, given, form=form)) }}{{ forms.form_close() }}
{{ answers.answer_view(answer_groups(schema, subject, given)) }}
{% endblock %}
"""


@pytest.fixture
def probe(app: FastAPI, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """A page with the whole form of a subject."""
    loader = ENVIRONMENT.loader
    assert isinstance(loader, FileSystemLoader)
    monkeypatch.setattr(ENVIRONMENT, "loader", ChoiceLoader([DictLoader({"probe.html": PAGE}), loader]))
    schema: Schema = app.state.schema

    @app.get("/probe/{subject}")
    def show(request: Request, subject: str) -> Response:
        return render(request, "probe.html", subject=subject, given=schema.example(subject), form=Form())

    @app.post("/probe/{subject}")
    def post(request: Request, subject: str, form: FormDep) -> Response:
        given, faults = schema.check_form(subject, form.values, "draft", clock.today())
        if form.more_rows_of:
            return render(request, "probe.html", subject=subject, given=given, form=form)
        status = 422 if faults else 200
        return render(request, "probe.html", status, subject=subject, given=given, form=form, faults=faults)

    return app


def _posted(page: BeautifulSoup) -> dict[str, list[str]]:
    """What a browser would post of the page's form."""
    form: dict[str, list[str]] = {}
    for tag in page.select("main form input, main form select, main form textarea"):
        name = tag.get("name")
        if not name or (tag.get("type") in ("checkbox", "radio") and not tag.has_attr("checked")):
            continue
        if tag.name == "select":
            chosen: Any = tag.select_one("option[selected]") or tag.select_one("option")
            value = str(chosen["value"])
        elif tag.name == "textarea":
            value = tag.text.removeprefix("\n")
        else:
            value = str(tag.get("value", ""))
        form.setdefault(str(name), []).append(value)
    return form


def _page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


@pytest.mark.parametrize("subject", ["software", "offer"])
def test_a_form_posts_back_what_it_was_filled_with(probe: FastAPI, client: TestClient, subject: str) -> None:
    schema: Schema = probe.state.schema
    page = _page(client.get(f"/probe/{subject}"))
    form = _posted(page)
    answers, faults = schema.from_form(subject, form)
    assert faults == []
    assert schema.normalise(subject, answers) == schema.example(subject)
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for tag in page.select("main input:not([type=hidden]), main select, main textarea"):
        labelled = page.select_one(f"label[for='{tag.get('id')}']") or tag.find_parent("label")
        assert labelled is not None, tag


def test_faults_stand_beside_their_inputs_and_typed_text_stays(probe: FastAPI, client: TestClient) -> None:
    form = _posted(_page(client.get("/probe/offer")))
    form["minimum_term_months"] = ["十二か月くらい"]
    form["price_lines-1-unit_price"] = ["高い"]
    answer = client.post("/probe/offer", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    page = _page(answer)
    assert page.title is not None
    assert page.title.text.startswith("入力の誤り：")
    links = {link["href"] for link in page.select(".error-summary a")}
    assert links == {"#minimum_term_months", "#price_lines-1-unit_price"}
    for link, typed in (("minimum_term_months", "十二か月くらい"), ("price_lines-1-unit_price", "高い")):
        tag: Any = page.find(id=link)
        assert tag["value"] == typed
        assert tag["aria-invalid"] == "true"
        assert page.find(id=f"{link}-error") is not None
        assert f"{link}-error" in tag["aria-describedby"]


def test_rows_are_added_and_removed_without_script(probe: FastAPI, client: TestClient) -> None:
    schema: Schema = probe.state.schema
    page = _page(client.get("/probe/offer"))
    before = len(page.select("#price_lines > .row"))
    button: Any = next(b for b in page.select("#price_lines button") if "行を追加" in b.text)
    form = _posted(page) | {"action": [str(button["value"])]}
    more = _page(client.post("/probe/offer", data=form, headers={"Sec-Fetch-Site": "same-origin"}))
    after = len(more.select("#price_lines > .row"))
    assert after > before
    again = _posted(more) | {"action": [str(button["value"])]}
    third = _page(client.post("/probe/offer", data=again, headers={"Sec-Fetch-Site": "same-origin"}))
    assert len(third.select("#price_lines > .row")) > after
    assert schema.from_form("offer", _posted(third))[0] == schema.from_form("offer", form)[0]
    form["price_lines-0-_remove"] = ["1"]
    assert len(schema.from_form("offer", form)[0]["price_lines"]) == 3


def test_the_enter_key_saves(probe: FastAPI, client: TestClient) -> None:
    first: Any = _page(client.get("/probe/offer")).select_one("main form button")
    assert (first["name"], first["value"]) == ("action", "save")


def test_an_expired_registration_is_said_to_be(
    probe: FastAPI, client: TestClient, clock: MovableClock
) -> None:
    assert "期限切れ</span>" not in client.get("/probe/software").text
    clock.move(days=3650)
    assert "期限切れ</span>" in client.get("/probe/software").text
