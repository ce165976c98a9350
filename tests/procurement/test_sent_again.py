"""A form takes effect once, and what was typed outlives every refusal."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlmodel import col, func, select

from app.access import unsent
from app.access.models import IdempotencyKey, UnsentForm
from app.identity.models import WebSession
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.errors import NotFound
from app.procurement.models import Contract, Project, SavedSearch
from app.settings import Settings
from app.worker import Worker
from tests.procurement.browser import Browser
from tests.procurement.town import PROJECT, Town

NEW: dict[str, Any] = {name: str(value) for name, value in PROJECT.items()}


def _count(town: Town, model: Any) -> int:
    with town.world.read() as session:
        return session.exec(select(func.count(col(model.id)))).one()


def test_the_same_form_twice_makes_one(town: Town) -> None:
    officer = Browser(town.officer_page).get("/projects/new")
    officer.press("案件を作る", status=422, **NEW | {"title": ""})
    refused = dict(officer.sent[1])
    officer.press_twice("案件を作る", **NEW)
    assert _count(town, Project) == 1
    # With the key of the refused form, too: it took no effect.
    corrected = officer.post("/projects/new", [*(refused | {"title": "直した"}).items()])
    assert corrected.status_code == 303
    assert _count(town, Project) == 2
    officer.press_twice("探して保存する", search__q="窓口")
    assert _count(town, SavedSearch) == 1
    contract = Browser(town.officer_page).get(f"/contracts/new?project_id={town.awarded()}")
    contract.press("計算する", status=200, number="番-1", **{"lines-2-quantity": "1501"})
    contract.press_twice("契約を記録する")
    assert _count(town, Contract) == 1


def test_what_was_changed_after_it_was_sent_is_asked_about(town: Town) -> None:
    officer = Browser(town.officer_page).get("/projects/new")
    officer.press("案件を作る", **NEW)
    first, pairs = officer.first, dict(officer.sent[1]) | {"title": "戻って書き直した件名"}
    officer.answer = officer.post("/projects/new", [*pairs.items()])
    assert officer.answer.status_code == 409
    assert "戻って書き直した件名" in officer.text
    assert officer.soup.select_one(f"main a[href='{first}']")
    assert _count(town, Project) == 1
    officer.press("別のものとして送る")
    assert "戻って書き直した件名" in officer.text
    assert _count(town, Project) == 2


def test_two_at_once_make_one(town: Town) -> None:
    officer = Browser(town.officer_page).get("/projects/new")
    action, pairs = officer.form("案件を作る")
    pairs = [*(dict(pairs) | NEW).items()]
    clients = [Browser(town.world.client(town.officer_login)) for _ in range(2)]
    together = Barrier(2)

    def send(browser: Browser) -> Any:
        together.wait()
        return browser.post(action, pairs)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, clients))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert _count(town, Project) == 1


def test_a_secret_is_shown_once_and_made_once(town: Town) -> None:
    approver = Browser(town.approver_page).get("/account/tokens")
    approver.press("トークンを発行する", status=200, name="連携", scopes="project:read")
    secret = re.compile(r"dmp_pat_\w{20}")
    assert secret.search(approver.text)
    again = approver.post(*approver.sent)
    assert (again.status_code, again.headers["location"]) == (303, "/account/tokens")
    assert "一度だけ" in approver.get("/account/tokens").text
    assert not secret.search(approver.text)
    assert approver.text.count("連携") == 1


def _old(town: Town, clock: MovableClock) -> None:
    """Let the logins grow old, but not end."""
    clock.move(minutes=20)


def _log_in_again(database: Database, town: Town, clock: MovableClock) -> None:
    with database.write() as session:
        login = session.get(WebSession, town.vendor_login.session_id)
        assert login is not None
        login.auth_time = clock.now()
        session.add(login)


def test_what_an_old_login_typed_is_sent_after_the_new_one(
    town: Town, settings: Settings, database: Database, clock: MovableClock
) -> None:
    contract = town.contract()
    vendor = Browser(town.vendor_page).get(f"/vendor/contracts/{contract['id']}")
    _old(town, clock)
    vendor.press("異議を申し出る", status=403, reason="単価が違います。\n二行目")
    assert "送った内容 異議の理由 単価が違います。" in vendor.text
    assert "version" not in vendor.text
    link = vendor.soup.select_one("main a[href^='/login?step_up=1&next=%2Funsent%2F']")
    assert link is not None
    path = str(link["href"]).partition("next=")[2].replace("%2F", "/")
    with town.world.read() as session:
        assert "単価" not in session.exec(select(UnsentForm)).one().sealed
    assert town.approver_page.get(path).status_code == 404, "another person's"

    _log_in_again(database, town, clock)
    vendor.get(path)
    assert "異議の理由 単価が違います。" in vendor.text
    vendor.press_twice("この内容を送る")
    assert "二行目" in vendor.text
    assert len(town.events("contract.disputed")) == 1

    clock.move(minutes=61)
    secret, actor = settings.secret_key.get_secret_value(), town.world.actor(town.vendor_login)
    with town.world.read() as session, pytest.raises(NotFound, match="1時間"):
        unsent.read(session, secret, actor, clock.now(), path.rpartition("/")[2])


def test_what_met_a_session_that_had_run_out_is_shown_to_its_person_alone(
    town: Town, settings: Settings, database: Database, clock: MovableClock
) -> None:
    officer = Browser(town.officer_page).get("/projects/new")
    clock.move(minutes=settings.session_idle_minutes + 1)
    officer.press("案件を作る", status=401, **NEW | {"title": "長く書いた案件"})
    assert "長く書いた案件" not in officer.text, "the browser may have changed hands"
    assert "とっておきます" in officer.text
    link = officer.soup.select_one("main a[href^='/login?next=%2Funsent%2F']")
    assert link is not None
    path = str(link["href"]).partition("next=")[2].replace("%2F", "/")
    _seen_again(database, town.officer_login.session_id, clock)
    _seen_again(database, town.approver_login.session_id, clock)
    assert town.approver_page.get(path).status_code == 404, "another person's"
    officer.get(path)
    assert "件名 長く書いた案件" in officer.text
    officer.press_twice("この内容を送る")
    assert _count(town, Project) == 1

    # Who logged out, or was logged out, keeps nothing: the cookie may be in other hands.
    officer = Browser(town.officer_page).get("/projects/new")
    with database.write() as session:
        login = session.get(WebSession, town.officer_login.session_id)
        assert login is not None
        login.revoked_at = clock.now()
        session.add(login)
    officer.press("案件を作る", status=401, **NEW | {"title": "もう一つ"})
    assert officer.soup.select_one("main a[href*='unsent']") is None
    assert _count(town, UnsentForm) == 1


def _seen_again(database: Database, session_id: str, clock: MovableClock) -> None:
    """As if the person had logged in again."""
    with database.write() as session:
        login = session.get(WebSession, session_id)
        assert login is not None
        login.last_seen_at = login.auth_time = clock.now()
        session.add(login)


def test_nobody_comes_back_and_it_is_dropped(
    town: Town, settings: Settings, database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    contract = town.contract()
    vendor = Browser(town.vendor_page).get(f"/vendor/contracts/{contract['id']}")
    _old(town, clock)
    vendor.press("異議を申し出る", status=403, reason="単価が違います。")
    clock.set(clock.now() + timedelta(hours=25))
    # The sweep looks at the index too, and the town's is held by whoever filled it.
    own_index = settings.model_copy(update={"search_directory": tmp_path / "own-index"})
    worker = Worker(own_index, clock=clock, database=database)
    worker.schedule_sweep()
    worker.drain()
    worker.close()
    assert (_count(town, UnsentForm), _count(town, IdempotencyKey)) == (0, 0)


def test_a_switch_in_another_tab_leads_back_to_the_form(town: Town) -> None:
    near = town.neighbour()
    town.world.join(town.officer_login, near.body, "buyer_officer")
    officer = Browser(town.officer_page).get("/projects/new")
    choices = {
        option.text: str(option["value"]) for option in officer.soup.select("#switch-membership option")
    }
    other = next(value for value in choices.values() if value != town.officer_login.membership_id)
    form = dict(officer.form("案件を作る")[1]) | NEW
    assert officer.post("/account/organisation", [("membership_id", other)]).status_code == 303
    officer.answer = officer.post("/projects/new", [*form.items()])
    assert officer.answer.status_code == 409
    assert NEW["need"] in officer.text
    officer.press(f"「{town.body.name}」に切り替えて続ける")
    assert NEW["need"] in officer.text
    officer.press("この内容を送る")
    assert NEW["title"] in officer.text
    with town.world.read() as session:
        assert session.exec(select(Project)).one().organisation_id == town.body.id


@pytest.mark.parametrize("act", ["select", "revise", "reopen", "cancel"])
def test_what_a_conflict_refuses_is_shown_again(town: Town, act: str) -> None:
    typed = "消えてはならない文です。"
    project = {"reopen": town.project, "cancel": town.awarded}.get(act, town.proposed)()
    path = f"/projects/{project}"
    posts: dict[str, tuple[str, dict[str, str]]] = {
        "select": ("selection", {"selection-choice": "none_suitable", "selection-reason": typed}),
        "revise": ("revision", {"project-title": "件名", "project-need": typed, "version": "1"}),
        "reopen": ("reopening", {"reopening-reason": typed}),
        "cancel": ("cancellation", {"cancellation-reason": typed}),
    }
    part, fields = posts[act]
    browser = Browser(town.approver_page)
    answer = browser.post(f"{path}/{part}", [*fields.items()])
    assert answer.status_code == 409, answer.text[:2000]
    said = BeautifulSoup(answer.text, "html.parser").select_one("main .sent, main form")
    assert said is not None
    assert typed in answer.text
    assert not {"form_token", "version", "selection-choice"} & set(said.get_text(" ").split())


def test_a_second_confirmation_is_refused_with_what_was_typed(town: Town) -> None:
    path = f"/projects/{town.proposed()}/confirmation"
    first, second = (Browser(town.approver_page).get(path) for _ in range(2))
    first.press("選定を確定する", decision_post="町長", decision_document="第1号")
    second.press("選定を確定する", status=409, decision_post="副町長", decision_document="第2号")
    assert "副町長" in second.answer.text
    assert "第2号" in second.answer.text


def test_a_stale_amendment_is_shown_again_with_the_version_in_force(town: Town) -> None:
    contract = town.contract()
    path = f"/contracts/{contract['id']}/amendment"
    late = Browser(town.officer_page).get(path)
    Browser(town.officer_page).get(path).press("契約を変更する", reason="先の変更。")
    late.press("契約を変更する", status=409, reason="後の変更。", title="後の件名")
    kept = dict(late.form("契約を変更する")[1])
    assert (kept["reason"], kept["title"], kept["version"]) == ("後の変更。", "後の件名", "2")
    assert "今の第2版は" in late.text
    late.press("契約を変更する")
    assert "第3版に変更しました。理由：後の変更。" in late.text
