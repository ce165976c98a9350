"""The stand-in as a process: `python -m tests.meilisearch_api PORT MASTER_KEY LATENCY_SECONDS`.

It says on its output where it listens (port 0: any that is free), and ends when its input does.
"""

from __future__ import annotations

import os
import socket
import sys
import threading

import uvicorn

from tests.meilisearch_api.server import application
from tests.meilisearch_api.store import Store


def main(port: int, master_key: str, latency: float) -> None:
    """Serve until the input ends."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    server = uvicorn.Server(
        uvicorn.Config(application(Store(master_key, latency)), log_level="warning", access_log=False)
    )

    def end_with_input() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_input, daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    server.run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
