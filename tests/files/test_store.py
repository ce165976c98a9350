"""The store in a folder: found again, compared with its digest, swept of what nobody owns."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from app.files.folder import FolderStore
from app.files.port import FileLost

TOMORROW = datetime.now(UTC) + timedelta(days=1)


def test_the_same_content_is_one_file_and_nothing_half_written_stays(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "files")
    digest = store.save("契約書".encode())
    assert digest == hashlib.sha256("契約書".encode()).hexdigest() == store.save("契約書".encode())
    assert store.read(digest) == "契約書".encode()
    files = list((tmp_path / "files").glob("*/*"))
    assert [path.name for path in files] == [digest]
    assert files[0].stat().st_mode & 0o077 == 0


def test_a_lost_or_changed_file_is_not_given_out(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest = store.save(b"a")
    (tmp_path / digest[:2] / digest).write_bytes(b"b")
    for wanted in (digest, "0" * 64):
        with pytest.raises(FileLost):
            store.read(wanted)


def test_a_sweep_takes_what_is_old_and_nobodys(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert FolderStore(tmp_path / "never").sweep((), TOMORROW) == 0
    owned, orphan, young = store.save(b"owned"), store.save(b"orphan"), store.save(b"young")
    cut_off = tmp_path / owned[:2] / "new-cut-off"
    cut_off.write_bytes(b"x")
    long_ago = time.time() - 100_000
    for path in (cut_off, *(tmp_path / d[:2] / d for d in (owned, orphan, young))):
        os.utime(path, (long_ago, long_ago))
    assert store.save(b"young") == young  # saved again: its owner's row may be on its way
    assert store.sweep({owned}, datetime.now(UTC) - timedelta(hours=1)) == 2
    assert store.read(owned) == b"owned"
    assert store.read(young) == b"young"
    with pytest.raises(FileLost):
        store.read(orphan)


def test_saving_and_sweeping_at_once_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    kept: list[str] = []

    def save() -> None:
        kept.extend(store.save(str(number).encode()) for number in range(50))

    writers = [Thread(target=save) for _ in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        store.sweep((), datetime.now(UTC) - timedelta(hours=1))
    for writer in writers:
        writer.join()
    assert len(kept) == 150
    assert {store.read(digest) for digest in kept} == {str(number).encode() for number in range(50)}
