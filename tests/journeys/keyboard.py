"""A person with nothing but a keyboard: Tab to a thing, see where one is, and press Enter or Space."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.journeys.driving import ISSUERS
from tests.journeys.site import PEOPLE, Site
from tests.support.browser import OpenPage

TABS_AT_MOST = 250
"""More presses than that to reach one thing is nothing that a person would do."""

_WHERE = """
() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const said = here.labels?.length ? here.labels[0].innerText : here.getAttribute("aria-label") || here.innerText;
  const box = here.getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const style = getComputedStyle(here);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return {kind: here.tagName.toLowerCase(), type: here.type || "", name: said.trim(), seen, ring};
}
"""


def reach(page: Page, name: str, kind: str = "") -> None:
    """Tab until the thing of that name has the focus, which is seen all the way. What is no link and no button may
    have a name that goes on (required, a count); an empty name is any.

    `kind`: the element's (`a`, `button`, `input`, …) where several things have the name.
    """
    passed = []
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(_WHERE)
        if here is None:
            continue
        passed.append(here["name"][:20])
        assert here["seen"], f"on {page.url} the focus is out of sight at 「{here['name']}」"
        assert here["ring"], f"on {page.url} nothing shows the focus at 「{here['name']}」"
        exact = here["kind"] in ("a", "button") and name
        if (here["name"] == name if exact else here["name"].startswith(name)) and kind in ("", here["kind"]):
            return
    raise AssertionError(f"「{name}」 cannot be reached by Tab on {page.url}; passed: {passed}")


def follow(page: Page, name: str, key: str = "Enter", kind: str = "") -> None:
    """Reach a link or a button and press it; the page that follows is no error."""
    reach(page, name, kind)
    with page.expect_navigation() as following:
        page.keyboard.press(key)
    answer = following.value
    assert answer.ok, (
        page.url,
        answer.status,
        page.get_by_role("main").inner_text()[:2000],
    )


def write(page: Page, label: str, text: str) -> None:
    """Reach an input and type into it."""
    reach(page, label)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def choose(page: Page, label: str) -> None:
    """Reach a list and take its next choice by the arrow key."""
    reach(page, label, "select")
    page.keyboard.press("ArrowDown")


def toggle(page: Page, label: str) -> None:
    """Reach a checkbox and press Space: it changes."""
    reach(page, label, "input")
    before = page.evaluate("document.activeElement.checked")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.checked") is not before, label


def enter(site: Site, open_page: OpenPage, subject: str) -> Page:
    """Log in as that person; only keys are pressed. JavaScript is off."""
    person = next(each for each in PEOPLE if each.sub == subject)
    page = open_page(javascript=False, reduced_motion="reduce")
    page.set_default_timeout(15_000)
    page.goto(site.origin)
    follow(page, "ログイン")
    follow(page, f"{ISSUERS[person.issuer]}でログイン", "Space")
    _choose_person(page, f"{person.last_name} {person.first_name}")
    assert page.url.startswith(site.origin), page.url
    return page


def _choose_person(page: Page, name: str) -> None:
    # The provider of the development is not ours to judge: it only has to work.
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(_WHERE)
        if here and name in here["name"]:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached by Tab on {page.url}")
