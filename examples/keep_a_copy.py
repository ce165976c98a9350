"""Keep a copy of the public catalogue in an SQLite file, by the change feed. Needs Python 3.11 and httpx.

    python examples/keep_a_copy.py https://catalogue.example.jp copy.sqlite3              once, to the end
    python examples/keep_a_copy.py https://catalogue.example.jp copy.sqlite3 --follow 60  and ask every minute

The first run copies everything; every later one reads only what changed since. It may be killed at any moment, and goes
on where it was: a page and the place behind it are written in one transaction.

The file has two tables. `entry`: kind ("software" or "offers"), id, document (the JSON that GET /api/v1/{kind}/{id}
answers). `place`: where each kind's feed is to be read on.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

KINDS = ("software", "offers")
LONGEST_WAIT = 60.0
TABLES = """
CREATE TABLE IF NOT EXISTS entry (
    kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS place (
    kind TEXT PRIMARY KEY, cursor TEXT NOT NULL DEFAULT '', etag TEXT NOT NULL DEFAULT '',
    round INTEGER NOT NULL DEFAULT 1
);
"""


class Copy:
    """The copy in the file. `round` counts full copies: what a new one did not bring is gone when it is complete."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(TABLES)
        for kind in KINDS:
            self._database.execute("INSERT OR IGNORE INTO place (kind) VALUES (?)", (kind,))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def place(self, kind: str) -> tuple[str, str]:
        """The cursor to ask with, and the ETag of the last answer where nothing had changed."""
        row = self._database.execute("SELECT cursor, etag FROM place WHERE kind = ?", (kind,)).fetchone()
        return row[0], row[1]

    def count(self, kind: str) -> int:
        """How many entries of the kind the copy has."""
        return int(self._database.execute("SELECT count(*) FROM entry WHERE kind = ?", (kind,)).fetchone()[0])

    def take(self, kind: str, page: dict[str, Any], etag: str) -> None:
        """Take over one page, and remember where to go on: both or neither."""
        cursor, _ = self.place(kind)
        with self._writing():
            for item in page["items"]:
                if "gone" in item:
                    self._database.execute("DELETE FROM entry WHERE kind = ? AND id = ?", (kind, item["id"]))
                else:
                    self._database.execute(
                        "INSERT OR REPLACE INTO entry (kind, id, document, round) "
                        "SELECT kind, ?, ?, round FROM place WHERE kind = ?",
                        (item["id"], json.dumps(item, ensure_ascii=False, sort_keys=True), kind),
                    )
            # An ETag is of an address: it is worth keeping where the next question goes to the same.
            known = etag if page["next"] == cursor else ""
            self._database.execute(
                "UPDATE place SET cursor = ?, etag = ? WHERE kind = ?", (page["next"], known, kind)
            )
            if not page["more"]:
                self._database.execute(
                    "DELETE FROM entry WHERE kind = ? AND round < (SELECT round FROM place WHERE kind = ?)",
                    (kind, kind),
                )

    def begin_again(self, kind: str) -> None:
        """Start a new full copy; the old one stays readable until it is complete, but for a removal that was missed."""
        with self._writing():
            self._database.execute(
                "UPDATE place SET cursor = '', etag = '', round = round + 1 WHERE kind = ?", (kind,)
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def ask(client: httpx.Client, kind: str, cursor: str, etag: str, limit: int) -> httpx.Response:
    """One answer of the feed. Waits and tries again while the site is busy or not to be reached."""
    wait = 1.0
    while True:
        headers = {"If-None-Match": etag} if etag else {}
        parameters: dict[str, str | int] = {"changed_since": cursor, "limit": limit}
        try:
            answer = client.get(f"/api/v1/{kind}", params=parameters, headers=headers)
        except httpx.TransportError as error:
            print(f"{kind}: {error}; trying again in {wait:.0f} s", file=sys.stderr)
        else:
            if answer.status_code != 429 and answer.status_code < 500:
                return answer
            given = answer.headers.get("retry-after", "")
            wait = float(given) if given.isdigit() else wait
            print(f"{kind}: answered {answer.status_code}; trying again in {wait:.0f} s", file=sys.stderr)
        time.sleep(min(wait, LONGEST_WAIT))
        wait = min(wait * 2, LONGEST_WAIT)


def catch_up(client: httpx.Client, copy: Copy, kind: str, limit: int, pause: float) -> None:
    """Read a kind's feed to its end. Raises httpx.HTTPStatusError for a refusal that no repetition would change."""
    while True:
        cursor, etag = copy.place(kind)
        answer = ask(client, kind, cursor, etag, limit)
        if answer.status_code == 304:
            return
        if answer.status_code == 410 and cursor:
            print(f"{kind}: the site was put back to an earlier day; copying anew", file=sys.stderr)
            copy.begin_again(kind)
            continue
        answer.raise_for_status()
        page = answer.json()
        copy.take(kind, page, answer.headers.get("etag", ""))
        if not page["more"]:
            return
        time.sleep(pause)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Keep a copy of the public catalogue in an SQLite file.")
    parser.add_argument("site", help="the site's origin, e.g. https://catalogue.example.jp")
    parser.add_argument("file", type=Path, help="the copy; made where it is not there")
    parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, asking this often")
    parser.add_argument("--limit", type=int, default=100, help="entries in one answer, at most 100")
    parser.add_argument("--pause", type=float, default=0.1, metavar="SECONDS", help="between two answers")
    given = parser.parse_args()
    with closing(Copy(given.file)) as copy, httpx.Client(base_url=given.site, timeout=30) as client:
        while True:
            try:
                for kind in KINDS:
                    catch_up(client, copy, kind, given.limit, given.pause)
            except httpx.HTTPStatusError as error:
                print(f"{error.request.url} answered {error.response.text}", file=sys.stderr)
                return 1
            print(", ".join(f"{kind}: {copy.count(kind)}" for kind in KINDS), flush=True)
            if given.follow is None:
                return 0
            time.sleep(given.follow)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
