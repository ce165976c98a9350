"""A vendor's desk for tests of bulk imports: uploads by API, the worker at hand, exports as they come."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook, load_workbook

from app.settings import Settings
from app.worker import Worker
from tests.listings.market import SCHEMA, Market

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Desk(Market):
    """The market with a worker; `run` uploads and waits for the job's end."""

    def upload(self, content: bytes | str, **options: str) -> dict[str, Any]:
        """Queue an import; the job as answered."""
        body = content.encode() if isinstance(content, str) else content
        answer = self.editor.post("/api/v1/listings/imports", content=body, params=options)
        assert answer.status_code == 202, answer.text
        job: dict[str, Any] = answer.json()
        assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
        return job

    def work(self) -> None:
        """Let the worker do all that is due."""
        settings: Settings = self.world.app.state.settings
        worker = Worker(settings, clock=self.world.clock, database=self.world.database, schema=SCHEMA)
        worker.drain()
        worker.close()

    def run(self, content: bytes | str, **options: str) -> dict[str, Any]:
        """Upload, let the worker work, and read the job's report: `{job, faults}`."""
        job = self.upload(content, **options)
        self.work()
        return self.report(job["id"])

    def report(self, job_id: str) -> dict[str, Any]:
        """The job with its faults."""
        report: dict[str, Any] = self.editor.get(f"/api/v1/jobs/{job_id}/report").json()
        return report

    def export(self, kind: str) -> bytes:
        """The whole export in one format."""
        answer = self.editor.get("/api/v1/listings/export", params={"format": kind})
        assert answer.status_code == 200, answer.text
        return answer.content

    def lines(self) -> list[dict[str, Any]]:
        """The export in JSON Lines, read."""
        return [json.loads(line) for line in self.export("jsonl").decode().splitlines()]


def json_lines(*records: dict[str, Any]) -> str:
    """A JSON Lines file."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def edited(content: bytes, edit: Callable[[Workbook], None]) -> bytes:
    """The workbook after somebody edited it."""
    book = load_workbook(io.BytesIO(content))
    edit(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def places(report: dict[str, Any]) -> set[tuple[str, int | None, str, str]]:
    """Where the faults are: (sheet, row, column, code)."""
    return {(f["sheet"], f["row"], f["column"], f["code"]) for f in report["faults"]}
