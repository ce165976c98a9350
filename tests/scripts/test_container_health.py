"""The image's health check: it knows which command runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts.container_health import main, port_of


class _Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Something that answers /readyz with `_Answer.status`."""
    monkeypatch.setattr(_Answer, "status", 200)
    with HTTPServer(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_port)
        server.shutdown()
        thread.join()


def _process(folder: Path, *words: str) -> Path:
    path = folder / "cmdline"
    path.write_text("\0".join(words) + "\0", encoding="utf-8")
    return path


def test_the_site_is_healthy_while_it_is_ready(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = _process(
        tmp_path, "python", "/srv/venv/bin/dmp", "serve", "--host", "0.0.0.0", "--port", str(port)
    )
    assert main(serving) == 0
    monkeypatch.setattr(_Answer, "status", 503)
    assert main(serving) == 1


def test_the_worker_is_healthy_while_it_runs(tmp_path: Path) -> None:
    assert main(_process(tmp_path, "python", "/srv/venv/bin/dmp", "worker")) == 0


def test_ports_are_read_as_the_command_line_reads_them() -> None:
    assert port_of(["dmp", "serve"]) == 8000
    assert port_of(["dmp", "serve", "--port=81"]) == 81
    assert port_of(["dmp", "worker"]) is None
