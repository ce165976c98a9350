"""The site with its sample data, for measuring and for taking pictures: `dmp demo` in build/demo, prepared once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.journeys.site import free_port

BUILD = Path(__file__).parents[2] / "build"
READY_SECONDS = 600
SEARCH = "/search"
"""A search without words finds everything: its first page is a full one."""


class DemoUnready(Exception):
    """The demo did not start; the text is what it said."""


@contextmanager
def running_demo() -> Iterator[str]:
    """The demo's address, without a trailing slash. `DMP_DEMO_ORIGIN` names one that runs already."""
    named = os.environ.get("DMP_DEMO_ORIGIN")
    if named:
        yield named.rstrip("/")
        return
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "demo.log").open("w+", encoding="utf-8") as log:
        program = [sys.executable, "-c", "from app.cli import run; run()"]
        command = [*program, "demo", "--port", str(port), "--data", str(BUILD / "demo")]
        demo = subprocess.Popen(command, stdout=log, stderr=log, cwd=BUILD.parent)
        try:
            _wait(demo, origin, log.name)
            yield origin
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def _wait(demo: subprocess.Popen[bytes], origin: str, log: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and demo.poll() is None:
        try:
            if httpx.get(f"{origin}/readyz", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise DemoUnready(Path(log).read_text(encoding="utf-8"))


def measured_pages(origin: str) -> dict[str, str]:
    """The pages whose size and speed are promised: name → path."""
    found = httpx.get(origin + SEARCH, timeout=60).raise_for_status().text
    ids = list(dict.fromkeys(re.findall(r'<h3><a href="/listings/(\w+)"', found)))
    assert len(ids) == 20, f"the first page of the search has {len(ids)} results"
    return {
        "home": "/",
        "search": SEARCH,
        "listing": f"/listings/{ids[0]}",
        "comparison": f"/compare?ids={','.join(ids[:3])}",
    }
