"""The upload page and its neighbours: what is no upload is refused with the form, lists come as they are shown."""

from __future__ import annotations

import csv
import io

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook
from starlette.testclient import TestClient

from tests.bulk.desk import Desk
from tests.web.test_vendor_pages import form_of
from tests.world import World

UPLOAD = "/vendor/bulk"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture
def browser(desk: Desk) -> TestClient:
    """The vendor's browser."""
    return desk.world.client(desk.editor_login)


def test_what_is_no_upload(browser: TestClient, desk: Desk) -> None:
    form = form_of(browser.get(UPLOAD).text, UPLOAD) | {"submit": ["true"]}
    none = browser.post(UPLOAD, data=form, files={"file": ("", b"")})
    assert none.status_code == 422
    page = BeautifulSoup(none.text, "html.parser")
    assert "ファイルが選ばれていません" in page.select_one(".error-summary").text  # type: ignore[union-attr]  # it is there
    assert page.select_one("input[name=submit]").has_attr("checked")  # type: ignore[union-attr]  # it is there
    pdf = browser.post(UPLOAD, data=form, files={"file": ("a.xlsx", b"%PDF-1.7")})
    assert pdf.status_code == 422, "what a file is, its content says and not its name"
    limit = desk.world.app.state.settings.import_limit_bytes
    large = browser.post(UPLOAD, data=form, files={"file": ("a.csv", b"x" * (limit + 100_000))})
    assert large.status_code == 413
    slightly = browser.post(UPLOAD, data=form, files={"file": ("a.csv", b"x" * (limit + 1))})
    assert slightly.status_code == 413
    stranger = desk.world.client()
    assert stranger.post(UPLOAD, files={"file": ("a.csv", b"x" * 100_000)}).status_code == 401
    assert desk.editor.get("/api/v1/jobs").json()["items"] == []


def test_from_an_upload_to_a_confirmed_import(browser: TestClient, desk: Desk) -> None:
    form = form_of(browser.get(UPLOAD).text, UPLOAD)
    content = "kind,key,name\r\nsoftware,K,一括（架空）\r\n".encode()
    sent = browser.post(UPLOAD, data=form, files={"file": ("一覧.csv", content)})
    job = sent.headers["location"]
    twice = browser.post(UPLOAD, data=form, files={"file": ("一覧.csv", content)})
    assert twice.headers["location"] == job, "a double click is one job"
    corrected = browser.post(UPLOAD, data=form, files={"file": ("一覧.csv", content + b"\r\n")})
    assert corrected.headers["location"] != job, "going back and choosing another file is another job"
    stop = f"{corrected.headers['location']}/cancellation"
    assert browser.post(stop, data=form_of(browser.get(corrected.headers["location"]).text, stop)).is_redirect
    waiting = browser.get(job)
    assert "progress.js" in waiting.text
    assert "中止する" in waiting.text
    desk.work()
    checked = browser.get(job)
    assert "progress.js" not in checked.text
    confirmation = f"{UPLOAD}/{job.rpartition('/')[2]}/confirmation"
    started = browser.post(confirmation, data=form_of(checked.text, confirmation))
    stopped = browser.post(f"{started.headers['location']}/cancellation", data=form_of(
        browser.get(started.headers["location"]).text, f"{started.headers['location']}/cancellation"
    ))  # fmt: skip
    assert stopped.status_code == 303
    desk.work()
    assert desk.lines() == [], "it was cancelled"
    started = browser.post(confirmation, data=form_of(browser.get(job).text, confirmation))
    desk.work()
    assert "取り込みました。新規1件" in browser.get(started.headers["location"]).text
    listed = browser.get("/jobs")
    assert [tag.text for tag in BeautifulSoup(listed.text, "html.parser").select("tbody .tag")] == [
        "完了",
        "中止",
        "中止",
        "完了",
    ]


def test_lists_hold_what_the_screen_shows(browser: TestClient, desk: Desk) -> None:
    software = desk.published(name="=SUM(1)（架空）")
    desk.offer_draft(software)
    shown = BeautifulSoup(browser.get("/vendor").text, "html.parser")
    table = shown.find("caption", string="ソフトウェアの一覧（新しい順）").parent  # type: ignore[union-attr]  # it is there
    on_screen = [row.th.text for row in table.select("tbody tr")]  # type: ignore[union-attr]  # rows have heads
    answer = browser.get("/vendor?list=software&format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["ID"] for row in rows] == [software]
    assert [row["名称"] for row in rows] == ["'" + name for name in on_screen]
    assert rows[0]["状態"] == "公開中"
    sheet = load_workbook(io.BytesIO(browser.get("/vendor?list=software&format=xlsx").content)).active
    assert sheet is not None
    cell = sheet["C2"]
    assert (cell.value, cell.data_type) == ("=SUM(1)（架空）", "s")
    assert len(list(csv.reader(io.StringIO(browser.get("/vendor?list=offers&format=csv").text)))) == 2
