"""A small keep-alive HTTP client on raw sockets: it costs little itself, and the same on both sides of a ratio."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request, ready to send again and again."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def encode(self, host: str) -> bytes:
        """The bytes on the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method != "GET":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class Connection:
    """One keep-alive connection."""

    def __init__(self, host: str, port: int) -> None:
        self._host = f"{host}:{port}"
        self._socket = socket.create_connection((host, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, request: Request) -> tuple[int, bytes]:
        """Send and read the whole answer, chunked or with its length: status and body. Raises ValueError otherwise."""
        self._socket.sendall(request.encode(self._host))
        status = int(self._file.readline().split(b" ", 2)[1])
        length, chunked = -1, False
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            chunked = chunked or (name.lower() == b"transfer-encoding" and b"chunked" in value)
        if chunked:
            return status, b"".join(iter(self._chunk, b""))
        if length < 0:
            raise ValueError("the answer has no length")
        return status, self._file.read(length)

    def _chunk(self) -> bytes:
        """The next piece of a chunked answer; empty at its end."""
        content = self._file.read(int(self._file.readline().split(b";")[0], 16))
        self._file.readline()
        return content

    def close(self) -> None:
        """Close it."""
        self._file.close()
        self._socket.close()


def throughput(host: str, port: int, request: Request, *, seconds: float, clients: int) -> float:
    """Requests per second of `clients` connections asking the same. RuntimeError for one that fails."""
    counts = [0] * clients
    failures: list[str] = []
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        connection = Connection(host, port)
        try:
            while time.perf_counter() < end and not failures:
                status, body = connection.ask(request)
                if status >= 300:
                    failures.append(f"{request.path}: {status} {body[:200]!r}")
                counts[number] += 1
        finally:
            connection.close()

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    return sum(counts) / (time.perf_counter() - started)
