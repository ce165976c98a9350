"""The embedded engine: tantivy in the process, an index in a folder, no server.

One process writes (the worker), any number read. Everything tantivy stays inside this package.
"""

from __future__ import annotations

from pathlib import Path

from search.embedded.reader import EmbeddedEngine
from search.embedded.writer import EmbeddedWriter
from search.settings import IndexSettings


def open_engine(directory: Path, settings: IndexSettings) -> EmbeddedEngine:
    """A reader. The folder may be empty or missing: then there are no hits, in generation "none"."""
    return EmbeddedEngine(directory, settings)


def open_writer(directory: Path, settings: IndexSettings) -> EmbeddedWriter:
    """The writer. Raises `search.engine.WriterBusy` at once while another one is open."""
    return EmbeddedWriter(directory, settings)


__all__ = ["EmbeddedEngine", "EmbeddedWriter", "open_engine", "open_writer"]
