"""The example client against a running site: killed in the middle, resumed, and the same as the catalogue."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import uvicorn

from app.kit.pagination import encode_cursor
from app.listings.feed_numbers import Numberer
from app.listings.models import Entry
from app.outbox.publish import publish
from tests.listings.follower import catalogue, over_http
from tests.listings.rows import published_software
from tests.support.application import Running, application
from tests.support.databases import Databases

CLIENT = Path(__file__).resolve().parents[2] / "examples" / "keep_a_copy.py"
ENTRIES = 40


@dataclass
class Served:
    """A site on a port, with entries."""

    running: Running
    origin: str
    vendor: str
    ids: list[str]

    def publish(self, count: int) -> None:
        """More software."""
        with self.running.database.write() as session:
            self.ids += [published_software(session, self.running.clock, self.vendor) for _ in range(count)]
        Numberer(self.running.database).number(self.running.clock.now())

    def withdraw(self, entry_id: str) -> None:
        """Take one out."""
        with self.running.database.write() as session:
            entry = session.get_one(Entry, entry_id)
            entry.status, entry.ended_on = "withdrawn", date(2026, 11, 24)
            session.add(entry)
            publish(session, "catalogue.sync", entry_id, at=self.running.clock.now())
        Numberer(self.running.database).number(self.running.clock.now())


@pytest.fixture
def served(databases: Databases, tmp_path: Path) -> Iterator[Served]:
    with application(databases, tmp_path) as running, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(running.app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        site = Served(
            running, f"http://127.0.0.1:{listening.getsockname()[1]}", running.world.vendor().id, []
        )
        site.publish(ENTRIES)
        yield site
        server.should_exit = True
        thread.join(20)


def _start(site: Served, file: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CLIENT), site.origin, str(file), *more], stdout=subprocess.PIPE, text=True
    )


def _copied(file: Path) -> dict[str, object]:
    """What the file has, by id; nothing before the client has made it."""
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file, timeout=10)) as database:
        try:
            rows = database.execute("SELECT id, document FROM entry").fetchall()
        except sqlite3.OperationalError:
            return {}
    return {entry_id: json.loads(document) for entry_id, document in rows}


def _run(site: Served, file: Path) -> None:
    process = _start(site, file, "--pause", "0")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.startswith("software: ")


def test_killed_resumed_and_whole(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite3"
    process = _start(served, file, "--limit", "1", "--pause", "0.1")
    deadline = time.monotonic() + 60
    while len(_copied(file)) < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    before = _copied(file)
    assert 5 <= len(before) < ENTRIES

    served.withdraw(served.ids[0])  # it was copied
    served.withdraw(served.ids[-1])  # it was not
    served.publish(2)
    assert served.ids[0] in before
    _run(served, file)
    whole = catalogue(over_http(served.running.visitor))["software"]
    assert _copied(file) == whole
    assert len(whole) == ENTRIES

    # Again, with nothing new, and then after a site that was put back: what it no longer has goes.
    _run(served, file)
    assert _copied(file) == whole
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE place SET cursor = ?, etag = '' WHERE kind = 'software'",
            (encode_cursor("software 999999 0"),),
        )
        database.execute("INSERT INTO entry SELECT kind, 'sw_lost', document, round FROM entry LIMIT 1")
    _run(served, file)
    assert _copied(file) == whole
