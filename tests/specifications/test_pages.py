"""The editors' desk and the public pages: from registration to publication, nothing typed is lost on the way."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup

from tests.specifications.ministry import Ministry
from tests.support.client import TestClient
from tests.world import World

EVERY = {f"obligation/{name}": "required" for name in ("designated_city", "core_city", "general")}


def _hidden(page: Any, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts there."""
    assert page.status_code in (200, 422), page.text
    form = BeautifulSoup(page.text, "html.parser").select_one(f'form[action="{action}"]')
    assert form is not None, f"no form {action}"
    return {str(each["name"]): str(each["value"]) for each in form.select("input[type=hidden]")}


def _post(client: TestClient, page: str, to: str, **data: str) -> Any:
    return client.post(to, data={**_hidden(client.get(page), to), **data})


def test_two_editors_bring_a_specification_before_the_public(world: World, client: TestClient) -> None:
    ministry = Ministry(world)
    desk, colleague = ministry.desk, ministry.colleague
    new = "/specification-desk/new"
    wrong = _post(
        desk, new, new, title="架空手当標準仕様書", key="Wrong Key", business_area="child_allowance"
    )
    assert wrong.status_code == 422
    assert "架空手当標準仕様書" in wrong.text
    given = {"title": "架空手当標準仕様書", "key": "kakuu", "business_area": "child_allowance"}
    made = _post(desk, new, new, **given, id_scheme="own")
    assert made.status_code == 303, made.text
    edit = made.headers["location"]
    mapping = "[[sheets]]\nname = '要件'\n[sheets.columns]\nkey = 'ID'\n"
    refused = _post(desk, edit, edit, title="改題", mapping=mapping)
    assert refused.status_code == 422
    assert "改題" in refused.text
    assert "列が足りません" in refused.text
    drafted = _post(desk, edit, f"{edit}/versions", number="1.0")
    version = drafted.headers["location"]
    assert version == f"{edit}/versions/1.0"

    # A fact, a requirement with faults, the same put right, another one taken out again.
    changed = _post(
        desk, version, version, number="1.0", conform_by="令和8年4月1日", sources="原本 | ftp://example.jp"
    )
    assert changed.status_code == 422
    assert "1行目" in changed.text
    changed = _post(desk, version, version, number="1.0", conform_by="令和8年4月1日", sources="原本")
    assert changed.status_code == 303, changed.text
    form = f"{version}/requirements/new"
    refused = _post(desk, form, form, key="", kind="function", text="受け付けること。", **EVERY)
    assert refused.status_code == 422
    assert "受け付けること。" in refused.text
    for key in ("1.1", "1.2"):
        saved = _post(
            desk,
            form,
            form,
            key=key,
            kind="function",
            text=f"{key}を受け付けること。",
            category="認定\n請求",
            **EVERY,
        )
        assert saved.status_code == 303, saved.text
    second = f"{version}/requirements/1"
    assert _post(desk, second, second, action="delete").status_code == 303
    no_file = _post(desk, version, f"{version}/file")
    assert (no_file.status_code, "ファイルが選ばれていません" in no_file.text) == (422, True)

    # Who proposed it is told that a colleague publishes; the colleague does.
    assert _post(desk, version, f"{version}/proposal").status_code == 303
    assert "別の編集担当が行います" in desk.get(version).text
    back = _post(colleague, version, f"{version}/decision", verb="return", reason="")
    assert back.status_code == 422
    assert _post(colleague, version, f"{version}/decision", verb="publication").status_code == 303
    assert desk.get(form).status_code == 409
    public = version.replace("specification-desk", "specifications")
    shown = client.get(public, params={"size": "general", "obligation": "required", "q": "1.1"})
    assert "1.1を受け付けること。" in shown.text
    assert "2026年4月1日（令和8年）" in shown.text
    assert "当てはまる要件はありません" in client.get(public, params={"q": "無い言葉"}).text
    assert client.get(public, params={"obligation": "required"}).status_code == 422

    # The next version: an ID changed, confirmed as the same requirement.
    drafted = _post(desk, edit, f"{edit}/versions", number="2.0", based_on="1.0")
    version = drafted.headers["location"]
    first = f"{version}/requirements/0"
    moved = _post(desk, first, first, key="1.9", kind="function", text="1.1を受け付けること。", **EVERY)
    assert moved.status_code == 303, moved.text
    assert 'value="1.9=1.1"' in desk.get(version).text
    assert _post(desk, version, f"{version}/renumbering", pair="1.9=1.1").status_code == 303
    differences = desk.get(edit.replace("specification-desk", "specifications") + "/differences")
    assert "IDの変更" in differences.text
    listed = client.get("/specifications", params={"q": "架空手当", "format": "csv"})
    assert "架空手当標準仕様書" in listed.content.decode("utf-8-sig")
