"""The demo's folder: private secrets that stay, and one demo at a time."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.demo.workspace import SECRETS, FolderInUse, Workspace, write_private


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    made = Workspace(tmp_path / "new" / "demo").secrets()
    assert set(made) == set(SECRETS)
    assert len(set(made.values())) == len(SECRETS)
    assert Workspace(tmp_path / "new" / "demo").secrets() == made
    mode = (tmp_path / "new" / "demo" / "secrets.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_broken_secrets_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{", encoding="utf-8")
    assert set(Workspace(tmp_path).secrets()) == set(SECRETS)


def test_one_demo_at_a_time(tmp_path: Path) -> None:
    with Workspace(tmp_path).held(), pytest.raises(FolderInUse), Workspace(tmp_path).held():
        pass
    with Workspace(tmp_path).held():
        pass


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["tokens.json"]
