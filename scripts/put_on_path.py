"""Put this project into the virtual environment whose Python runs this: on the path, and as the command `dmp`.

    .venv/bin/python scripts/put_on_path.py /where/the/project/is

No build, no network, and the source tree stays as it is. Used by scripts/install.sh and the Dockerfile.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

# Readable by /bin/sh and Python alike, as pip writes it where a "#!" line would be too long or hold a space.
COMMAND = """#!/bin/sh
'''exec' "$(dirname -- "$0")/python" "$0" "$@"
'''
import sys

from app.cli import run

sys.exit(run())
"""


def main(project: Path) -> None:
    """Write the .pth file and the command."""
    packages = Path(sysconfig.get_path("purelib"))
    (packages / "digital_marketplace.pth").write_text(f"{project}\n", encoding="utf-8")
    command = Path(sysconfig.get_path("scripts")) / "dmp"
    command.write_text(COMMAND, encoding="utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
