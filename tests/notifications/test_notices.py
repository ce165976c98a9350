"""お知らせ: kept for its reader whatever becomes of the mail, which comes as text and as HTML of the same words."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.identity.models import Person
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.notifications import notices
from app.notifications.html import html_of
from app.notifications.kinds import KINDS, OTHER
from app.notifications.mail import SmtpTransport
from app.notifications.models import PersonalNotice
from app.notifications.service import TOPICS, Notifier, Undelivered
from app.organisations.models import Membership
from app.settings import MailSettings, Settings
from tests.support.smtp import MailServer
from tests.world import Login, World

TOPIC = "notify.agreement-signed"


def _notifier(database: Database, settings: Settings, clock: MovableClock, server: MailServer) -> Notifier:
    mail = MailSettings(transport="smtp", host=server.host, port=server.port)
    return Notifier(database, settings, clock, SmtpTransport(mail))


def _as(client: TestClient, settings: Settings, login: Login) -> None:
    client.cookies.set(settings.session_cookie, login.cookie)


def _token(page: BeautifulSoup) -> dict[str, str]:
    """The hidden fields of the page's last form."""
    form = page.select("main form")[-1]
    return {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}


def test_what_was_told_is_kept_and_read_and_its_mail_can_be_declined(
    client: TestClient, database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    admin = world.login(world.agency(), "agency_admin", name="庁 花子")
    other = world.login(world.agency(), "agency_admin", name="庁 次郎")
    agreement = world.agreement(
        world.vendor("架空<b>", agreement=False).id, "signed", starts_on=None, ends_on=None
    )
    with MailServer() as server:
        server.refuse("451 4.3.0 later")
        with pytest.raises(Undelivered):
            _notifier(database, settings, clock, server).deliver(TOPIC, agreement.id, "ob_1")
    _as(client, settings, admin)
    home = BeautifulSoup(client.get("/about").text, "html.parser")
    assert home.select_one("header a[href='/account/notices']").text == "お知らせ（未読1件）"  # type: ignore[union-attr]  # fails without
    listed = client.get("/account/notices").text
    assert "架空&lt;b&gt;" in listed
    assert "庁 花子 様" not in listed
    assert "送信専用" not in listed

    # One declines the mail: the other gets it, as text and as HTML, and the one reads it here all the same, once.
    page = BeautifulSoup(client.get("/account/mail").text, "html.parser")
    boxes = [str(box["value"]) for box in page.select("input[name=wanted]")]
    assert all(box.has_attr("checked") for box in page.select("input[name=wanted]"))
    assert "suspension" not in boxes, "what has a legal term always comes by mail"
    wanted = [code for code in boxes if code != "agreement"]
    answer = client.post("/account/mail", data={**_token(page), "wanted": wanted}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert {one["kind"] for one in client.get("/api/v1/me/mail").json()["items"] if not one["mailed"]} == {
        "agreement"
    }
    with MailServer() as server:
        assert _notifier(database, settings, clock, server).deliver(TOPIC, agreement.id, "ob_1") == 1
        [message] = server.messages
    assert "庁 次郎 様" in message.text
    html = message.message.get_body(("html",))
    assert html is not None
    drawn = BeautifulSoup(str(html.get_content()), "html.parser")
    assert drawn.select_one("a")["href"] == f"{settings.site_origin}/agency/agreements"  # type: ignore[index]  # fails without
    assert "架空<b>" in drawn.text
    assert drawn.select("img, link, script, b") == []
    found = client.get("/api/v1/me/notices?unread=true").json()["items"]
    assert [one["subject"] for one in found] == ["基本契約の署名が届きました: 架空<b>"]

    # Opening it leads to the thing and marks it; nobody else's can be opened.
    page = BeautifulSoup(client.get("/account/notices").text, "html.parser")
    opened = client.post(f"/account/notices/{found[0]['id']}", data=_token(page), follow_redirects=False)
    assert opened.headers["location"] == "/agency/agreements"
    assert client.get("/api/v1/me/notices?unread=true").json()["items"] == []
    _as(client, settings, other)
    assert (
        client.put(
            f"/api/v1/me/notices/{found[0]['id']}/reading", headers={"Sec-Fetch-Site": "same-origin"}
        ).status_code
        == 404
    )
    refused = client.put(
        "/api/v1/me/mail", json={"wanted": ["nothing"]}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert refused.json()["errors"][0]["pointer"] == "/wanted"

    # Whoever left the organisation reads no more of it; old ones are forgotten.
    with database.write() as session:
        place = session.exec(select(Membership).where(col(Membership.person_id) == other.person_id)).one()
        place.status = "ended"
        session.add(place)
    _as(client, settings, admin)
    with database.write() as session:
        assert len(session.exec(select(PersonalNotice)).all()) == 2
        clock.move(days=401)
        notices.sweep(session, clock)
        assert session.exec(select(PersonalNotice)).all() == []


def test_who_left_or_has_no_address(
    client: TestClient, database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    agency, town = world.agency(), world.local_government()
    admin = world.login(agency, "agency_admin")
    agreement = world.agreement(world.vendor(agreement=False).id, "signed", starts_on=None, ends_on=None)
    with database.write() as session:
        person = session.get(Person, admin.person_id)
        assert person is not None
        person.email = ""
        session.add(person)
    with MailServer() as server:
        assert _notifier(database, settings, clock, server).deliver(TOPIC, agreement.id, "ob_1") == 0
    _as(client, settings, admin)
    assert len(client.get("/api/v1/me/notices").json()["items"]) == 1
    with database.write() as session:
        place = session.exec(select(Membership).where(col(Membership.person_id) == admin.person_id)).one()
        place.organisation_id = town.id
        session.add(place)
    assert client.get("/api/v1/me/notices").json()["items"] == []


def test_an_address_that_somebody_wrote_is_no_button() -> None:
    body = "甲 様\n\n理由:\nhttps://elsewhere.example/\n--\n\nhttps://dmp.example/x\n\n--\n送信専用です。\n"
    drawn = BeautifulSoup(html_of("件名", body, "https://dmp.example/x"), "html.parser")
    assert {str(link["href"]) for link in drawn.select("a")} == {"https://dmp.example/x"}
    assert "https://elsewhere.example/" in drawn.text


def test_every_topic_has_its_kind_and_no_kind_an_unknown_topic() -> None:
    placed = [topic for kind in KINDS for topic in kind.topics]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(TOPICS), "place new topics in app/notifications/kinds.py"
    assert OTHER.topics == frozenset()
