"""Notices leave by a real SMTP server, once the change is committed; a refused mail is tried again, never lost."""

import re
from pathlib import Path

import pytest

from app.identity.models import Person
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.ids import new_id
from app.notifications.mail import FolderTransport, SmtpTransport
from app.notifications.service import TOPICS, Notifier, Undelivered
from app.organisations.models import MasterAgreement
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.settings import MailSettings, Settings
from app.worker import Worker
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
    name = str(messages[0].message["Message-ID"])
    assert re.fullmatch(rf"<ob_1\.{admin.person_id}\.[0-9a-f]{{16}}@127\.0\.0\.1>", name)


def test_a_refusing_server_raises_so_that_the_row_is_tried_again(
    database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    world.login(world.agency(), "agency_admin")
    agreement = world.agreement(world.vendor(agreement=False).id, "signed", starts_on=None, ends_on=None)
    with MailServer() as server:
        server.refuse("451 4.3.0 later")
        with pytest.raises(Undelivered, match="SMTPRecipientsRefused 451"):
            _notifier(database, settings, clock, server).deliver(
                "notify.agreement-signed", agreement.id, "ob_1"
            )


def test_one_refused_recipient_is_tried_again_alone(
    database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    people = [world.login(world.agency(), "agency_admin") for _ in range(3)]
    with database.read() as session:
        addresses = [session.get_one(Person, login.person_id).email for login in people]
    agreement = world.agreement(world.vendor(agreement=False).id, "signed", starts_on=None, ends_on=None)
    with database.write() as session:
        row_id = publish(session, "notify.agreement-signed", agreement.id, at=clock.now()).id
    with MailServer() as server:
        mail = settings.mail.model_copy(
            update={
                "transport": "smtp",
                "host": server.host,
                "port": server.port,
                "sender": "desk@example.jp",
            }
        )
        worker = Worker(settings.model_copy(update={"mail": mail}), clock=clock, database=database)
        server.refuse("550 5.1.1 Unknown", addresses[1])
        for _ in range(3):
            worker.drain()
            clock.move(minutes=5)
        assert sorted(mail.recipients[0] for mail in server.messages) == sorted([addresses[0], addresses[2]])
        with database.read() as session:
            row = session.get_one(OutboxRow, row_id)
        assert (row.status, row.attempts) == ("waiting", 3)
        assert addresses[1] not in row.last_error
        assert "SMTPRecipientsRefused 550" in row.last_error
        server.accept()
        clock.move(hours=1)
        worker.drain()
        worker.close()
        assert sorted(mail.recipients[0] for mail in server.messages) == sorted(addresses)
    with database.read() as session:
        assert session.get_one(OutboxRow, row_id).status == "done"


def test_who_was_told_hears_again_only_of_other_words(
    database: Database, settings: Settings, clock: MovableClock, world: World
) -> None:
    vendor = world.vendor(agreement=False)
    first, second = world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_admin")
    agreement = world.agreement(vendor.id, "suspended", reason="確認のため")
    with MailServer() as server:
        notifier = _notifier(database, settings, clock, server)
        with database.read() as session:
            server.refuse("451 4.3.0 later", session.get_one(Person, second.person_id).email)
        with pytest.raises(Undelivered) as caught:
            notifier.deliver("notify.agreement-changed", agreement.id, "ob_1")
        assert set(caught.value.sent) == {first.person_id}
        server.accept()
        with database.write() as session:
            session.get_one(MasterAgreement, agreement.id).status = "active"
        assert notifier.deliver("notify.agreement-changed", agreement.id, "ob_1", caught.value.sent) == 2
        ids = [str(mail.message["Message-ID"]) for mail in server.messages]
    assert len(ids) == len(set(ids)) == 3, "other words are another message, which no receiver may drop"


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
