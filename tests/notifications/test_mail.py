"""Notices leave by a real SMTP server, once the change is committed; a refused mail is tried again, never lost."""

import smtplib
from pathlib import Path

import pytest

from app.identity.models import Person
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.ids import new_id
from app.notifications.mail import FolderTransport, SmtpTransport
from app.notifications.service import TOPICS, Notifier
from app.settings import MailSettings, Settings
from tests.support.smtp import MailServer
from tests.world import World


def _notifier(database: Database, settings: Settings, clock: MovableClock, server: MailServer) -> Notifier:
    mail = MailSettings(transport="smtp", host=server.host, port=server.port, sender="窓口 <desk@example.jp>")
    return Notifier(database, settings, clock, SmtpTransport(mail))


def test_a_signed_agreement_is_told_to_the_agency(
    database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    admin = world.login(world.agency(), "agency_admin", name="庁 花子")
    world.login(world.agency(), "reviewer")
    vendor = world.vendor("架空システム", agreement=False)
    agreement = world.agreement(vendor.id, "signed", starts_on=None, ends_on=None)
    with MailServer() as server:
        sent = _notifier(database, settings, clock, server).deliver(
            "notify.agreement-signed", agreement.id, "ob_1"
        )
        messages = server.messages
    assert sent == 1
    assert len(messages) == 1
    assert "架空システム" in messages[0].subject
    assert "庁 花子 様" in messages[0].text
    assert f"{settings.site_origin}/agency/agreements" in messages[0].text
    assert messages[0].message["Message-ID"] == f"<ob_1.{admin.person_id}@127.0.0.1>"


def test_a_refusing_server_raises_so_that_the_row_is_tried_again(
    database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    world.login(world.agency(), "agency_admin")
    agreement = world.agreement(world.vendor(agreement=False).id, "signed", starts_on=None, ends_on=None)
    with MailServer() as server:
        server.refuse("451 4.3.0 later")
        with pytest.raises(smtplib.SMTPException):
            _notifier(database, settings, clock, server).deliver(
                "notify.agreement-signed", agreement.id, "ob_1"
            )


def test_what_is_no_longer_true_is_not_told(
    database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    world.login(world.agency(), "agency_admin")
    agreement = world.agreement(world.vendor(agreement=False).id, "active")
    with MailServer() as server:
        notifier = _notifier(database, settings, clock, server)
        assert notifier.deliver("notify.agreement-signed", agreement.id, "ob_1") == 0
        assert server.messages == []


def test_an_invalid_address_does_not_stop_the_others(
    database: Database, settings: Settings, clock: MovableClock, world: World, tmp_path: Path
) -> None:
    world.login(world.agency(), "agency_admin")
    broken = world.login(world.agency(), "agency_admin")
    with database.write() as session:
        person = session.get(Person, broken.person_id)
        assert person is not None
        person.email = "not an address\r\nBcc: evil@example.jp"
    agreement = world.agreement(world.vendor(agreement=False).id, "signed", starts_on=None, ends_on=None)
    notifier = Notifier(database, settings, clock, FolderTransport(tmp_path / "mail"))
    assert notifier.deliver("notify.agreement-signed", agreement.id, "ob_1") == 1
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_every_topic_survives_a_row_that_is_gone(
    database: Database, settings: Settings, clock: MovableClock, tmp_path: Path
) -> None:
    notifier = Notifier(database, settings, clock, FolderTransport(tmp_path))
    assert len(TOPICS) >= 9
    for topic in TOPICS:
        assert notifier.deliver(topic, new_id("xx"), "ob_1") == 0


@pytest.mark.parametrize("status", ["active", "suspended", "terminated", "expired"])
def test_each_state_of_an_agreement_has_words(
    database: Database, settings: Settings, clock: MovableClock, world: World, status: str
) -> None:
    vendor = world.vendor(agreement=False)
    world.login(vendor, "vendor_admin")
    agreement = world.agreement(vendor.id, status, reason="理由の文")
    marked = settings.model_copy(update={"demo_marker": "架空のデータです"})
    with MailServer() as server:
        notifier = _notifier(database, marked, clock, server)
        assert notifier.deliver("notify.agreement-changed", agreement.id, "ob_2") == 1
        text = server.messages[0].text
    assert "理由の文" in text
    assert "架空のデータです" in text
