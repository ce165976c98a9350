"""A bulk import in a browser without JavaScript: 200 offers with 7 faults, corrected and run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.site import Site
from tests.support.browser import DESKTOP, PHONE, OpenPage, screenshot

OFFERS = 200
HEADERS = ("kind", "key", "software_key", "name", "summary", "minimum_term_months", "price_lines")
PRICE = (
    '[{"name": "基本利用料", "charge_type": "monthly", "unit": "月", "unit_price": "１２０，０００", '
    '"quantity_basis": "contract", "tax_category": "standard", "payee": "vendor"}]'
)
FAULTS: tuple[tuple[int, str, str], ...] = (
    (5, "key", "OF-001"),
    (17, "minimum_term_months", "一年"),
    (42, "software_key", "SW-9"),
    (77, "price_lines", "[{not json"),
    (110, "name", "名" * 300),
    (150, "kind", "ofer"),
    (199, "minimum_term_months", "-3"),
)
"""Row (as a spreadsheet counts), column, and what is wrong there."""


def _rows() -> list[dict[str, str]]:
    software = {"kind": "software", "key": "SW-1", "name": "まとめて登録（架空）"}
    offers = [
        {
            "kind": "offer",
            "key": f"OF-{number:03}",
            "software_key": "SW-1",
            "name": f"プラン{number}（髙①・架空）",
            "summary": "一括で登録した架空のプランです。",
            "minimum_term_months": "１２か月" if number % 2 else "12",
            "price_lines": PRICE,
        }
        for number in range(1, OFFERS + 1)
    ]
    return [software, *offers]


def _file(rows: list[dict[str, str]]) -> dict[str, object]:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADERS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    # As a Japanese spreadsheet program saves it.
    return {"name": "プラン一覧.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode("cp932")}


def _log_in(site: Site, open_page: OpenPage) -> Page:
    page = open_page(javascript=False)
    page.set_default_timeout(20_000)
    page.goto(f"{site.origin}/login")
    page.get_by_role("button", name="GビズID").click()
    page.get_by_role("button", name="架空 太郎").click()
    page.wait_for_url(f"{site.origin}/**")
    return page


def _look(page: Page, name: str) -> None:
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        screenshot(page, f"bulk-{name}-{width}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], f"{page.url} is {wide} px wide on a screen of {size[0]} px"
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def _until(page: Page, ended: Callable[[], bool]) -> None:
    """Wait on the job's page, which loads itself anew without JavaScript."""
    for _ in range(60):
        if ended():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.get_by_role("main").inner_text())


def _upload(page: Page, rows: list[dict[str, str]], outcome: str) -> None:
    page.get_by_role("link", name="一括登録", exact=True).first.click()
    page.get_by_label("ファイル").set_input_files(_file(rows))  # type: ignore[arg-type]  # a file's facts
    page.get_by_role("button", name="送って確かめる").click()
    _until(page, lambda: page.locator("h1 .tag").inner_text() == outcome)


def test_two_hundred_offers_with_seven_faults(site: Site, open_page: OpenPage) -> None:
    page = _log_in(site, open_page)
    rows = _rows()
    for row, column, wrong in FAULTS:
        rows[row - 2][column] = wrong
    page.goto(f"{site.origin}/vendor/bulk")
    _look(page, "upload")
    _upload(page, rows, "できませんでした")
    expect(page.get_by_role("main")).to_contain_text("7件の誤りがあります。何も変更していません。")
    listed = page.locator("table tbody tr")
    expect(listed).to_have_count(7)
    for line, (row, column, _) in zip(listed.all(), FAULTS, strict=True):
        assert f"{row}行目" in line.locator("th").inner_text()
        assert column in line.locator("code").inner_text()
    _look(page, "faults")
    with page.expect_download() as download:
        page.get_by_role("link", name="報告をCSVで保存する").click()
    saved = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [line[1] for line in saved[1:]] == [str(row) for row, _, _ in FAULTS]

    page.get_by_role("link", name="登録と公開", exact=True).first.click()
    expect(page.get_by_role("main")).to_contain_text("まだ何も登録されていません")

    _upload(page, _rows(), "完了")
    expect(page.get_by_role("main")).to_contain_text("まだ何も変更していません")
    _look(page, "checked")
    page.get_by_role("button", name="この内容で取り込む").click()
    job = page.url
    page.goto(f"{site.origin}/")  # left, and found again
    page.get_by_role("link", name="登録と公開", exact=True).first.click()
    page.get_by_role("link", name="処理の状況").first.click()
    page.get_by_role("link", name="一括登録", exact=True).nth(1).click()
    assert page.url == job
    _until(page, lambda: page.locator("h1 .tag").inner_text() == "完了")
    expect(page.get_by_role("main")).to_contain_text("新規201件")
    _look(page, "done")

    exported = page.request.get(f"{site.origin}/vendor?list=offers&format=csv")
    listed_offers = list(csv.DictReader(io.StringIO(exported.body().decode("utf-8-sig"))))
    assert len(listed_offers) == OFFERS
    assert {row["名称"] for row in listed_offers} >= {"プラン1（髙①・架空）", "プラン200（髙①・架空）"}
    lines = page.request.get(f"{site.origin}/vendor/bulk/export?format=jsonl").text().splitlines()
    assert len(lines) == OFFERS + 1
    assert '"unit_price": "120000"' in lines[1]
