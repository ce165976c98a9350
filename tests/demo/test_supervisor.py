"""`dmp demo` as a process of its own: starts in an empty folder, is ready, starts again, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from app.access.permissions import Role, token_scopes

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 240
"""Generous: other tests run beside this one. Nothing is asserted about how long it takes."""
START = "import sys; from app.cli import run; sys.argv[0] = 'dmp'; sys.exit(run())"


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether anything listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Demo:
    """A running `dmp demo`."""

    folder: Path
    port: int
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        # What is set for another use of the service does not count in a demo, not even where it cannot be read.
        environment = os.environ | {"DMP_CONCURRENCY": "abc", "DMP_ISSUERS": "[", "DMP_SITE_ORIGIN": "x"}
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, "demo", "--port", str(self.port), "--data", ".demo"],
            cwd=self.folder,
            env=environment | {"PYTHONPATH": str(ROOT), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def origin(self) -> str:
        """The site's origin."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> httpx2.Response:
        """The first 200 of /readyz; fails with what the process said when it ended before."""
        pause = threading.Event()
        for _ in range(READY_SECONDS * 4):
            if self.process.poll() is not None:
                out, err = self.process.communicate()
                pytest.fail(f"dmp demo ended with {self.process.returncode}:\n{out}\n{err}")
            if answers(self.port):
                # The port listens from the start on, so that nobody takes it; answers come when the site runs.
                try:
                    answer = httpx2.get(f"{self.origin}/readyz", timeout=10)
                except httpx2.TransportError:
                    continue
                if answer.status_code == 200:
                    return answer
            pause.wait(0.25)
        self.process.kill()
        out, err = self.process.communicate()
        return pytest.fail(f"dmp demo was not ready in time:\n{out}\n{err}")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Tell it to end, and answer its exit code and what it wrote."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


def accounts(folder: Path) -> list[dict[str, str]]:
    """The file of demo accounts."""
    found: list[dict[str, str]] = json.loads((folder / ".demo" / "demo-accounts.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the module, in a folder that was empty."""
    running = Demo(tmp_path_factory.mktemp("clone"), free_port())
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


def provider_port(demo: Demo) -> int:
    """The port of the issuers, as the login leads there."""
    with httpx2.Client(base_url=demo.origin, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        page = client.get("/login")
        assert page.status_code == 200
        answer = client.post("/login/start", data={"issuer": "lg", "next": "/"})
    assert answer.status_code == 303
    return int(httpx2.URL(answer.headers["location"]).port or 0)


def test_it_is_ready_with_sample_data_and_index(demo: Demo) -> None:
    ready = httpx2.get(f"{demo.origin}/readyz").json()
    assert (ready["status"], ready["sample_data"], ready["search"]) == ("ready", "loaded", "agrees")
    found = httpx2.get(f"{demo.origin}/api/v1/search", params={"limit": "1"}).json()
    assert found["total"] >= 65
    home = httpx2.get(f"{demo.origin}/")
    assert home.status_code == 200
    assert "架空" in home.text


def test_every_accounts_token_works_with_the_full_scope_of_its_role(demo: Demo) -> None:
    rows = accounts(demo.folder)
    assert all(set(row) == {"role", "name", "email", "organisation", "token"} for row in rows)
    assert {row["role"] for row in rows} == {role.value for role in Role}
    assert len({(row["email"], row["organisation"], row["role"]) for row in rows}) == len(rows)
    for row in rows:
        answer = httpx2.get(f"{demo.origin}/api/v1/me", headers={"Authorization": f"Bearer {row['token']}"})
        assert answer.status_code == 200, row
        me = answer.json()
        assert row["name"] in json.dumps(me, ensure_ascii=False)
        assert row["organisation"] in json.dumps(me, ensure_ascii=False)
        wanted = {scope.value for scope in token_scopes(frozenset({Role(row["role"])}))}
        assert wanted <= set(me["permissions"])
    mode = (demo.folder / ".demo" / "demo-accounts.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_everything_written_is_inside_the_folder(demo: Demo) -> None:
    assert {entry.name for entry in demo.folder.iterdir()} == {".demo", "home"}
    assert list((demo.folder / "home").iterdir()) == []


def test_the_provider_lists_the_people(demo: Demo) -> None:
    page = httpx2.get(f"http://localhost:{provider_port(demo)}/")
    assert page.status_code == 200
    for name in ("竹取 あかり", "見本 あおい", "審査 しおり", "夢野 はじめ"):
        assert name in page.text


def log_in(browser: httpx2.Client, demo: Demo, issuer: str, sub: str) -> None:
    """Let the person log in over OpenID Connect in that browser."""
    page = browser.post(f"{demo.origin}/login/start", data={"issuer": issuer, "next": "/account"})
    action = re.search(
        r'<form method="post" action="([^"]+)">\s*<input type="hidden" name="ticket"', page.text
    )
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert action, page.text
    assert ticket, page.text
    back = browser.post(page.url.join(action[1]), data={"ticket": ticket[1], "sub": sub})
    assert back.status_code == 200, back.text


@pytest.mark.parametrize(
    ("issuer", "sub", "role", "organisation"),
    [
        ("gbizid", "prime-amanogawa", "vendor_admin", "株式会社天の川窓口デザイン"),
        ("gbizid", "minoru", "vendor_editor", "株式会社かぐや情報システム"),
        ("gbizid", "prime-hitotsume", "vendor_admin", "ひとつめ工房"),
        ("lg", "hitori", "buyer_approver", "架空県ためし村"),
        ("agency", "shiori", "reviewer", "デジタル庁"),
    ],
)
def test_the_people_log_in_and_have_their_roles(
    demo: Demo, issuer: str, sub: str, role: str, organisation: str
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(headers=headers, follow_redirects=True, timeout=30) as browser:
        log_in(browser, demo, issuer, sub)
        me = browser.get(f"{demo.origin}/api/v1/me")
    assert me.status_code == 200
    said = json.dumps(me.json(), ensure_ascii=False)
    assert role in said
    assert organisation in said


def test_it_obeys_soon_while_it_loads(tmp_path: Path) -> None:
    running = Demo(tmp_path, free_port())
    try:
        assert running.process.stdout is not None
        for line in running.process.stdout:
            if "読み込んでいます" in line:
                break
        code, out, err = running.end(signal.SIGINT)
        assert (code, err) == (0, "")
        assert "読み込みの途中" in out
        assert not answers(running.port)
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()


def test_a_port_in_use_is_one_clear_line(demo: Demo, tmp_path: Path) -> None:
    second = Demo(tmp_path, demo.port)
    out, err = second.process.communicate(timeout=60)
    assert second.process.returncode == 2
    assert err.count("\n") == 1
    assert str(demo.port) in err
    assert out == ""
    assert not (tmp_path / ".demo").exists()


def test_a_folder_in_use_is_one_clear_line(demo: Demo) -> None:
    second = Demo(demo.folder, free_port())
    _, err = second.process.communicate(timeout=60)
    assert second.process.returncode == 2
    assert err.count("\n") == 1
    assert "別のデモ" in err


def test_it_ends_leaving_nothing_and_starts_again_with_the_same_data(demo: Demo) -> None:
    """Last in the file: it ends the module's demo."""
    before = accounts(demo.folder)
    site, provider = demo.port, provider_port(demo)
    code, out, err = demo.end(signal.SIGTERM)
    assert code == 0, err
    assert err == ""
    assert "デモを終えています" in out
    assert not answers(site)
    assert not answers(provider)

    again = Demo(demo.folder, free_port())
    try:
        again.wait_until_ready()
        assert accounts(demo.folder) == before
        moved = provider_port(again)
        code, out, err = again.end(signal.SIGINT)
        assert code == 0, err
        assert "見本データは読み込み済みです" in out
        assert not answers(again.port)
        assert not answers(moved)
    finally:
        if again.process.poll() is None:
            again.process.kill()
            again.process.communicate()


def test_killing_it_leaves_nothing_behind(demo: Demo) -> None:
    """It is one process: even SIGKILL takes provider, worker and site along, and the folder is free again."""
    if demo.process.poll() is None:
        demo.end()
    running = Demo(demo.folder, free_port())
    running.wait_until_ready()
    provider = provider_port(running)
    running.process.kill()
    running.process.communicate()
    assert not answers(running.port)
    assert not answers(provider)
    third = Demo(demo.folder, free_port())
    third.wait_until_ready()
    code, _, err = third.end()
    assert code == 0, err
