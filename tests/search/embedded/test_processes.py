from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from search.embedded import open_engine, open_writer
from search.engine import Query, Results, SearchEngine, WriterBusy
from tests.search.contract.adapters import SETTINGS, TODAY, document
from tests.search.embedded.writing_process import BATCH

ROOT = Path(__file__).parents[3]


def _start(directory: Path, first: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.search.embedded.writing_process", str(directory), str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(engine: SearchEngine) -> Results:
    return asyncio.run(engine.search(Query(TODAY, "税務", strict=True)))


def test_a_reader_sees_what_another_process_has_committed(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, SETTINGS)
    assert _ask(engine).total == 0
    with _start(tmp_path, 0) as process:
        try:
            assert process.stdout is not None
            for _ in range(5):
                committed = int(process.stdout.readline())
                (hit,) = _ask(engine).hits
                assert hit.revision >= committed
            with pytest.raises(WriterBusy):
                open_writer(tmp_path, SETTINGS)
        finally:
            process.kill()


def test_killed_writers_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    batch = 0
    expected: dict[str, str] = {}
    for round_ in range(5):
        with _start(tmp_path, batch) as process:
            assert process.stdout is not None
            acknowledged = [int(process.stdout.readline()) for _ in range(2 + round_)]
            process.kill()
            acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
        found = asyncio.run(open_engine(tmp_path, SETTINGS).fingerprints())
        states = [dict(expected)]
        for number in [*acknowledged, acknowledged[-1] + 1]:
            expected = _after(expected, number)
            states.append(dict(expected))
        # The last batch may be there whole without its acknowledgement having left the process, or not at all.
        assert found in states[-2:]
        expected = found
        batch = acknowledged[-1] + 2
        with open_writer(tmp_path, SETTINGS) as writer:
            assert not writer.stale
            assert writer.fingerprints() == expected
            writer.apply([document(f"between{round_}")])
            expected[f"between{round_}"] = document(f"between{round_}").fingerprint
            assert writer.check(expected).agrees


def _after(before: dict[str, str], batch: int) -> dict[str, str]:
    after = dict(before)
    after.pop(f"d{(batch - 1) * BATCH}", None)
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        after[f"d{number}"] = document(f"d{number}", "住民票", revision=batch).fingerprint
    after["latest"] = document("latest", "税務", revision=batch).fingerprint
    return after
