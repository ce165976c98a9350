"""The store in a folder: a local disk, or one that several nodes mount."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.files.port import FileLost

_LOCK = "lock"
_TEMPORARY = "new-"


class FolderStore:
    """Each file as `ab/abcd…`, written beside its place, flushed to the disk and then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, content: bytes) -> str:
        """See FileStore."""
        digest = hashlib.sha256(content).hexdigest()
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked(fcntl.LOCK_SH):
            if place.exists():
                os.utime(place)  # saved anew: a sweep leaves it alone until its owner's row is committed
                return digest
            with tempfile.NamedTemporaryFile(dir=place.parent, prefix=_TEMPORARY, delete=False) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(place)
            _flush_folder(place.parent)
        return digest

    def read(self, digest: str) -> bytes:
        """See FileStore. The content is compared with its digest: a disk may change it."""
        try:
            content = self._place(digest).read_bytes()
        except OSError as error:
            raise FileLost(digest) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise FileLost(digest)
        return content

    def sweep(self, owned: Collection[str], before: datetime) -> int:
        """See FileStore. Remains of writes that were cut off go as well."""
        removed = 0
        if not self._folder.is_dir():
            return removed
        for path in sorted(self._folder.glob("??/*")):
            if path.name in owned:
                continue
            with self._locked(fcntl.LOCK_EX):
                # Looked at under the lock: whoever saves the same again makes it young first.
                if path.exists() and path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    removed += 1
        return removed

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Writers together, or the sweep alone: it must not delete what is being saved again."""
        with (self._folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, how)
            yield


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
