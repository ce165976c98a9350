"""A contract's mails say what is true when they leave, however late the worker comes: one row per state."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest

from app.access.actor import system_actor
from app.notifications.mail import FolderTransport
from app.notifications.service import Notifier
from app.procurement import housekeeping
from app.settings import Settings
from tests.files.samples import docx, pdf
from tests.procurement.test_documents import send
from tests.procurement.town import Town, ok
from tests.support.smtp import plain_text

RECORDED, ANSWERED, ENDED = "notify.contract-recorded", "notify.contract-answered", "notify.contract-ended"
Deliver = Callable[[str, str], list[EmailMessage]]


@pytest.fixture
def deliver(town: Town, settings: Settings, tmp_path: Path) -> Deliver:
    """What a topic's row sends now."""

    def run(topic: str, key: str) -> list[EmailMessage]:
        folder = tmp_path / "out" / str(len(list((tmp_path / "out").glob("*"))))
        folder.mkdir(parents=True)
        Notifier(town.world.database, settings, town.world.clock, FolderTransport(folder)).deliver(
            topic, key, "ob_1"
        )
        parser = BytesParser(policy=default)
        return [parser.parsebytes(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]

    return run


def _text(messages: list[EmailMessage]) -> str:
    return "\n".join(f"{m['Subject']}\n{plain_text(m)}" for m in messages)


def _act(town: Town, contract_id: str, state: str) -> None:
    path = f"/api/v1/contracts/{contract_id}"
    if state in ("disputed", "amended", "terminated"):
        ok(town.vendor_page.post(f"{path}/dispute", json={"reason": "単価が違う。"}))
    if state == "amended":
        given = town.terms(total=None, reason="単価を直した。")
        ok(town.officer.post(f"{path}/amendments", json=given), 201)
    if state == "confirmed":
        ok(town.vendor_page.post(f"{path}/confirmation"))
    if state == "terminated":
        given = {"ended_on": "2027-09-30", "reason": "庁舎統合のため。"}
        ok(town.officer.post(f"{path}/termination", json=given))
    if state == "expired":
        town.world.clock.move(days=500)
        with town.world.database.write() as session:
            assert housekeeping.sweep(session, system_actor(), town.world.clock) == 1


@pytest.mark.parametrize(
    ("state", "recorded", "answered", "ended"),
    [
        ("recorded", ["を記録しました", "2026年12月8日"], [], []),
        ("amended", ["変更の確認", "第2版", "変更の理由: 単価を直した。"], [], []),
        ("confirmed", [], ["を確認しました", "第1版"], []),
        ("disputed", [], ["異議を申し出ました", "理由: 単価が違う。"], []),
        ("terminated", [], [], ["途中での終了", "2027年9月30日", "理由: 庁舎統合のため。"]),
        ("expired", [], [], ["期間が満了", "2028年3月31日"]),
    ],
)
def test_each_state_has_its_words_and_no_others(
    town: Town, deliver: Deliver, state: str, recorded: list[str], answered: list[str], ended: list[str]
) -> None:
    contract_id = town.contract()["id"]
    _act(town, contract_id, state)
    for topic, words in ((RECORDED, recorded), (ANSWERED, answered), (ENDED, ended)):
        messages = deliver(topic, contract_id)
        said = _text(messages)
        assert bool(messages) is bool(words), said
        for phrase in words:
            assert phrase in said
        if state == "terminated":
            assert "単価が違う" not in said
        if state != "amended":
            assert "第2版" not in said


@pytest.mark.parametrize("state", ["terminated", "expired"])
def test_both_sides_hear_of_the_end_and_read_it_at_their_own_page(
    town: Town, deliver: Deliver, state: str
) -> None:
    contract_id = town.contract()["id"]
    _act(town, contract_id, state)
    assert [row.key for row in town.messages(ENDED)] == [contract_id]
    links = {
        str(message["To"]): f"/vendor/contracts/{contract_id}" in plain_text(message)
        for message in deliver(ENDED, contract_id)
    }
    assert len(links) == 3
    vendor = [to for to, at_the_vendors in links.items() if at_the_vendors]
    assert [town.vendor_login.name in to for to in vendor] == [True]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # no query of its own
def test_the_other_side_is_told_of_documents(town: Town, deliver: Deliver) -> None:
    contract_id = town.contract(number="れいじ-7")["id"]
    made = ok(send(town.officer, contract_id, pdf()), 201)
    assert {row.key for row in town.messages("notify.documents-of-buyer")} == {contract_id}
    assert town.messages("notify.documents-of-vendor") == []
    mails = deliver("notify.documents-of-buyer", contract_id)
    assert [mail["To"].addresses[0].display_name for mail in mails] == [town.vendor_login.name]
    assert "契約書の写し（契約書.pdf）" in _text(mails)
    ok(send(town.world.api(town.vendor_login), contract_id, docx(), "約款.docx", title="約款"), 201)
    back = deliver("notify.documents-of-vendor", contract_id)
    names = {mail["To"].addresses[0].display_name for mail in back}
    assert names == {town.officer_login.name, town.approver_login.name}
    assert "契約書の写し" not in _text(back)
    assert town.officer.delete(f"/api/v1/contracts/{contract_id}/documents/{made['id']}").status_code == 204
    assert "今はありません" in _text(deliver("notify.documents-of-buyer", contract_id))


def test_the_vendor_is_told_of_deviations_and_the_buyer_of_the_answers(town: Town, deliver: Deliver) -> None:
    contract_id = town.contract()["id"]
    path = f"/api/v1/contracts/{contract_id}"
    texts = [{"kind": "individual"}, {"kind": "other", "title": "約款", "body": "第1条"}]
    text_id = ok(town.officer.put(f"{path}/terms", json={"texts": texts}))["texts"][1]["id"]
    asked = {"text_id": text_id, "clause": "第1条", "wanted": "除く。", "reason": "規則のため。"}
    deviation = ok(town.officer.post(f"{path}/deviations", json=asked), 201)
    told = deliver("notify.contract-terms", contract_id)
    assert [f"{town.vendor_login.name} 様" in _text([message]) for message in told] == [True]
    assert "回答を待っている申し入れが1件" in _text(told)
    ok(
        town.vendor_page.post(
            f"{path}/deviations/{deviation['id']}/decline", json={"reason": "他と同じため。"}
        )
    )
    answered = _text(deliver("notify.deviation-answered", contract_id))
    assert "応じない: 1件" in answered
    assert f"/contracts/{contract_id}/terms" in answered
    ok(town.vendor_page.post(f"{path}/confirmation"))
    assert deliver("notify.contract-terms", contract_id) == [], "nothing is asked for any more"
