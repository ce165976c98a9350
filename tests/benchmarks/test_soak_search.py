"""The short form of `make soak-search`: each of its parts, at a size of which only the outcome counts."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_kills_and_several_web_processes_leave_no_difference() -> None:
    # A process of its own, since it forks: what other tests left running here would be forked, too.
    run = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.soak_search", "--seed", "20261125", "--listings", "60"),
            *("--kills", "2", "--webs", "2", "--seconds", "2.5"),
            # What else runs here decides how long a change takes; the two seconds are for the long form.
            *("--lag", "20"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for part in ("rebuilds: killed 2 times", "batches: killed 2 times", "soak: 2 web processes"):
        assert part in run.stdout, run.stdout + run.stderr
