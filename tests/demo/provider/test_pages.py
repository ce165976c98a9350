"""The pages: usable with a keyboard and without scripts, and clearly not GビズID."""

from __future__ import annotations

import httpx
import pytest
from bs4 import BeautifulSoup

from app.demo.provider import RunningProvider
from tests.demo.provider.relying_party import AFTER_LOGOUT, CALLBACK, CLIENT_ID, RelyingParty, answer_of

WARNING = "開発用の認証サーバーです（本物のGビズIDではありません）"


def check_page(response: httpx.Response) -> BeautifulSoup:
    """What holds for every page."""
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    soup = BeautifulSoup(response.text, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "ja"
    assert WARNING in soup.get_text()
    assert len(soup.find_all("h1")) == 1
    assert not soup.find_all(["script", "style"])
    assert not soup.select("[style], [onclick], [onload]")
    return soup


def test_login_page_lists_the_people_of_its_issuer_as_buttons(gbizid: RelyingParty) -> None:
    response = gbizid.authorize()
    soup = check_page(response)
    buttons = soup.select("form[method=post] button[name=sub]")
    assert [button["value"] for button in buttons] == ["prime-1", "member-1", "entry-1"]
    text = buttons[0].get_text()
    for expected in ("試験 花子", "試験システム株式会社", "プライム", "架空の会社のプライム"):
        assert expected in text
    # The redirect after the form goes to the client, which browsers hold to form-action as well.
    assert "form-action 'self' http://127.0.0.1:8000" in response.headers["content-security-policy"]


def test_remembered_person_comes_first_and_another_can_be_chosen(gbizid: RelyingParty) -> None:
    gbizid.log_in("member-1")
    page = gbizid.authorize(prompt="login")
    soup = check_page(page)
    assert [button["value"] for button in soup.select("button[name=sub]")] == [
        "member-1",
        "prime-1",
        "entry-1",
    ]
    assert "別の人を選ぶ" in soup.get_text()
    answer = answer_of(gbizid.choose(page, "entry-1"))
    assert gbizid.verified(gbizid.redeem(answer["code"]).json()["id_token"]).claims["sub"] == "entry-1"


def test_index_lists_everybody_and_forgets_the_login(running: RunningProvider, gbizid: RelyingParty) -> None:
    soup = check_page(httpx.get(running.origin))
    text = soup.get_text()
    for expected in ("試験 花子", "役場 桜", "架空市", gbizid.issuer, f"{running.origin}/lg/"):
        assert expected in text
    assert not soup.find_all("form")

    gbizid.log_in("prime-1")
    soup = check_page(gbizid.browser.get(running.origin))
    assert "ログイン中: 試験 花子" in soup.get_text()
    assert soup.select_one('form[action="/forget"] button') is not None
    assert gbizid.browser.post(f"{running.origin}/forget").headers["location"] == "/"
    assert gbizid.authorize().status_code == 200


def test_stylesheet_is_served_by_the_provider_itself(running: RunningProvider) -> None:
    soup = BeautifulSoup(httpx.get(running.origin).text, "html.parser")
    links = [link["href"] for link in soup.find_all("link")]
    assert links == ["/provider.css"]
    response = httpx.get(f"{running.origin}/provider.css")
    assert response.headers["content-type"].startswith("text/css")
    assert "http" not in response.text


def test_error_page_escapes_and_explains(gbizid: RelyingParty) -> None:
    check_page(gbizid.authorize(redirect_uri="<script>alert(1)</script>"))


def test_cookie_is_not_readable_by_scripts_and_not_sent_across_sites(gbizid: RelyingParty) -> None:
    header = gbizid.authorize().headers["set-cookie"].lower()
    assert header.startswith("dev_provider_session=")
    assert "httponly" in header
    assert "samesite=lax" in header


def test_logout_with_the_own_id_token_is_immediate(generic: RelyingParty) -> None:
    tokens = generic.tokens("officer-1")
    response = generic.browser.get(
        generic.metadata["end_session_endpoint"],
        params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"},
    )
    assert response.status_code == 303
    assert response.headers["location"] == f"{AFTER_LOGOUT}?state=s"
    assert generic.authorize().status_code == 200


@pytest.mark.parametrize("with_hint", [True, False])
def test_logout_redirects_to_registered_addresses_only(generic: RelyingParty, with_hint: bool) -> None:
    tokens = generic.tokens("officer-1")
    params = {"post_logout_redirect_uri": CALLBACK if with_hint else AFTER_LOGOUT, "client_id": CLIENT_ID}
    if with_hint:
        params["id_token_hint"] = tokens["id_token"]
    response = generic.browser.get(generic.metadata["end_session_endpoint"], params=params)
    assert response.status_code == 400
    check_page(response)
    assert generic.authorize().status_code == 302


def test_logout_refuses_a_foreign_hint(generic: RelyingParty, gbizid: RelyingParty) -> None:
    generic.tokens("officer-1")
    foreign = gbizid.tokens("prime-1")["id_token"]
    for hint in (foreign, "x.y.z", "nonsense"):
        response = generic.browser.get(
            generic.metadata["end_session_endpoint"],
            params={"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT},
        )
        assert response.status_code == 400
    assert generic.authorize().status_code == 302


def test_logout_without_a_hint_asks_first(generic: RelyingParty) -> None:
    generic.tokens("officer-1")
    page = generic.browser.get(generic.metadata["end_session_endpoint"], params={"client_id": CLIENT_ID})
    soup = check_page(page)
    assert generic.authorize().status_code == 302
    form = soup.select_one("form")
    assert form is not None
    fields = {str(item["name"]): str(item["value"]) for item in form.select("input, button")}
    done = generic.browser.post(page.url.join(str(form["action"])), data=fields)
    assert "ログアウトしました" in check_page(done).get_text()
    assert generic.authorize().status_code == 200
