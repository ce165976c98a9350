"""From the saved search to the exclusions: pinned, locked, judged by condition, excluded in groups."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from app.catalogue.query import SearchParams
from app.catalogue.results import AllHits
from app.catalogue.search import SearchService
from app.outbox.publish import publish
from app.procurement import assessment
from app.procurement.models import SavedSearchResult
from tests.procurement.town import Town, ok, pointers


def test_a_saved_search_keeps_the_whole_result_at_one_moment(town: Town) -> None:
    project_id = town.project()
    poor_offer = town.shelf.offer(town.vendor, town.poor)
    town.shelf.sync(town.poor)
    town.shelf.revise(town.good, summary="新しい概要")
    town.shelf.revise(poor_offer, included_support="電話の受付を平日の21時まで延ばしました。")
    path = f"/api/v1/projects/{project_id}/searches"
    given = {"query": {"q": "窓口", "area": ["counter_dx_saas"], "page": "2", "limit": "1"}}
    saved = ok(town.officer.post(path, json=given), 201)
    assert saved["query"] == {"q": ["窓口"], "area": ["counter_dx_saas"]}
    assert "窓口" in saved["sentence"]
    assert "窓口DXSaaS" in saved["sentence"]
    assert saved["engine"]
    assert saved["generation"] not in ("", "none")
    assert saved["as_of"] == "2026-11-24T01:00:00Z"
    assert saved["degraded"] is False
    assert saved["rotation"] == SearchParams().rotation(town.world.clock.today())
    assert saved["rotation"] > 0, "which of the fixed orders among ties was in force"
    assert saved["total"] == len(saved["results"]) == 3
    assert [row["position"] for row in saved["results"]] == [1, 2, 3]
    marked = {row["software_id"]: (row["revision_number"], row["index_differed"]) for row in saved["results"]}
    assert marked == {town.good: (2, True), town.poor: (1, True), town.silent: (1, False)}
    offers = {row["software_id"]: row["offers"] for row in saved["results"]}
    assert [offer["offer_id"] for offer in offers[town.good]] == [town.offer]
    assert [(offer["offer_id"], offer["revision_number"]) for offer in offers[town.poor]] == [(poor_offer, 2)]
    assert offers[town.silent] == []
    listed = ok(town.officer.get(path))["items"]
    assert [item["id"] for item in listed] == [saved["id"]]
    assert len(town.events("search.saved")) == 1
    ok(town.officer.post(f"{path}/{saved['id']}/lock"))
    project = f"/projects/{project_id}"
    for page in (project, f"{project}/statement", f"/api/v1{project}/evidence?format=csv"):
        assert town.officer_page.get(page).text.count("索引は前の版") == 2, page


@pytest.mark.parametrize("way", ["api", "page", "new"])
def test_others_write_while_the_engine_searches(
    town: Town, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The embedded database has one writer: a search inside the transaction would make everybody wait for it."""
    project_id = town.project()
    searching = SearchService.all_hits
    wrote: list[str] = []

    def all_hits(service: SearchService, params: SearchParams) -> AllHits:
        with town.world.database.write() as session:
            wrote.append(publish(session, "test.other", "a", at=town.world.clock.now()).id)
        return searching(service, params)

    monkeypatch.setattr(SearchService, "all_hits", all_hits)
    path = f"/projects/{project_id}/searches"
    if way == "api":
        headers = {"Idempotency-Key": "s1"}
        ok(town.officer.post(f"/api/v1{path}", json={"query": {"q": "窓口"}}, headers=headers), 201)
    else:
        given = {"search": "q=窓口", "title": "x", "need": "x", "fiscal_year": "2026"}
        given |= {"business_area": "counter_dx_saas", "organisation_id": town.body.id}
        answer = town.officer_page.post(path if way == "page" else "/projects/new", data=given)
        assert answer.status_code == 303, answer.text
    assert len(wrote) == 1
    assert len(town.events("search.saved")) == 1


def test_a_search_too_long_to_keep_is_refused_and_never_cut(town: Town) -> None:
    project_id = town.project()
    search = "q=窓口&area=counter_dx_saas&strict=1&q=" + "a" * 4000
    fields = {"search": search, "project_id": project_id, "organisation_id": town.body.id}
    for path in (f"/projects/{project_id}/searches", "/projects/save-search", "/projects/new"):
        answer = town.officer_page.post(path, data=fields)
        assert answer.status_code == 422
        assert "検索の条件が長すぎます" in answer.text
    assert town.officer_page.get(f"/projects/save-search?{search}").status_code == 422
    assert town.events("search.saved") == []


def test_a_changed_note_is_in_the_trail(town: Town) -> None:
    project_id, item_id = town.assessed()
    path = f"/api/v1/projects/{project_id}/shortlist/{item_id}"
    for note in ("見積を待つ。", "見積を待つ。", "見積が届いた。"):
        ok(town.officer.patch(path, json={"note": note}, headers={"If-Match": "*"}))
    events = town.events("candidate.noted")
    assert [event.details for event in events] == [{"item_id": item_id}] * 2


def test_an_empty_result_may_be_saved_and_locked(town: Town) -> None:
    project_id = town.project()
    saved = town.locked(project_id, q="どこにもない言葉", strict="1")
    assert saved["total"] == 0
    none = {"outcome": "none_suitable", "reason": "一つもないため。"}
    assert ok(town.officer.post(f"/api/v1/projects/{project_id}/selection", json=none), 201)


def test_a_wrong_parameter_is_refused_with_the_nearest(town: Town) -> None:
    answer = town.officer.post(
        f"/api/v1/projects/{town.project()}/searches", json={"query": {"area": "counter_dx_sas"}}
    )
    assert pointers(answer) == {"/area"}
    assert "counter_dx_saas" in answer.json()["errors"][0]["remedy"]


def test_the_locked_search_is_replaced_only_before_assessing(town: Town) -> None:
    project_id = town.project()
    path = f"/api/v1/projects/{project_id}"
    first = town.locked(project_id)
    second = town.locked(project_id, q="まどぐちナビ")
    states = {s["id"]: s for s in ok(town.officer.get(f"{path}/searches"))["items"]}
    assert states[first["id"]]["locked_at"] is None
    assert states[first["id"]]["unlocked_at"]
    assert states[second["id"]]["locked_at"]
    item = ok(town.officer.post(f"{path}/shortlist", json={"software_id": town.good}), 201)
    ok(town.officer.post(f"{path}/shortlist/{item['id']}/removal", json={"reason": "誤り"}))
    assert town.officer.post(f"{path}/searches/{first['id']}/lock").status_code == 409
    assert town.officer.post(f"{path}/searches/{second['id']}/lock").status_code == 200


def test_the_table_says_meets_fails_or_unanswered(town: Town) -> None:
    project_id = town.project()
    town.locked(project_id)
    condition_id = town.condition(project_id)
    price = town.condition(
        project_id, subject="offer", field="price_lines", operator="at_most", wanted="110000"
    )
    table = ok(town.officer.get(f"/api/v1/projects/{project_id}/assessment"))
    cells = {
        row["software_id"]: {cell["condition_id"]: cell["outcome"] for cell in row["outcomes"]}
        for row in table["results"]
    }
    assert {id_: outcome[condition_id] for id_, outcome in cells.items()} == {
        town.good: "meets",
        town.poor: "fails",
        town.silent: "unanswered",
    }
    assert {id_: outcome[price] for id_, outcome in cells.items()} == {
        town.good: "meets",
        town.poor: "unanswered",
        town.silent: "unanswered",
    }
    answers = {row["software_id"]: row["outcomes"][0]["answer"] for row in table["results"]}
    assert answers[town.silent] == "未回答"
    assert [(c["fails"], c["unanswered"]) for c in table["conditions"]] == [(1, 1), (0, 2)]
    assert table["open"] == 3


def test_the_table_stays_as_it_was_when_listings_change(town: Town) -> None:
    project_id = town.project()
    town.locked(project_id)
    town.condition(project_id)
    path = f"/api/v1/projects/{project_id}/assessment"
    before = ok(town.officer.get(path))
    town.shelf.revise(town.poor, accessibility_level="aa")
    town.shelf.end(town.good, "suspended")
    assert ok(town.officer.get(path)) == before


def test_conditions_are_checked_against_the_schema(town: Town) -> None:
    project_id = town.project()
    path = f"/api/v1/projects/{project_id}/conditions"
    for given, pointer in (
        ({"field": "no_such", "operator": "answered"}, "/field"),
        ({"field": "name", "operator": "at_least", "wanted": 1}, "/operator"),
        ({"field": "accessibility_level", "operator": "equals", "wanted": "aaaa"}, "/wanted"),
        ({"field": "functions", "operator": "all_of", "wanted": []}, "/wanted"),
        ({"field": "api_available", "operator": "equals", "wanted": "maybe"}, "/wanted"),
        ({"field": "rto_hours", "operator": "at_most", "wanted": "soon"}, "/wanted"),
        ({"field": "april_order_by", "operator": "at_most", "wanted": "2027-02-30"}, "/wanted"),
    ):
        answer = town.officer.post(path, json=given)
        assert pointers(answer) == {pointer}, answer.text
        assert all(error["remedy"] for error in answer.json()["errors"])
    assert ok(town.officer.get(path))["items"] == []


def test_group_exclusion_lists_what_fails_and_can_be_taken_back(town: Town) -> None:
    project_id = town.project()
    path = f"/api/v1/projects/{project_id}"
    early = town.officer.post(f"{path}/exclusions", json={"reason": "x", "software_ids": [town.good]})
    assert early.status_code == 409
    town.locked(project_id)
    condition_id = town.condition(project_id)
    given = {"condition_id": condition_id, "reason": "必須のため。"}
    made = ok(town.officer.post(f"{path}/exclusions", json=given), 201)
    assert made["results"] == [{"software_id": town.poor, "outcome": "fails"}]
    nothing = town.officer.post(f"{path}/exclusions", json=given)
    assert pointers(nothing) == {"/condition_id"}
    also = ok(town.officer.post(f"{path}/exclusions", json=given | {"include_unanswered": True}), 201)
    assert also["results"] == [{"software_id": town.silent, "outcome": "unanswered"}]
    assert town.officer.delete(f"{path}/conditions/{condition_id}").status_code == 409
    assert town.officer.post(f"{path}/shortlist", json={"software_id": town.poor}).status_code == 409
    ok(town.officer.post(f"{path}/exclusions/{made['id']}/withdrawal"))
    assert town.officer.post(f"{path}/exclusions/{made['id']}/withdrawal").status_code == 409
    places = {r["software_id"]: r["place"] for r in ok(town.officer.get(f"{path}/assessment"))["results"]}
    assert places == {town.good: "open", town.poor: "open", town.silent: "excluded"}
    assert ok(town.officer.post(f"{path}/shortlist", json={"software_id": town.poor}), 201)
    assert len(ok(town.officer.get(f"{path}/exclusions"))["items"]) == 2


def test_a_single_exclusion_is_only_for_what_meets_every_condition(town: Town) -> None:
    project_id = town.project()
    path = f"/api/v1/projects/{project_id}/exclusions"
    town.locked(project_id)
    condition_id = town.condition(project_id)
    one = town.officer.post(path, json={"reason": "x", "software_ids": [town.poor]})
    assert pointers(one) == {"/condition_id"}
    wrong = town.officer.post(
        path, json={"reason": "x", "condition_id": condition_id, "software_ids": [town.good, town.poor]}
    )
    assert pointers(wrong) == {"/software_ids/0"}
    several = town.officer.post(path, json={"reason": "x", "software_ids": [town.good, town.poor]})
    assert "/software_ids" in pointers(several)
    unknown = town.officer.post(path, json={"reason": "x", "software_ids": ["sw_other"]})
    assert "/software_ids/0" in pointers(unknown)
    assert pointers(town.officer.post(path, json={"reason": " ", "software_ids": [town.good]})) == {"/reason"}
    made = ok(
        town.officer.post(path, json={"reason": "実地の確認で遅かった。", "software_ids": [town.good]}), 201
    )
    assert made["results"] == [{"software_id": town.good, "outcome": "meets"}]


def test_candidates_are_results_at_the_pinned_revision(town: Town) -> None:
    project_id = town.project()
    path = f"/api/v1/projects/{project_id}/shortlist"
    assert town.officer.post(path, json={"software_id": town.good}).status_code == 409
    town.locked(project_id, q="まどぐちナビ")
    assert pointers(town.officer.post(path, json={"software_id": "sw_other"})) == {"/software_id"}
    town.shelf.revise(town.good, summary="変えた")
    bad = town.officer.post(path, json={"software_id": town.good, "offer_id": "of_other"})
    assert pointers(bad) == {"/offer_id"}
    made = town.officer.post(path, json={"software_id": town.good})
    item = ok(made, 201)
    assert item["software_revision_number"] == 1
    assert item["software"]["answers"]["summary"] != "変えた"
    assert item["offer"] is None
    assert town.officer.post(path, json={"software_id": town.good}).status_code == 409
    mine = f"{path}/{item['id']}"
    assert town.officer.patch(mine, json={"offer_id": town.offer}).status_code == 428
    headers = {"If-Match": made.headers["ETag"]}
    chosen = ok(town.officer.patch(mine, json={"offer_id": town.offer}, headers=headers))
    assert chosen["offer"]["entry_id"] == town.offer
    assert town.officer.patch(mine, json={"note": "x"}, headers=headers).status_code == 412
    town.shelf.end(town.good, "suspended")
    assert ok(town.officer.get(mine))["software"]["answers"]["name"] == "まどぐちナビ（架空）"
    assert town.world.api().get(f"/api/v1/software/{town.good}").status_code == 410


def test_the_table_takes_the_same_queries_for_many_results(town: Town) -> None:
    def queries(project_id: str) -> int:
        seen: list[str] = []
        with town.world.read() as session:
            bind = session.get_bind().engine
            listener = lambda *args: seen.append(args[2])  # noqa: E731  # kept to be removed again
            event.listen(bind, "before_cursor_execute", listener)
            try:
                assessment.assess(session, town.actor(), town.shelf.schema, project_id)
            finally:
                event.remove(bind, "before_cursor_execute", listener)
        return len(seen)

    few = town.project()
    town.locked(few, q="まどぐちナビ")
    for number in range(6):
        town.shelf.software(town.vendor, f"窓口その{number}（架空）")
    town.shelf.rebuild()
    many = town.project()
    town.locked(many)
    with town.world.read() as session:
        rows = session.exec(select(col(SavedSearchResult.search_id))).all()
    assert len(rows) >= 10
    assert queries(many) == queries(few) > 0
