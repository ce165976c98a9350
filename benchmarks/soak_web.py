"""The last part of the soak: web processes asked all the time while listings change under them."""

from __future__ import annotations

import json
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from typing import Any, Self
from urllib.parse import quote

from app.kit.clock import SystemClock
from app.kit.database import Database
from app.listings.models import Entry, Revision
from app.outbox.publish import publish
from app.settings import Settings
from benchmarks.client import Connection, Request

HOST = "127.0.0.1"
PAUSE_SECONDS = 0.05
"""Between a client's questions: people read what they found, and the worker needs a core, too."""
QUERIES = (
    "",
    "q=%E7%AA%93%E5%8F%A3",
    "q=%E7%A8%8E",
    "q=%E5%8F%B0%E5%B8%B3&sort=name",
    "q=%E9%98%B2%E7%81%BD",
)


class SoakFailed(Exception):
    """Something that must not happen did."""


@dataclass
class WebProcess:
    """One web process and where it listens."""

    process: ForkProcess
    port: int

    @classmethod
    def start(cls, settings: Settings, serve: Callable[..., None], start: Callable[..., ForkProcess]) -> Self:
        """Fork it."""
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        return cls(start(serve, settings, port), port)

    def wait(self, seconds: float = 60) -> None:
        """Until it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                connection = Connection(HOST, self.port)
                connection.ask(Request("/healthz"))
                connection.close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"the web process on port {self.port} did not answer")


@dataclass
class Soak:
    """Asks and changes until the time is over; `run` answers what was seen, or raises SoakFailed."""

    database: Database
    webs: Sequence[WebProcess]
    ids: Sequence[str]
    chance: random.Random
    lag_seconds: float
    """Within which every reader has to see a change."""
    hidden_since: dict[str, float] = field(default_factory=dict)
    """When the suspension of a listing was committed; not in it while the listing may be seen."""
    counts: list[tuple[float, int]] = field(default_factory=list)
    """How many listings may be seen at most, from which moment."""
    faults: list[str] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    answers: int = 0
    changes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, seconds: float) -> str:
        """For so long."""
        with self.database.read() as session:
            for id_ in self.ids:
                if session.get_one(Entry, id_).status != "published":
                    self.hidden_since[id_] = time.monotonic()
        self.counts.append((time.monotonic(), len(self.ids) - len(self.hidden_since)))
        end = time.monotonic() + seconds
        asking = [threading.Thread(target=self._asking, args=(web, end)) for web in self.webs]
        for thread in asking:
            thread.start()
        connections = [Connection(HOST, web.port) for web in self.webs]
        while time.monotonic() < end and not self.faults:
            self._change(connections)
            time.sleep(0.2)
        for thread in asking:
            thread.join()
        for connection in connections:
            connection.close()
        self.database.dispose()
        if self.faults:
            raise SoakFailed("; ".join(self.faults[:5]))
        return (
            f"{len(self.webs)} web processes, {self.answers} answers and {self.changes} changes in {seconds:.0f} s, no "
            f"error, no suspended listing; visible after {statistics.median(self.lags):.2f} s (median), "
            f"{max(self.lags):.2f} s at most"
        )

    def _asking(self, web: WebProcess, end: float) -> None:
        try:
            self._ask(web, end)
        except Exception as failure:
            self.faults.append(f"{type(failure).__name__}: {failure}")
            raise

    def _ask(self, web: WebProcess, end: float) -> None:
        chance = random.Random(web.port)
        connection = Connection(HOST, web.port)
        while time.monotonic() < end and not self.faults:
            query = chance.choice(QUERIES)
            began = time.monotonic()
            with self.lock:
                hidden = {id_ for id_, since in self.hidden_since.items() if since < began}
            body = self._answer(connection, f"/api/v1/search?limit=50&{query}")
            if body is None:
                break
            stale = {item["id"] for item in body["items"]} & hidden
            with self.lock:
                # Resumed and suspended again meanwhile: the answer may have been right when it was made.
                stale &= {id_ for id_, since in self.hidden_since.items() if since < began}
                most = max(number for at, number in self._within(began))
            if stale:
                self.faults.append(f"suspended and found: {sorted(stale)[:3]}")
            if not query and body["total"] > most:
                self.faults.append(f"{body['total']} counted where at most {most} could be seen")
            vendors = sum(value["count"] for value in body["facets"]["vendor"]["values"])
            if vendors != body["total"]:
                self.faults.append(f"{body['total']} counted, {vendors} by vendor")
            with self.lock:
                self.answers += 1
            time.sleep(PAUSE_SECONDS)
        connection.close()

    def _within(self, began: float) -> list[tuple[float, int]]:
        """Counts in force at some moment since `began`."""
        before = [entry for entry in self.counts if entry[0] < began]
        return before[-1:] + [entry for entry in self.counts if entry[0] >= began]

    def _answer(self, connection: Connection, path: str) -> dict[str, Any] | None:
        try:
            status, content = connection.ask(Request(path))
        except (OSError, ValueError) as failure:
            self.faults.append(f"{path}: {failure}")
            return None
        if status != 200:
            self.faults.append(f"{path}: {status} {content[:200]!r}")
            return None
        body: dict[str, Any] = json.loads(content)
        if body["degraded"]:
            self.faults.append(f"{path}: degraded")
        return body

    def _change(self, connections: Sequence[Connection]) -> None:
        """Suspend or resume one, then ask each process for it by name."""
        id_ = self.chance.choice(self.ids)
        suspending = id_ not in self.hidden_since
        with self.lock:
            if not suspending:
                del self.hidden_since[id_]
                self.counts.append((time.monotonic(), self.counts[-1][1] + 1))
        with self.database.write() as session:
            entry = session.get_one(Entry, id_)
            entry.status = "suspended" if suspending else "published"
            session.add(entry)
            publish(session, "catalogue.sync", id_, at=SystemClock().now())
        committed = time.monotonic()
        with self.lock:
            if suspending:
                self.hidden_since[id_] = committed
                self.counts.append((committed, self.counts[-1][1] - 1))
            self.changes += 1
        name = self._name(id_)
        for connection in connections:
            while not self.faults:
                asked = time.monotonic()
                body = self._answer(connection, f"/api/v1/search?strict=1&limit=50&q={quote(name)}")
                if body is None:
                    return
                found = id_ in {item["id"] for item in body["items"]}
                if suspending and found:
                    self.faults.append(f"{id_} was suspended {asked - committed:.2f} s before and is found")
                if suspending or found:
                    break
                if asked - committed > self.lag_seconds:
                    self.faults.append(f"{id_} is not found {asked - committed:.2f} s after it was resumed")
                time.sleep(0.02)
        if not suspending:
            self.lags.append(time.monotonic() - committed)

    def _name(self, id_: str) -> str:
        with self.database.read() as session:
            entry = session.get_one(Entry, id_)
            assert entry.published_revision_id is not None  # every listing here was published
            return str(session.get_one(Revision, entry.published_revision_id).answers["name"])
