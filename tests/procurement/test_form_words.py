"""What a page says of a field that its validator refuses: in Japanese, led by the field's title."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from app.kit.errors import Invalid
from app.procurement.checklist_schemas import PracticeIn
from app.procurement.inputs import parse
from app.procurement.precedence_schemas import DeviationIn


@pytest.mark.parametrize(
    ("model", "values", "said"),
    [
        (DeviationIn, {"text_id": "", "clause": "x", "wanted": "x", "reason": "x"}, "書かれていません。"),
        (
            DeviationIn,
            {"text_id": "x" * 300, "clause": "x", "wanted": "x", "reason": "x"},
            "字までです。",
        ),
        (PracticeIn, {"inspection_days": "十日"}, "数字で書いてください。"),
        (PracticeIn, {"inspection_days": "0"}, "1以上です。"),
        (PracticeIn, {"inspection_days": "99999"}, "10以下です。"),
    ],
)
def test_faults_are_in_the_words_of_the_page(
    model: type[BaseModel], values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        parse(model, values)
    assert any(fault.message.endswith(said) for fault in refused.value.faults), refused.value.faults
    for fault in refused.value.faults:
        assert not re.search(r"[A-Za-z]{4,}", fault.message + fault.remedy), fault
