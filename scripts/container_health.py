"""What the image's HEALTHCHECK runs: exit code 0 where the container's main process does its work.

`dmp serve` must answer /readyz on its port. `dmp worker` has no port: that its process runs is all there is to ask, and
it ends by itself where it cannot work; how far behind it is, /readyz of the site says.
"""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path


def port_of(command: Sequence[str]) -> int | None:
    """The port that this command line listens on; None for one that is no `serve`."""
    if "serve" not in command:
        return None
    for place, word in enumerate(command):
        name, equals, value = word.partition("=")
        if name == "--port":
            return int(value if equals else command[place + 1])
    return 8000


def main(main_process: Path = Path("/proc/1/cmdline")) -> int:
    """Look at the container's main process and answer an exit code."""
    port = port_of(main_process.read_text(encoding="utf-8").split("\0"))
    if port is None:
        return 0
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=4) as answer:  # loopback
            return 0 if answer.status == 200 else 1
    except OSError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
