"""The benchmarks run: at a tiny size, of which no figure says anything."""

import re

import pytest

from benchmarks.__main__ import main


def test_each_ratio_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--listings", "5", "--seconds", "0.2", "--rounds", "1", "--clients", "2"])
    printed = capsys.readouterr().out
    for name in ("search", "listing page", "registration"):
        assert re.search(rf"^{name}\b.*: [0-9]+\.[0-9]{{2}} of the baseline", printed, re.MULTILINE), printed
