"""The Meilisearch engine: a server that many web processes ask over HTTP and one worker writes.

Everything of Meilisearch stays inside this package.
"""

from __future__ import annotations

from search.meilisearch.connection import Connection
from search.meilisearch.keys import Keys, create_keys
from search.meilisearch.reader import MeilisearchEngine
from search.meilisearch.writer import MeilisearchWriter
from search.settings import IndexSettings


def open_engine(connection: Connection, settings: IndexSettings) -> MeilisearchEngine:
    """A reader, with the search key. The server is first asked by the first question."""
    return MeilisearchEngine(connection, settings)


def open_writer(connection: Connection, settings: IndexSettings) -> MeilisearchWriter:
    """The writer, with the worker's key. Raises `EngineUnavailable` while the server does not answer.

    Where there is no index none is made: searches would find nothing in it, while a stand-in, asked for want of an
    index, does. The writer is stale, and the first rebuild makes one.
    """
    writer = MeilisearchWriter(connection, settings)
    writer.stats()
    return writer


def drop(connection: Connection) -> None:
    """Remove the indexes of a connection and all that is in them."""
    MeilisearchWriter(connection, IndexSettings()).drop()


__all__ = [
    "Connection",
    "Keys",
    "MeilisearchEngine",
    "MeilisearchWriter",
    "create_keys",
    "drop",
    "open_engine",
    "open_writer",
]
