"""The job `listing-import`: a vendor's software and offers from one file, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlmodel import Session

from app.bulk.planning import Plan, Planner
from app.bulk.reading import Limits, read_records
from app.bulk.records import Record
from app.jobs.running import JobRefused, Run
from app.kit.errors import PlacedFault, Problem
from app.kit.table_reading import TableUnreadable
from app.listings import service as listings
from app.review import service as review
from app.review.rules import ReviewRules
from app.settings import Settings
from catalogue_schema import Schema, text

KIND = "listing-import"
PORTION = 50
"""How many are handed in at a time: about a second, far less than other writers wait for SQLite's one."""
TRIES = 3
"""How often the plan is made anew when somebody edits the same entries meanwhile."""


class ListingImport:
    """The handler. Reads and judges everything first; then writes everything in one transaction.

    What is to be handed in for review follows in portions, each in a transaction of its own: handing in a thousand
    takes longer than other writers can wait.
    """

    def __init__(self, schema: Schema, settings: Settings) -> None:
        self._schema = schema
        self._rules = ReviewRules.of(settings)
        self._limits = Limits(settings.import_entries, settings.import_unpacked_bytes)

    def __call__(self, run: Run) -> None:
        """Do the job. Raises JobRefused with every fault of the file."""
        listings.require_registrar(run.actor)
        if run.kept:
            self._submit(run)
            return
        try:
            records, faults = read_records(self._schema, run.content(), self._limits)
        except TableUnreadable as unreadable:
            raise _refusal(list(unreadable.faults), run) from None
        for _ in range(TRIES):
            plan = self._plan(run, records, faults)
            try:
                self._carry_out(run, plan)
                return
            except listings.ListingsChanged:
                for record in records:
                    record.faults.clear()
        raise JobRefused(
            "取り込む間に、同じ掲載が何度も更新されました。何も変更していません。もう一度取り込んでください。"
        )

    def _plan(self, run: Run, records: list[Record], faults: list[PlacedFault]) -> Plan:
        with run.database.read() as session:
            plan = Planner(session, run.actor, run.clock, self._schema).plan(records, run.progress)
        found = faults + [fault for record in records for fault in record.faults]
        if not records and not found:
            found = [
                PlacedFault("empty", "データの行がありません。", "見出しの下に、1行以上を書いてください。")
            ]
        if found:
            raise _refusal(found, run)
        return plan

    def _carry_out(self, run: Run, plan: Plan) -> None:
        dry = bool(run.options.get("dry_run"))
        earlier = [job.id for job in run.earlier_with_same_file() if not job.options.get("dry_run")]
        result = {"dry_run": dry, **plan.counts(), "repeat_of": earlier[0] if earlier else None}
        if not dry and run.options.get("submit"):
            with run.step() as done:
                listings.save_many(done.session, run.actor, run.clock, self._schema, plan.changes)
                whole = [[each.record.kind, each.entry_id] for each in plan.planned if each.complete]
                missing = len(plan.planned) - len(whole)
                done.result = {**result, "submitted": 0, "not_submitted": missing, "to_submit": whole}
            self._submit(run)
            return
        with run.completing() as done:
            done.result = result
            if not dry:
                listings.save_many(done.session, run.actor, run.clock, self._schema, plan.changes)
            done.message = _said(done.result)

    def _submit(self, run: Run) -> None:
        """Hand in what is still to be handed in, from wherever an interrupted run had come to."""
        while run.kept["to_submit"]:
            waiting = run.kept["to_submit"]
            now, later = waiting[:PORTION], waiting[PORTION:]
            with run.step() as done:
                handed = sum(self._handed_in(run, done.session, kind, entry_id) for kind, entry_id in now)
                done.result = {
                    **run.kept,
                    "submitted": run.kept["submitted"] + handed,
                    "not_submitted": run.kept["not_submitted"] + len(now) - handed,
                    "to_submit": later,
                }
        with run.completing() as done:
            done.result = {name: value for name, value in run.kept.items() if name != "to_submit"}
            done.message = _said(done.result)

    def _handed_in(self, run: Run, session: Session, kind: str, entry_id: str) -> bool:
        try:
            with session.begin_nested():
                review.submit(session, run.actor, run.clock, self._schema, self._rules, kind, entry_id)
        except Problem:
            # Nothing to hand in, or the circumstances forbid it (agreement, software not public): it stays.
            return False
        return True


def _refusal(faults: list[PlacedFault], run: Run) -> JobRefused:
    message = f"{len(faults)}件の誤りがあります。何も変更していません。"
    kept = [
        replace(
            fault,
            message=text.printable(fault.message, 500),
            remedy=text.printable(fault.remedy, 500),
            column=text.printable(fault.column, 120),
            cell=text.printable(fault.cell, 200),
        )
        for fault in faults
    ]
    return JobRefused(message, kept, {"dry_run": bool(run.options.get("dry_run"))})


def _said(result: Mapping[str, object]) -> str:
    """The outcome in one sentence."""
    counts = f"新規{result['created']}件、変更{result['changed']}件、変更なし{result['unchanged']}件"
    repeated = (
        f"同じファイルを以前に取り込んでいます（{result['repeat_of']}）。" if result["repeat_of"] else ""
    )
    if result["dry_run"]:
        return f"{repeated}誤りはありません。取り込むと、{counts}になります。"
    submitted = f"申請{result['submitted']}件。" if "submitted" in result else ""
    return f"{repeated}取り込みました。{counts}。{submitted}"
