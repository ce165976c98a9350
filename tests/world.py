"""Factories: organisations, people in them, their sessions and tokens. Written straight into the tables, because how
people come in by OpenID Connect has tests of its own."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI
from sqlmodel import Session, col, select
from stdnum.jp import cn

from app.access.actor import Actor
from app.access.permissions import Role, token_scopes
from app.identity.credentials import digest, new_secret, new_token
from app.identity.models import ApiToken, Person, WebSession
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.ids import new_id
from app.organisations.models import AgreementVersion, MasterAgreement, Membership, Organisation
from app.settings import Settings
from tests.support.client import TestClient


@dataclass(frozen=True)
class Login:
    """A person in an organisation, with a session cookie and a token of full scope."""

    person_id: str
    name: str
    organisation_id: str
    membership_id: str
    roles: tuple[str, ...]
    session_id: str
    cookie: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.token}"}


def corporate_number(serial: int) -> str:
    """A fictional 法人番号: base digits from 9999…, which are not allotted, with a valid check digit."""
    base = f"9999{serial:08d}"
    return str(cn.calc_check_digit(base)) + base


class World:
    """Everything a test needs around the thing it tests."""

    def __init__(self, database: Database, clock: MovableClock, app: FastAPI, origin: str) -> None:
        self.database = database
        self.clock = clock
        self.app = app
        self.origin = origin
        self._serial = itertools.count(1)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def organisation(self, kind: str, name: str = "", **fields: Any) -> Organisation:
        """An organisation; a vendor gets a fictional 法人番号."""
        serial = next(self._serial)
        values: dict[str, Any] = {"name": name or f"{kind} {serial}", "created_at": self.clock.now()}
        if kind == "vendor":
            values["corporate_number"] = corporate_number(serial)
        organisation = Organisation(id=new_id("org"), kind=kind, **(values | fields))
        with self.database.write() as session:
            session.add(organisation)
        return organisation

    def vendor(self, name: str = "", *, agreement: bool = True, **fields: Any) -> Organisation:
        """A vendor, by default with an active master agreement from last month for three years."""
        organisation = self.organisation("vendor", name, **fields)
        if agreement:
            self.agreement(organisation.id)
        return organisation

    def agency(self) -> Organisation:
        """The Digital Agency."""
        with self.database.read() as session:
            known = session.exec(select(Organisation).where(col(Organisation.kind) == "agency")).first()
        return known or self.organisation("agency", "デジタル庁")

    def local_government(self, name: str = "架空市", code: str | None = None, **fields: Any) -> Organisation:
        """A local government."""
        fields = {"code": code, "prefecture": "架空県", "local_kind": "city", **fields}
        return self.organisation("local_government", name, **fields)

    def agreement(self, organisation_id: str, status: str = "active", **fields: Any) -> MasterAgreement:
        """A master agreement of the vendor, by default in force."""
        today = self.clock.today()
        with self.database.write() as session:
            version = session.exec(select(AgreementVersion)).first()
            if version is None:
                version = AgreementVersion(
                    id=new_id("agv"), number=1, title="基本契約", body="本文", effective_from=date(2026, 4, 1)
                )
                session.add(version)
                session.flush()
            values: dict[str, Any] = {
                "starts_on": today - timedelta(days=30),
                "ends_on": today + timedelta(days=1065),
                "created_at": self.clock.now(),
            }
            agreement = MasterAgreement(
                id=new_id("agr"),
                organisation_id=organisation_id,
                version_id=version.id,
                status=status,
                **(values | fields),
            )
            session.add(agreement)
        return agreement

    def login(self, organisation: Organisation, *roles: str, name: str = "") -> Login:
        """A person with these roles there, logged in now (fresh), with a token of full scope."""
        now = self.clock.now()
        serial = next(self._serial)
        name = name or f"試験 {serial}"
        person = Person(
            id=new_id("per"),
            issuer_key="test",
            subject=f"subject-{serial}",
            pseudonym=new_id("ps"),
            name=name,
            email=f"person{serial}@example.jp",
            created_at=now,
        )
        membership = Membership(
            id=new_id("mem"),
            person_id=person.id,
            organisation_id=organisation.id,
            roles=list(roles),
            status="active",
            origin="command_line",
            created_at=now,
            confirmed_at=now,
        )
        cookie, token = new_secret(), new_token()
        login = WebSession(
            id=new_id("ses"),
            secret_digest=digest(cookie),
            person_id=person.id,
            membership_id=membership.id,
            issuer_key="test",
            auth_time=now,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
        scopes = token_scopes(frozenset(Role(role) for role in roles))
        key = ApiToken(
            id=new_id("tok"),
            digest=digest(token),
            hint=token[-4:],
            name="test",
            person_id=person.id,
            membership_id=membership.id,
            organisation_id=organisation.id,
            scopes=sorted(scope.value for scope in scopes),
            created_at=now,
            expires_at=now + timedelta(days=365),
        )
        with self.database.write() as session:
            session.add(person)
            session.flush()
            session.add(membership)
            session.flush()
            session.add_all([login, key])
        return Login(person.id, name, organisation.id, membership.id, tuple(roles), login.id, cookie, token)

    def join(self, login: Login, organisation: Organisation, *roles: str) -> None:
        """Make the person a member of a further organisation, too."""
        now = self.clock.now()
        membership = Membership(
            id=new_id("mem"),
            person_id=login.person_id,
            organisation_id=organisation.id,
            roles=list(roles),
            status="active",
            origin="command_line",
            created_at=now,
            confirmed_at=now,
        )
        with self.database.write() as session:
            session.add(membership)

    def client(self, login: Login | None = None) -> TestClient:
        """A browser's client: with the person's session cookie, sending what browsers send."""
        settings: Settings = self.app.state.settings
        client = TestClient(
            self.app,
            base_url=self.origin,
            raise_server_exceptions=False,
            follow_redirects=False,
            headers={"Sec-Fetch-Site": "same-origin"},
            cookies={settings.session_cookie: login.cookie} if login else None,
        )
        return self._stack.enter_context(client)

    def api(self, login: Login | None = None) -> TestClient:
        """A program's client: with the person's token."""
        client = TestClient(
            self.app,
            base_url=self.origin,
            raise_server_exceptions=False,
            follow_redirects=False,
            headers=login.bearer if login else None,
        )
        return self._stack.enter_context(client)

    def actor(self, login: Login) -> Actor:
        """The Actor of the person's session, for tests that call services."""
        with self.database.read() as session:
            person = session.exec(select(Person).where(col(Person.id) == login.person_id)).one()
            organisation = session.exec(
                select(Organisation).where(col(Organisation.id) == login.organisation_id)
            ).one()
        return Actor(
            kind="session",
            person_id=person.id,
            pseudonym=person.pseudonym,
            name=person.name,
            membership_id=login.membership_id,
            organisation_id=organisation.id,
            organisation_kind=organisation.kind,
            group_key=organisation.group_key or organisation.corporate_number or organisation.id,
            roles=frozenset(Role(role) for role in login.roles),
            session_id=login.session_id,
            auth_time=self.clock.now(),
        )

    def read(self) -> Session:
        """A read session that the caller closes (use as a context manager)."""
        return self.database.session(readonly=True)
