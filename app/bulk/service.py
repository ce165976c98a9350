"""Starting bulk imports and writing exports. What an import does is `listing_import`, in the worker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Literal, cast

from sqlmodel import Session

from app.access.actor import Actor
from app.bulk import writing
from app.bulk.listing_import import KIND
from app.jobs import checked
from app.jobs.service import Upload
from app.jobs.views import JobView
from app.kit.clock import Clock
from app.kit.table_reading import format_of
from app.kit.table_writing import CSV, XLSX
from app.listings import service as listings
from app.settings import Settings
from catalogue_schema import Schema

ExportFormat = Literal["jsonl", "csv", "xlsx"]
MEDIA = {"jsonl": "application/x-ndjson", "csv": CSV, "xlsx": XLSX}
TITLE = "一括登録"
SPOOLED = 1_048_576
"""An export is kept in memory up to so many bytes, then in a temporary file."""
PORTION = 65_536


def begin_import(
    session: Session,
    actor: Actor,
    clock: Clock,
    settings: Settings,
    *,
    name: str,
    content: bytes,
    dry_run: bool,
    submit: bool,
) -> JobView:
    """Queue the import of a file. Raises Forbidden, TooLarge, Invalid for what is none of the three formats."""
    listings.require_registrar(actor)
    return checked.begin(
        session,
        actor,
        clock,
        settings,
        kind=KIND,
        title=f"{TITLE}の確認" if dry_run else TITLE,
        upload=Upload(name, content),
        options={"dry_run": dry_run, "submit": submit},
        recognise=format_of,
    )


def confirm_import(session: Session, actor: Actor, clock: Clock, job_id: str) -> JobView:
    """Queue the import of the very file that a dry run found no fault in.

    Raises NotFound, Forbidden, Conflict for a job that is no such dry run or whose file was forgotten.
    """
    listings.require_registrar(actor)
    return checked.confirm(session, actor, clock, job_id, kind=KIND, title=TITLE)


def export(
    session: Session, actor: Actor, clock: Clock, schema: Schema, wanted: ExportFormat
) -> Iterator[bytes]:
    """All software and offers of the actor's firm in the form that imports read. Raises Forbidden.

    Written completely before the first byte is given, so that a fault is an answer and not half a file.
    """
    listings.require_registrar(actor)
    spool = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=SPOOLED))  # noqa: SIM115  # closed by _portions
    entries = writing.own_entries(session, actor, clock)
    if wanted == "xlsx":
        writing.xlsx_export(schema, entries, spool)
    else:
        lines = writing.json_lines(entries) if wanted == "jsonl" else writing.csv_export(schema, entries)
        for line in lines:
            spool.write(line.encode("utf-8"))
    return _portions(spool)


def _portions(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        spool.seek(0)
        while portion := spool.read(PORTION):
            yield portion
