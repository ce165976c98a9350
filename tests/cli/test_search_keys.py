"""`dmp search-keys`: the only place that takes Meilisearch's master key, and what it gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from tests.meilisearch_api.process import MASTER_KEY, StandIn


def _run(monkeypatch: pytest.MonkeyPatch, *words: str, **environment: str) -> Result:
    monkeypatch.delenv("MEILI_MASTER_KEY", raising=False)
    return CliRunner().invoke(app, ["search-keys", *words], env=environment)


def test_the_keys_are_given_as_settings_and_are_the_same_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with StandIn() as search:
        first = _run(monkeypatch, DMP_SEARCH__URL=search.url, MEILI_MASTER_KEY=MASTER_KEY)
        assert first.exit_code == 0, first.output
        given = dict(line.split("=", 1) for line in first.output.splitlines())
        assert set(given) == {"DMP_SEARCH__SEARCH_KEY", "DMP_SEARCH__WORKER_KEY"}
        assert MASTER_KEY not in first.output
        file = tmp_path / "master"
        file.write_text(f"{MASTER_KEY}\n")
        again = _run(monkeypatch, "--master-key-file", str(file), DMP_SEARCH__URL=search.url)
        assert again.output == first.output
        wrong = _run(monkeypatch, DMP_SEARCH__URL=search.url, MEILI_MASTER_KEY="x" * 20)
        assert (wrong.exit_code, "search-engine-wrong-key" in wrong.output) == (1, True)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_master = _run(monkeypatch, DMP_SEARCH__URL="http://127.0.0.1:9")
    assert (without_master.exit_code, "MEILI_MASTER_KEY" in without_master.output) == (2, True)
    without_address = _run(monkeypatch, MEILI_MASTER_KEY=MASTER_KEY)
    assert (without_address.exit_code, "DMP_SEARCH__URL" in without_address.output) == (2, True)
    down = _run(monkeypatch, DMP_SEARCH__URL="http://127.0.0.1:9", MEILI_MASTER_KEY=MASTER_KEY)
    assert (down.exit_code, "search-engine-down" in down.output) == (1, True)


@pytest.mark.parametrize(("command", "key"), [("serve", "SEARCH_KEY"), ("worker", "WORKER_KEY")])
def test_nothing_starts_without_its_own_key(monkeypatch: pytest.MonkeyPatch, command: str, key: str) -> None:
    environment = {"DMP_SEARCH_ENGINE": "meilisearch", "DMP_SEARCH__URL": "http://127.0.0.1:9"}
    result = CliRunner().invoke(app, [command], env=environment)
    assert (result.exit_code, f"DMP_SEARCH__{key}" in result.output) == (2, True)
