"""`dmp reindex` and `dmp search-check`: done here where no worker runs, else asked of the worker and followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.indexing import keeper, runs
from app.indexing.indexer import Indexer
from app.indexing.runs import Kind, RunView
from app.kit.clock import Clock
from app.kit.database import Database
from catalogue_schema import Schema
from search.engine import EngineUnavailable, IndexCheck, SearchEngine, WriterBusy

Say = Callable[[str], None]
SILENT_FOR = timedelta(minutes=2)
"""How long a run may say nothing of itself before its follower gives up; it is not ended by that."""
LOOK_SECONDS = 0.5
SHOWN = 20


@dataclass(frozen=True)
class Commands:
    """What the command line does with the index. `indexer` opens the writer: it raises WriterBusy beside a worker."""

    database: Database
    clock: Clock
    say: Say
    indexer: Callable[[Callable[[int, int], None]], Indexer]

    def reindex(self) -> int:
        """Build the index anew. Answers an exit code: 0 done, 1 not."""
        return self._do("rebuild")

    def repair(self) -> int:
        """Compare and mend. Answers an exit code: 0 they agree now, 1 not."""
        return self._do("check", repair=True)

    def check(self, engine: SearchEngine, schema: Schema) -> int:
        """Compare only; nothing is written. Answers an exit code: 0 they agree, 1 they do not."""
        health = asyncio.run(engine.health())
        if not health.available:
            self.say(f"検索エンジンを読み取れません: {health.detail}")
            return 1
        found = keeper.differences(
            self.database,
            schema,
            self.clock,
            lambda: asyncio.run(engine.fingerprints()),
            self._told(),
            stale=health.stale,
        )
        if found.agrees:
            self.say(
                f"索引とデータベースは一致しています（{health.documents:,}件、世代 {health.generation}）。"
            )
            return 0
        self._differ(found)
        self.say("dmp search-check --repair で直せます。")
        return 1

    def _do(self, kind: Kind, *, repair: bool = False) -> int:
        told = self._told()
        try:
            indexer = self.indexer(told)
        except WriterBusy:
            with self.database.write() as session:
                view = runs.ask(session, self.clock, kind, "command_line", repair=repair)
            self.say(f"動いているワーカーに{view.kind_name}を頼みました（{view.id}）。")
            return self._outcome(self._follow(view))
        except EngineUnavailable as failure:
            return self._unavailable(failure)
        try:
            indexer.begin()
        except EngineUnavailable as failure:
            return self._unavailable(failure)
        with self.database.write() as session:
            view = runs.ask(session, self.clock, kind, "command_line", repair=repair)
        # A comparison may ask for a rebuild: that is done here, too.
        while indexer.step():
            pass
        return self._outcome(self._read(view.id))

    def _unavailable(self, failure: EngineUnavailable) -> int:
        self.say(f"検索エンジンが応答しません: {failure.alarm}: {failure}")
        return 1

    def _read(self, run_id: str) -> RunView:
        with self.database.read() as session:
            return runs.read(session, run_id)

    def _follow(self, view: RunView) -> RunView:
        told = self._told()
        while not view.ended:
            time.sleep(LOOK_SECONDS)
            view = self._read(view.id)
            if view.total:
                told(view.done, view.total)
            if self.clock.now() - (view.told_at or view.created_at) > SILENT_FOR:
                self.say(
                    "ワーカーが応答していません。dmp worker の記録を確認してください。処理は取り消していません。"
                )
                return view
        return view

    def _outcome(self, view: RunView) -> int:
        if view.message:
            self.say(view.message)
        if not view.ended:
            return 1
        if view.status == "succeeded":
            self.say(f"{view.documents:,}件、世代 {view.generation}、照合値 {view.checksum}")
        if view.kind == "check" and view.differing:
            self.say(
                f"索引にないもの {view.missing}件、古いもの {view.outdated}件、余分なもの {view.surplus}件"
            )
        return 0 if view.agrees else 1

    def _differ(self, found: IndexCheck) -> None:
        if found.stale:
            self.say("索引は、今と違う設定か形式で作られています。")
        for words, ids in (
            ("索引にないもの", found.missing),
            ("索引の内容が古いもの", found.outdated),
            ("索引に余分なもの", found.surplus),
        ):
            if ids:
                more = " …" if len(ids) > SHOWN else ""
                self.say(f"{words} {len(ids):,}件: {' '.join(ids[:SHOWN])}{more}")

    def _told(self) -> Callable[[int, int], None]:
        """Says each further tenth, and the end."""
        said = -1

        def told(done: int, total: int) -> None:
            nonlocal said
            tenth = done * 10 // total if total else 10
            if tenth > said:
                said = tenth
                self.say(f"{done:,} / {total:,}件")

        return told
