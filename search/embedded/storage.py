"""Generations on disk: each a folder with a tantivy index, and one pointer file that names the current one.

The pointer is replaced by rename after everything it names is on disk, so that a reader or a crash at any
moment finds either the old generation whole or the new one whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.embedded.schema import FORMAT, settings_fingerprint, settings_from_json, settings_to_json
from search.errors import EngineUnavailable, WriterBusy
from search.settings import IndexSettings

_POINTER = "current.json"
_BUILDING = "building.json"
_LOCK = "writer.lock"
_GENERATIONS = "generations"


@dataclass(frozen=True)
class Pointer:
    """What the pointer file says: the current generation and what it was built under."""

    generation: str
    format: int
    fingerprint: str
    settings: IndexSettings

    def stale_for(self, settings: IndexSettings) -> bool:
        """Whether an index for `settings` would be another."""
        return self.fingerprint != settings_fingerprint(settings)

    @property
    def readable(self) -> bool:
        """Whether this code can read the generation at all."""
        return self.format == FORMAT


class Storage:
    """The folder of an embedded index."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, generation: str) -> Path:
        """Folder of a generation."""
        return self.directory / _GENERATIONS / generation

    def stamp(self) -> tuple[int, int] | None:
        """Changes whenever the pointer does; None while there is none."""
        return _stamp(self.directory / _POINTER)

    def index_stamp(self, generation: str) -> tuple[int, int] | None:
        """Changes with every commit to the generation."""
        return _stamp(self.path(generation) / "meta.json")

    def pointer(self) -> Pointer | None:
        """The current generation, None if there is none. Raises `EngineUnavailable` if it cannot be read."""
        try:
            content: dict[str, Any] = json.loads((self.directory / _POINTER).read_text(encoding="utf-8"))
            return Pointer(
                generation=str(content["generation"]),
                format=int(content["format"]),
                fingerprint=str(content["fingerprint"]),
                settings=settings_from_json(content["settings"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as failure:
            raise EngineUnavailable(f"the pointer of the search index cannot be read: {failure}") from failure

    def lock(self) -> int:
        """Take the writer's lock, return its file descriptor. Raises `WriterBusy` at once if it is held."""
        self.directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            os.close(descriptor)
            raise WriterBusy(f"another process writes the search index in {self.directory}") from held
        return descriptor

    def holds(self, descriptor: int) -> bool:
        """Whether `descriptor` is still the lock: not after the folder was lost, when another may be taken."""
        try:
            return os.path.samestat(os.fstat(descriptor), (self.directory / _LOCK).stat())
        except FileNotFoundError:
            return False

    def new_generation(self) -> tuple[str, Path]:
        """Name and folder (made, empty) of a generation after all others."""
        latest = max((_number(name) for name in self._names()), default=0)
        name = f"{latest + 1:06d}-{secrets.token_hex(4)}"
        self.path(name).mkdir(parents=True)
        return name, self.path(name)

    def begin_building(self, settings: IndexSettings) -> tuple[str, Path]:
        """A new generation that is remembered as half built until it is pointed to or removed."""
        generation, path = self.new_generation()
        self._write(_BUILDING, {"generation": generation, "fingerprint": settings_fingerprint(settings)})
        return generation, path

    def half_built(self, settings: IndexSettings) -> str | None:
        """The generation that a rebuild under these settings began and did not end; None where there is none."""
        try:
            content: dict[str, Any] = json.loads((self.directory / _BUILDING).read_text(encoding="utf-8"))
            pointer = self.pointer()
        except (OSError, ValueError, EngineUnavailable):
            return None
        generation = str(content.get("generation", ""))
        if content.get("fingerprint") != settings_fingerprint(settings) or not _number(generation):
            return None
        swapped = pointer is not None and pointer.generation == generation
        return generation if not swapped and self.path(generation).is_dir() else None

    def point_to(self, generation: str, settings: IndexSettings) -> None:
        """Make `generation` the current one, all or nothing."""
        _sync(self.path(generation))
        _sync(self.path(generation).parent)
        content = {
            "generation": generation,
            "format": FORMAT,
            "fingerprint": settings_fingerprint(settings),
            "settings": settings_to_json(settings),
        }
        self._write(_POINTER, content)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        aside = self.directory / f"{name}.new"
        with aside.open("w", encoding="utf-8") as stream:
            json.dump(content, stream, ensure_ascii=True)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(self.directory / name)
        _sync(self.directory)

    def remove(self, generation: str) -> None:
        """Delete a generation's folder."""
        shutil.rmtree(self.path(generation), ignore_errors=True)

    def tidy(self, settings: IndexSettings) -> None:
        """Delete what a crash left and no rebuild under `settings` can go on from, and old generations but the last,
        which readers may be about to open.
        """
        pointer = self.pointer()
        if pointer is None:
            return
        older = sorted(name for name in self._names() if _number(name) < _number(pointer.generation))
        half = self.half_built(settings)
        keep = {pointer.generation, *older[-1:], half}
        if half is None:
            (self.directory / _BUILDING).unlink(missing_ok=True)
        for name in self._names():
            if name not in keep:
                self.remove(name)

    def _names(self) -> list[str]:
        folder = self.directory / _GENERATIONS
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _number(generation: str) -> int:
    number = generation.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
