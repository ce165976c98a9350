"""予定価格: kept by its holders, and nowhere to be found before the decision."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlmodel import col, select

from app.audit.models import AuditEvent
from app.outbox.models import OutboxRow
from tests.procurement.test_supporters import lender, supporting
from tests.procurement.town import DECISION, Town, ok, pointers, stranger
from tests.support.tables import text_of

AMOUNT = 1_987_654
SHAPES = (
    "1987654",
    "1,987,654",
    "１９８７６５４",
    "１，９８７，６５４",
    "198万",
    "1.987",
    "1987.654",
    "1_987_654",
)
GIVEN: dict[str, Any] = {
    "amount": AMOUNT,
    "basis": "参考見積の平均（極秘の根拠）",
    "decided_on": "2026-11-24",
    "decided_by": "総務課長",
}


def _clean(text: str, where: str) -> None:
    for shape in (*SHAPES, "極秘の根拠"):
        assert shape not in text, f"{shape} in {where}"


def _path(project_id: str) -> str:
    return f"/api/v1/projects/{project_id}/estimated-price"


def test_it_is_recorded_read_and_replaced_by_its_keepers(town: Town) -> None:
    project_id = town.project()
    assert town.officer.get(_path(project_id)).status_code == 404
    ok(town.officer.put(_path(project_id), json=GIVEN))
    assert ok(town.approver.get(_path(project_id)))["amount"] == AMOUNT
    ok(town.officer.put(_path(project_id), json=GIVEN | {"amount": 2_000_000}))
    assert ok(town.officer.get(_path(project_id)))["amount"] == 2_000_000
    assert stranger(town).get(_path(project_id)).status_code == 404
    auditor = town.world.api(town.world.login(town.world.agency(), "auditor"))
    assert auditor.get(_path(project_id)).status_code == 403


def test_what_was_read_and_replaced_meanwhile_is_not_overwritten(town: Town) -> None:
    path = _path(town.project())
    first = town.officer.put(path, json=GIVEN).headers["etag"]
    assert town.approver.get(path).headers["etag"] == first
    town.world.clock.move(minutes=1)
    second = town.approver.put(path, json=GIVEN | {"amount": 2_000_000}, headers={"If-Match": first})
    assert second.status_code == 200
    stale = town.officer.put(path, json=GIVEN | {"amount": 2_100_000}, headers={"If-Match": first})
    assert stale.status_code == 412
    assert stale.json()["current"] == second.headers["etag"]
    assert ok(town.officer.get(path))["amount"] == 2_000_000
    assert town.officer.put(_path(town.project()), json=GIVEN, headers={"If-Match": first}).status_code == 412


BAD: list[tuple[dict[str, Any], str]] = [
    ({"amount": 0}, "/amount"),
    ({"amount": 1987654.5}, "/amount"),
    ({"amount": "1987654.5"}, "/amount"),
    ({"amount": 10**12 + 1}, "/amount"),
    ({"amount": True}, "/amount"),
    ({"amount": None}, "/amount"),
    ({"omission_rule": "local_small"}, "/amount"),
    ({"amount": None, "omission_rule": "whim"}, "/omission_rule"),
    ({"decided_on": "2026-11-25"}, "/decided_on"),
    ({"decided_on": "令和0年1月1日"}, "/decided_on"),
    ({"decided_by": ""}, "/decided_by"),
]


def test_refusals_never_repeat_the_amount(town: Town) -> None:
    project_id = town.project()
    for changes, pointer in BAD:
        answer = town.officer.put(_path(project_id), json=GIVEN | changes)
        assert pointer in pointers(answer), changes
        _clean(answer.text, "the refusal")
    assert town.officer.get(_path(project_id)).status_code == 404


def test_it_may_be_left_out_by_a_named_rule(town: Town) -> None:
    project_id = town.project()
    given = GIVEN | {"amount": None, "omission_rule": "local_small"}
    assert ok(town.officer.put(_path(project_id), json=given))["omission_rule"] == "local_small"
    tender = town.project(method="open_tender", ground="")
    assert pointers(town.officer.put(_path(tender), json=given)) == {"/omission_rule"}


def _searches(town: Town, project_id: str) -> list[str]:
    found = ok(town.officer.get(f"/api/v1/projects/{project_id}/searches"))
    return [search["id"] for search in found["items"]]


def _everything_readable(town: Town, project_id: str) -> None:
    """Every answer about the project but the price's own, as JSON, CSV and HTML, for everybody."""
    agency = town.world.agency()
    helper = lender(town)
    supporting(town, helper, project_id)
    people = [
        town.officer_login,
        town.approver_login,
        town.vendor_login,
        town.world.login(agency, "auditor"),
        town.world.login(agency, "agency_admin"),
        helper,
    ]
    api = f"/api/v1/projects/{project_id}"
    parts = (
        "",
        "/conditions",
        "/searches",
        "/assessment",
        "/exclusions",
        "/shortlist",
        "/selection",
        "/comments",
        "/supporters",
        "/overlaps",
        "/outcomes",
    )
    paths = [api + part for part in parts]
    paths += [f"{api}/evidence", f"{api}/evidence?format=csv", "/api/v1/projects", "/api/v1/contracts"]
    paths += ["/api/v1/audit-events", f"{api}/nothing", f"{api}?price={project_id}"]
    paths += [
        f"/projects/{project_id}",
        "/projects",
        f"/projects/{project_id}/statement",
        "/contracts",
        "/audit",
        "/supporting",
        "/api/v1/me/projects",
        "/supporters",
        "/vendor/outcomes",
        "/api/v1/outcomes",
        "/vendor/insights",
    ]
    lists = (f"/projects/{project_id}", "/projects", "/contracts", "/audit")
    searches = [f"/projects/{project_id}/searches/{id_}" for id_ in _searches(town, project_id)]
    paths += searches
    paths += [f"{path}?format={form}" for path in (*lists, *searches) for form in ("csv", "xlsx")]
    seen = 0
    for login in people:
        for path in paths:
            answer = town.world.client(login).get(path)
            seen += answer.status_code == 200
            _clean(text_of(answer), path)
            _clean(str(answer.headers), path)
    assert seen > len(paths)


def _every_table_but_its_own(town: Town) -> None:
    with town.world.read() as session:
        connection = session.connection()
        for table in inspect(connection).get_table_names():
            if table == "estimated_price":
                continue
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                _clean(str(tuple(row)), table)


def test_before_the_decision_it_is_in_no_answer_event_log_or_export(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    project_id, item_id = town.assessed()
    assert _searches(town, project_id), "or else no saved search is walked"
    ok(town.officer.put(_path(project_id), json=GIVEN))
    _everything_readable(town, project_id)
    given = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "条件を満たす。"}
    ok(town.officer.post(f"/api/v1/projects/{project_id}/selection", json=given), 201)
    _everything_readable(town, project_id)
    _every_table_but_its_own(town)
    with town.world.read() as session:
        for event in session.exec(select(AuditEvent).where(col(AuditEvent.object_id) == project_id)):
            _clean(json.dumps(event.details), event.action)
        for row in session.exec(select(OutboxRow)):
            _clean(json.dumps(row.payload), row.topic)
    _clean(caplog.text, "the log")


def test_after_the_decision_it_is_part_of_the_evidence(town: Town) -> None:
    project_id, item_id = town.assessed()
    ok(town.officer.put(_path(project_id), json=GIVEN))
    evidence = f"/api/v1/projects/{project_id}/evidence"
    assert ok(town.officer.get(evidence))["document"]["estimated_price"] == {
        "status": "secret_until_decision"
    }
    given = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "条件を満たす。"}
    ok(town.officer.post(f"/api/v1/projects/{project_id}/selection", json=given), 201)
    ok(town.approver_page.post(f"/api/v1/projects/{project_id}/selection/confirmation", json=DECISION))
    price = ok(town.officer.get(evidence))["document"]["estimated_price"]
    assert (price["status"], price["amount"], price["decided_by"]) == ("recorded", AMOUNT, "総務課長")
    assert town.officer.put(_path(project_id), json=GIVEN).status_code == 409
    auditor = town.world.api(town.world.login(town.world.agency(), "auditor"))
    assert ok(auditor.get(_path(project_id)))["amount"] == AMOUNT, (
        "as in the evidence, which the auditor reads"
    )
    assert stranger(town).get(_path(project_id)).status_code == 404
    _vendors_never_see_it(town, project_id)
    _supporters_see_it_where_it_was_granted(town, project_id)
    admin = town.world.api(town.world.login(town.world.agency(), "agency_admin"))
    assert admin.get(_path(project_id)).status_code == 403


def _vendors_never_see_it(town: Town, project_id: str) -> None:
    """Also after the decision: no text with it leaves, and what left has it nowhere."""
    path = f"/api/v1/projects/{project_id}/outcomes"
    (notice,) = ok(town.officer.get(path))["items"]
    for shape in SHAPES[:4]:
        given = {"reason": f"上限{shape}円に収まったため。"}
        answer = town.officer.patch(f"{path}/{notice['id']}", json=given, headers={"If-Match": "*"})
        assert pointers(answer) == {"/reason"}, shape
        _clean(answer.text, "the refusal")
    ok(town.officer.post(f"{path}/notification"))
    vendor = town.world.client(town.world.login(town.vendor, "vendor_admin"))
    ask = f"/api/v1/outcomes/{notice['id']}/question"
    ok(vendor.post(ask, json={"question": "予定価格はいくらでしたか。"}))
    answer = town.officer.post(f"{path}/{notice['id']}/answer", json={"answer": "1,987,654円です。"})
    assert pointers(answer) == {"/answer"}
    for page in ("/api/v1/outcomes", "/vendor/outcomes", f"/vendor/outcomes/{notice['id']}"):
        shown = vendor.get(page)
        assert shown.status_code == 200, page
        _clean(shown.text, page)


def _supporters_see_it_where_it_was_granted(town: Town, project_id: str) -> None:
    """Also after the decision, and by no detour: the digest of the evidence neither."""
    helper = lender(town)
    support_id = supporting(town, helper, project_id)
    api, browser = town.world.api(helper), town.world.client(helper)
    evidence = f"/api/v1/projects/{project_id}/evidence"
    assert api.get(_path(project_id)).status_code == 403
    shown = ok(api.get(evidence))
    assert shown["document"]["estimated_price"] == {"status": "withheld_from_supporters"}
    whole = ok(town.officer.get(evidence))
    assert shown["digest"] != whole["digest"]
    for path in (evidence, f"{evidence}?format=csv", f"/projects/{project_id}/statement"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        _clean(answer.text, path)
        assert whole["digest"] not in answer.text
    grant = f"/api/v1/supporters/{support_id}/projects/{project_id}/estimated-price"
    ok(town.approver_page.put(grant, json={"granted": True}))
    assert ok(api.get(_path(project_id)))["amount"] == AMOUNT
    assert ok(api.get(evidence))["digest"] == whole["digest"]
    assert "1,987,654" in browser.get(f"/projects/{project_id}/estimated-price").text
    ok(town.approver_page.put(grant, json={"granted": False}))
    assert api.get(_path(project_id)).status_code == 403


def test_a_cancelled_project_keeps_it_secret(town: Town) -> None:
    project_id = town.project()
    ok(town.officer.put(_path(project_id), json=GIVEN))
    town.locked(project_id)
    ok(town.officer.post(f"/api/v1/projects/{project_id}/cancellation", json={"reason": "見直し"}))
    _everything_readable(town, project_id)
    _every_table_but_its_own(town)
