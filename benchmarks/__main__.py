"""`python -m benchmarks`: ratios of the product to the least that could answer the same, in the same run.

Each pair is measured in turns (A B A B …), and the median of the ratios is printed, with the spread. Absolute figures
are for orientation only: they say more about the machine than about the product.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from app.audit.models import AuditEvent
from app.catalogue import projection
from app.kit.clock import SystemClock
from app.kit.database import Database, create_engine
from app.kit.ids import new_id
from app.listings.models import Entry, Revision
from app.migrate import upgrade
from benchmarks.catalogue import fill
from benchmarks.client import Connection, Request, throughput
from catalogue_schema import load_schema
from search.embedded import open_writer

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def serve(stack: ExitStack, target: str, environment: dict[str, str], path: str, *, workers: int = 1) -> int:
    """Start an application factory in processes of its own, ended with `stack`; answers its port."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            target,
            "--host",
            HOST,
            "--port",
            str(port),
            "--workers",
            str(workers),
            "--log-level",
            "warning",
            "--no-access-log",
        ],
        env=os.environ | environment,
    )

    def end() -> None:
        process.terminate()
        process.wait(20)

    stack.callback(end)
    for _ in range(1_200):
        if process.poll() is not None:
            raise SystemExit(f"{target} did not start")
        try:
            connection = Connection(HOST, port)
            connection.ask(Request(path))
            connection.close()
        except OSError:
            time.sleep(0.05)
        else:
            return port
    raise SystemExit(f"{target} did not answer")


def _ratio(name: str, product: Callable[[], float], baseline: Callable[[], float], rounds: int) -> None:
    product(), baseline()  # warm
    pairs = [(product(), baseline()) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    rate_a, rate_b = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
    print(
        f"{name}: {statistics.median(ratios):.2f} of the baseline "
        f"(from {ratios[0]:.2f} to {ratios[-1]:.2f}; {rate_a:,.0f}/s against {rate_b:,.0f}/s)"
    )


def _bare_inserts(database: Database, template: tuple[dict[str, object], int], seconds: float) -> float:
    """Rows of a registration (entry, revision, audit event) inserted and committed per second, nothing else done."""
    answers, schema_version = template
    with database.read() as session:
        owner_id = session.connection().exec_driver_sql("SELECT id FROM organisation LIMIT 1").scalar_one()
    count, end, started = 0, time.perf_counter() + seconds, time.perf_counter()
    while time.perf_counter() < end:
        now = datetime.now(UTC)
        entry = Entry(
            id=new_id("sw"),
            kind="software",
            owner_id=owner_id,
            created_at=now,
            created_by="bench",
            last_number=1,
        )
        revision_id = new_id("rev")
        with database.write() as session:
            session.add(entry)
            session.flush()
            session.add(
                Revision(
                    id=revision_id,
                    entry_id=entry.id,
                    number=1,
                    answers=answers,
                    schema_version=schema_version,
                    content_hash="0" * 64,
                    created_at=now,
                    created_by="bench",
                    updated_at=now,
                )
            )
            session.add(
                AuditEvent(
                    id=new_id("aud"),
                    occurred_at=now,
                    actor_kind="token",
                    actor_pseudonym="bench",
                    organisation_id=owner_id,
                    action="software.registered",
                    object_type="software",
                    object_id=entry.id,
                    revision_id=revision_id,
                    owner_organisation_id=owner_id,
                    address_digest="0" * 32,
                    request_id="0123456789abcdef",
                )
            )
        count += 1
    return count / (time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build a catalogue in a temporary folder, serve it, measure, and remove it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--listings", type=int, default=1000, help="published software in the catalogue (default 1000)"
    )
    parser.add_argument("--seconds", type=float, default=4, help="length of each measurement (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of measurements (default 3)")
    parser.add_argument("--clients", type=int, default=4, help="connections at once (default 4)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.sqlite3'}"
        database = Database(create_engine(url))
        stack.callback(database.dispose)
        upgrade(database.engine)
        schema = load_schema()
        with database.write() as session:
            token = fill(session, schema, given.listings)
        with open_writer(folder / "search", projection.index_settings(schema)) as writer:
            projection.rebuild_all(database, writer, schema, SystemClock())
        with database.read() as session:
            listing = (
                session.connection()
                .exec_driver_sql("SELECT id FROM entry WHERE kind = 'software' LIMIT 1")
                .scalar_one()
            )
        environment = {
            "DMP_DATABASE_URL": url,
            "DMP_SEARCH_DIRECTORY": str(folder / "search"),
            "DMP_AUDIT_HEADS": str(folder / "heads.jsonl"),
        }
        site = serve(stack, "app.main:from_environment", environment, "/healthz")
        pages = {"search": "/api/v1/search?q=%E7%AA%93%E5%8F%A3&limit=20", "listing": f"/listings/{listing}"}
        answers = folder / "bytes"
        answers.mkdir()
        connection = Connection(HOST, site)
        for kind, path in pages.items():
            status, body = connection.ask(Request(path))
            if status != 200:
                raise SystemExit(f"{path}: {status} {body[:300]!r}")
            (answers / kind).write_bytes(body)
        connection.close()
        bare = serve(stack, "benchmarks.bare:create_bare", {"DMP_BENCH_BYTES": str(answers)}, "/search")

        def rate(port: int, request: Request) -> Callable[[], float]:
            return lambda: throughput(HOST, port, request, seconds=given.seconds, clients=given.clients)

        print(
            f"{given.listings} listings, {given.clients} clients, {given.rounds} rounds of {given.seconds:g} s, SQLite"
        )
        _ratio(
            "search (JSON, 20 hits, facets) against a bare route with the same bytes",
            rate(site, Request(pages["search"])),
            rate(bare, Request("/search")),
            given.rounds,
        )
        _ratio(
            "listing page (HTML) against a bare route with the same bytes",
            rate(site, Request(pages["listing"])),
            rate(bare, Request("/listing")),
            given.rounds,
        )
        example = schema.example("software")
        register = Request(
            "/api/v1/software",
            "POST",
            (("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")),
            json.dumps({"answers": example}, ensure_ascii=False).encode(),
        )
        normal = schema.normalise("software", example), schema.version
        _ratio(
            "registration (POST to committed) against a bare insert of the same rows",
            lambda: throughput(HOST, site, register, seconds=given.seconds, clients=1),
            lambda: _bare_inserts(database, normal, given.seconds),
            given.rounds,
        )


if __name__ == "__main__":
    main()
