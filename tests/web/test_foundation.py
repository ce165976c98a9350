"""What every page has: marker, navigation, tokens, messages, pages for refusals, static files."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI, Request, Response

from app.access.actor import Actor
from app.access.dependencies import guarded
from app.access.permissions import Permission
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.errors import Conflict, FieldFault, Gone, Invalid, NotFound
from app.kit.http import form_token
from app.listings.lifecycle import ENTRY, REVISION, SELLER
from app.main import create_app
from app.organisations.lifecycle import AGREEMENT
from app.procurement.lifecycle import CONTRACT, PROJECT
from app.review.lifecycle import CASE, PHRASE, SAMPLE, TASK
from app.settings import Settings
from app.web.formats import anchor, both_taxes, date_ja, datetime_ja, field_faults, fiscal_year, yen
from app.web.pages import FormDep, flash, local_path, redirect, render
from app.web.statuses import STATUSES
from tests.support.client import TestClient
from tests.world import World


@pytest.fixture
def probe(app: FastAPI) -> FastAPI:
    """Pages that do what pages do."""

    @app.get("/probe/guarded")
    def guarded_page(
        request: Request, actor: Annotated[Actor, guarded(Permission.LISTING_WRITE)]
    ) -> Response:
        return render(request, "public/about.html")

    @app.post("/probe/guarded")
    def guarded_post(actor: Annotated[Actor, guarded(Permission.LISTING_WRITE)], form: FormDep) -> Response:
        return redirect("/about")

    @app.post("/probe/fresh")
    def fresh_post(actor: Annotated[Actor, guarded(Permission.AGREEMENT_SIGN)]) -> Response:
        return redirect("/about")

    @app.post("/probe/flash")
    def flash_post(request: Request, form: FormDep) -> Response:
        return flash(request, redirect("/about"), f"保存しました：{form.get('name')}、{form.all('many')}")

    @app.get("/probe/raise/{kind}")
    def raising(kind: str) -> Response:
        raise {
            "gone": Gone(
                "この掲載は終了しました。", id="sw_1", kind="withdrawn", ended_on="2026-11-01", note="後継へ"
            ),
            "notfound": NotFound(),
            "conflict": Conflict("もう終わっています。"),
            "invalid": Invalid([FieldFault("/name", "required", "名称がありません。", "入れてください。")]),
            "crash": RuntimeError("secret detail"),
        }[kind]

    return app


def _soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def test_every_status_of_every_lifecycle_has_a_name() -> None:
    machines = [ENTRY, REVISION, SELLER, AGREEMENT, PROJECT, CONTRACT, CASE, SAMPLE, PHRASE, TASK]
    for machine in machines:
        assert set(STATUSES[machine.name]) == set(machine.statuses), machine.name
    for names in STATUSES.values():
        assert all(name and not name.isascii() for name, _ in names.values())


def test_formats() -> None:
    assert date_ja("2026-11-23") == "2026年11月23日（令和8年）"
    assert datetime_ja(MovableClock().now().replace(2026, 11, 23, 1, 5)) == "2026年11月23日（令和8年）10:05"
    assert date_ja(None) == ""
    assert yen("8.8") == "8.8円"
    assert both_taxes(1_234_000, MovableClock().today()) == "1,357,400円（税込）／1,234,000円（税抜）"
    assert (fiscal_year(2026), fiscal_year(2019)) == ("令和8年度（2026年度）", "令和元年度（2019年度）")


def test_faults_find_their_input() -> None:
    assert anchor("/answers/price_lines/0/unit") == "price_lines-0-unit"
    assert anchor("/title") == "title"
    own = FieldFault("/answers/areas/2", "x", "m")
    other = FieldFault("/answers/areas_more", "x", "m")
    assert field_faults([own, other], "areas") == [own]


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil", "javascript:x", "", "/a b", "/\tx"]
)
def test_next_never_leaves_the_site(path: str) -> None:
    assert local_path(path) == "/"
    assert redirect(path).headers["location"] == "/"


def test_a_page_stands_on_its_own(client: TestClient) -> None:
    answer = client.get("/about")
    page = _soup(answer)
    assert page.html is not None
    assert page.html["lang"] == "ja"
    assert len(page.find_all("h1")) == 1
    assert page.select_one("a.skip-link")["href"] == "#main"  # type: ignore[index]  # fails where it is missing
    assert not page.find_all(["script", "style"])
    assert not page.find_all(style=True)
    for link in page.find_all("link"):
        asset = client.get(str(link["href"]))
        assert asset.status_code == 200
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert (
            client.get(str(link["href"]), headers={"If-None-Match": asset.headers["etag"]}).status_code == 304
        )
    assert client.get("/static/0000/site.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/0000/%2e%2e/pages.py").status_code == 404
    assert page.select_one(".demo-marker") is None


def test_the_demo_marks_every_page(settings: Settings, database: Database) -> None:
    marked = settings.model_copy(update={"demo_marker": "架空のデータです"})
    with TestClient(create_app(marked, database=database), raise_server_exceptions=False) as client:
        for path in ("/", "/search", "/compare", "/about", "/api", "/nothing"):
            assert _soup(client.get(path)).select_one(".demo-marker").text.strip() == "架空のデータです"  # type: ignore[union-attr]  # fails where it is missing


def test_navigation_follows_the_roles(world: World) -> None:
    vendor = world.client(world.login(world.vendor("架空商事"), "vendor_editor", name="花子"))
    page = _soup(vendor.get("/about"))
    own = {link["href"] for link in page.select(".own-nav a")}
    assert "/vendor" in own
    assert not own & {"/review", "/projects", "/audit"}
    assert "花子" in page.select_one(".site-person").text  # type: ignore[union-attr]  # fails where it is missing
    assert "架空商事" in page.select_one(".site-organisation").text  # type: ignore[union-attr]  # see above
    assert page.select_one("form[action='/logout'] input[name=form_token]") is not None
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    assert "/review" in {link["href"] for link in _soup(reviewer.get("/about")).select(".own-nav a")}


def test_one_place_is_current_and_home_leads_only_where_one_may_go(world: World) -> None:
    vendor = world.client(world.login(world.vendor(), "vendor_admin"))
    for path in ("/vendor", "/vendor/bulk", "/vendor/software/new"):
        page = _soup(vendor.get(path))
        group, place = page.select(".own-nav [aria-current]")
        assert group["href"] == "/vendor"
        assert place["href"] == (path if path != "/vendor/software/new" else "/vendor")
        assert len(page.select(".own-nav > ul:first-of-type a")) <= 6, "a first line that is read at a glance"
    leads = {link["href"] for link in _soup(vendor.get("/")).select(".cards a")}
    assert "/vendor" in leads
    assert not leads & {"/projects", "/review"}


@pytest.mark.parametrize(
    ("kind", "role", "offered"),
    [
        ("vendor", "vendor_admin", True),
        ("vendor", "vendor_editor", False),
        ("local_government", "buyer_approver", True),
        ("local_government", "buyer_officer", False),
        ("agency", "auditor", True),
    ],
)
def test_the_trail_is_offered_to_those_who_may_read_it(
    world: World, kind: str, role: str, offered: bool
) -> None:
    made = world.vendor if kind == "vendor" else world.agency if kind == "agency" else world.local_government
    person = world.client(world.login(made(), role))
    places = {link["href"] for link in _soup(person.get("/sitemap")).select("main a")}
    assert ("/audit" in places) is offered
    assert (person.get("/audit").status_code == 200) is offered


def test_a_visitor_of_a_guarded_page_is_sent_to_log_in(probe: FastAPI, client: TestClient) -> None:
    answer = client.get("/probe/guarded?a=1&b=%E3%81%82")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fprobe%2Fguarded%3Fa%3D1%26b%3D%25E3%2581%2582"
    posted = client.post(
        "/probe/guarded", data={"secret": "予定価格"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert posted.status_code == 401
    assert "予定価格" not in posted.text
    assert "/login?next=" in posted.text


def test_a_stale_login_is_asked_again(probe: FastAPI, world: World, clock: MovableClock) -> None:
    client = world.client(world.login(world.vendor(), "vendor_admin"))
    clock.move(minutes=30)
    answer = client.post("/probe/fresh", headers={"Referer": "http://127.0.0.1:8000/vendor/agreement?x=1"})
    assert answer.status_code == 403
    link: Any = _soup(answer).select_one("a[href^='/login?step_up=1']")
    assert link["href"].endswith("next=%2Fvendor%2Fagreement%3Fx%3D1")
    foreign = client.post("/probe/fresh", headers={"Referer": "https://evil.example/x"})
    assert "evil" not in foreign.text


def test_a_form_of_another_organisation_is_refused(probe: FastAPI, world: World) -> None:
    login = world.login(world.vendor("今の会社"), "vendor_editor")
    client = world.client(login)
    assert client.post("/probe/guarded", data={"organisation": login.organisation_id}).status_code == 303
    answer = client.post("/probe/guarded", data={"organisation": "org_other", "x": "1"})
    assert answer.status_code == 409
    assert "何も保存していません" in answer.text
    assert "今の会社" in answer.text


def test_the_forms_token_proves_where_fetch_metadata_is_stripped(
    probe: FastAPI, world: World, settings: Settings
) -> None:
    login = world.login(world.vendor(), "vendor_editor")
    client = world.client(login)
    token = form_token(settings.secret_key.get_secret_value(), login.cookie)
    assert f'name="form_token" value="{token}"' in client.get("/about").text
    del client.headers["Sec-Fetch-Site"]
    assert client.post("/probe/guarded", data={"form_token": token}).status_code == 303
    assert client.post("/probe/guarded", data={"form_token": "0" * 64}).status_code == 403


def test_a_message_is_shown_once(probe: FastAPI, client: TestClient) -> None:
    posted = client.post(
        "/probe/flash",
        data={"name": " <b>名</b> ", "many": ["1", "2", " "]},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert posted.status_code == 303
    shown = client.get("/about")
    assert "保存しました：&lt;b&gt;名&lt;/b&gt;、[&#39;1&#39;, &#39;2&#39;]" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "保存しました" not in client.get("/about").text
    client.cookies.set("dmp-flash", "WyJlcnJvciIsIuWBvSJd.forged.x")
    assert _soup(client.get("/about")).select_one(".notice") is None


def test_pages_for_refusals(probe: FastAPI, client: TestClient) -> None:
    gone = client.get("/probe/raise/gone")
    assert gone.status_code == 410
    assert "事業者による取下げ" in gone.text
    assert "2026年11月1日（令和8年）" in gone.text
    assert "後継へ" in gone.text
    missing = client.get("/probe/raise/notfound")
    assert missing.status_code == 404
    assert _soup(missing).select_one("form[action='/search'] input[name=q]") is not None
    assert client.get("/nothing-here").status_code == 404
    conflict = client.get("/probe/raise/conflict")
    assert (conflict.status_code, "もう終わっています。" in conflict.text) == (409, True)
    invalid = client.get("/probe/raise/invalid")
    assert (invalid.status_code, "名称がありません。" in invalid.text) == (422, True)
    crash = client.get("/probe/raise/crash")
    assert crash.status_code == 500
    assert crash.headers["x-request-id"] in crash.text
    assert "secret detail" not in crash.text
    for answer in (gone, missing, conflict, invalid, crash):
        assert len(_soup(answer).find_all("h1")) == 1


def test_what_is_no_form_is_refused(probe: FastAPI, client: TestClient) -> None:
    answer = client.post(
        "/probe/flash",
        content=b"name=x",
        headers={"Sec-Fetch-Site": "same-origin", "Content-Type": "multipart/form-data"},
    )
    assert answer.status_code == 400
