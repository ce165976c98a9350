"""What the search is compared with: datasette with SQLite's FTS5, serving the same words, three facets and a filter.

It gets what makes it find Japanese at all: text cut into pairs of characters beforehand, and phrases of such pairs.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from search.engine import Document
from search.folding import fold_text
from search.tokens import stream

FACETS = ("business_areas", "cloud_provider", "vendor")
VERSION = "datasette"


def install(folder: Path) -> Path:
    """An environment with datasette in it, made where there is none; answers its program. Raises CalledProcessError."""
    program = folder / "bin" / "datasette"
    if not program.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", VERSION], check=True, stdout=sys.stderr)
    return program


def fill(path: Path, documents: Iterable[Document]) -> int:
    """A database with one table and its full-text index; answers its size in bytes."""
    connection = sqlite3.connect(path)
    columns = ", ".join(FACETS)
    connection.execute(f"CREATE TABLE listing (id TEXT PRIMARY KEY, name, summary, cut, {columns})")
    places = ", ".join("?" for _ in range(4 + len(FACETS)))
    connection.executemany(
        f"INSERT INTO listing VALUES ({places})",  # names of our own
        (
            (
                document.id,
                document.texts.get("name", ""),
                document.texts.get("summary", ""),
                " ".join(token for text in document.texts.values() for token in stream(fold_text(text))),
                *(next(iter(document.terms.get(facet, ())), None) for facet in FACETS),
            )
            for document in documents
        ),
    )
    connection.execute("CREATE VIRTUAL TABLE listing_fts USING fts5(cut, content='listing')")
    connection.execute("INSERT INTO listing_fts(listing_fts) VALUES ('rebuild')")
    for facet in FACETS:
        connection.execute(f"CREATE INDEX by_{facet} ON listing ({facet})")
    connection.commit()
    connection.execute("VACUUM")
    connection.close()
    return path.stat().st_size


def paths(queries: Sequence[str]) -> list[str]:
    """The same questions in datasette's terms; those that it has no words for (sorts, ranges, exclusion) lose that."""
    asked = []
    for query in queries:
        given = parse_qs(query)
        words = [
            word for word in given.get("q", [""])[0].replace('"', "").split() if not word.startswith("-")
        ]
        phrases = [f'"{" ".join(stream(fold_text(word)))}"' for word in words]
        pairs = [("_facet", facet) for facet in FACETS] + [("_size", "20")]
        pairs += [(name, given[name][0]) for name in FACETS if name in given]
        if phrases:
            pairs += [("_search", " AND ".join(phrases)), ("_searchmode", "raw")]
        asked.append(f"/listing/listing.json?{urlencode(pairs)}")
    return asked


def start(program: Path, database: Path, port: int) -> subprocess.Popen[bytes]:
    """Serve it; limits of time that would silently leave facets out are lifted."""
    limits = [
        word for name in ("sql_time_limit_ms", "facet_time_limit_ms") for word in ("--setting", name, "30000")
    ]
    return subprocess.Popen(
        [program, "serve", "--immutable", database, "--port", str(port), *limits],
        env={name: value for name, value in os.environ.items() if not re.match("DMP_|PYTHON", name)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
