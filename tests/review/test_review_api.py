"""Review by API: exclusive claims, four eyes, decisions on exactly what was shown, what the vendor may read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import col, select

from app.organisations.models import MasterAgreement, Membership, Organisation
from app.review.models import ReviewCase
from tests.listings.market import Market


def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1{path}", json=body)


def finding(market: Market, case_id: str, **changes: Any) -> Any:
    body = {"field": "summary", "reason_code": "unclear", "text": "直してください。"} | changes
    return post(market.reviewer, f"/reviews/{case_id}/findings", body)


def edit(market: Market, path: str, **answers: Any) -> None:
    etag = market.editor.get(f"/api/v1{path}").headers["etag"]
    done = market.editor.patch(f"/api/v1{path}", json={"answers": answers}, headers={"If-Match": etag})
    assert done.status_code == 200, done.text


def test_a_submission_is_complete_frozen_and_single(market: Market) -> None:
    bare = post(market.editor, "/software", {"answers": {"name": "名だけ"}}).json()
    refused = post(market.editor, f"/software/{bare['id']}/submission")
    assert refused.status_code == 422
    pointers = {fault["pointer"] for fault in refused.json()["errors"]}
    assert {"/answers/summary", "/answers/business_areas", "/answers/contact_email"} <= pointers
    assert market.editor.get(f"/api/v1/software/{bare['id']}").json()["draft"]["status"] == "draft"
    path = f"/software/{market.draft()['id']}"
    stale = market.editor.post(f"/api/v1{path}/submission", headers={"If-Match": '"9-9"'})
    assert stale.status_code == 412
    market.submit(path)
    second = post(market.editor, f"{path}/submission")
    assert (second.status_code, second.json()["type"]) == (409, "/problems/transition-refused")
    assert "recall" in second.json()["allowed"]
    etag = market.editor.get(f"/api/v1{path}").headers["etag"]
    frozen = market.editor.patch(
        f"/api/v1{path}", json={"answers": {"summary": "x"}}, headers={"If-Match": etag}
    )
    assert (frozen.status_code, frozen.json()["state"]) == (409, "submitted")
    assert post(market.seller, f"{path}/recall").status_code == 404


def test_without_an_agreement_one_may_draft_but_not_submit(market: Market) -> None:
    firm = market.world.vendor("契約前", agreement=False)
    client = market.world.api(market.world.login(firm, "vendor_admin"))
    made = post(client, "/software", {"answers": market.draft()["draft"]["answers"]})
    assert made.status_code == 201
    refused = post(client, f"/software/{made.json()['id']}/submission")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/agreement-inactive")


def test_a_repeated_submission_with_its_key_opens_one_case(market: Market) -> None:
    path = f"/api/v1/software/{market.draft()['id']}/submission"
    answers = [market.editor.post(path, headers={"Idempotency-Key": "s1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_one_of_many_reviewers_gets_the_case(market: Market) -> None:
    case_id = market.submit(f"/software/{market.draft()['id']}")
    agency = market.world.agency()
    clients = [market.world.client(market.world.login(agency, "reviewer")) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda client: post(client, f"/reviews/{case_id}/claim").status_code, clients)
        )
    assert sorted(answers) == [200] + [409] * 5
    assert (
        market.editor.get("/api/v1/software?mine=true").json()["items"][0]["draft"]["status"] == "in_review"
    )


def test_one_of_two_submissions_at_once_wins(market: Market) -> None:
    path = f"/software/{market.draft()['id']}/submission"
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: post(market.editor, path).status_code, range(4)))
    assert sorted(statuses) == [201, 409, 409, 409]


def test_only_the_claimer_acts_and_may_give_back(market: Market) -> None:
    case = market.claim(market.submit(f"/software/{market.draft()['id']}"))
    path = f"/reviews/{case['id']}"
    decision = {
        "verdict": "approve",
        "revision_id": case["revision"]["id"],
        "content_hash": case["revision"]["content_hash"],
    }
    assert post(market.second_reviewer, f"{path}/claim").status_code == 409
    assert post(market.second_reviewer, f"{path}/decision", decision).status_code == 403
    assert post(market.second_reviewer, f"{path}/release").status_code == 403
    other = {"field": "", "reason_code": "other", "text": "x"}
    assert post(market.second_reviewer, f"{path}/findings", other).status_code == 403
    assert post(market.reviewer, f"{path}/release").status_code == 200
    unclaimed = post(market.reviewer, f"{path}/decision", decision)
    assert (unclaimed.status_code, unclaimed.json()["state"]) == (409, "queued")
    assert post(market.second_reviewer, f"{path}/claim").status_code == 200


def test_tokens_read_reviews_but_never_act(market: Market) -> None:
    case_id = market.submit(f"/software/{market.draft()['id']}")
    program = market.world.api(market.reviewer_login)
    assert program.get(f"/api/v1/reviews/{case_id}").status_code == 200
    for verb in ("claim", "release"):
        assert post(program, f"/reviews/{case_id}/{verb}").status_code == 403


def test_a_decision_wants_a_fresh_login(market: Market) -> None:
    case = market.claim(market.submit(f"/software/{market.draft()['id']}"))
    market.world.clock.move(minutes=11)
    refused = market.decide(case, "approve")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/step-up-required")


def test_the_vendor_recalls_and_edits_meanwhile(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    case = market.claim(market.submit(path))
    assert post(market.editor, f"{path}/recall").status_code == 200
    # Recalled, nothing edited yet.
    assert market.decide(case, "approve").status_code == 409
    edit(market, path, summary="審査担当が見ていない概要")
    refused = market.decide(case, "approve")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/revision-changed")
    market.submit(path)
    assert market.decide(case, "approve").status_code == 409
    assert market.reviewer.get(f"/api/v1/reviews/{case['id']}").json()["status"] == "recalled"
    assert market.visitor.get(f"/api/v1{path}").status_code == 404
    # Nor does the old hash decide on the new case.
    fresh = market.reviewer.get("/api/v1/reviews").json()["items"]
    assert len(fresh) == 1
    market.claim(fresh[0]["id"])
    assert market.decide(case | {"id": fresh[0]["id"]}, "approve").status_code == 409
    assert market.visitor.get(f"/api/v1{path}").status_code == 404


def test_recall_frees_the_reviewer(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    market.claim(market.submit(path))
    assert post(market.editor, f"{path}/recall").json()["status"] == "recalled"
    assert market.reviewer.get("/api/v1/reviews?mine=true").json()["items"] == []
    assert post(market.editor, f"{path}/recall").status_code == 409


@pytest.mark.parametrize("relation", ["submitter", "member", "group"])
def test_four_eyes(market: Market, relation: str) -> None:
    made = market.draft()
    case_id = market.submit(f"/software/{made['id']}")
    with market.world.database.write() as session:
        case = session.exec(select(ReviewCase).where(col(ReviewCase.id) == case_id)).one()
        if relation == "submitter":
            case.submitted_by = market.reviewer_login.person_id
            session.add(case)
    if relation == "member":
        market.world.join(market.reviewer_login, market.vendor)
    if relation == "group":
        sister = market.world.vendor("親会社")
        with market.world.database.write() as session:
            vendor = session.exec(select(Organisation).where(col(Organisation.id) == market.vendor.id)).one()
            vendor.group_key = sister.corporate_number
            session.add(vendor)
        market.world.join(market.reviewer_login, sister)
    refused = post(market.reviewer, f"/reviews/{case_id}/claim")
    assert refused.status_code == 403
    assert refused.json()["rule"] == "four-eyes"
    assert market.reviewer.get(f"/api/v1/reviews/{case_id}").json()["conflict"]
    assert post(market.second_reviewer, f"/reviews/{case_id}/claim").status_code == 200


def test_who_joins_the_vendor_after_claiming_cannot_decide(market: Market) -> None:
    case = market.claim(market.submit(f"/software/{market.draft()['id']}"))
    market.world.join(market.reviewer_login, market.vendor)
    assert market.decide(case, "approve").status_code == 403


def test_a_return_needs_a_finding_and_leaves_the_live_revision(market: Market) -> None:
    software_id = market.published()
    path = f"/software/{software_id}"
    before = market.visitor.get(f"/api/v1{path}").json()
    edit(market, path, summary="次の概要")
    case = market.claim(market.submit(path))
    assert [change["field"] for change in case["changes"]] == ["summary"]
    assert case["live"]["number"] == 1
    assert market.decide(case, "return").status_code == 422
    assert market.decide(case, "reject").status_code == 422
    assert market.decide(case, "later").status_code == 422
    faulty = finding(market, case["id"], field="no_such", reason_code="no_such", text=" ")
    pointers = [fault["pointer"] for fault in faulty.json()["errors"]]
    assert (faulty.status_code, pointers) == (422, ["/field", "/reason_code", "/text"])
    first = finding(market, case["id"]).json()
    assert (
        post(market.reviewer, f"/reviews/{case['id']}/findings/{first['id']}/withdrawal").status_code == 200
    )
    assert market.decide(case, "return").status_code == 422
    assert finding(market, case["id"], text="残す指摘").status_code == 201
    note = post(market.reviewer, f"/reviews/{case['id']}/notes", {"text": "内輪の話"})
    assert note.status_code == 201
    # Until decided, the vendor reads nothing of it; notes never.
    assert market.editor.get(f"/api/v1{path}/decision").json()["decision"]["status"] == "approved"
    assert market.decide(case, "return", "お願いします。").status_code == 200
    told = market.editor.get(f"/api/v1{path}/decision")
    assert told.json()["decision"]["status"] == "returned"
    assert [row["text"] for row in told.json()["decision"]["findings"]] == ["残す指摘"]
    assert "内輪の話" not in told.text
    for client in (market.editor, market.seller, market.visitor):
        assert client.get(f"/api/v1/reviews/{case['id']}").status_code in (401, 403)
        assert client.get(f"/api/v1/reviews/{case['id']}/notes").status_code in (401, 403)
    assert market.seller.get(f"/api/v1{path}/decision").status_code == 404
    assert market.visitor.get(f"/api/v1{path}").json() == before
    # A returned revision is edited and submitted again under the same number.
    edit(market, path, summary="直した概要")
    assert market.editor.get(f"/api/v1{path}").json()["draft"]["number"] == 2
    market.approve(path)
    seen = market.visitor.get(f"/api/v1{path}").json()
    assert (seen["live"]["number"], seen["live"]["answers"]["summary"]) == (2, "直した概要")
    dates = market.visitor.get(f"/api/v1{path}/revisions").json()["items"]
    assert [(row["number"], row["replaced_at"] is None) for row in dates] == [(2, True), (1, False)]
    assert {row["status"] for row in dates} == {None}
    assert market.visitor.get(f"/api/v1{path}/revisions/1").status_code == 404
    assert market.editor.get(f"/api/v1{path}/revisions/1").status_code == 200


def test_a_rejection_lets_the_vendor_begin_anew(market: Market) -> None:
    path = f"/software/{market.draft()['id']}"
    case = market.claim(market.submit(path))
    assert market.decide(case, "reject", "対象外です。").status_code == 200
    assert market.visitor.get(f"/api/v1{path}").status_code == 404
    assert post(market.editor, f"{path}/submission").status_code == 409
    edit(market, path, summary="新しい版")
    draft = market.editor.get(f"/api/v1{path}").json()["draft"]
    assert (draft["number"], draft["status"]) == (2, "draft")


def test_checks_are_kept_as_they_were_at_the_decision(market: Market) -> None:
    case = market.claim(market.submit(f"/software/{market.draft()['id']}"))
    assert market.decide(case, "approve").status_code == 200
    with market.world.database.write() as session:
        agreement = session.exec(
            select(MasterAgreement).where(col(MasterAgreement.organisation_id) == market.vendor.id)
        ).one()
        agreement.status = "suspended"
        session.add(agreement)
    kept = market.reviewer.get(f"/api/v1/reviews/{case['id']}").json()
    assert kept["checks"] == case["checks"]
    assert kept["decided_by"] == market.reviewer_login.name


def test_the_queue_is_old_first_filtered_and_paged(market: Market, query_counter: Any) -> None:
    first = market.submit(f"/software/{market.draft(name='一番目')['id']}")
    market.world.clock.move(days=2)
    second = market.submit(f"/software/{market.draft(name='二番目')['id']}")
    market.world.clock.move(days=1)
    market.reviewer = market.world.client(market.world.login(market.world.agency(), "reviewer"))
    market.claim(second)

    def ids(query: str = "") -> list[str]:
        answer = market.reviewer.get(f"/api/v1/reviews{query}")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert ids() == [first, second]
    lines = market.reviewer.get("/api/v1/reviews").json()["items"]
    assert [line["age_days"] for line in lines] == [3, 1]
    assert ids("?mine=true") == [second]
    assert ids("?status=queued") == [first]
    assert ids("?kind=offer") == []
    assert ids(f"?vendor={market.vendor.id}") == [first, second]
    assert ids(f"?vendor={market.rival.id}") == []
    page = market.reviewer.get("/api/v1/reviews?limit=1").json()
    assert ids(f"?limit=1&cursor={page['next']}") == [second]
    assert market.reviewer.get("/api/v1/reviews?status=nonsense").status_code == 422
    agency_admin = market.world.client(market.world.login(market.world.agency(), "agency_admin"))
    assert agency_admin.get("/api/v1/reviews").status_code == 200
    assert market.editor.get("/api/v1/reviews").status_code == 403
    for number in range(8):
        market.submit(f"/software/{market.draft(name=f'追加{number}')['id']}")
    with query_counter() as seen:
        assert len(ids()) == 10
    assert len(seen) <= 14, seen


def test_reads_of_what_is_not_there(market: Market) -> None:
    assert market.reviewer.get("/api/v1/reviews/case_no").status_code == 404
    assert post(market.reviewer, "/reviews/case_no/claim").status_code == 404
    case = market.claim(market.submit(f"/software/{market.draft()['id']}"))
    assert post(market.reviewer, f"/reviews/{case['id']}/findings/fnd_no/withdrawal").status_code == 404
    assert len(market.reviewer.get("/api/v1/reviews/reasons").json()["items"]) >= 10


def test_a_case_whose_reviewer_left_is_taken_over(market: Market) -> None:
    case = market.claim(market.submit(f"/software/{market.draft()['id']}"))
    path = f"/reviews/{case['id']}"
    assert post(market.second_reviewer, f"{path}/claim").status_code == 409
    with market.world.database.write() as session:
        membership = session.get(Membership, market.reviewer_login.membership_id)
        assert membership is not None
        membership.status, membership.ended_at = "ended", market.world.clock.now()
        session.add(membership)
    assert market.second_reviewer.get(f"/api/v1{path}").json()["left_behind"] is True
    assert "担当を引き継ぐ" in market.second_reviewer.get(f"/review/cases/{case['id']}").text
    taken = post(market.second_reviewer, f"{path}/claim")
    assert (taken.status_code, taken.json()["mine"]) == (200, True)
    decision = {
        "verdict": "approve",
        "revision_id": case["revision"]["id"],
        "content_hash": case["revision"]["content_hash"],
    }
    assert post(market.second_reviewer, f"{path}/decision", decision).status_code == 200
