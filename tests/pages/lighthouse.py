"""`make lighthouse`: Lighthouse's mobile preset on the pages that strangers open first, against what was promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pages.demo import measured_pages, running_demo
from tests.pages.tools import INSTALLED
from tests.support.browser import find_chromium

LEAST = {"performance": 95, "accessibility": 100, "best-practices": 95, "seo": 95}
PROGRAM = INSTALLED / "lighthouse" / "cli" / "index.js"
FLAGS = "--headless=new --no-sandbox --disable-gpu"


def scores(url: str, folder: Path) -> dict[str, int]:
    """Points of 100 by category."""
    told = folder / "told.json"
    subprocess.run(
        [
            "node",
            str(PROGRAM),
            url,
            "--quiet",
            "--no-enable-error-reporting",
            f"--only-categories={','.join(LEAST)}",
            f"--chrome-flags={FLAGS} --user-data-dir={folder / 'profile'}",
            "--output=json",
            f"--output-path={told}",
        ],
        check=True,
        timeout=300,
        env={**os.environ, "CHROME_PATH": str(find_chromium()), "HOME": str(folder)},
    )
    categories = json.loads(told.read_text(encoding="utf-8"))["categories"]
    return {name: round(100 * categories[name]["score"]) for name in LEAST}


def main() -> int:
    """Print the points; 1 where a page has fewer than promised."""
    missed = []
    names = list(LEAST)
    sys.stdout.write(f"| page | {' | '.join(names)} |\n|---|{'--:|' * len(names)}\n")
    with running_demo() as origin, TemporaryDirectory() as folder:
        for page, path in measured_pages(origin).items():
            found = scores(origin + path, Path(folder))
            sys.stdout.write(f"| {page} | {' | '.join(str(found[name]) for name in names)} |\n")
            sys.stdout.flush()
            missed += [
                f"{page}: {name} {found[name]} < {LEAST[name]}" for name in names if found[name] < LEAST[name]
            ]
    sys.stderr.writelines(f"too few points: {miss}\n" for miss in missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
