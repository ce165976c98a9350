"""A ministry's file, read by its mapping: every sheet by its layout. Nothing is written here."""

from __future__ import annotations

from app.specifications.mapping import ImportMapping
from app.specifications.prose_reading import ProseReader
from app.specifications.reading import Reading, TableReader, grids, judged


def read_file(content: bytes, mapping: ImportMapping, id_scheme: str, *, unpacked_at_most: int) -> Reading:
    """Read a file. Raises TableUnreadable for one that cannot be read at all (no table, macros, too large …)."""
    reading = Reading()
    for sheet, grid in grids(content, mapping, unpacked_at_most, reading):
        reader = (ProseReader if sheet.layout == "prose" else TableReader)(
            sheet, grid, mapping, id_scheme, reading
        )
        reader.read()
    return judged(reading)
