"""The page of components shows all of them, and is not there in production."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from app.settings import Settings
from app.web.pages import TEMPLATES
from tests.support.client import TestClient

INSIDE_OTHERS = {"described", "hint_and_errors", "choice_list", "hidden_fields"}
"""Macros that only other macros of the same file use."""


@pytest.mark.parametrize(("file", "prefix"), [("forms.html", "forms"), ("content.html", "content")])
def test_every_macro_is_shown(file: str, prefix: str) -> None:
    components = (TEMPLATES / "components" / file).read_text(encoding="utf-8")
    macros = set(re.findall(r"{% macro (\w+)\(", components)) - INSIDE_OTHERS
    shown = (TEMPLATES / "components.html").read_text(encoding="utf-8")
    assert len(macros) >= 9
    assert macros - set(re.findall(rf"{prefix}\.(\w+)\(", shown)) == set()


def test_production_has_no_such_page(client: TestClient, app: FastAPI, settings: Settings) -> None:
    shown = client.get("/_components")
    assert shown.status_code == 200
    assert shown.text.count('aria-invalid="true"') == 8, "each faulty input says so"
    app.state.settings = settings.model_copy(update={"mode": "production"})
    assert client.get("/_components").status_code == 404
