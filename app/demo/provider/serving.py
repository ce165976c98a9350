"""Serving the provider: in a process of its own, or in a thread for tests."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from app.demo.provider.application import Provider, create_provider
from app.demo.provider.config import LOOPBACK_HOSTS, ProviderConfig
from app.demo.provider.faults import Faults

_START_SECONDS = 20.0


@dataclass(frozen=True)
class RunningProvider:
    """A provider that answers at `origin` (no trailing slash)."""

    origin: str
    app: Starlette

    @property
    def provider(self) -> Provider:
        """Key rotation, issuers, sessions."""
        provider: Provider = self.app.state.provider
        return provider

    @property
    def faults(self) -> Faults:
        """The fault switches."""
        return self.provider.faults

    def issuer_url(self, key: str) -> str:
        """The issuer identifier, ending in a slash, of the issuer with that key."""
        return self.provider.issuer_url(key)


def _server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )


def _loopback_socket(host: str, port: int) -> socket.socket:
    if host not in LOOPBACK_HOSTS:
        raise ValueError(f"host {host!r}: the development provider has no passwords and serves loopback only")
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1" if host == "localhost" else host, port))
    return listening


def run_provider(config: ProviderConfig, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve until the process is told to end (SIGINT, SIGTERM). `port` 0 means the port of `config.origin`.

    Raises:
        ValueError: the host is not a loopback address.
        OSError: the port is taken.
    """
    wanted = port or int(config.origin.rpartition(":")[2])
    with _loopback_socket(host, wanted) as listening:
        _server(create_provider(config)).run(sockets=[listening])


@contextmanager
def running_provider(config: ProviderConfig, port: int = 0) -> Iterator[RunningProvider]:
    """Serve in a background thread for the length of a `with` block.

    The port is a free one unless given; the configuration's origin is replaced by `http://localhost:PORT`.

    Raises:
        RuntimeError: the server did not start.
    """
    with _loopback_socket("127.0.0.1", port) as listening:
        origin = f"http://localhost:{listening.getsockname()[1]}"
        app = create_provider(dataclasses.replace(config, origin=origin))
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not server.started:
                if not thread.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError(f"the development provider did not start on {origin}")
                time.sleep(0.01)
            yield RunningProvider(origin, app)
        finally:
            server.should_exit = True
            thread.join(timeout=_START_SECONDS)
