"""What was typed is named as its form named it, and nothing else is shown."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from fastapi import Depends, FastAPI, Request, Response

from app.kit.errors import Unavailable
from app.web.forms import FormDep
from app.web.once import once
from app.web.pages import ENVIRONMENT
from app.web.sent import shown
from catalogue_schema import load_schema
from tests.world import World


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ("/vendor/contracts/c/dispute", {"reason": ["違う"], "version": ["1"]}, [("異議の理由", "違う")]),
        ("/contracts/c/termination", {"reason": ["終える"]}, [("理由", "終える")]),
        ("/contracts/c/amendment", {"lines-1-unit_price": ["8.8"]}, [("2行目の単価（税抜）", "8.8")]),
        ("/projects/p/exclusions", {"exclude-cnd_1-reason": ["必須"]}, [("除外の理由", "必須")]),
        ("/projects/p/conditions", {"wanted": ["aa", "a"], "field": ["x"]}, [("求める値", "aa、a")]),
        (
            "/projects/p/conditions",
            {"field": ["software.accessibility_level"], "wanted": ["aa"], "operator": ["equals"]},
            [("求める値", "AA準拠"), ("条件", "が次のとおり")],
        ),
        (
            "/projects/p/selection",
            {"selection-choice": ["none_suitable"]},
            [("結果", "該当なし（どれも選ばない）")],
        ),
        ("/review/cases/c/decision", {"verdict": ["return"]}, [("決定", "差し戻す（指摘が必要）")]),
        ("/projects/new", {"method": ["proposal"]}, [("調達方法", "随意契約（プロポーザル）")]),
        ("/contracts/new", {"lines-0-billing": ["monthly"]}, [("1行目の課金", "毎月")]),
        (
            "/vendor/software/s/edit/identity",
            {"name": ["まど"], "summary": [" "]},
            [("ソフトウェア名", "まど")],
        ),
        ("/x", {"form_token": ["t"], "form_key": ["k"], "organisation": ["o"], "action": ["a"]}, []),
    ],
)
def test_labels(path: str, values: dict[str, list[str]], expected: list[tuple[str, str]]) -> None:
    assert list(shown(ENVIRONMENT, load_schema(), path, values)) == expected


def test_what_is_down_for_a_moment_is_sent_again_by_one_press(app: FastAPI, world: World) -> None:
    down = [True]

    @app.post("/probe/down", dependencies=[Depends(once)])
    def answer(request: Request, form: FormDep) -> Response:
        if down[0]:
            raise Unavailable("少し待ってください。")
        return Response(form.get("need"))

    client = world.client(world.login(world.vendor(), "vendor_editor"))
    first = client.post("/probe/down", data={"need": "消えない文", "form_key": "12345678"})
    assert first.status_code == 503
    form: Any = BeautifulSoup(first.text, "html.parser").select_one("main form[action='/probe/down']")
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input[name]")}
    assert fields["form_key"] != "12345678"
    down[0] = False
    assert client.post("/probe/down", data=fields).text == "消えない文"
