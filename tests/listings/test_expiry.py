"""Ends that come: reminders once each, the night of 2028-03-31, grace, and what the Agency decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import col, func, select

from app.access.actor import system_actor
from app.catalogue import projection
from app.kit.clock import TOKYO, MovableClock
from app.kit.database import Database
from app.listings import expiring, mass_expiry
from app.listings.expiring import due_months, months_before
from app.notifications import expiry
from app.organisations import renewals
from app.organisations.expiry_models import ExpiryHold, ExpiryReminder
from app.organisations.models import Organisation, Qualification
from app.outbox.models import OutboxRow
from app.outbox.publish import publish
from app.settings import ExpirySettings, Settings
from app.worker import Worker
from tests.catalogue.shelf import Shelf
from tests.listings.follower import Follower, catalogue, over_http
from tests.world import World

LAST = date(2028, 3, 31)


class Night:
    """Twelve vendors whose 全省庁統一資格 end on one day, two that recorded none, and a worker that sweeps."""

    def __init__(self, world: World, shelf: Shelf, worker: Worker) -> None:
        self.world, self.shelf, self.worker = world, shelf, worker
        self.firms = [world.vendor(f"架空{number}株式会社", agreement=False) for number in range(12)]
        self.others = [world.vendor(f"別の{number}株式会社", agreement=False) for number in range(2)]
        for firm in (*self.firms, *self.others):
            world.agreement(firm.id, ends_on=date(2032, 3, 31))
        self.software = {
            firm.id: shelf.software(firm, f"{firm.name}の製品") for firm in self.firms + self.others
        }
        with world.database.write() as session:
            for firm in self.firms:
                session.add(
                    Qualification(
                        id=f"qua_{firm.id}",
                        organisation_id=firm.id,
                        number="0000123456",
                        kinds=["sale"],
                        valid_from=date(2025, 4, 1),
                        valid_until=LAST,
                        created_at=world.clock.now(),
                    )
                )
            for id_ in self.software.values():
                publish(session, "catalogue.sync", id_, at=world.clock.now())
        self.follower = Follower(world, limit=50)

    def at(self, year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> None:
        """Move to a moment in Japan and let the worker do what is due."""
        self.world.clock.set(datetime(year, month, day, hour, minute, tzinfo=TOKYO))
        self.worker.schedule_sweep()
        self.worker.drain()

    def admin(self) -> Any:
        """An administrator of the Agency who has just logged in."""
        return self.world.client(self.world.login(self.world.agency(), "agency_admin"))

    def ask(self, year: int, month: int, day: int) -> None:
        """Move to a day and let the sweep ask the Agency, and do nothing else."""
        self.world.clock.set(datetime(year, month, day, 10, tzinfo=TOKYO))
        with self.world.database.write() as session:
            mass_expiry.ask(session, system_actor(), self.world.clock, ExpirySettings())

    def hold(self, hold_id: str) -> dict[str, Any]:
        """A held night as the Agency reads it."""
        found: dict[str, Any] = self.admin().get(f"/api/v1/expiry-holds/{hold_id}").json()
        return found

    def vendor(self, firm: Organisation) -> Any:
        """The firm's administrator who has just logged in."""
        return self.world.client(self.world.login(firm, "vendor_admin"))

    def agreed(self) -> dict[str, bool]:
        """Index, feed and database agree; whether each public listing is in renewal, by firm."""
        database, clock = self.world.database, self.world.clock
        assert projection.index_agrees(database, self.worker.writer(), self.shelf.schema, clock)
        visitor = self.world.api()
        self.follower.catch_up()
        assert self.follower.copy == catalogue(over_http(visitor))
        found = visitor.get("/api/v1/search", params={"limit": 50}).json()
        public = self.follower.copy["software"]
        assert {item["id"]: item["renewing"] for item in found["items"]} == {
            id_: item["renewing"] for id_, item in public.items()
        }
        assert found["total"] == len(public)
        return {item["owner"]["id"]: item["renewing"] for item in public.values()}

    def reminders(self) -> list[tuple[int, int]]:
        """(months, how many) so far."""
        with self.world.read() as session:
            months = col(ExpiryReminder.months)
            rows = session.exec(
                select(ExpiryReminder.months, func.count())
                .where(col(ExpiryReminder.kind) == "qualification")
                .group_by(months)
                .order_by(months.desc())
            )
            return [(month, count) for month, count in rows]


@pytest.fixture
def night(
    world: World, app: FastAPI, settings: Settings, database: Database, clock: MovableClock
) -> Iterator[Night]:
    """Before the night."""
    worker = Worker(settings, clock=clock, database=database)
    yield Night(world, Shelf(app, database, clock, worker.writer()), worker)
    worker.close()


def test_the_night_of_2028_03_31(night: Night) -> None:
    declared, renewed = night.firms[0], night.firms[1]
    night.at(2027, 9, 29)
    assert night.reminders() == []
    for day, expected in (
        ((2027, 9, 30), [(6, 12)]),
        ((2027, 12, 31), [(6, 12), (3, 12)]),
        ((2028, 2, 28), [(6, 12), (3, 12)]),
        ((2028, 2, 29), [(6, 12), (3, 12), (1, 12)]),
    ):
        night.at(*day)
        night.at(*day, 11)
        assert night.reminders() == expected
    with night.world.read() as session:
        (hold,) = session.exec(select(ExpiryHold)).all()
        mails = session.exec(select(OutboxRow).where(col(OutboxRow.topic) == "notify.expiry-hold")).all()
    assert (hold.day, hold.status, hold.going, hold.total) == (LAST, "asked", 12, 14)
    assert [mail.key for mail in mails] == [hold.id]

    # One declares, one is renewed by the Agency's file.
    night.at(2028, 3, 30)
    vendor = night.vendor(declared)
    (near,) = [
        one for one in vendor.get("/api/v1/expiring").json()["items"] if one["kind"] == "qualification"
    ]
    assert (near["ends_on"], near["days_left"], near["declarable"]) == ("2028-03-31", 1, True)
    said = vendor.post(f"/api/v1/expiring/{near['subject_id']}/declaration").json()
    graces = {one["id"]: one["grace_until"] for one in said["items"]}
    assert graces[near["id"]] == "2028-06-29"
    assert night.vendor(renewed).post(f"/api/v1/expiring/{near['subject_id']}/declaration").status_code == 404
    admin = night.admin()
    table = f"法人番号,有効期間の終わり\r\n{renewed.corporate_number},令和13年3月31日\r\n".encode("cp932")
    job = admin.post("/api/v1/renewals/imports", content=table, headers={"Content-Type": "text/csv"}).json()[
        "id"
    ]
    night.worker.drain()
    assert admin.get(f"/api/v1/jobs/{job}").json()["status"] == "succeeded"

    # A minute before midnight, and at midnight: nothing leaves, and what ended is marked.
    night.at(2028, 3, 31, 23, 59)
    assert night.agreed() == dict.fromkeys(night.software, False)
    night.at(2028, 4, 1, 0, 0)
    held = night.agreed()
    assert set(held) == set(night.software)
    in_force = {renewed.id, *(firm.id for firm in night.others)}
    assert {firm for firm, late in held.items() if not late} == in_force

    # The Agency sees which would go, and lets it happen: grace of one's own and renewals stay.
    admin = night.admin()
    address = f"/api/v1/expiry-holds/{hold.id}"
    leaving = admin.get(f"{address}/listings", params={"limit": 100}).json()["items"]
    assert {one["owner_id"] for one in leaving} == set(held) - in_force - {declared.id}
    for body, pointers in (
        ({"verdict": "maybe", "reason": ""}, ["/reason", "/verdict"]),
        ({"verdict": "extend", "reason": "更新中", "until": "2028-03-31"}, ["/until"]),
        ({"verdict": "release", "reason": "通知済み", "until": "2028-05-01"}, ["/until"]),
    ):
        refused = admin.post(f"{address}/decision", json=body)
        assert [fault["pointer"] for fault in refused.json()["errors"]] == pointers
    night.at(2028, 4, 1, 1)
    admin = night.admin()
    let_go = admin.post(f"{address}/decision", json={"verdict": "release", "reason": "再三の通知の後のため"})
    assert let_go.json()["status"] == "released"
    night.worker.drain()
    assert night.agreed() == dict.fromkeys(in_force, False) | {declared.id: True}
    gone = night.world.api().get(f"/api/v1/software/{night.software[night.firms[5].id]}")
    assert (gone.status_code, gone.json()["kind"], gone.json()["ended_on"]) == (
        410,
        "qualification",
        "2028-03-31",
    )
    again = admin.post(
        f"{address}/decision", json={"verdict": "extend", "reason": "x", "until": "2028-05-01"}
    )
    assert again.status_code == 409
    # Its grace is over too, by the clock alone.
    night.at(2028, 6, 29, 23, 59)
    assert declared.id in night.agreed()
    night.at(2028, 6, 30, 0, 0)
    assert night.agreed() == dict.fromkeys(in_force, False)


def test_an_extension_lasts_to_its_day_and_a_late_record_comes_back(night: Night) -> None:
    night.at(2028, 3, 20)
    with night.world.read() as session:
        hold = session.exec(select(ExpiryHold)).one()
    admin = night.admin()
    body = {"verdict": "extend", "reason": "更新の審査が遅れているため", "until": "R10.4.30"}
    assert admin.post(f"/api/v1/expiry-holds/{hold.id}/decision", json=body).json()["until"] == "2028-04-30"
    # Three weeks before it ends, the Agency is asked again, and lets it end on the day that it promised.
    night.ask(2028, 4, 9)
    assert night.hold(hold.id)["status"] == "extended"
    night.ask(2028, 4, 10)
    again = night.hold(hold.id)
    assert (again["status"], again["going"], again["until"], again["carried_until"]) == (
        "asked",
        12,
        None,
        "2028-04-30",
    )
    with night.world.read() as session:
        notice = expiry.to_agency(session, hold.id)
    assert notice is not None
    assert (notice.facts["day"], notice.facts["again"]) == ("2028年4月30日（令和10年）", "yes")
    admin = night.admin()
    page = admin.get(f"/agency/expiries/{hold.id}").text
    assert "改めて判断を求めています" in page
    assert night.firms[11].name in page
    let_go = {"verdict": "release", "reason": "これ以上は延ばさないため"}
    decided = admin.post(f"/api/v1/expiry-holds/{hold.id}/decision", json=let_go).json()
    assert (decided["status"], decided["until"], decided["final"]) == ("extended", "2028-04-30", True)
    night.at(2028, 4, 30, 23, 59)
    assert night.hold(hold.id)["status"] == "extended", "what was decided for good is not asked a third time"
    assert sum(night.agreed().values()) == 12
    late = night.vendor(night.firms[3])
    ended = f"/api/v1/organisations/{night.firms[3].id}/qualifications/qua_{night.firms[3].id}"
    assert late.delete(ended).status_code == 409, "removing the record must not be a way around its end"
    night.at(2028, 5, 1, 0, 0)
    assert night.agreed() == dict.fromkeys([firm.id for firm in night.others], False)
    renewed: dict[str, object] = {
        "number": "0000123456",
        "kinds": ["sale"],
        "valid_from": "2028-05-01",
        "valid_until": "2031-03-31",
    }
    late = night.vendor(night.firms[3])
    address = f"/api/v1/organisations/{night.firms[3].id}/qualifications"
    assert late.post(address, json={**renewed, "grade": ""}).status_code == 201
    night.worker.drain()
    assert night.agreed() == dict.fromkeys([night.firms[3].id, *(firm.id for firm in night.others)], False)


def test_ends_spread_over_days_are_asked_of_once_too_many_would_have_left(night: Night) -> None:
    """One firm a day: nine may leave unasked, the tenth and the rest are held, each for its own night."""
    with night.world.database.write() as session:
        for number, firm in enumerate(night.firms):
            row = session.get_one(Qualification, f"qua_{firm.id}")
            row.valid_until = LAST + timedelta(days=number)
            session.add(row)
    night.ask(2028, 3, 20)
    items = night.admin().get("/api/v1/expiry-holds").json()["items"]
    assert [(one["day"], one["going"], one["earlier"], one["total"]) for one in reversed(items)] == [
        (f"2028-04-{day}", 1, 9, 14) for day in ("09", "10", "11")
    ]
    # The nights that passed still count; what somebody lets go does not.
    night.at(2028, 4, 13)
    assert sum(night.agreed().values()) == 3
    admin = night.admin()
    body = {"verdict": "release", "reason": "通知済みのため"}
    assert admin.post(f"/api/v1/expiry-holds/{items[-1]['id']}/decision", json=body).status_code == 200
    night.ask(2028, 4, 13)
    assert len(night.admin().get("/api/v1/expiry-holds").json()["items"]) == 3


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # no query of its own
def test_grace_for_everyone_is_written_down_before_and_asked_of_at_its_end(night: Night) -> None:
    """By setting: nobody has to declare. The day on which so much grace ends is a night like another."""
    rules = ExpirySettings(grace_for="everyone")
    night.world.clock.set(datetime(2028, 3, 20, 10, tzinfo=TOKYO))
    for given in (12, 0):
        with night.world.database.write() as session:
            assert renewals.grant_general(session, system_actor(), night.world.clock, rules) == given
    night.ask(2028, 3, 20)
    admin = night.admin()
    assert admin.get("/api/v1/expiry-holds").json()["items"] == [], "grace carries them all"
    night.ask(2028, 6, 1)
    (hold,) = night.admin().get("/api/v1/expiry-holds").json()["items"]
    assert (hold["day"], hold["going"]) == ("2028-06-29", 12)
    listed = night.world.api().get("/api/v1/software?limit=50").json()["items"]
    assert sum(item["renewing"] for item in listed) == 12


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # no query of its own
def test_agreements_and_registrations_are_warned_of_as_well(night: Night) -> None:
    firm = night.world.vendor("証書の多い架空株式会社", agreement=False)
    night.world.agreement(firm.id, ends_on=date(2027, 5, 24))
    registration = {"scheme": "ismap", "number": "C1", "scope": "全て", "valid_until": "2027-02-24"}
    night.shelf.software(firm, "証書のある製品（架空）", security_registrations=[registration])
    with night.world.database.write() as session:
        expiring.remind(session, system_actor(), night.world.clock, night.shelf.schema)
    with night.world.read() as session:
        mine = select(ExpiryReminder).where(col(ExpiryReminder.organisation_id) == firm.id)
        rows = {(row.kind, row.months, row.ends_on) for row in session.exec(mine).all()}
        notice = expiry.to_vendor(session, firm.id)
    assert rows == {
        ("agreement", 6, date(2027, 5, 24)),
        ("registration", 3, date(2027, 2, 24)),
    }
    assert notice is not None
    assert "「証書のある製品（架空）」のISMAP" in notice.facts["items"]
    assert "基本契約" in notice.facts["items"]
    near = night.vendor(firm).get("/api/v1/expiring").json()["items"]
    assert [(one["kind"], one["declarable"]) for one in near] == [
        ("registration", False),
        ("agreement", True),
    ]


@pytest.mark.parametrize(
    ("ends_on", "today", "months"),
    [
        (date(2028, 3, 31), date(2027, 9, 29), None),
        (date(2028, 3, 31), date(2027, 9, 30), 6),
        (date(2028, 3, 31), date(2028, 2, 28), 3),
        (date(2028, 3, 31), date(2028, 2, 29), 1),
        (date(2028, 3, 31), date(2028, 3, 31), 1),
        (date(2028, 3, 31), date(2028, 4, 1), None),
    ],
)
def test_which_reminder_is_due(ends_on: date, today: date, months: int | None) -> None:
    assert due_months(ends_on, today) == months
    assert months_before(date(2028, 1, 31), 1) == date(2027, 12, 31)


def test_a_faulty_file_of_renewals_names_every_row_and_column(night: Night) -> None:
    admin = night.admin()
    known, other = night.firms[0].corporate_number, night.others[0].corporate_number
    lines = [
        "法人番号,種別,業者コード,資格の種類,有効期間の始まり,有効期間の終わり",
        f"{known},,,,,2031-03-31",
        f"{known},,,,,2031-03-31",
        "1234567890123,,12,金,2028-13-01,",
        f"{other},,,,2028-04-01,2031-03-31",
        f"{known},基本契約,,,,2027-01-01",
        f"{known},そのほか,,,,2020-01-01",
    ]
    content = "\r\n".join(lines).encode()
    made = admin.post(
        "/api/v1/renewals/imports?dry_run=true", content=content, headers={"Content-Type": "text/csv"}
    )
    night.worker.drain()
    report = admin.get(f"/api/v1/jobs/{made.json()['id']}/report").json()
    assert [(fault["row"], fault["column"]) for fault in report["faults"]] == [
        (3, "法人番号"),
        (4, "法人番号"),
        (4, "有効期間の終わり"),
        (4, "有効期間の始まり"),
        (4, "業者コード"),
        (4, "資格の種類"),
        (5, "業者コード"),
        (5, "資格の種類"),
        (6, "有効期間の終わり"),
        (7, "種別"),
        (7, "有効期間の終わり"),
    ]
    good = "\r\n".join([lines[0], lines[1], f"{known},基本契約,,,,2035-03-31"]).encode()
    for expected in ({"changed": 2, "unchanged": 0}, {"changed": 0, "unchanged": 2}):
        made = admin.post("/api/v1/renewals/imports", content=good, headers={"Content-Type": "text/csv"})
        night.worker.drain()
        job = admin.get(f"/api/v1/jobs/{made.json()['id']}").json()
        assert job["status"] == "succeeded"
        assert {name: job["result"][name] for name in expected} == expected
    vendor = night.vendor(night.firms[0])
    assert vendor.get("/api/v1/agreements").json()["items"][0]["ends_on"] == "2035-03-31"
