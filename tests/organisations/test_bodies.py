"""Bodies that the Agency admits, members in unions, departments, mergers: by API, with every fault at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from app.access.actor import system_actor
from app.audit.models import AuditEvent
from app.notifications import repository as notices
from app.organisations import housekeeping
from app.organisations.local_governments import COLUMNS, corporate_number_of, import_local_governments
from app.organisations.models import Membership, Organisation
from app.web.formats import date_ja
from tests.procurement.town import ok, pointers
from tests.world import Login, World, corporate_number

AREA = "elderly_medical_care"
UNION = {
    "kind": "wide_area_union",
    "name": "架空県後期高齢者医療広域連合",
    "name_kana": "カクウケンコウキコウレイシャイリョウコウイキレンゴウ",
    "corporate_number": corporate_number(700_001),
    "prefecture": "北海道",
}
FROM = {"business_areas": [AREA], "starts_on": "令和8年4月1日"}


@pytest.fixture
def towns(world: World) -> tuple[Organisation, Organisation]:
    return (
        world.local_government("札幌市", "011002", corporate_number=corporate_number_of("011002")),
        world.local_government("函館市", "012025"),
    )


@pytest.fixture
def agency(world: World) -> Login:
    return world.login(world.agency(), "agency_admin")


def admitted(world: World, agency: Login, **changes: Any) -> str:
    return str(ok(world.client(agency).post("/api/v1/organisations", json=UNION | changes), 201)["id"])


def test_a_union_is_admitted_with_its_members(world: World, agency: Login, towns: Any) -> None:
    desk = world.client(agency)
    members = {"members": ["011002", "012025"], **FROM}
    card = ok(desk.post("/api/v1/organisations", json=UNION | {"constituents": members}), 201)
    assert card["kind"] == "wide_area_union"
    stranger = world.client()
    listed = ok(stranger.get(f"/api/v1/organisations/{card['id']}/constituents"))["items"]
    assert [(row["member"]["name"], row["business_areas"], row["ends_on"]) for row in listed] == [
        ("札幌市", [AREA], None),
        ("函館市", [AREA], None),
    ]
    unions = ok(stranger.get(f"/api/v1/organisations/{towns[0].id}/unions"))["items"]
    assert [row["body"]["name"] for row in unions] == [UNION["name"]]
    page = stranger.get(f"/bodies/{towns[0].id}").text
    assert UNION["name"] in page
    assert "後期高齢者医療" in page
    # On a member's last day the union still buys for it, on the next it does not.
    path = f"/api/v1/organisations/{card['id']}/constituents/{listed[1]['id']}/ending"
    assert pointers(desk.post(path, json={"ends_on": "2026-03-31"})) == {"/ends_on"}
    assert ok(desk.post(path, json={"ends_on": "令和9年3月31日"}))["ends_on"] == "2027-03-31"
    # The approver comes by the usual invitation, although nobody of the body was ever here.
    given = {"roles": ["buyer_approver"]}
    ok(desk.post(f"/api/v1/organisations/{card['id']}/invitations", json=given), 201)
    with world.database.read() as session:
        actions = session.exec(
            select(col(AuditEvent.action)).where(col(AuditEvent.owner_organisation_id) == card["id"])
        ).all()
    assert {
        "organisation.admitted",
        "organisation.constituents-added",
        "organisation.constituent-ended",
        "invitation.created",
    } <= set(actions)


def test_every_fault_of_an_admission_is_told_at_once(world: World, agency: Login, towns: Any) -> None:
    desk = world.client(agency)
    bad = {
        "kind": "wide_area_unoin",
        "name": "",
        "name_kana": "漢字",
        "corporate_number": "1" + corporate_number(700_001)[1:],
        "prefecture": "架空県",
        "constituents": {
            "members": ["011002", "999999", "011002"],
            "business_areas": ["no_area"],
            "starts_on": "2027-04-01",
            "ends_on": "2026-04-01",
        },
    }
    answer = desk.post("/api/v1/organisations", json=bad)
    assert set(pointers(answer)) == {
        "/kind",
        "/name",
        "/name_kana",
        "/corporate_number",
        "/prefecture",
        "/constituents/members/1",
        "/constituents/members/2",
        "/constituents/business_areas/0",
        "/constituents/ends_on",
    }
    taken = desk.post(
        "/api/v1/organisations", json=UNION | {"corporate_number": corporate_number_of("011002")}
    )
    assert "地方公共団体は国の一覧から" in taken.text
    ministry = UNION | {"kind": "ministry", "constituents": {"members": ["011002"], **FROM}}
    assert pointers(desk.post("/api/v1/organisations", json=ministry)) == {"/constituents"}
    # The page keeps what was typed.
    page = desk.post(
        "/agency/bodies/new",
        data={"name": "たいせつな名前", "members": "011002\n999999", "starts_on": "いつか"},
    )
    assert page.status_code == 422
    for kept in ("たいせつな名前", "011002\n999999", "いつか", "「999999」という団体は登録されていません"):
        assert kept in page.text


def test_members_in_a_circle_are_refused(world: World, agency: Login, towns: Any) -> None:
    desk = world.client(agency)
    numbers = [corporate_number(700_010 + index) for index in range(3)]
    a, b, c = (
        admitted(world, agency, name=f"第{index}組合", kind="joint_union", corporate_number=number)
        for index, number in enumerate(numbers)
    )

    def add(body: str, member: str, **term: str) -> Any:
        given = {"members": [member], **FROM, **term}
        return desk.post(f"/api/v1/organisations/{body}/constituents", json=given)

    assert "自分自身" in add(a, numbers[0]).text
    ok(add(a, numbers[1], ends_on="2027-03-31"), 201)
    ok(add(b, numbers[2]), 201)
    refused = add(c, numbers[0])
    assert refused.status_code == 422
    assert "輪になります（第2組合 → 第0組合 → 第1組合 → 第2組合）" in refused.text
    assert refused.json()["errors"][0]["code"] == "circle"
    # Once the one half is over, the other is no circle.
    ok(add(c, numbers[0], starts_on="2027-04-01"), 201)
    d = admitted(
        world, agency, name="第4組合", kind="joint_union", corporate_number=corporate_number(700_020)
    )
    ok(add(d, "012025"), 201)
    assert "この期間にすでに構成団体です" in add(d, "012025", starts_on="2027-03-01").text


def test_the_members_of_a_union_are_told_of_the_union_that_it_is_in(
    world: World, agency: Login, towns: Any
) -> None:
    desk = world.client(agency)
    numbers = {"lower": corporate_number(700_030), "upper": corporate_number(700_031)}
    lower, upper = (
        admitted(world, agency, name=f"{name}組合", kind="joint_union", corporate_number=number)
        for name, number in numbers.items()
    )

    def add(body: str, member: str, areas: list[str], **term: str) -> None:
        given = {"members": [member], **FROM, "business_areas": areas, **term}
        ok(desk.post(f"/api/v1/organisations/{body}/constituents", json=given), 201)

    add(lower, "012025", [AREA, "rpa_no_code"])
    add(upper, numbers["lower"], [AREA, "counter_dx_saas"], ends_on="2027-03-31")
    town = next(body for body in towns if body.code == "012025")
    rows = ok(world.api().get(f"/api/v1/organisations/{town.id}/unions"))["items"]
    assert [
        (row["body"]["name"], row["business_areas"], row["ends_on"], [one["name"] for one in row["via"]])
        for row in rows
    ] == [
        ("lower組合", [AREA, "rpa_no_code"], None, []),
        ("upper組合", [AREA], "2027-03-31", ["lower組合"]),
    ]
    project = {"title": "x", "business_area": AREA, "need": "要ること", "fiscal_year": 2026}
    officer = world.login(town, "buyer_officer")
    made = ok(world.api(officer).post("/api/v1/projects", json=project), 201)
    page = world.client(officer).get(f"/projects/{made['id']}").text
    assert "upper組合</a>が「lower組合」を通じて、構成団体のために調達しています" in page
    world.clock.set(datetime(2027, 4, 1, tzinfo=UTC))
    officer = world.login(town, "buyer_officer")
    assert "upper組合" not in world.client(officer).get(f"/projects/{made['id']}").text


def test_a_national_body_buys_by_its_own_law(world: World, agency: Login) -> None:
    body_id = admitted(world, agency, kind="ministry", name="架空省", name_kana="カクウショウ")
    with world.database.read() as session:
        ministry = session.get_one(Organisation, body_id)
    officer = world.api(world.login(ministry, "buyer_officer"))
    project = {
        "title": "文書管理",
        "business_area": AREA,
        "need": "要ること",
        "fiscal_year": 2026,
        "method": "sole_source",
    }
    assert pointers(officer.post("/api/v1/projects", json=project | {"ground": "local_167_2_1_2"})) == {
        "/ground"
    }
    ok(officer.post("/api/v1/projects", json=project | {"ground": "national_29_3_4_nature"}), 201)


def test_departments_order_people_and_projects(world: World) -> None:
    town = world.local_government("れいじ町")
    approver, officer = world.login(town, "buyer_approver"), world.login(town, "buyer_officer")
    desk, path = world.client(approver), f"/api/v1/organisations/{town.id}/departments"
    faulty = desk.post(path, json={"name": "", "email": "どこか"})
    assert set(pointers(faulty)) == {"/name", "/email"}
    made = ok(desk.post(path, json={"name": "税務課", "email": "zei@town.example.jp"}), 201)
    other = ok(desk.post(path, json={"name": "福祉課"}), 201)
    match = {"If-Match": desk.get(f"{path}/{other['id']}").headers["ETag"]}
    ok(desk.patch(f"{path}/{other['id']}", json={"email": "f@town.example.jp"}, headers=match))
    late = desk.patch(f"{path}/{other['id']}", json={"name": "福祉係"}, headers=match)
    assert late.status_code == 412
    match = {"If-Match": desk.get(f"{path}/{other['id']}").headers["ETag"]}
    same = desk.patch(f"{path}/{other['id']}", json={"name": "税務課"}, headers=match)
    assert pointers(same) == {"/name"}
    place = f"/api/v1/organisations/{town.id}/members/{officer.membership_id}/department"
    assert ok(desk.put(place, json={"department_id": made["id"]}))["department_id"] == made["id"]
    foreign = world.local_government("よその町")
    theirs = ok(
        world.client(world.login(foreign, "buyer_approver")).post(
            f"/api/v1/organisations/{foreign.id}/departments", json={"name": "税務課"}
        ),
        201,
    )
    project = {"title": "案件", "business_area": AREA, "need": "要ること", "fiscal_year": 2026}
    writer = world.api(officer)
    refused = writer.post("/api/v1/projects", json=project | {"department_id": theirs["id"]})
    assert pointers(refused) == {"/department_id"}
    kept = ok(writer.post("/api/v1/projects", json=project | {"department_id": made["id"]}), 201)
    ok(writer.post("/api/v1/projects", json=project), 201)
    listed = ok(writer.get(f"/api/v1/projects?department={made['id']}"))["items"]
    assert [row["id"] for row in listed] == [kept["id"]]
    form = world.client(officer).get("/projects/new").text
    assert f'<option value="{made["id"]}" selected>' in form, "the officer's own department is proposed"
    with world.database.read() as session:
        assert [each.email for each in notices._mailbox(session, kept["id"])] == ["zei@town.example.jp"]
    # A closed one takes nothing more, and loses nothing: its project stays, and can be revised.
    ok(desk.post(f"{path}/{made['id']}/closing"))
    assert pointers(writer.post("/api/v1/projects", json=project | {"department_id": made["id"]}))
    etag = writer.get(f"/api/v1/projects/{kept['id']}").headers["ETag"]
    ok(writer.patch(f"/api/v1/projects/{kept['id']}", json={"title": "直した"}, headers={"If-Match": etag}))
    assert "税務課" in world.client(officer).get(f"/projects/{kept['id']}").text
    with world.database.read() as session:
        assert notices._mailbox(session, kept["id"]) == ()
        assert session.get_one(Membership, officer.membership_id).department_id is None


def test_a_merger_hands_everything_over_by_the_clock(world: World, agency: Login, towns: Any) -> None:
    old, new = towns
    desk, path = world.client(agency), f"/api/v1/organisations/{old.id}/succession"
    old_officer, new_approver = world.login(old, "buyer_officer"), world.login(new, "buyer_approver")
    project = {"title": "窓口の案件", "business_area": AREA, "need": "要ること", "fiscal_year": 2026}
    project_id = ok(world.api(old_officer).post("/api/v1/projects", json=project), 201)["id"]

    bad = desk.put(path, json={"ended_on": "2090-04-01", "successors": ["011002", "999999"]})
    assert set(pointers(bad)) == {"/ended_on", "/successors/0", "/successors/1"}
    assert "自分自身へは引き継げません" in bad.text
    assert pointers(desk.put(path, json={"ended_on": "令和0年4月1日", "successors": []})) == {
        "/ended_on",
        "/successors",
    }
    ok(desk.put(path, json={"ended_on": "2027-04-01", "successors": ["012025"]}))
    back = desk.put(
        f"/api/v1/organisations/{new.id}/succession",
        json={"ended_on": "2028-04-01", "successors": ["011002"]},
    )
    assert "引継ぎが輪になります" in back.text
    assert world.client(new_approver).get(f"/projects/{project_id}").status_code == 404, "not before the day"

    world.clock.set(datetime(2027, 3, 31, 14, 59, tzinfo=UTC))
    renew(world, old_officer, new_approver, agency)
    assert world.client(old_officer).get(f"/projects/{project_id}").status_code == 200
    world.clock.set(datetime(2027, 3, 31, 15, 0, tzinfo=UTC))
    assert world.client(old_officer).get("/api/v1/projects").status_code in (401, 403)
    assert world.api(old_officer).get("/api/v1/projects").status_code == 401
    assert world.client(new_approver).get(f"/projects/{project_id}").status_code == 200, "before any sweep"
    for _ in range(2):
        with world.database.write() as session:
            housekeeping.sweep(session, system_actor("sweep"), world.clock)
    with world.database.read() as session:
        events = session.exec(
            select(AuditEvent).where(col(AuditEvent.action) == "organisation.taken-over")
        ).all()
        assert len(events) == 1, "once"
        assert session.get_one(Membership, old_officer.membership_id).status == "ended"
        notice = notices.body_succeeded(session, old.id)
        assert notice is not None
        assert notice.facts["keeper"] == "函館市"
    page = world.client().get(f"/bodies/{old.id}").text
    assert f"この団体は、{date_ja(date(2027, 4, 1))}に" in page
    assert f'<a href="/bodies/{new.id}">函館市</a>へ引き継がれました。' in page

    # The successor reads, takes the vacant project and manages it; the record keeps who made it.
    heir = world.client(new_approver)
    assert "担当者なし" in heir.get("/projects").text
    shown = heir.get(f"/projects/{project_id}").text
    assert "から引き継いだ案件です" in shown
    ok(heir.put(f"/api/v1/projects/{project_id}/officer", json={"membership_id": new_approver.membership_id}))
    tag = heir.get(f"/api/v1/projects/{project_id}").headers["ETag"]
    changed = ok(
        heir.patch(f"/api/v1/projects/{project_id}", json={"title": "直した"}, headers={"If-Match": tag})
    )
    assert changed["organisation_id"] == old.id
    assert "担当者なし" not in heir.get("/projects").text
    # What ended stays so: no other successor, no way back, nobody invited.
    assert desk.delete(path).status_code == 409
    invited = desk.post(f"/api/v1/organisations/{old.id}/invitations", json={"roles": ["buyer_approver"]})
    assert invited.status_code == 409
    assert "引き継がれました" in invited.text


def test_the_import_keeps_what_a_merger_ended(
    world: World, agency: Login, towns: Any, tmp_path: Path
) -> None:
    old, new = towns
    path = f"/api/v1/organisations/{old.id}/succession"
    ok(world.client(agency).put(path, json={"ended_on": "2026-11-01", "successors": [new.code]}))
    file = tmp_path / "later.csv"
    header = ",".join(COLUMNS)
    rows = [
        "011002,北海道,新札幌市,ホッカイドウ,シンサッポロシ,city,",
        "012033,北海道,小樽市,ホッカイドウ,オタルシ,city,",
    ]
    file.write_text("\n".join([header, *rows]), "utf-8")
    with world.database.write() as session:
        report = import_local_governments(session, world.clock, file)
    assert (report.created, report.updated, report.unchanged, report.ended) == (1, 0, 0, 1)
    assert report.missing == ("函館市",)
    assert "引き継がれた団体 1件" in str(report)
    assert "函館市" in str(report)
    card = ok(world.client().get(f"/api/v1/organisations/{old.id}"))
    assert (card["name"], card["ended_on"]) == ("札幌市", "2026-11-01")


def renew(world: World, *logins: Login) -> None:
    """They logged in just now, for a year."""
    from app.identity.models import ApiToken, WebSession

    with world.database.write() as session:
        for login in logins:
            row = session.get_one(WebSession, login.session_id)
            row.auth_time = row.last_seen_at = row.created_at = world.clock.now()
            row.expires_at = world.clock.now().replace(year=world.clock.now().year + 1)
            session.add(row)
            for token in session.exec(
                select(ApiToken).where(col(ApiToken.membership_id) == login.membership_id)
            ):
                token.expires_at = world.clock.now().replace(year=world.clock.now().year + 1)
                session.add(token)


def test_the_departments_page_keeps_what_was_typed(world: World) -> None:
    town = world.local_government("れいじ町")
    approver, officer = world.login(town, "buyer_approver"), world.login(town, "buyer_officer")
    desk = world.client(approver)
    assert desk.post("/organisation/departments", data={"name": "税務課", "email": ""}).status_code == 303
    refused = desk.post("/organisation/departments", data={"name": "税務課", "email": "あて先"})
    assert refused.status_code == 422
    assert "「税務課」はすでにあります。" in refused.text
    assert 'value="あて先"' in refused.text
    row = ok(desk.get(f"/api/v1/organisations/{town.id}/departments"))["items"][0]
    place = f"/organisation/members/{officer.membership_id}/department"
    assert desk.post(place, data={f"department_id-{officer.membership_id}": row["id"]}).status_code == 303
    assert f'<option value="{row["id"]}" selected>' in desk.get("/organisation/departments").text
    path = f"/organisation/departments/{row['id']}"
    stale = desk.post(path, data={f"name-{row['id']}": "収納課", f"tag-{row['id']}": "old"})
    assert stale.status_code == 412
    assert 'value="収納課"' in stale.text
    assert world.client(officer).post(f"{path}/closing").status_code == 403
    assert desk.post(f"{path}/closing").status_code == 303
    assert "廃止した部署" in desk.get("/organisation/departments").text
