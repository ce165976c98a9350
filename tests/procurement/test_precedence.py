"""Whose terms win: texts frozen in their order, deviations answered before a confirmation, nothing altered later."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlmodel import col, select

from app.listings.models import Revision
from app.procurement.models import GoverningText
from tests.files.samples import pdf
from tests.procurement.test_documents import send
from tests.procurement.town import Town, ok, pointers, stranger

PROVISIONS = {
    "kind": "special_provisions",
    "title": "個人情報取扱特記事項",
    "body": "第1条　目的のほかに使わない。",
}
TERMS_OF_USE = {
    "kind": "terms_of_use",
    "title": "利用規約 第3版",
    "url": "https://madoguchi.example.jp/terms-3.pdf",
    "sha256": "AB" * 32,
    "retrieved_on": "令和8年11月24日",
}
ORDER = [{"kind": "individual"}, PROVISIONS, TERMS_OF_USE]
ASKED = {"clause": "第12条第2項", "wanted": "賠償の上限を年額の2倍とする。", "reason": "住民情報を扱うため。"}


def _stated(town: Town, contract_id: str, texts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return ok(town.officer.put(f"/api/v1/contracts/{contract_id}/terms", json={"texts": texts or ORDER}))


def test_an_order_is_frozen_deviations_are_answered_and_then_the_contract_is_confirmed(town: Town) -> None:
    contract_id = town.contract()["id"]
    path = f"/api/v1/contracts/{contract_id}"
    before = ok(town.officer.get(f"{path}/terms"))
    assert (before["stated"], before["open"], before["offered"][0]) == (False, True, "individual")
    terms = _stated(town, contract_id)
    digest = hashlib.sha256(PROVISIONS["body"].encode()).hexdigest()
    assert [(t["position"], t["kind"], t["sha256"]) for t in terms["texts"]] == [
        (1, "individual", ""),
        (2, "special_provisions", digest),
        (3, "terms_of_use", "ab" * 32),
    ]
    asked = {"text_id": terms["texts"][2]["id"], **ASKED}
    first = ok(town.officer.post(f"{path}/deviations", json=asked), 201)
    second = ok(town.officer.post(f"{path}/deviations", json=asked | {"clause": "第3条"}), 201)
    for client in (town.vendor_page, town.approver_page):
        waiting = client.post(f"{path}/confirmation")
        assert (waiting.status_code, waiting.json()["unanswered"]) == (409, 2)
    button, own = "内容を確認した", f"/vendor/contracts/{contract_id}"
    assert button not in town.vendor_page.get(own).text
    assert "団体として確認する" not in town.approver_page.get(f"/contracts/{contract_id}").text
    gone = town.officer.put(f"{path}/terms", json={"texts": ORDER[:2]})
    assert pointers(gone) == {"/texts"}, "a text that is asked about stays"
    assert (
        town.approver_page.post(
            f"{path}/deviations/{first['id']}/acceptance", json={"reason": "x"}
        ).status_code
        == 403
    )
    assert pointers(
        town.vendor_page.post(f"{path}/deviations/{first['id']}/decline", json={"reason": " "})
    ) == {"/reason"}
    yes = ok(
        town.vendor_page.post(f"{path}/deviations/{first['id']}/acceptance", json={"reason": "応じます。"})
    )
    ok(
        town.vendor_page.post(
            f"{path}/deviations/{second['id']}/decline", json={"reason": "他の団体と同じため。"}
        )
    )
    assert (yes["status"], yes["applies"]) == ("accepted", True)
    assert button in town.vendor_page.get(own).text
    assert town.officer.post(f"{path}/deviations/{first['id']}/withdrawal").status_code == 409
    read = ok(town.vendor_page.get(f"{path}/terms"))["digest"]
    _stated(town, contract_id, [ORDER[0], ORDER[2], ORDER[1]])
    stale = town.vendor_page.post(f"{path}/confirmation", json={"terms": read})
    assert stale.status_code == 409, "the order was changed after the vendor read it"
    ok(town.vendor_page.post(f"{path}/confirmation", json={"terms": stale.json()["digest"]}))
    frozen = town.officer.put(f"{path}/terms", json={"texts": ORDER})
    assert frozen.status_code == 409
    assert town.officer.post(f"{path}/deviations", json=asked).status_code == 409
    told = ok(town.officer.get(path))["terms"]
    assert [text["kind"] for text in told["texts"]] == ["individual", "terms_of_use", "special_provisions"]
    assert [(one["clause"], one["status"]) for one in told["deviations"]] == [
        ("第12条第2項", "accepted"),
        ("第3条", "declined"),
    ]
    assert len(town.events("contract.deviation-accepted")) == 1
    assert {row.key for row in town.messages("notify.deviation-answered")} == {contract_id}


def test_an_amendment_goes_by_the_same_texts_until_it_states_others(town: Town) -> None:
    contract_id = town.contract()["id"]
    path = f"/api/v1/contracts/{contract_id}"
    terms = _stated(town, contract_id)
    asked = {"text_id": terms["texts"][2]["id"], **ASKED}
    one = ok(town.officer.post(f"{path}/deviations", json=asked), 201)
    ok(town.vendor_page.post(f"{path}/deviations/{one['id']}/acceptance", json={"reason": "応じます。"}))
    ok(town.vendor_page.post(f"{path}/confirmation"))
    ok(town.officer.post(f"{path}/amendments", json=town.terms(total=None, reason="増員のため。")), 201)
    carried = ok(town.officer.get(f"{path}/terms"))
    assert (carried["version"], carried["open"]) == (2, True)
    assert carried["texts"] == terms["texts"]
    assert carried["deviations"][0]["applies"]
    newer = {**TERMS_OF_USE, "title": "利用規約 第4版", "sha256": "cd" * 32}
    now = _stated(town, contract_id, [ORDER[0], {"id": terms["texts"][1]["id"]}, newer])
    assert [text["version"] for text in now["texts"]] == [2, 2, 2]
    assert [text["version"] for text in now["earlier"]] == [1, 1, 1]
    assert not now["deviations"][0]["applies"], (
        "what was agreed about the third edition says nothing of the fourth"
    )
    with town.world.read() as session:
        bodies = session.exec(
            select(GoverningText.body).where(col(GoverningText.kind) == "special_provisions")
        ).all()
    assert bodies == [PROVISIONS["body"]] * 2


BAD: list[tuple[list[dict[str, Any]], set[str]]] = [
    ([], {"/texts"}),
    ([PROVISIONS], {"/texts"}),
    ([ORDER[0], ORDER[0]], {"/texts", "/texts/1/kind"}),
    ([ORDER[0], PROVISIONS, PROVISIONS], {"/texts/2/kind"}),
    ([ORDER[0], {"kind": "other"}], {"/texts/1/title", "/texts/1/body"}),
    ([ORDER[0], {"kind": "master", "title": "基本契約"}], set()),
    ([ORDER[0], PROVISIONS | {"sha256": "0" * 64}], {"/texts/1/sha256"}),
    (
        [ORDER[0], PROVISIONS | {"url": "https://example.jp/"}],
        {"/texts/1/url", "/texts/1/sha256", "/texts/1/retrieved_on"},
    ),
    ([ORDER[0], TERMS_OF_USE | {"sha256": "xyz"}], {"/texts/1/sha256"}),
    ([ORDER[0], TERMS_OF_USE | {"url": "javascript:alert(1)"}], {"/texts/1/url"}),
    ([ORDER[0], TERMS_OF_USE | {"url": "https://user@example.jp/"}], {"/texts/1/url"}),
    ([ORDER[0], TERMS_OF_USE | {"retrieved_on": "2026-12-31"}], {"/texts/1/retrieved_on"}),
    ([ORDER[0], TERMS_OF_USE | {"retrieved_on": None}], {"/texts/1/retrieved_on"}),
    ([ORDER[0], PROVISIONS | {"body": "あ\u0000"}], {"/texts/1/body"}),
    ([ORDER[0], {"id": "gt_elsewhere"}], {"/texts/1/id"}),
    ([{"kind": "individual", "body": "別の本文"}], {"/texts/0/kind"}),
    ([ORDER[0], {"kind": "other", "document_id": "doc_elsewhere"}], {"/texts/1/document_id"}),
    (
        [ORDER[0], PROVISIONS | {"document_id": "doc_elsewhere", "url": "https://example.jp/"}],
        {"/texts/1/document_id", "/texts/1/url", "/texts/1/sha256", "/texts/1/retrieved_on"},
    ),
]


def test_bad_texts_are_refused_every_fault_at_once(town: Town) -> None:
    contract_id = town.contract()["id"]
    for texts, wanted in BAD:
        answer = town.officer.put(f"/api/v1/contracts/{contract_id}/terms", json={"texts": texts})
        if not wanted:
            assert answer.json()["texts"][1]["body"], "the site's own 基本契約 is filled in"
            continue
        assert pointers(answer) == wanted, texts
    elsewhere = town.officer.post(
        f"/api/v1/contracts/{contract_id}/deviations", json={"text_id": "gt_elsewhere", **ASKED}
    )
    assert pointers(elsewhere) == {"/text_id"}
    assert stranger(town).get(f"/api/v1/contracts/{contract_id}/terms").status_code == 404
    stale = town.officer.put(
        f"/api/v1/contracts/{contract_id}/terms", json={"texts": ORDER}, headers={"If-Match": '"older"'}
    )
    assert stale.status_code == 412


def test_a_document_of_the_contract_is_a_text_and_stays_as_long_as_it_is_one(town: Town) -> None:
    contract_id = town.contract()["id"]
    path, page = f"/api/v1/contracts/{contract_id}", f"/contracts/{contract_id}"
    document = ok(send(town.officer, contract_id, pdf("約款"), kind="clauses", title="業務委託約款"), 201)
    of_document = {"kind": "general_conditions", "document_id": document["id"]}
    wrong = town.officer.put(f"{path}/terms", json={"texts": [ORDER[0], of_document | {"sha256": "0" * 64}]})
    assert pointers(wrong) == {"/texts/1/sha256"}
    neighbour = town.neighbour()
    other = neighbour.contract()["id"]
    elsewhere = neighbour.officer.put(
        f"/api/v1/contracts/{other}/terms", json={"texts": [ORDER[0], of_document]}
    )
    assert pointers(elsewhere) == {"/texts/1/document_id"}, "another contract's document is no source"
    form = {
        "texts-0-kind": "individual",
        "texts-1-kind": "general_conditions",
        "texts-1-document_id": document["id"],
    }
    refused = town.officer_page.post(f"{page}/terms", data=form | {"texts-1-body": "第1条"})
    assert refused.status_code == 422
    assert f'<option value="{document["id"]}" selected>' in refused.text
    assert town.officer_page.post(f"{page}/terms", data=form).status_code == 303
    text = ok(town.vendor_page.get(f"{path}/terms"))["texts"][1]
    assert (text["title"], text["document_id"], text["sha256"], text["body"]) == (
        "業務委託約款",
        document["id"],
        hashlib.sha256(pdf("約款")).hexdigest(),
        "",
    )
    link = f"{page}/documents/{document['id']}/content"
    assert f'href="{link}"' in town.vendor_page.get(f"{page}/terms").text
    assert town.vendor_page.get(link).content == pdf("約款")
    kept = town.officer.delete(f"{path}/documents/{document['id']}")
    assert (kept.status_code, kept.json()["text"]) == (409, text["id"])
    assert "優先順位の文書" in town.officer_page.get(f"{page}/documents").text
    _stated(town, contract_id, [ORDER[0], {"id": text["id"]}])
    assert ok(town.officer.get(f"{path}/documents/{document['id']}"))["governs"]
    _stated(town, contract_id)
    assert town.officer.delete(f"{path}/documents/{document['id']}").status_code == 204


def test_the_pages_of_both_sides_do_the_same_and_keep_what_was_typed(town: Town) -> None:
    contract_id = town.contract()["id"]
    path = f"/contracts/{contract_id}"
    with_address = town.officer_page.get(f"{path}/terms").text
    assert "契約した版の掲載にある利用規約" in with_address
    with town.world.database.write() as session:
        offer = session.exec(select(Revision).where(col(Revision.entry_id) == town.offer)).one()
        offer.answers = {name: value for name, value in offer.answers.items() if "terms_of_use" not in name}
        session.add(offer)
    without = town.officer_page.get(f"{path}/terms")
    assert without.status_code == 200, "most listings were registered before there was this question"
    assert "契約した版の掲載にある利用規約" not in without.text
    form = {
        "texts-0-rank": "２",
        "texts-0-kind": "individual",
        "texts-1-rank": "1",
        "texts-1-kind": "general_conditions",
        "texts-1-title": "れいじ町業務委託約款",
        "texts-1-body": "",
    }
    refused = town.officer_page.post(f"{path}/terms", data=form)
    assert refused.status_code == 422
    assert "本文も書類もアドレスもありません" in refused.text
    assert 'value="れいじ町業務委託約款"' in refused.text
    done = town.officer_page.post(f"{path}/terms", data=form | {"texts-1-body": "<b>第1条</b>"})
    assert done.status_code == 303
    assert "&lt;b&gt;第1条&lt;/b&gt;" in town.vendor_page.get(f"{path}/terms").text
    text = ok(town.officer.get(f"/api/v1{path}/terms"))["texts"][0]
    assert text["kind"] == "general_conditions"
    empty = town.officer_page.post(
        f"{path}/deviations", data={"text_id": text["id"], "clause": "第9条", "wanted": ""}
    )
    assert empty.status_code == 422
    assert 'value="第9条"' in empty.text
    town.officer_page.post(f"{path}/deviations", data={"text_id": text["id"], **ASKED})
    deviation = ok(town.officer.get(f"/api/v1{path}/terms"))["deviations"][0]
    assert "事業者の回答を待つ申し入れが1件" in town.vendor_page.get(f"/vendor{path}").text
    answer = f"{path}/deviations/{deviation['id']}/answer"
    name = f"{deviation['id']}-reason"
    assert town.vendor_page.post(answer, data={name: "", "action": "decline"}).status_code == 422
    assert town.vendor_page.post(answer, data={name: "応じます。", "action": "acceptance"}).status_code == 303
    assert "応じます。" in town.officer_page.get(f"{path}/terms").text
    assert (
        town.vendor_page.post(
            f"/vendor{path}/confirmation", data={"version": "1", "terms": "old"}
        ).status_code
        == 409
    )
    assert "文書と順位を定める" in town.officer_page.get(f"{path}/terms").text
