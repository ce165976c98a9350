"""The demo's folder: everything that `dmp demo` writes is in it, and one demo at a time uses it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECRETS = ("secret_key", "audit_key", "client_gbizid", "client_lg", "client_agency")


class FolderInUse(Exception):
    """Another demo runs on this folder."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


class Workspace:
    """Paths inside the folder. `directory` is made if it is missing."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.database_url = f"sqlite:///{self.directory / 'catalogue.sqlite3'}"
        self.search = self.directory / "search"
        self.files = self.directory / "files"
        self.mail = self.directory / "mail"
        self.audit_heads = self.directory / "audit-heads.jsonl"
        self.provider_keys = self.directory / "provider-keys.json"
        self.accounts = self.directory / "demo-accounts.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other demo out of the folder; the lock goes with the process. Raises FolderInUse."""
        with (self.directory / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise FolderInUse(str(self.directory)) from error
            yield

    def secrets(self) -> dict[str, str]:
        """The demo's own secrets, made at the first start (URL-safe, 256 bits each)."""
        path = self.directory / "secrets.json"
        try:
            known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        if missing := [name for name in SECRETS if not known.get(name)]:
            known |= {name: secrets.token_urlsafe(32) for name in missing}
            write_private(path, json.dumps(known, indent=2) + "\n")
        return known
