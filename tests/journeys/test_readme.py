"""The README's API quick start and the commands of docs/bulk.md, run exactly as printed, against a running demo."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICK_START = ("README.md", "<!-- quick-start:")
BULK = ("docs/bulk.md", "<!-- bulk:")


def _blocks(page: str, mark: str) -> list[str]:
    section = (ROOT / page).read_text(encoding="utf-8").partition(mark)[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    assert len(blocks) >= 3, f"the commands of {page} are not where they were"
    return blocks


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`dmp demo` in a folder of its own: its address and folder."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        "from app.cli import run; run()",
        "demo",
        "--port",
        str(port),
        "--data",
        "d",
    ]
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
    site = f"http://127.0.0.1:{port}"
    try:
        _wait(site, process, folder / "log")
        yield site, folder / "d"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(site: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            if httpx.get(f"{site}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture
def curl() -> None:
    """Skips the test, or fails it with DMP_REQUIRE_CURL=1, where there is no curl to run the blocks with."""
    if shutil.which("curl") is None:
        if os.environ.get("DMP_REQUIRE_CURL") == "1":
            pytest.fail("DMP_REQUIRE_CURL=1, but curl is not installed")
        pytest.skip("curl is not installed: the README's quick start is not tried")


def _run(demo: tuple[str, Path], folder: Path, page: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    site, data = demo
    result = subprocess.run(
        ["bash", "-c", "set -eu\n" + "\n".join(_blocks(*page))],
        cwd=folder,
        env=os.environ | {"DMP_SITE": site, "DMP_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@pytest.mark.usefixtures("curl")
def test_the_quick_start_works_as_printed(demo: tuple[str, Path], tmp_path: Path) -> None:
    site, _ = demo
    result = _run(demo, tmp_path, QUICK_START)
    # The first submission is refused naming the missing field, the second is taken.
    assert '"/answers/ai_training"' in result.stdout
    software = re.search(r"sw_[0-9A-Z]{26}", result.stdout)
    assert software, result.stdout
    stranger = httpx.get(f"{site}/api/v1/software/{software.group()}")
    assert stranger.status_code == 404, "not public before a reviewer approved it"
    assert '"status":"submitted"' in result.stdout.replace(" ", "") or '"queued"' in result.stdout


@pytest.mark.usefixtures("curl")
def test_the_bulk_commands_work_as_printed(demo: tuple[str, Path], tmp_path: Path) -> None:
    result = _run(demo, tmp_path, BULK)
    assert '"minimum_term_months"' in result.stdout
    assert '"row":2' in result.stdout
    done = json.loads((tmp_path / "job.json").read_text(encoding="utf-8"))
    assert (done["status"], done["result"]["created"]) == ("succeeded", 2)
    assert "まとめて窓口（架空）" in (tmp_path / "listings.csv").read_text(encoding="utf-8-sig")
