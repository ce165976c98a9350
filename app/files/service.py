"""Take a file in, give it out, forget it: what the capabilities that own files call."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.files.folder import FolderStore
from app.files.kinds import check
from app.files.models import StoredFile
from app.files.port import FileLost, FileStore
from app.files.refusal import Refused
from app.files.scanning import Clamd, Scanner, ScannerDown
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import Unavailable, invalid
from app.settings import Settings

ORPHANS_KEPT: Final = timedelta(days=1)
"""How long a file may wait for the row of its owner: far longer than any transaction."""
log = logging.getLogger("dmp.files")


@dataclass(frozen=True)
class Files:
    """The store and the checks as they are configured."""

    store: FileStore
    limit_bytes: int
    unpacked_bytes: int
    scanner: Scanner | None = None


def files_of(settings: Settings) -> Files:
    """The store and the checks that these settings ask for."""
    chosen = settings.files
    scanner = Clamd(chosen.scanner) if chosen.scanner else None
    return Files(FolderStore(chosen.directory), chosen.limit_bytes, chosen.unpacked_bytes, scanner)


def take_in(session: Session, files: Files, clock: Clock, name: str, content: bytes) -> StoredFile:
    """Check the content and keep it. The caller's row refers to what is answered, in the same transaction.

    Raises Invalid on `/file` for what may not be kept, Unavailable while the scanner does not answer.
    """
    if len(content) > files.limit_bytes:
        raise invalid(
            "/file",
            "too_large",
            f"ファイルが大きすぎます（{len(content):,}バイト）。{files.limit_bytes:,}バイトまでです。",
            "図を小さくするか、分けて送ってください。",
        )
    try:
        kind = check(name, content, files.unpacked_bytes)
    except Refused as refused:
        raise invalid("/file", refused.code, refused.message, refused.remedy) from refused
    _scan(files, content)
    digest = files.store.save(content)
    known = session.get(StoredFile, digest)
    if known is None:
        known = StoredFile(
            sha256=digest,
            kind=kind,
            size=len(content),
            scanned=files.scanner is not None,
            created_at=clock.now(),
        )
        session.add(known)
        session.flush()
    return known


def _scan(files: Files, content: bytes) -> None:
    if files.scanner is None:
        return
    try:
        found = files.scanner.find(content)
    except ScannerDown as down:
        log.error("the virus scanner does not answer: %s", down)
        problem = Unavailable(
            "ウイルスの検査ができないため、ファイルを受け取れません。しばらく待ってから、もう一度送ってください。"
        )
        problem.headers["Retry-After"] = "60"
        raise problem from down
    if found is not None:
        raise invalid(
            "/file",
            "infected",
            f"ウイルスの検査で問題が見つかりました（{found[:80]}）。何も保存していません。",
            "ファイルを作った端末を、情報システムの担当に確認してもらってください。",
        )


def give_out(files: Files, stored: StoredFile) -> bytes:
    """The content. Raises Unavailable where the store lost it; the log says so, since somebody has to look for it."""
    try:
        return files.store.read(stored.sha256)
    except FileLost as lost:
        log.error("file %s is missing or damaged in the store", stored.sha256)
        raise Unavailable("ファイルの内容が見つかりません。運用の担当に知らせてください。") from lost


def sweep(database: Database, files: Files, clock: Clock) -> int:
    """Delete files without a row from the store; how many.

    The rows are read once, before: a file that gets its row meanwhile was saved anew, and is too young to be deleted.
    """
    with database.read() as session:
        owned = frozenset(session.exec(select(col(StoredFile.sha256))).all())
    return files.store.sweep(owned, clock.now() - ORPHANS_KEPT)
