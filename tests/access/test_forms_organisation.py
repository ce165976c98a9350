"""Every form is judged first by the organisation that it was rendered for, whatever its endpoint looks like."""

from __future__ import annotations

import re
from dataclasses import replace

from app.web.forms import WAYS_OUT
from app.web.pages import TEMPLATES
from tests.access import table
from tests.access.asking import Asking
from tests.access.routes import RouteFacts
from tests.access.rules import MEMBER_ROLES

POSTS_AT_LEAST = 40


def test_a_form_of_another_organisation_is_refused_everywhere(asking: Asking) -> None:
    """Asked as somebody whose rights here do not suffice: a guard that answered first would say 403."""
    stage, wrong, asked = asking.stage, [], 0
    for name, rule in table.rules():
        route = RouteFacts(*name.split(" ", 1))
        if route.method != "POST" or route.is_api:
            continue
        stale = replace(rule, form={**(rule.form or {}), "organisation": "org_of_another_tab"})
        for role in sorted({"auditor", min(rule.own & set(MEMBER_ROLES))}):
            answer = asking.ask(route, stale, role, stage.own)
            expected = 303 if route.path in WAYS_OUT else 409
            if answer.status_code != expected or (expected == 409 and "別の所属で開いた" not in answer.text):
                wrong.append(f"{name} as {role}: {answer.status_code}")
            asked += 1
    stage.name_anew()
    assert wrong == []
    assert asked >= POSTS_AT_LEAST


def test_every_posting_form_of_a_template_carries_its_organisation() -> None:
    """By `forms.form_open`, save the few that must work in a mismatch."""
    found, bare = 0, set()
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        found += len(re.findall(r"forms\.(?:form_open|verb_form|confirm)\(", text))
        for form in re.findall(r"<form [^>]*method=\"post\"[^>]*>", text):
            if path.name != "forms.html":
                bare.add(re.search(r'action="([^"]*)"', form).group(1))  # type: ignore[union-attr]  # fails without
    assert found >= POSTS_AT_LEAST
    assert bare == WAYS_OUT
