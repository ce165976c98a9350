"""Last part of the sample data: contracts from before the site, taken in from a file, and their inspections (検収)."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.bulk.reading import Limits
from app.demo.actors import actor_at
from app.demo.compact import day
from app.demo.directory import Directory
from app.demo.sample import Sample
from app.demo.timeline import Timeline
from app.kit.table_writing import csv_bytes
from app.procurement.contract_import import judge, take_over
from app.procurement.contract_rows import COLUMNS, read_rows
from app.procurement.inspection_schemas import AcceptanceIn, InspectionIn, InvoiceReceiptIn, RejectionIn
from app.procurement.inspections import accept, receive_invoice, record_inspection, reject
from app.procurement.models import ImportedContract
from catalogue_schema import Schema

INSPECTOR = "総務課主査"


class ContractLoader:
    """Plans the imports three days before the loading, and the inspections on the day after."""

    def __init__(
        self, session: Session, schema: Schema, timeline: Timeline, sample: Sample, directory: Directory
    ) -> None:
        self.session = session
        self.schema = schema
        self.timeline = timeline
        self.sample = sample
        self.directory = directory

    def plan(self) -> None:
        """Add everything to the timeline."""
        for data in self.sample.contracts:
            self.timeline.at(self.timeline.moment(-2, 13), partial(self._take_in, data))
            self.timeline.at(self.timeline.moment(-1, 13), partial(self._inspect, data))

    def _officer(self, data: dict[str, Any]) -> Actor:
        organisation = self.directory.organisation(data["body"])
        return actor_at(self.session, self.timeline.clock, "lg", data["officer"], organisation.id)

    def _day(self, text: str) -> date:
        return day(text, self.timeline.today)

    def _take_in(self, data: dict[str, Any]) -> None:
        """One contract, by the file that an officer would upload. Raises ValueError where the file has faults."""
        cells = {
            column.name: self._day(data[column.name]).isoformat()
            if column.name in ("concluded_on", "starts_on", "ends_on")
            else str(data.get(column.name, ""))
            for column in COLUMNS
        }
        content = csv_bytes(list(cells), [list(cells.values())])
        limits = Limits(entries=1, unpacked_bytes=len(content))
        rows, faults = read_rows(self.schema, content, limits, self.timeline.clock.today())
        plan = judge(self.session, self._officer(data), self.timeline.clock, rows, "")
        if faults or any(row.faults for row in rows):
            raise ValueError(f"contracts.toml: {faults or rows[0].faults}")
        take_over(self.session, self._officer(data), self.timeline.clock, plan)

    def _inspect(self, data: dict[str, Any]) -> None:
        officer, clock = self._officer(data), self.timeline.clock
        contract_id = self.session.exec(
            select(col(ImportedContract.id)).where(
                col(ImportedContract.buyer_id) == officer.organisation_id,
                col(ImportedContract.number) == data["number"],
            )
        ).one()
        for line in data["inspections"]:
            start, end, told, inspected, reason, invoiced = (part.strip() for part in line.split("|"))
            period = InspectionIn(
                period_from=self._day(start),
                period_to=self._day(end),
                delivered_on=self._day(told),
                usage="予約 412件、職員 18人が利用",
                service_level="稼働率 99.95％（合意 99.9％）",
                level_met="met",
            )
            made = record_inspection(self.session, officer, clock, contract_id, period).id
            if not inspected:
                continue
            on = self._day(inspected)
            if reason:
                given = RejectionIn(inspected_on=on, inspector=INSPECTOR, reason=reason)
                reject(self.session, officer, clock, made, given)
                continue
            accept(self.session, officer, clock, made, AcceptanceIn(inspected_on=on, inspector=INSPECTOR))
            if invoiced:
                came = InvoiceReceiptIn(received_on=self._day(invoiced))
                receive_invoice(self.session, officer, clock, made, came)
