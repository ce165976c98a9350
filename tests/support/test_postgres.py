"""The PostgreSQL server of the tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import PostgresServer, PostgresUnavailable, find_binaries

ROOT = Path(__file__).parents[2]


def _run(url: str, statement: str) -> list[tuple[object, ...]]:
    """One statement's rows, by a connection of its own."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_it_runs_unprivileged_on_a_socket_only(postgres_server: PostgresServer) -> None:
    url = postgres_server.url()
    assert _run(url, "SHOW listen_addresses") == [("",)]
    assert _run(url, "SHOW server_encoding") == [("UTF8",)]
    assert (postgres_server.socket_directory / "data").stat().st_uid != 0


def test_databases_are_copies_of_their_template_and_apart(postgres_server: PostgresServer) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        _run(url, "CREATE TABLE thing (name text)")

    template = postgres_server.template("things", prepare)
    assert postgres_server.template("things", prepare) == template
    assert len(prepared) == 1
    with postgres_server.database(template) as first, postgres_server.database(template) as second:
        _run(first, "INSERT INTO thing VALUES ('𠮷野家')")
        assert _run(first, "SELECT name FROM thing") == [("𠮷野家",)]
        assert _run(second, "SELECT name FROM thing") == []
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        _run(first, "SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        _run(postgres_server.url(template), "SELECT 1")


def test_it_ends_and_leaves_nothing_even_when_its_process_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.postgres"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        folder = Path(url.partition("?host=")[2])
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            os.kill(process.pid, signal.SIGKILL)
            # The server closes its connections when it shuts down; the folder goes right after.
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT pg_sleep(30)")
    waiting = subprocess.run(
        ["/bin/sh", "-c", f"i=0; while [ -d '{folder}' ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done"],
        check=True,
    )
    assert waiting.returncode == 0
    assert not folder.exists()


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="DMP_TEST_POSTGRES_BIN"):
        find_binaries({"DMP_TEST_POSTGRES_BIN": str(tmp_path)})
