"""The virus scanner: a real clamd, whose whole database is the one line that finds the EICAR file."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.files.scanning import Clamd, ScannerDown
from tests.files.samples import EICAR, pdf

START_SECONDS = 60


def find_clamd() -> Path | None:
    """The daemon's program, where Debian, Homebrew or the path have it."""
    for place in (
        shutil.which("clamd"),
        "/usr/sbin/clamd",
        "/opt/homebrew/sbin/clamd",
        "/usr/local/sbin/clamd",
    ):
        if place and Path(place).is_file():
            return Path(place)
    return None


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    """A running daemon's address; skipped, or failed with DMP_REQUIRE_CLAMD=1, where there is none."""
    program = find_clamd()
    if program is None:
        if os.environ.get("DMP_REQUIRE_CLAMD") == "1":
            pytest.fail("DMP_REQUIRE_CLAMD=1, but no clamd found: install clamav-daemon")
        pytest.skip("no clamd found: install clamav-daemon")
    # A socket's path may hold about 100 characters only.
    folder = Path(tempfile.mkdtemp(prefix="dmp-clamd-", dir="/tmp" if Path("/tmp").is_dir() else None))
    database = folder / "database"
    database.mkdir()
    (database / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    user = pwd.getpwuid(os.geteuid()).pw_name
    (folder / "clamd.conf").write_text(
        f"Foreground yes\nLocalSocket {folder}/s\nDatabaseDirectory {database}\nTemporaryDirectory {folder}\n"
        f"User {user}\nStreamMaxLength 30M\n"
    )
    with subprocess.Popen(
        [program, "--config-file", folder / "clamd.conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (folder / "s").exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    assert process.stdout is not None
                    pytest.fail(f"clamd did not start: {process.stdout.read().decode()}")
                time.sleep(0.05)
            yield f"unix://{folder}/s"
        finally:
            process.terminate()
    shutil.rmtree(folder, ignore_errors=True)


def test_it_finds_what_is_known_and_nothing_else(clamd: str) -> None:
    scanner = Clamd(clamd)
    assert scanner.find(EICAR) == "Eicar-Test-Signature.UNOFFICIAL"
    assert scanner.find(pdf() + bytes(3_000_000)) is None
    assert scanner.find(pdf() + EICAR) == "Eicar-Test-Signature.UNOFFICIAL"


def test_a_scanner_that_does_not_answer_is_down(tmp_path: Path) -> None:
    with pytest.raises(ScannerDown):
        Clamd(f"unix://{tmp_path}/none").find(b"x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            link, _ = server.accept()
            with link:
                link.recv(100)
                link.sendall(b"INSTREAM size limit exceeded. ERROR\0")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ScannerDown):
            Clamd(f"tcp://127.0.0.1:{port}").find(b"x")
        thread.join()
    with pytest.raises(ScannerDown):
        Clamd(f"tcp://127.0.0.1:{port}").find(b"x")


@pytest.mark.parametrize("address", ["clamd", "http://a:1", "tcp://a", "unix://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="tcp://host:port"):
        Clamd(address)
