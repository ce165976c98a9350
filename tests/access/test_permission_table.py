"""Every route × every role × own and other organisation, by session and by token, against `table.py`."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response

from app.access.permissions import FRESH_LOGIN, SESSION_ONLY, Permission
from app.main import create_app
from app.settings import Settings
from tests.access import routes, rules, table
from tests.access.asking import Asking, is_allowed
from tests.access.routes import RouteFacts, routes_of
from tests.access.stage import MEMBER_ROLES, ROLES, Stage
from tests.access.table import TABLE, Rule
from tests.support.application import visitor

READ_ONLY_TOKENS = ("reviewer", "agency_admin", "auditor")


def _lines() -> list[tuple[RouteFacts, Rule]]:
    return [(RouteFacts(*name.split(" ", 1)), rule) for name, rule in table.rules()]


def _lines_of(role: str, asking: Asking, whole: bool) -> list[tuple[RouteFacts, Rule]]:
    """The lines at which the role is asked.

    All of them, on SQLite. Who may do what is decided by the same code on both databases; what differs is whether the
    queries behind a route run there. So PostgreSQL is asked every route by one role that may and one that may not,
    each role in turn; `--whole` (`.ci/run`) asks it everything too.
    """
    if whole or asking.stage.running.database.engine.dialect.name == "sqlite":
        return _lines()
    return [line for place, line in enumerate(_lines()) if role in _in_turn(place, line[1])]


def _in_turn(place: int, rule: Rule) -> set[str]:
    """One of the roles that may, and one of those that may not."""
    sides = sorted(rule.own), sorted(set(ROLES) - rule.own)
    return {side[place % len(side)] for side in sides if side}


def _wrong(line: tuple[RouteFacts, Rule], said: str, answer: Response, expected: bool) -> str | None:
    """What is wrong with the answer, or None. A crash is wrong whoever asked."""
    route = line[0]
    if answer.status_code == 500:
        return f"{route.method} {route.path} ({said}): 500"
    if is_allowed(answer) is expected:
        return None
    wanted = "allowed" if expected else "refused"
    return f"{route.method} {route.path} ({said}): {answer.status_code}, but the table says {wanted}"


def test_the_table_names_every_route_and_no_other(stage: Stage) -> None:
    found = {f"{route.method} {route.path}" for route in routes_of(stage.running.app)}
    assert sorted(found - set(TABLE)) == [], "routes that are not in tests/access/table.py"
    assert sorted(set(TABLE) - found) == [], "lines of tests/access/table.py without a route"


def test_a_blind_walk_is_noticed() -> None:
    """The guard against an empty green test: an application without routes is refused, not passed."""

    class Empty:
        routes = ()

    with pytest.raises(AssertionError, match="blind"):
        routes.routes_of(Empty())  # type: ignore[arg-type]  # the point is that it has no routes


def test_who_may_not_do_it_at_home_may_not_do_it_elsewhere() -> None:
    for name, rule in table.rules():
        assert rule.token <= rule.own, name
        assert (rule.other or rule.own) <= rule.own, name


@pytest.mark.parametrize("role", ROLES)
def test_sessions(asking: Asking, role: str, whole: bool) -> None:
    wrong, asked, lines = [], 0, _lines_of(role, asking, whole)
    for line in lines:
        route, rule = line
        answer = asking.ask(route, rule, role, asking.stage.own)
        asked += 1
        wrong.append(_wrong(line, "own", answer, role in rule.own))
        # A guard looks at no object: whom it refused (401, 403) at home it refuses elsewhere.
        if rule.other is not None and (answer.status_code not in (401, 403) or role in rule.other):
            answer = asking.ask(route, rule, role, asking.stage.other)
            wrong.append(_wrong(line, "other", answer, role in rule.other))
    assert [fault for fault in wrong if fault] == []
    assert asked == len(lines) >= 20


@pytest.mark.parametrize("role", MEMBER_ROLES)
def test_tokens(asking: Asking, role: str, whole: bool) -> None:
    wrong, asked, lines = [], 0, _lines_of(role, asking, whole)
    for line in lines:
        route, rule = line
        if not route.is_api and "visitor" in rule.own:
            continue  # public pages ask nobody who they are
        answer = asking.ask(route, rule, role, asking.stage.own, token=True)
        asked += 1
        wrong.append(_wrong(line, "own, token", answer, role in rule.token))
        if rule.other is not None and role in rule.token:
            answer = asking.ask(route, rule, role, asking.stage.other, token=True)
            wrong.append(_wrong(line, "other, token", answer, role in rule.other))
    assert [fault for fault in wrong if fault] == []
    assert asked >= len(lines) // 2 >= 10


def test_every_route_is_asked_on_postgresql_by_one_who_may_and_one_who_may_not() -> None:
    asked = [_in_turn(place, rule) for place, (_, rule) in enumerate(_lines())]
    assert len(asked) == len(_lines()) >= len(TABLE)
    for roles, (route, rule) in zip(asked, _lines(), strict=True):
        assert roles & rule.own, route
        assert roles - rule.own or rule.own == set(ROLES), route
    assert set().union(*asked) == set(ROLES)


def test_the_public_list_is_what_visitors_reach(asking: Asking) -> None:
    """The other way round: whatever a visitor gets an answer from is declared as everybody's, and nothing else."""
    declared = {name for name, rule in table.rules() if "visitor" in rule.own}
    reached = set()
    for route, rule in _lines():
        if is_allowed(asking.ask(route, rule, "visitor", asking.stage.own)):
            reached.add(f"{route.method} {route.path}")
    assert reached == declared
    unsafe = {name for name in declared if not name.startswith("GET ")}
    assert unsafe == {"POST /login/start", "POST /logout"}


def test_the_agencys_tokens_change_nothing() -> None:
    """Said of the table; `test_tokens` holds the application to it."""
    unsafe = [(name, rule) for name, rule in table.rules() if not name.startswith("GET ")]
    assert len(unsafe) >= 100
    for name, rule in unsafe:
        if "visitor" not in rule.own:
            assert rule.token.isdisjoint(READ_ONLY_TOKENS), name


def _refused_for(answer: Response) -> tuple[str, str]:
    body = answer.json() if answer.headers.get("content-type") == "application/problem+json" else {}
    return str(body.get("type", "")).removeprefix("/problems/"), str(body.get("permission", ""))


def _permission_of(asking: Asking, route: RouteFacts, rule: Rule) -> Permission | None:
    """The permission that the route's guard asks for, as its refusal of the エントリー names it."""
    _, permission = _refused_for(asking.ask(route, rule, "entry", asking.stage.own))
    return Permission(permission) if permission else None


def test_step_up_and_session_only(asking: Asking) -> None:
    """An old login is refused exactly where the permission wants a fresh one, and a token where it wants a person."""
    stage, clock = asking.stage, asking.stage.running.clock
    guarded = []
    for route, rule in _lines():
        if route.is_api and (permission := _permission_of(asking, route, rule)):
            guarded.append((route, rule, permission))
    seen = {permission for _, _, permission in guarded}
    assert len(guarded) >= 40
    assert seen >= (FRESH_LOGIN | SESSION_ONLY) - {Permission.ORGANISATION_WRITE}, (
        "each needs a route to be asked at"
    )

    for route, rule, permission in guarded:
        if permission in SESSION_ONLY:
            role = next(iter(sorted(rule.own & set(MEMBER_ROLES))))
            answer = asking.ask(route, rule, role, stage.own, token=True)
            assert answer.status_code == 403, f"{route.method} {route.path} by token: {answer.status_code}"

    clock.move(minutes=stage.running.settings.step_up_minutes + 1)
    try:
        for route, rule, permission in guarded:
            role = next(iter(sorted(rule.own & set(MEMBER_ROLES))))
            answer = asking.ask(route, rule, role, stage.own)
            stale = _refused_for(answer)[0] == "step-up-required"
            assert stale is (permission in FRESH_LOGIN), f"{route.method} {route.path}: {answer.status_code}"
    finally:
        clock.move(minutes=-(stage.running.settings.step_up_minutes + 1))


def test_sessions_end_by_idleness_and_by_age(asking: Asking) -> None:
    stage = asking.stage
    me = RouteFacts("GET", "/api/v1/me")
    rule = rules.rule(rules.LOGGED_IN)
    assert asking.ask(me, rule, "auditor", stage.own).status_code == 200
    for hours in (1, 13):
        stage.running.clock.move(hours=hours)
        try:
            assert asking.ask(me, rule, "vendor_editor", stage.own).status_code == 401
        finally:
            stage.running.clock.set(stage.now)


def _every_page_is_marked(app: FastAPI, stage: Stage) -> None:
    """Every page that a role gets to see says that what it shows is fictional."""
    with visitor(app) as client:
        elsewhere = copy(stage)
        elsewhere.running = replace(stage.running, app=app, visitor=client)
        asking = Asking(elsewhere, {})
        seen, unmarked = 0, []
        for route, rule in _lines():
            if route.is_api or route.method != "GET":
                continue
            role = next(role for role in reversed(ROLES) if role in rule.own)
            answer = asking.ask(route, rule, role, stage.own)
            if answer.headers.get("content-type", "").startswith("text/html"):
                seen += 1
                if 'class="demo-marker' not in answer.text:
                    unmarked.append(f"{route.path}: {answer.status_code}")
    assert unmarked == []
    assert seen >= 50


def test_another_application_has_the_same_routes(stage: Stage, tmp_path: object) -> None:
    """Settings never open or close a route: production serves what was tested."""
    settings = stage.running.settings.model_copy(update={"demo_marker": "架空"})
    assert isinstance(settings, Settings)
    other = create_app(settings, clock=stage.running.clock, database=stage.running.database)
    assert routes_of(other) == routes_of(stage.running.app)
    _every_page_is_marked(other, stage)
    assert timedelta(minutes=settings.step_up_minutes) == timedelta(minutes=10)
