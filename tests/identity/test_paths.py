"""Where a login may lead back to."""

from __future__ import annotations

import pytest

from app.identity.paths import local_path
from app.kit.errors import Invalid


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", "/"),
        ("/", "/"),
        ("/search?q=図書館&page=2", "/search?q=%E5%9B%B3%E6%9B%B8%E9%A4%A8&page=2"),
        ("/search?q=%E5%9B%B3", "/search?q=%E5%9B%B3"),
        ("/compare?ids=a,b#price", "/compare?ids=a,b#price"),
        ("/search?q=https://x.example", "/search?q=https://x.example"),
        ("/a b", "/a%20b"),
    ],
)
def test_paths_of_this_site(given: str, kept: str) -> None:
    assert local_path(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/a\\b",
        "https://evil.example",
        "https:evil",
        "javascript:alert(1)",
        "evil",
        "?q=1",
        " /search",
        "/\t/evil.example",
        "/\n",
        "/\r\nSet-Cookie: a=b",
        "/\u0000",
        "/\u202eevil",
        "/\u2028",
        "/\ud800",
        "/" + "a" * 2001,
    ],
)
def test_what_may_lead_elsewhere_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refusal:
        local_path(given)
    assert refusal.value.faults[0].pointer == "/next"
    assert refusal.value.faults[0].remedy
