"""Documents of a contract: kept by content, read by its sides alone, frozen by a confirmation, swept when given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select

from app.files.models import StoredFile
from app.files.scanning import ScannerDown
from app.settings import Settings
from app.worker import Worker
from tests.files.samples import docx, pdf, pdf_with
from tests.procurement.town import Town, ok, pointers


def send(client: Any, contract_id: str, content: bytes, name: str = "契約書.pdf", **more: str) -> Any:
    """One document by the API."""
    query = {"kind": "agreement", "title": "契約書の写し", "name": name, **more}
    headers = {"Content-Type": "application/pdf", "Idempotency-Key": more.pop("key", "k1")}
    return client.post(
        f"/api/v1/contracts/{contract_id}/documents", params=query, content=content, headers=headers
    )


def test_both_sides_keep_documents_and_a_confirmation_freezes_them(town: Town) -> None:
    contract_id = town.contract()["id"]
    path = f"/api/v1/contracts/{contract_id}/documents"
    made = ok(send(town.officer, contract_id, pdf()), 201)
    assert (made["kind"], made["side"], made["version"], made["frozen"]) == ("agreement", "buyer", 1, False)
    assert (made["media_type"], made["size"], made["scanned"]) == ("application/pdf", len(pdf()), False)
    assert ok(send(town.officer, contract_id, pdf()), 201)["id"] == made["id"]  # the same request again
    again = send(town.officer, contract_id, pdf(), "別の名前.pdf", key="k2")
    assert (again.status_code, again.json()["known"]) == (409, made["id"])
    vendor = town.world.api(town.vendor_login)
    theirs = ok(send(vendor, contract_id, docx(), "利用規約.docx", kind="terms_of_use"), 201)
    assert [row["id"] for row in ok(vendor.get(path))["items"]] == [theirs["id"], made["id"]]
    assert vendor.delete(f"{path}/{made['id']}").status_code == 409
    content = vendor.get(f"{path}/{made['id']}/content")
    assert content.content == pdf()
    assert content.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert content.headers["content-disposition"].startswith("attachment; ")
    assert "%E5%A5%91%E7%B4%84%E6%9B%B8.pdf" in content.headers["content-disposition"]
    assert content.headers["x-content-type-options"] == "nosniff"
    confirmed = town.vendor_page.post(
        f"/vendor/contracts/{contract_id}/confirmation", data={"version": "1", "organisation": town.vendor.id}
    )
    assert confirmed.status_code == 303
    assert ok(town.officer.get(f"{path}/{made['id']}"))["frozen"] is True
    assert town.officer.delete(f"{path}/{made['id']}").status_code == 409
    assert len(town.events("contract.document-added")) == 2


def test_what_is_taken_out_leaves_the_store_with_the_sweep(town: Town, settings: Settings) -> None:
    contract_id = town.contract()["id"]
    path = f"/api/v1/contracts/{contract_id}/documents"
    made = ok(send(town.officer, contract_id, pdf()), 201)
    place: Path = settings.files.directory / made["sha256"][:2] / made["sha256"]
    assert place.read_bytes() == pdf()
    assert town.officer.delete(f"{path}/{made['id']}").status_code == 204
    assert ok(town.officer.get(path))["items"] == []
    assert [event.details["sha256"] for event in town.events("contract.document-removed")] == [made["sha256"]]
    town.world.clock.move(days=400)  # the disk keeps the machine's time, which is not the test's
    worker = Worker(settings, clock=town.world.clock, database=town.world.database)
    worker.schedule_sweep()
    worker.drain()
    worker.close()
    assert not place.exists()
    with town.world.read() as session:
        assert session.exec(select(StoredFile)).all() == []


def test_what_may_not_be_kept_is_refused_and_changes_nothing(town: Town) -> None:
    contract_id = town.contract()["id"]
    path = f"/api/v1/contracts/{contract_id}/documents"
    refused = send(town.officer, contract_id, pdf_with("javascript"))
    assert refused.status_code == 422
    assert pointers(refused) == {"/file"}
    assert refused.json()["errors"][0]["code"] == "active_content"
    assert send(town.officer, contract_id, b"x" * 21_000_000, key="k3").status_code in (413, 422)
    assert send(town.officer, contract_id, pdf(), kind="letter", key="k4").status_code == 422
    assert ok(town.officer.get(path))["items"] == []
    stranger = town.neighbour()
    for client in (stranger.officer, town.world.api(town.world.login(town.world.vendor(), "vendor_admin"))):
        assert client.get(path).status_code == 404
        assert send(client, contract_id, pdf()).status_code == 404


def test_nothing_is_kept_while_the_scanner_is_down_or_finds_something(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract_id = town.contract()["id"]
    path = f"/contracts/{contract_id}/documents"
    found: list[str | None] = [None]

    class Scanner:
        def find(self, _: bytes) -> str | None:
            if found[0] == "down":
                raise ScannerDown("no answer")
            return found[0]

    files = town.world.app.state.files
    monkeypatch.setattr(town.world.app.state, "files", type(files)(files.store, 10**7, 10**7, Scanner()))
    data = {"kind": "other", "title": "打ち合わせの記録", "organisation": town.body.id}
    for said, status, words in (
        ("down", 503, "ウイルスの検査ができない"),
        ("Eicar-Test-Signature", 422, "Eicar-Test-Signature"),
    ):
        found[0] = said
        answer = town.officer_page.post(path, data=data, files={"file": ("a.pdf", pdf(), "application/pdf")})
        assert answer.status_code == status
        page = BeautifulSoup(answer.text, "html.parser")
        assert words in page.select_one("main").text  # type: ignore[union-attr]  # fails where it is missing
        assert page.select_one("input[name=title]")["value"] == "打ち合わせの記録"  # type: ignore[index]  # so does this
        assert page.select_one("option[selected]").text == "その他"  # type: ignore[union-attr]  # and this
    found[0] = None
    sent = town.officer_page.post(path, data=data, files={"file": ("a.pdf", pdf(), "application/pdf")})
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    page_text = town.vendor_page.get(path).text
    assert "打ち合わせの記録" in page_text
    assert "ウイルスの検査済み" in page_text


def test_the_page_names_every_fault_at_once(town: Town) -> None:
    path = f"/contracts/{town.contract()['id']}/documents"
    answer = town.officer_page.post(path, data={"kind": "", "title": "", "organisation": town.body.id})
    assert answer.status_code == 422
    summary = BeautifulSoup(answer.text, "html.parser").select(".error-summary li")
    assert len(summary) == 3


def test_a_refused_file_leaves_the_list_and_what_was_typed(town: Town) -> None:
    contract_id = town.contract()["id"]
    ok(send(town.officer, contract_id, pdf()), 201)
    answer = town.officer_page.post(
        f"/contracts/{contract_id}/documents",
        data={"kind": "agreement", "title": "押印済みの写し", "organisation": town.body.id},
        files={"file": ("a.pdf", b"no pdf", "application/pdf")},
    )
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert len(page.select(".error-summary li")) == 1
    assert len(page.select("tbody tr")) == 1
    assert page.select_one("#title")["value"] == "押印済みの写し"  # type: ignore[index]  # a page without it fails
