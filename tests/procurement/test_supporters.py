"""支援者: two keys, a declaration, reading and drafting only, and an end by the clock, by revocation, by membership."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select
from starlette.testclient import TestClient

from app.identity.models import Person
from app.organisations.models import Membership
from app.procurement.models import Support
from tests.procurement.town import ADVISER_NUMBER, DECISION, Town, ok, pointers
from tests.world import Login

DECLARED = {"has_interest": False, "declaration": "候補となりうる事業者との関係はありません。"}
AMOUNT = {"amount": 1_987_654, "basis": "参考見積", "decided_on": "2026-11-24", "decided_by": "総務課長"}


def lender(town: Town, *roles: str, kind: str = "prefecture") -> Login:
    """Somebody of a prefecture or an adviser who may be lent."""
    world = town.world
    home = (
        world.local_government("れいじ県", local_kind="prefecture")
        if kind == "prefecture"
        else world.vendor("架空助言株式会社", agreement=False, corporate_number=ADVISER_NUMBER)
    )
    return world.login(home, *(roles or ("supporter",)), name="支援 太郎")


def invited(town: Town, *project_ids: str, **changes: Any) -> tuple[str, str]:
    """An open invitation by the approver: (support id, secret)."""
    given = {"project_ids": list(project_ids), "ends_on": "2027-03-31"} | changes
    made = ok(town.approver_page.post("/api/v1/supporters", json=given), 201)
    return str(made["id"]), str(made["url"]).rpartition("/")[2]


def supporting(town: Town, login: Login, *project_ids: str, **changes: Any) -> str:
    """The login as a confirmed supporter of the projects: the support's id."""
    support_id, secret = invited(town, *project_ids, **changes)
    page = town.world.client(login)
    ok(page.post("/api/v1/supporters/acceptance", json=DECLARED | {"secret": secret}))
    ok(town.approver_page.post(f"/api/v1/supporters/{support_id}/confirmation"))
    return support_id


def test_from_the_link_to_the_project_by_pages(town: Town) -> None:
    project_id = town.project()
    other_id = town.project(title="よその案件")
    helper = lender(town)
    browser = town.world.client(helper)
    assert browser.get(f"/projects/{project_id}").status_code == 404

    refused = town.approver_page.post("/supporters", data={"ends_on": "2020-01-01", "expires_in_days": "7"})
    assert refused.status_code == 422
    assert 'href="#project_ids"' in refused.text
    assert 'href="#ends_on"' in refused.text
    made = town.approver_page.post(
        "/supporters",
        data={"project_ids": project_id, "ends_on": "2027-03-31", "note": "県の方", "expires_in_days": "7"},
    )
    secret = made.text.partition("/support-invitations/")[2].partition("<")[0]
    path = f"/support-invitations/{secret}"
    assert town.world.client().get(path).headers["location"].startswith("/login?next=")
    assert "支援者」の役割が要ります" in town.officer_page.get(path).text
    assert "窓口支援サービスの導入" in browser.get(path).text
    silent = browser.post(path, data={"declaration": "関係は"})
    assert silent.status_code == 422
    assert "関係は" in silent.text
    accepted = browser.post(path, data={"has_interest": "none", "declaration": "関係はありません。"})
    assert accepted.headers["location"] == "/supporting"
    assert browser.get(path).status_code == 404, "single use"
    assert browser.get(f"/projects/{project_id}").status_code == 404, "not before the confirmation"

    with town.world.read() as session:
        support_id = session.exec(select(Support.id)).one()
    seen = town.approver_page.get(f"/supporters/{support_id}").text
    for fact in ("支援 太郎", "test", "れいじ県", "関係はありません。"):
        assert fact in seen
    assert town.approver_page.post(f"/supporters/{support_id}/confirmation").status_code == 303
    listed = browser.get("/supporting").text
    assert "れいじ町" in listed
    assert "よその案件" not in listed
    page = browser.get(f"/projects/{project_id}")
    assert page.status_code == 200
    assert "支援者として見ています" in page.text
    assert "/estimated-price" not in page.text
    assert browser.get(f"/projects/{other_id}").status_code == 404

    answer = browser.post(
        f"/projects/{project_id}/comments",
        data={"comment-kind": "selection_reason", "comment-text": "条件を全て満たすため。"},
    )
    assert answer.status_code == 303
    assert "条件を全て満たすため。" in town.officer_page.get(f"/projects/{project_id}").text
    assert town.events("project.read"), "a supporter's visit is in the body's trail"


def test_it_reads_comments_and_drafts_and_never_decides(town: Town) -> None:
    project_id, item_id = town.assessed()
    helper = lender(town)
    supporting(town, helper, project_id)
    api, browser = town.world.api(helper), town.world.client(helper)
    path = f"/api/v1/projects/{project_id}"
    for part in (
        "",
        "/conditions",
        "/searches",
        "/assessment",
        "/exclusions",
        "/shortlist",
        "/comments",
        "/evidence",
    ):
        assert api.get(path + part).status_code == 200, part
    ok(api.post(f"{path}/comments", json={"text": "LGWANの要否を確かめましょう。"}), 201)
    made = ok(
        api.post(
            f"{path}/conditions",
            json={"field": "security_registrations", "operator": "includes", "wanted": ["ismap"]},
        ),
        201,
    )
    theirs = next(c["id"] for c in api.get(f"{path}/conditions").json()["items"] if c["id"] != made["id"])
    assert api.delete(f"{path}/conditions/{theirs}").status_code == 403
    assert api.delete(f"{path}/conditions/{made['id']}").status_code == 204
    item = f"{path}/shortlist/{item_id}"
    tag = {"If-Match": api.get(item).headers["etag"]}
    assert ok(api.patch(item, json={"note": "県の評価も良い。"}, headers=tag))["note"] == "県の評価も良い。"
    tag = {"If-Match": api.get(item).headers["etag"]}
    assert api.patch(item, json={"offer_id": town.offer}, headers=tag).status_code == 403
    choice = {"outcome": "awarded", "shortlist_item_id": item_id, "reason": "よい。"}
    for verb, body in (
        ("/selection", choice),
        ("/searches", {"query": {"q": "窓口"}}),
        ("/shortlist", {"software_id": town.poor}),
        ("/exclusions", {"software_ids": [town.good], "reason": "なし"}),
        ("/selection/confirmation", DECISION),
        ("/cancellation", {"reason": "なし"}),
    ):
        assert browser.post(path + verb, json=body).status_code == 403, verb
    assert browser.get("/api/v1/contracts").status_code == 403
    assert [p["id"] for p in ok(api.get("/api/v1/me/projects"))["items"]] == [project_id]

    ok(town.officer.post(f"{path}/selection", json=choice), 201)
    ok(town.approver_page.post(f"{path}/selection/confirmation", json=DECISION))
    assert api.post(f"{path}/comments", json={"text": "遅すぎた。"}).status_code == 409
    document = ok(town.officer.get(f"{path}/evidence"))["document"]
    assert [c["text"] for c in document["comments"]] == ["LGWANの要否を確かめましょう。"]
    assert document["comments"][0]["author_id"] == helper.person_id
    assert document["supporters"][0]["declaration"] == DECLARED["declaration"]
    printed = browser.get(f"/projects/{project_id}/statement").text
    assert str(DECLARED["declaration"]) in printed
    assert "LGWANの要否を確かめましょう。" in printed


def test_an_officer_at_home_is_only_a_supporter_elsewhere(town: Town) -> None:
    project_id = town.project()
    helper = lender(town, "buyer_officer", "buyer_approver", "supporter")
    supporting(town, helper, project_id)
    ok(town.officer.put(f"/api/v1/projects/{project_id}/estimated-price", json=AMOUNT))
    browser = town.world.client(helper)
    path = f"/api/v1/projects/{project_id}"
    assert browser.get(path).status_code == 200
    refused = browser.post(f"{path}/cancellation", json={"reason": "よその人"})
    assert refused.status_code == 403
    assert "支援者" in refused.json()["detail"]
    assert browser.get(f"{path}/estimated-price").status_code == 403
    assert browser.put(f"{path}/estimated-price", json=AMOUNT).status_code == 403
    assert browser.get(f"/projects/{project_id}/estimated-price").status_code == 403
    assert ok(browser.get("/api/v1/projects"))["items"] == []
    # A supporter does not read what the own body buys.
    plain = town.world.client(town.world.login(town.body, "supporter"))
    assert plain.get(path).status_code == 404
    assert plain.post(f"{path}/comments", json={"text": "読めない。"}).status_code == 404


def _reaches(client: TestClient, project_id: str) -> list[int]:
    path = f"/api/v1/projects/{project_id}"
    said = client.post(f"{path}/comments", json={"text": "まだ見える。"}).status_code
    return [client.get(path).status_code, client.get(f"/projects/{project_id}").status_code, said]


def test_it_ends_by_the_clock_by_revocation_and_with_the_membership(town: Town) -> None:
    project_id = town.project()
    by_date, revoked, left = (lender(town) for _ in range(3))
    supporting(town, by_date, project_id, ends_on="2026-11-25")
    taken = supporting(town, revoked, project_id)
    supporting(town, left, project_id)
    browsers = [town.world.client(login) for login in (by_date, revoked, left)]
    assert all(_reaches(browser, project_id) == [200, 200, 201] for browser in browsers)

    ok(town.approver_page.post(f"/api/v1/supporters/{taken}/ending", json={"reason": "交代のため"}))
    assert _reaches(browsers[1], project_id) == [404, 404, 404]
    with town.world.database.write() as session:
        membership = session.get_one(Membership, left.membership_id)
        membership.roles = ["buyer_officer"]
        session.add(membership)
    assert _reaches(browsers[2], project_id)[:2] == [404, 404]
    town.world.clock.move(hours=14)  # 2026-11-25 0:00 in Japan has come, and the last day is still on
    fresh = town.world.api(by_date)
    assert fresh.get(f"/api/v1/projects/{project_id}").status_code == 200
    town.world.clock.move(hours=24)
    assert _reaches(fresh, project_id)[::2] == [404, 404]
    assert ok(fresh.get("/api/v1/me/projects"))["items"] == []
    again = ok(town.officer.get(f"/api/v1/projects/{project_id}/supporters"))["items"]
    assert not any(view["in_force"] for view in again)


def test_ties_to_vendors_must_be_declared_and_are_shown(town: Town) -> None:
    project_id, _ = town.assessed()
    helper = lender(town, "vendor_admin", "supporter", kind="adviser")
    with town.world.database.write() as session:
        vendor = session.merge(town.vendor)
        vendor.group_key = "9999000000019"
        session.add(vendor)
        home = session.get_one(type(town.vendor), helper.organisation_id)
        home.group_key = "9999000000019"
        session.add(home)
    support_id, secret = invited(town, project_id)
    browser = town.world.client(helper)
    hidden = browser.post("/api/v1/supporters/acceptance", json=DECLARED | {"secret": secret})
    assert pointers(hidden) == {"/has_interest"}
    told = {"secret": secret, "has_interest": True, "declaration": "同じグループの助言会社の役員です。"}
    ok(browser.post("/api/v1/supporters/acceptance", json=told))
    view = ok(town.officer.get(f"/api/v1/supporters/{support_id}"))
    assert view["ties"] == ["架空助言株式会社"]
    assert view["conflicts"] == ["架空ソフト株式会社"]
    assert "架空ソフト株式会社" in town.approver_page.get(f"/supporters/{support_id}").text
    assert town.messages("notify.support-changed")


def test_who_may_invite_accept_and_confirm(town: Town) -> None:
    project_id = town.project()
    strange = town.neighbour().project()
    given = {"project_ids": [project_id, strange], "ends_on": "2030-01-01"}
    assert pointers(town.approver_page.post("/api/v1/supporters", json=given)) == {
        "/project_ids/1",
        "/ends_on",
    }
    assert town.officer_page.post("/api/v1/supporters", json=given).status_code == 403
    support_id, secret = invited(town, project_id)
    acceptance = DECLARED | {"secret": secret}
    path = "/api/v1/supporters/acceptance"
    own = town.world.login(town.body, "supporter")
    for login, status in ((town.vendor_login, 403), (own, 409)):
        assert town.world.client(login).post(path, json=acceptance).status_code == status
    assert town.world.api(lender(town)).post(path, json=acceptance).status_code == 403, "no token accepts"
    with town.world.database.write() as session:
        stranger = lender(town)
        person = session.exec(select(Person).where(col(Person.id) == stranger.person_id)).one()
        person.issuer_key = "unknown"
        session.add(person)
    assert town.world.client(stranger).post(path, json=acceptance).status_code == 403, "not an allowed issuer"
    helper = lender(town)
    ok(town.world.client(helper).post(path, json=acceptance))
    second = town.world.client(town.world.login(town.body, "buyer_approver"))
    confirmation = f"/api/v1/supporters/{support_id}/confirmation"
    assert second.post(confirmation).status_code == 403, "the inviter alone, who knows whom it was sent to"
    ok(town.approver_page.post(confirmation))
    assert town.approver_page.post(confirmation).status_code == 409
    expired, late = invited(town, project_id, expires_in_days=1)
    town.world.clock.move(hours=25)
    assert town.world.client().get(f"/support-invitations/{late}").status_code == 303
    refused = town.world.api(helper).get(f"/api/v1/supporters/{expired}")
    assert refused.status_code == 403
