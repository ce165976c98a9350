"""Mail about people and papers: who is told, and on which page they find it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.access.actor import system_actor
from app.identity.models import ApiToken
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.listings import expiring
from app.notifications.mail import SmtpTransport
from app.notifications.service import Notifier
from app.organisations.models import Membership, Qualification
from app.settings import MailSettings, Settings
from catalogue_schema import load_schema
from tests.support.smtp import MailServer
from tests.world import Login, World


@pytest.fixture
def told(database: Database, settings: Settings, clock: MovableClock) -> Told:
    return Told(database, settings, clock)


class Told:
    """Delivers a topic over a real mail server; the links by recipient's address."""

    def __init__(self, database: Database, settings: Settings, clock: MovableClock) -> None:
        self.database, self.settings, self.clock = database, settings, clock
        self.text = ""

    def __call__(self, topic: str, key: str) -> dict[str, str]:
        with MailServer() as server:
            mail = MailSettings(transport="smtp", host=server.host, port=server.port)
            Notifier(self.database, self.settings, self.clock, SmtpTransport(mail)).deliver(topic, key, "ob")
            messages = server.messages
        self.text = "\n".join(f"{message.subject}\n{message.text}" for message in messages)
        origin = re.escape(self.settings.site_origin)
        links = {}
        for message in messages:
            [link] = re.findall(rf"^{origin}(\S+)\s*$", message.text, re.MULTILINE)
            links[message.message["To"].addresses[0].addr_spec] = link
        return links

    def address(self, login: Login) -> str:
        """Where the person is written to."""
        from app.identity.people import get_person

        with self.database.read() as session:
            person = get_person(session, login.person_id)
        assert person is not None
        return person.email


def test_somebody_who_waits_is_told_to_who_can_consent(world: World, told: Told, database: Database) -> None:
    town, agency = world.local_government(), world.agency()
    approver, newcomer = world.login(town, "buyer_approver"), world.login(town, "buyer_officer", name="新 人")
    world.login(town, "buyer_officer")
    world.login(world.local_government(), "buyer_approver")
    admin = world.login(agency, "agency_admin")
    world.login(agency, "reviewer")
    with database.write() as session:
        session.get_one(Membership, newcomer.membership_id).status = "pending"
    links = told("notify.member-pending", newcomer.membership_id)
    assert links == {
        told.address(approver): "/organisation/members",
        told.address(admin): f"/agency/organisations/{town.id}",
    }
    assert "新 人 さん" in told.text
    assert "承認を待っています" in told.text
    # Each of them finds the person there.
    for login in (approver, admin):
        page = world.client(login).get(links[told.address(login)])
        assert page.status_code == 200
        assert "新 人" in page.text


def test_somebody_who_waits_at_the_agency_is_found_on_its_own_page(
    world: World, told: Told, database: Database
) -> None:
    agency = world.agency()
    admin, newcomer = world.login(agency, "agency_admin"), world.login(agency, "reviewer")
    with database.write() as session:
        session.get_one(Membership, newcomer.membership_id).status = "pending"
    assert told("notify.member-pending", newcomer.membership_id) == {
        told.address(admin): "/organisation/members"
    }


def test_a_token_that_expires_is_told_to_its_maker(
    world: World, told: Told, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor()
    maker = world.login(vendor, "vendor_editor")
    world.login(vendor, "vendor_admin")
    token = ApiToken(
        id="tok_1",
        digest="d",
        hint="wxyz",
        name="夜間の連携",
        person_id=maker.person_id,
        membership_id=maker.membership_id,
        organisation_id=vendor.id,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=30),
    )
    with database.write() as session:
        session.add(token)
    links = told("notify.token-expiring", "tok_1")
    assert links == {told.address(maker): "/account/tokens"}
    assert "夜間の連携" in told.text
    assert "2026年12月24日" in told.text
    assert world.client(maker).get("/account/tokens").status_code == 200
    with database.write() as session:
        session.get_one(ApiToken, "tok_1").revoked_at = clock.now()
    assert told("notify.token-expiring", "tok_1") == {}


def test_a_qualification_that_lapses_is_told_to_the_vendors_administrators(
    world: World, told: Told, database: Database, clock: MovableClock
) -> None:
    vendor = world.vendor("架空システム")
    admins = [world.login(vendor, "vendor_admin"), world.login(vendor, "vendor_admin")]
    world.login(vendor, "vendor_editor")
    world.login(world.vendor(), "vendor_admin")
    world.login(world.agency(), "agency_admin")
    with database.write() as session:
        session.add(
            Qualification(
                id="qua_1",
                organisation_id=vendor.id,
                number="0000123456",
                kinds=["sale"],
                valid_from=clock.today() - timedelta(days=300),
                valid_until=clock.today() + timedelta(days=30),
                created_at=clock.now(),
            )
        )
        session.flush()
        expiring.remind(session, system_actor(), clock, load_schema())
    links = told("notify.expiring", vendor.id)
    assert links == {told.address(admin): "/vendor/expiring" for admin in admins}
    assert "業者コード 0000123456）：2026年12月24日" in told.text
    assert "架空システム" in told.text
    assert "0000123456" in world.client(admins[0]).get("/vendor/expiring").text
