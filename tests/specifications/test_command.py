"""The operator's import and export: nothing is written on a fault or in a dry run; what is exported comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.access.actor import ANONYMOUS
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.errors import Conflict, NotFound
from app.kit.pagination import Paging
from app.settings import Settings
from app.specifications import service
from app.specifications.command import run_export, run_import
from tests.specifications.awkward import MAPPING, saved, spoilt, workbook


def test_a_published_file_is_hosted_and_comes_out_as_it_went_in(
    database: Database, settings: Settings, clock: MovableClock, tmp_path: Path
) -> None:
    file, mapping = tmp_path / "別紙.xlsx", tmp_path / "mapping.toml"
    said: list[str] = []
    mapping.write_text(MAPPING, encoding="utf-8")

    def take(content: bytes, by: Path | None = mapping, *, dry_run: bool = False) -> bool:
        said.clear()
        file.write_bytes(content)
        return run_import(
            database, settings, clock, file, by, dry_run=dry_run, in_force=True, say=said.append
        )

    def known() -> list[str]:
        with database.read() as session:
            found, _ = service.list_specifications(session, ANONYMOUS, Paging())
            return [f"{each.key} {version.number}" for each in found for version in each.versions]

    def spoil(sheet: object) -> None:
        sheet["F7"] = "△"  # type: ignore[index]  # openpyxl's sheet

    assert not take(spoilt(spoil))
    assert any("機能要件 F7 義務（中核市）" in line for line in said)
    assert take(saved(workbook()), dry_run=True)
    assert any(line.startswith("確認 機能要件 D13") for line in said)
    assert known() == []
    assert take(saved(workbook()))
    assert known() == ["awkward 1.0"]
    with pytest.raises(Conflict, match="下書きではない"):
        take(saved(workbook()))

    document = json.loads(run_export(database, "awkward", "", "json"))
    document["version"]["number"] = "1.1"
    document["version"] |= {"corrects": "1.0", "errata": "帳票を改めた。"}
    assert take(json.dumps(document).encode(), None)
    again = json.loads(run_export(database, "awkward", "1.1", "json"))
    assert again["requirements"] == document["requirements"]
    assert again["version"]["based_on"] == "1.0"
    with database.read() as session:
        found, _ = service.list_specifications(session, ANONYMOUS, Paging())
    assert [(each.number, each.status, each.origin) for each in found[0].versions] == [
        ("1.1", "in_force", "hosted"),
        ("1.0", "superseded", "hosted"),
    ]
    with pytest.raises(NotFound, match=r"版: 1\.1、1\.0"):
        run_export(database, "awkward", "9", "json")
