"""The provider in a process of its own, as `dmp demo` runs it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import httpx

PROGRAM = """
import sys
from app.demo.provider import ClientConfig, IssuerConfig, ProviderConfig, run_provider

issuer = IssuerConfig("gbizid", "/oauth/", "GビズID", "gbizid", (ClientConfig("c", "s", ("http://127.0.0.1/",)),))
run_provider(ProviderConfig(f"http://localhost:{sys.argv[1]}", (issuer,), ()))
"""


def test_a_process_of_its_own_serves_its_origin_and_ends_when_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)])
    try:
        issuer = f"http://localhost:{port}/oauth/"
        deadline = time.monotonic() + 60
        while True:
            try:
                metadata = httpx.get(f"{issuer}.well-known/openid-configuration").json()
                break
            except httpx.ConnectError:
                assert process.poll() is None, "the provider ended by itself"
                assert time.monotonic() < deadline, "the provider did not start"
                time.sleep(0.05)
        assert metadata["issuer"] == issuer
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
