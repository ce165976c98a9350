"""What the Dockerfile builds and compose.yaml starts, done without an engine: in an empty directory, as nobody.

The build's steps and the three commands are read from the files themselves; `/srv` and `/var/lib/dmp` become folders of
the test, and the program's folder belongs to somebody else before anything is started, as in the image.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from scripts.container_health import main as healthy
from search.meilisearch import Connection, create_keys
from tests.deploy.container import ROOT, compose, environment_of, filled_variables, stages
from tests.meilisearch_api.process import MASTER_KEY, StandIn
from tests.support.postgres import PostgresServer

START_SECONDS = 120


@dataclass
class Place:
    """The directory that stands for the image's root, and the account that runs in it."""

    root: Path
    account: pwd.struct_passwd | None
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def inside(self, text: str) -> str:
        """A command or a path of the image's, as it is here."""
        for folder in ("/srv", "/var/lib/dmp"):
            text = text.replace(folder, f"{self.root}{folder}")
        return text

    def as_account(self, environment: dict[str, str]) -> dict[str, Any]:
        """Arguments of subprocess: nothing of the caller's environment, the account without any group."""
        cache = {name: os.environ[name] for name in ("PIP_CACHE_DIR", "PIP_INDEX_URL") if name in os.environ}
        common: dict[str, Any] = {
            "env": {
                "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                "HOME": "/nonexistent",
                **cache,
                **environment,
            }
        }
        if self.account is None:
            return common
        return common | {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def own(self, *paths: Path) -> None:
        """Give these to the account."""
        for path in paths:
            if self.account is not None:
                os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def bring_python(self) -> None:
        """The image calls its Python `python`; here it is the machine's, or a copy of the one that runs the tests where
        the account may enter neither (a home)."""
        name = self.root / "bin" / "python"
        own = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
        suits = "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))"
        for python in (own, Path("/usr/bin/python3")):
            name.symlink_to(python)
            try:
                subprocess.run([name, "-c", suits], check=True, capture_output=True, **self.as_account({}))
            except (OSError, subprocess.CalledProcessError):
                name.unlink()
            else:
                return
        # With the library alone: what is installed beside it is not the image's.
        left_out = shutil.ignore_patterns(
            "site-packages", "__pycache__", "test", "idlelib", "share", "include"
        )
        shutil.copytree(sys.base_prefix, self.root / "python", symlinks=True, ignore=left_out)
        name.symlink_to(self.root / "python" / "bin" / own.name)

    def build(self) -> None:
        """The first stage: its COPY and RUN lines, one after the other, in its WORKDIR."""
        folder = self.root
        for instruction, rest in stages()[0]:
            if instruction == "WORKDIR":
                folder = Path(self.inside(rest))
                folder.mkdir(parents=True)
                self.own(folder.parent, folder)
            elif instruction == "COPY":
                *sources, target = rest.split()
                self._copy(sources, folder, target)
            elif instruction == "RUN":
                done = subprocess.run(
                    ["/bin/sh", "-c", self.inside(rest)],
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=600,
                    **self.as_account({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}),
                )
                assert done.returncode == 0, f"{rest}\n{done.stdout}{done.stderr}"

    def _copy(self, sources: list[str], folder: Path, target: str) -> None:
        for source in sources:
            origin = ROOT / source
            into_folder = target.endswith("/")
            if into_folder:
                (folder / target).mkdir(exist_ok=True)
            goal = folder / target / origin.name if into_folder else folder / target
            if origin.is_dir():
                shutil.copytree(origin, goal, ignore=shutil.ignore_patterns("__pycache__"))
                self.own(goal, *goal.rglob("*"))
            else:
                shutil.copyfile(origin, goal)
                self.own(goal)

    def seal(self) -> None:
        """The second stage: the program belongs to root, two folders to the account."""
        for path in [self.root / "srv", *(self.root / "srv").rglob("*")]:
            if self.account is not None:
                os.chown(path, 0, 0, follow_symlinks=False)
        for folder in ("var/lib/dmp/search", "var/lib/dmp/heads"):
            (self.root / folder).mkdir(parents=True)
            self.own(self.root / folder)

    def start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start one of the service's commands in the final stage's WORKDIR; its output is in `log`."""
        log = self.root / f"{command[1]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [f"{self.root}/srv/venv/bin/dmp", *command[1:]],
                cwd=self.root / "var/lib/dmp",
                stdout=out,
                stderr=out,
                **self.as_account(environment),
            )
        self.running.append(process)
        return process

    def log(self, name: str) -> str:
        """What a command said."""
        return (self.root / f"{name}.log").read_text(errors="replace")[-3000:]


@pytest.fixture
def place() -> Iterator[Place]:
    """An empty directory that anybody may enter, and `nobody` where the tests run as root."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    root = Path(tempfile.mkdtemp(prefix="dmp-image-", dir="/tmp"))
    root.chmod(0o755)
    (root / "bin").mkdir()
    place = Place(root, account)
    place.bring_python()
    yield place
    for process in place.running:
        process.terminate()
    for process in place.running:
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    shutil.rmtree(root, ignore_errors=True)


def test_the_images_steps_and_commands_give_a_running_site(
    place: Place, postgres_server: PostgresServer
) -> None:
    place.build()
    place.seal()
    services = compose(filled_variables())["services"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with postgres_server.database() as url, StandIn() as search:
        keys = create_keys(Connection(search.url), MASTER_KEY)
        found = {
            "DMP_SEARCH__URL": search.url,
            "DMP_SEARCH__SEARCH_KEY": keys.search,
            "DMP_SEARCH__WORKER_KEY": keys.worker,
        }
        address = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        environments = {
            name: {
                **{key: place.inside(value) for key, value in environment_of(stages()[1]).items()},
                **services[name]["environment"],
                **{key: value for key, value in found.items() if key in services[name]["environment"]},
                "PATH": os.environ["PATH"],
                "DMP_DATABASE_URL": address,
            }
            for name in ("app", "worker", "migrate")
        }
        before = sorted(path for path in (place.root / "srv").rglob("*"))

        # Nothing starts on a database that is not migrated; then in the order of compose.yaml.
        early = place.start(services["worker"]["command"], environments["worker"])
        assert early.wait(60) == 2, place.log("worker")
        migrate = place.start(services["migrate"]["command"], environments["migrate"])
        assert migrate.wait(120) == 0, place.log("migrate")
        worker = place.start(services["worker"]["command"], environments["worker"])
        serve = [
            {"8000": port, "0.0.0.0": "127.0.0.1"}.get(word, word) for word in services["app"]["command"]
        ]
        app = place.start(serve, environments["app"])
        ready = _until_ready(f"http://127.0.0.1:{port}/readyz", app, place)
        assert (ready["status"], ready["database"], ready["search"]) == ("ready", "ready", "agrees")
        assert ready["alarms"] == []
        assert ready["outbox"]["done"] >= 1
        assert worker.poll() is None, place.log("worker")
        assert (place.root / "var/lib/dmp/search").stat().st_uid == (
            place.account or pwd.getpwuid(os.geteuid())
        ).pw_uid

        # The image's health check says the same of both, and notices an end.
        for process in (app, worker):
            assert healthy(Path(f"/proc/{process.pid}/cmdline")) == 0
        page = httpx.get(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-Proto": "https"})
        assert page.status_code == 200
        assert "Strict-Transport-Security" in page.headers
        command = Path(f"/proc/{app.pid}/cmdline").read_bytes()
        for process in (app, worker):
            process.terminate()
        assert app.wait(45) in (0, -signal.SIGTERM), place.log(
            "serve"
        )  # uvicorn ends by the signal it was sent
        assert worker.wait(45) == 0, place.log("worker")
        (place.root / "cmdline").write_bytes(command)
        assert healthy(place.root / "cmdline") == 1

        # Read-only: nothing was written where the program is.
        assert sorted(path for path in (place.root / "srv").rglob("*")) == before


def _until_ready(address: str, app: subprocess.Popen[bytes], place: Place) -> dict[str, Any]:
    """The answer of /readyz once it is 200 and the worker has done its first work."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert app.poll() is None, place.log("serve")
        try:
            answer = httpx.get(address, timeout=10)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            details: dict[str, Any] = answer.json()
            if details["outbox"].get("done") and details["search"] == "agrees":
                return details
        time.sleep(0.2)
    pytest.fail(f"not ready:\n{place.log('serve')}\n{place.log('worker')}")
