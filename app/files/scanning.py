"""The virus scanner: clamd, by its own protocol over a socket (INSTREAM, clamd(8))."""

from __future__ import annotations

import socket
import struct
from contextlib import closing
from typing import Final, Protocol
from urllib.parse import urlsplit

TIMEOUT_SECONDS: Final = 30.0
_PIECE: Final = 64 * 1024


class ScannerDown(Exception):
    """The scanner is configured and does not answer: nothing is kept then."""


class Scanner(Protocol):
    """Looks for known harm in a content."""

    def find(self, content: bytes) -> str | None:
        """The name of what was found, None where nothing was. Raises ScannerDown."""
        ...


class Clamd:
    """clamd at `tcp://host:port` or `unix:///path`. Raises ValueError for another address."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        tcp = parts.scheme == "tcp" and parts.hostname and parts.port
        if not tcp and not (parts.scheme == "unix" and parts.path):
            raise ValueError("the scanner's address is tcp://host:port or unix:///path/of/clamd.ctl")
        self._address = parts

    def find(self, content: bytes) -> str | None:
        """See Scanner."""
        try:
            with closing(self._connect()) as link:
                link.sendall(b"zINSTREAM\0")
                for start in range(0, len(content), _PIECE):
                    piece = content[start : start + _PIECE]
                    link.sendall(struct.pack("!I", len(piece)) + piece)
                link.sendall(struct.pack("!I", 0))
                answer = b""
                while not answer.endswith(b"\0") and (part := link.recv(4096)):
                    answer += part
        except OSError as error:
            raise ScannerDown(str(error)) from error
        said = answer.rstrip(b"\0").decode("ascii", "replace").removeprefix("stream: ")
        if said == "OK":
            return None
        if said.endswith(" FOUND"):
            return said.removesuffix(" FOUND")
        raise ScannerDown(said or "no answer")

    def _connect(self) -> socket.socket:
        if self._address.scheme == "tcp":
            place = (self._address.hostname or "", self._address.port or 0)
            return socket.create_connection(place, timeout=TIMEOUT_SECONDS)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(TIMEOUT_SECONDS)
        try:
            link.connect(self._address.path)
        except OSError:
            link.close()
            raise
        return link
