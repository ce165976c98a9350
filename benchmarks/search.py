"""`make bench-search`: the search over HTTP on generated catalogues, and its ratios to the raw engine and to datasette.

All in one run on the same machine. Absolute figures are of that machine and of what else it did; take the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from sqlmodel import col, select

from app.catalogue import projection
from app.catalogue.facets import catalogue_facets, parameters_of
from app.catalogue.query import parse
from app.catalogue.search import MARKED
from app.kit.clock import SystemClock
from app.kit.database import Database, create_engine
from app.listings.models import Entry, Revision
from app.migrate import upgrade
from benchmarks import search_datasette, search_queries
from benchmarks.__main__ import HOST, free_port, serve
from benchmarks.catalogue import fill
from benchmarks.client import Connection, Request
from catalogue_schema import Schema, load_schema
from search.embedded import open_engine, open_writer
from search.engine import Query

PROCESSES = 2
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Load:
    """What asking from many clients for a while gave."""

    p50: float
    p95: float
    rate: float
    """Answers per second."""

    def __str__(self) -> str:
        return f"p50 {self.p50 * 1000:.1f} ms, p95 {self.p95 * 1000:.1f} ms, {self.rate:.0f}/s"


def ask(ports: Sequence[int], paths: Sequence[str], *, clients: int, seconds: float) -> Load:
    """`clients` keep-alive connections ask the paths in turns, each from another place. RuntimeError for a failure."""
    times: list[list[float]] = [[] for _ in range(clients)]
    failures: list[str] = []
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        connection = Connection(HOST, ports[number % len(ports)])
        place = number * 7
        while time.perf_counter() < end and not failures:
            path = paths[place % len(paths)]
            place += 1
            began = time.perf_counter()
            try:
                status, body = connection.ask(Request(path))
            except (OSError, ValueError) as failure:
                failures.append(f"{path}: {failure}")
                break
            times[number].append(time.perf_counter() - began)
            if status != 200:
                failures.append(f"{path}: {status} {body[:200]!r}")
        connection.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    every = sorted(one for each in times for one in each)
    return Load(
        every[len(every) // 2], every[int(len(every) * 0.95)], len(every) / (time.perf_counter() - began)
    )


def raw(directory: Path, schema: Schema, queries: Sequence[Query], seconds: float) -> float:
    """Answers per second of the engine in a loop, in as many processes as the site has, without HTTP and database."""

    def loop(results: Any) -> None:
        engine = open_engine(directory, projection.index_settings(schema))
        with asyncio.Runner() as runner:
            for query in queries:
                runner.run(engine.search(query))
            count, began = 0, time.perf_counter()
            while time.perf_counter() - began < seconds:
                runner.run(engine.search(queries[count % len(queries)]))
                count += 1
            results.put(count / (time.perf_counter() - began))
            runner.run(engine.close())

    results = FORK.Queue()
    processes = [FORK.Process(target=loop, args=(results,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    rates: list[float] = [results.get(timeout=seconds * 20 + 120) for _ in processes]
    for process in processes:
        process.join()
    return sum(rates)


@dataclass
class Bench:
    """One catalogue of one size."""

    folder: Path
    listings: int
    seconds: float
    clients: int
    schema: Schema
    stack: ExitStack

    def __post_init__(self) -> None:
        self.url = f"sqlite:///{self.folder / 'bench.sqlite3'}"
        self.index = self.folder / "search"
        self.clock = SystemClock()

    def database(self) -> Database:
        """The database, opened; dispose of it before forking."""
        return Database(create_engine(self.url))

    def fill(self) -> None:
        """Write the catalogue."""
        began = time.perf_counter()
        database = self.database()
        upgrade(database.engine)
        with database.write() as session:
            fill(session, self.schema, self.listings)
        database.dispose()
        print(f"  (catalogue written in {time.perf_counter() - began:.0f} s)", flush=True)

    def build(self) -> None:
        """Build the index from the database in a process of its own: documents per second, peak memory, size."""

        def work(results: Any) -> None:
            began = time.perf_counter()
            database = self.database()
            with open_writer(self.index, projection.index_settings(self.schema)) as writer:
                projection.rebuild_all(database, writer, self.schema, self.clock)
                size = writer.stats().size_bytes
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            results.put((time.perf_counter() - began, peak, size))

        results = FORK.Queue()
        process = FORK.Process(target=work, args=(results,))
        process.start()
        seconds, peak, size = results.get()
        process.join()
        print(
            f"  build: {self.listings / seconds:.0f} documents/s from the database ({seconds:.1f} s), peak memory "
            f"{peak / 1024:.0f} MB, {size / 1e6:.1f} MB on disk ({size / self.listings:.0f} bytes a listing)",
            flush=True,
        )

    def site(self) -> int:
        """The port of the site, served by PROCESSES processes."""
        environment = {
            "DMP_DATABASE_URL": self.url,
            "DMP_SEARCH_DIRECTORY": str(self.index),
            "DMP_AUDIT_HEADS": str(self.folder / "heads.jsonl"),
            "DMP_FILES__DIRECTORY": str(self.folder / "files"),
        }
        return serve(self.stack, "app.main:from_environment", environment, "/healthz", workers=PROCESSES)

    def measure(self, datasette: Path | None) -> None:
        """Print everything."""
        self.fill()
        self.build()
        known = {name for facet in catalogue_facets(self.schema).values() for name in parameters_of(facet)}
        queries = search_queries.paths(known)
        port = self.site()
        json_paths = [f"/api/v1/search?{query}" for query in queries]
        self._check(port, json_paths)
        ask([port], json_paths, clients=self.clients, seconds=self.seconds / 2)
        json_load = ask([port], json_paths, clients=self.clients, seconds=self.seconds)
        print(f"  JSON, whole request, {self.clients} clients: {json_load}", flush=True)
        rate = raw(self.index, self.schema, self._queries(queries), self.seconds)
        print(f"  raw engine in a loop: {rate:.0f}/s; HTTP has {json_load.rate / rate:.2f} of it", flush=True)
        html = ask(
            [port], [f"/search?{query}" for query in queries], clients=self.clients, seconds=self.seconds
        )
        print(f"  HTML: {html}; {html.rate / json_load.rate:.2f} of JSON's throughput", flush=True)
        if datasette is not None:
            self._datasette(datasette, queries, json_load)
        self._change(port)

    def _check(self, port: int, paths: Sequence[str]) -> None:
        connection = Connection(HOST, port)
        hits = 0
        for path in paths:
            status, body = connection.ask(Request(path))
            if status != 200:
                raise SystemExit(f"{path}: {status} {body[:300]!r}")
            hits += b'"total":0' not in body.replace(b" ", b"")
        connection.close()
        print(f"  {len(paths)} queries, {hits} of them with hits", flush=True)

    def _queries(self, queries: Sequence[str]) -> list[Query]:
        """What the site asks the engine for them."""
        today = date.today()  # noqa: DTZ011  # for a benchmark the machine's day will do
        asked = [parse(self.schema, parse_qsl(query)).query(self.schema, today) for query in queries]
        return [replace(one, highlight_fields=MARKED) for one in asked]

    def _datasette(self, program: Path, queries: Sequence[str], ours: Load) -> None:
        database = self.database()
        path = self.folder / "listing.db"
        size = search_datasette.fill(path, projection.every_document(database, self.schema, self.clock))
        database.dispose()
        ports = [free_port() for _ in range(PROCESSES)]
        for port in ports:
            process = search_datasette.start(program, path, port)
            self.stack.callback(_end, process)
            _wait(port, "/-/versions.json")
        paths = search_datasette.paths(queries)
        ask(ports, paths, clients=self.clients, seconds=self.seconds / 2)
        load = ask(ports, paths, clients=self.clients, seconds=self.seconds)
        print(
            f"  datasette with FTS5, {PROCESSES} processes: {load}, {size / 1e6:.1f} MB; ours has "
            f"{ours.rate / load.rate:.1f} times its throughput, its p95 is {load.p95 / ours.p95:.1f} times ours",
            flush=True,
        )

    def _change(self, port: int) -> None:
        """Cost of one change: from its commit in the database to the answer that shows it."""
        database = self.database()
        connection = Connection(HOST, port)
        times, waits = [], []
        with open_writer(self.index, projection.index_settings(self.schema)) as writer:
            with database.read() as session:
                ids = session.exec(select(Entry.id).where(col(Entry.kind) == "software").limit(12)).all()
            for number, id_ in enumerate(ids):
                name = f"改称{number}号"
                with database.write() as session:
                    entry = session.get_one(Entry, id_)
                    revision = session.get_one(Revision, entry.published_revision_id)
                    revision.answers = revision.answers | {"name": name}
                    session.add(revision)
                began = time.perf_counter()
                projection.sync(database, writer, self.schema, self.clock, id_)
                times.append(time.perf_counter() - began)
                path = f"/api/v1/search?strict=1&q={quote(name)}"
                while True:
                    status, body = connection.ask(Request(path))
                    if status == 200 and id_.encode() in body:
                        break
                    if time.perf_counter() - began > 30:
                        raise SystemExit(f"a change was not visible after 30 s: {status} {body[:300]!r}")
                waits.append(time.perf_counter() - began)
        connection.close()
        database.dispose()
        print(
            f"  one change: {statistics.median(times) * 1000:.0f} ms to write (median of {len(times)}), "
            f"{statistics.median(waits) * 1000:.0f} ms until an answer shows it, {max(waits) * 1000:.0f} ms at most",
            flush=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def _wait(port: int, path: str) -> None:
    for _ in range(600):
        try:
            connection = Connection(HOST, port)
            connection.ask(Request(path))
            connection.close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answered on port {port}")


def main(arguments: Sequence[str] | None = None) -> None:
    """For each size: build a catalogue in a temporary folder, serve it, measure, and remove it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument(
        "--listings", type=int, nargs="+", default=[1_000, 10_000], help="sizes (default 1000 10000)"
    )
    parser.add_argument("--seconds", type=float, default=8, help="length of each measurement (default 8)")
    parser.add_argument("--clients", type=int, default=8, help="connections at once (default 8)")
    parser.add_argument(
        "--datasette", type=Path, default=Path(".bench/datasette"), help="its environment, made where missing"
    )
    parser.add_argument("--no-datasette", action="store_true", help="leave the comparison out")
    given = parser.parse_args(arguments)
    datasette = None if given.no_datasette else search_datasette.install(given.datasette.resolve())
    schema = load_schema()
    for listings in given.listings:
        load = os.getloadavg()[0]
        print(
            f"{listings:,} listings, {PROCESSES} site processes on {os.cpu_count()} cores (load {load:.1f}), SQLite",
            flush=True,
        )
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            Bench(Path(name), listings, given.seconds, given.clients, schema, stack).measure(datasette)


if __name__ == "__main__":
    main()
