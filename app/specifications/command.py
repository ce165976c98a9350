"""What `dmp import-specification` and `dmp export-specification` do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.access.actor import ANONYMOUS
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import NotFound, PlacedFault, invalid
from app.settings import Settings
from app.specifications import exporting, repository, service
from app.specifications.importing import FileRefused, import_file
from catalogue_schema import load_schema


def run_import(
    database: Database,
    settings: Settings,
    clock: Clock,
    file: Path,
    mapping: Path | None,
    *,
    dry_run: bool,
    in_force: bool,
    say: Callable[[str], None],
) -> bool:
    """Import a file and say every doubt and fault with its place; whether there was no fault.

    Raises Invalid for a mapping that cannot be meant, Conflict for a version that is fixed.
    """
    schema = load_schema(settings.schema_directory)
    try:
        report = import_file(
            database, settings, schema, clock, file, mapping, dry_run=dry_run, in_force=in_force
        )
    except FileRefused as refused:
        for doubt in refused.reading.doubts:
            say(f"確認 {_placed(doubt)}")
        for fault in refused.reading.faults:
            say(f"誤り {_placed(fault)}")
        say(str(refused))
        return False
    for doubt in report.reading.doubts:
        say(f"確認 {_placed(doubt)}")
    say(str(report))
    return True


def run_export(database: Database, key: str, number: str, wanted: str) -> bytes:
    """A public version as a file. Raises NotFound, Invalid for an unknown format."""
    if wanted not in exporting.FORMATS:
        message = f"{wanted} という形式はありません。"
        raise invalid("/format", "unknown_term", message, "、".join(exporting.FORMATS))
    with database.read() as session:
        row = repository.by_key(session, key)
        if row is None:
            raise NotFound(f"{key} という標準仕様書はありません。")
        view = service.read_specification(session, ANONYMOUS, row.id)
        version = view.named(number) if number else view.current
        if version is None:
            there = "、".join(each.number for each in view.versions) or "まだありません"
            raise NotFound(f"公開されたその版はありません。版: {there}")
        return exporting.file_of(session, view, version, wanted)


def _placed(fault: PlacedFault) -> str:
    place = " ".join(part for part in (fault.sheet, fault.cell, fault.column) if part)
    return f"{place}: {fault.message} {fault.remedy}".strip()
