"""The whole product, running: provider, worker and site over real HTTP on loopback, with people who can log in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.demo.provider import (
    AccountKind,
    ClientConfig,
    IssuerConfig,
    Person,
    ProviderConfig,
    RunningProvider,
    running_provider,
)
from app.kit.clock import Clock, SystemClock
from app.kit.database import Database, create_engine
from app.main import create_app
from app.migrate import upgrade
from app.organisations.agreement_texts import load_agreement_versions
from app.organisations.grants import grant_role
from app.organisations.local_governments import import_local_governments
from app.settings import FilesSettings, IssuerSettings, MailSettings, Settings
from app.worker import Worker
from tests.world import corporate_number

VENDOR_NUMBER = corporate_number(900_001)
MUNICIPALITY = "132012"
"""八王子市: tests need one row of the official list; nothing is published from them."""
UNION_NUMBER = corporate_number(900_002)
PREFECTURE = "130001"
SECRET = "a-secret-of-the-journeys"  # a test's client secret

SCOPES = {
    "gbizid": "openid profile user email",
    "lg": "openid profile email organisation",
    "agency": "openid profile email organisation",
}

PEOPLE = (
    Person(
        issuer="gbizid",
        sub="vendor-prime",
        last_name="架空",
        first_name="太郎",
        email="prime@example.jp",
        account_type=AccountKind.PRIME,
        corporate_number=VENDOR_NUMBER,
        corporate_name="旅程ソフト株式会社",
    ),
    Person(
        issuer="lg",
        sub="officer",
        last_name="町田",
        first_name="実",
        email="officer@example.jp",
        organisation_code=MUNICIPALITY,
        organisation_name="八王子市",
    ),
    Person(
        issuer="lg",
        sub="approver",
        last_name="決裁",
        first_name="恵",
        email="approver@example.jp",
        organisation_code=MUNICIPALITY,
        organisation_name="八王子市",
    ),
    Person(
        issuer="lg",
        sub="successor",
        last_name="後任",
        first_name="次",
        email="successor@example.jp",
        organisation_code=MUNICIPALITY,
        organisation_name="八王子市",
    ),
    Person(
        issuer="lg",
        sub="helper",
        last_name="支援",
        first_name="助",
        email="helper@example.jp",
        organisation_code=PREFECTURE,
        organisation_name="東京都",
    ),
    Person(
        issuer="lg",
        sub="union-officer",
        last_name="連合",
        first_name="務",
        email="union-officer@example.jp",
        organisation_code=UNION_NUMBER,
        organisation_name="旅程広域連合",
    ),
    Person(
        issuer="lg",
        sub="union-approver",
        last_name="連合",
        first_name="長",
        email="union-approver@example.jp",
        organisation_code=UNION_NUMBER,
        organisation_name="旅程広域連合",
    ),
    Person(
        issuer="agency",
        sub="reviewer",
        last_name="審査",
        first_name="一",
        email="reviewer@example.jp",
        organisation_code="agency",
        organisation_name="デジタル庁",
    ),
    Person(
        issuer="agency",
        sub="admin",
        last_name="管理",
        first_name="二",
        email="admin@example.jp",
        organisation_code="agency",
        organisation_name="デジタル庁",
    ),
    Person(
        issuer="agency",
        sub="auditor",
        last_name="監査",
        first_name="三",
        email="auditor@example.jp",
        organisation_code="agency",
        organisation_name="デジタル庁",
    ),
)


@dataclass(frozen=True)
class Site:
    """The running site. `origin` has no trailing slash."""

    origin: str
    settings: Settings
    database: Database
    provider: RunningProvider
    app: FastAPI


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_site(
    folder: Path, database_url: str, mail: MailSettings | None = None, clock: Clock | None = None
) -> Iterator[Site]:
    """Everything on free ports, with an empty catalogue; ended on the way out. All of it follows the one clock."""
    clock = clock or SystemClock()
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    keys = ("gbizid", "lg", "agency")
    config = ProviderConfig(
        origin="http://localhost:1",
        issuers=tuple(
            IssuerConfig(
                key=key,
                path=f"/{key}/" if key != "gbizid" else "/oauth/",
                title=key,
                dialect="gbizid" if key == "gbizid" else "generic",
                clients=(
                    ClientConfig(
                        client_id="dmp",
                        client_secret=SECRET,
                        redirect_uris=(f"{origin}/login/callback/{key}",),
                        post_logout_redirect_uris=(f"{origin}/",),
                    ),
                ),
            )
            for key in keys
        ),
        people=PEOPLE,
        clock=clock.now,
    )
    with running_provider(config) as provider:
        settings = Settings(
            site_origin=origin,
            database_url=database_url,
            audit_heads=folder / "heads.jsonl",
            search_directory=folder / "search",
            files=FilesSettings(directory=folder / "files"),
            mail=mail or MailSettings(transport="folder", folder=folder / "mail"),
            issuers=tuple(
                IssuerSettings.model_validate(
                    {
                        "key": key,
                        "name": {"gbizid": "GビズID", "lg": "地方公共団体", "agency": "デジタル庁"}[key],
                        "issuer": provider.issuer_url(key),
                        "client_id": "dmp",
                        "client_secret": SECRET,
                        "dialect": "gbizid" if key == "gbizid" else "generic",
                        "scope": "openid profile user email"
                        if key == "gbizid"
                        else "openid profile email organisation",
                        "organisations": {"gbizid": (), "lg": ("*local", "*admitted"), "agency": ("agency",)}[
                            key
                        ],
                    }
                )
                for key in keys
            ),
        )
        database = Database(create_engine(database_url))
        upgrade(database.engine)
        with database.write() as session:
            load_agreement_versions(session, clock)
            import_local_governments(session, clock, None)
        for issuer, subject, organisation, role in (
            ("agency", "reviewer", "agency", "reviewer"),
            ("agency", "admin", "agency", "agency_admin"),
            ("agency", "auditor", "agency", "auditor"),
            ("lg", "officer", MUNICIPALITY, "buyer_officer"),
            ("lg", "approver", MUNICIPALITY, "buyer_approver"),
            ("lg", "successor", MUNICIPALITY, "buyer_officer"),
            ("lg", "helper", PREFECTURE, "supporter"),
        ):
            with database.write() as session:
                grant_role(session, settings, clock, issuer, subject, organisation, role)
        stop = threading.Event()
        worker = threading.Thread(target=Worker(settings, clock=clock).run, args=(stop,), daemon=True)
        worker.start()
        app = create_app(settings, clock=clock)
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
        )
        web = threading.Thread(target=server.run, daemon=True)
        web.start()
        try:
            while not server.started:
                if not web.is_alive():
                    raise RuntimeError("the site did not start")
                time.sleep(0.05)
            yield Site(origin, settings, database, provider, app)
        finally:
            server.should_exit = True
            stop.set()
            web.join(20)
            worker.join(40)
            database.dispose()
