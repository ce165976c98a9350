"""The outside judges of a page: axe-core for accessibility, the Nu HTML checker (vnu) for the markup.

`scripts/install_page_tools.sh` puts both, pinned, into tools/pages/node_modules. Where they are missing the tests that
need them are skipped and say why; with DMP_REQUIRE_PAGE_TOOLS=1 they fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Page

INSTALLED = Path(__file__).parents[2] / "tools" / "pages" / "node_modules"
AXE = INSTALLED / "axe-core" / "axe.min.js"
VNU = INSTALLED / "vnu-jar" / "build" / "dist" / "vnu.jar"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
"""WCAG 2.2 A and AA, and what axe-core advises beyond it."""

_RUN_AXE = """
async ([tags, colours]) => {
  const found = await axe.run(document, {
    runOnly: tags,
    rules: {"target-size": {enabled: true}, "color-contrast": {enabled: colours}},
    resultTypes: ["violations"],
  });
  return found.violations.map(one => ({
    rule: one.id, help: one.help,
    places: one.nodes.map(node => node.target.join(" ") + ": " + node.html.slice(0, 200)),
  }));
}
"""


@dataclass(frozen=True)
class Complaint:
    """What a judge said about one page."""

    page: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.rule}: {self.text}"


def _missing(what: str) -> NoReturn:
    text = f"{what}: run `sh scripts/install_page_tools.sh`"
    if os.environ.get("DMP_REQUIRE_PAGE_TOOLS") == "1":
        pytest.fail(f"DMP_REQUIRE_PAGE_TOOLS=1, but {text}")
    pytest.skip(text)


def axe_script() -> Path:
    """axe-core's one file. Skips or fails the test where it is not installed."""
    if not AXE.is_file():
        _missing("axe-core is not installed")
    return AXE


def axe(page: Page, name: str, *, colours: bool = True) -> list[Complaint]:
    """What axe-core says about the page as it stands there. The page must have been opened with `axe_script`.

    `colours`: whether contrasts are measured too, which takes half of the time.
    """
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE, [list(WCAG), colours])
    return [
        Complaint(name, one["rule"], f"{one['help']}: {place}") for one in found for place in one["places"]
    ]


def vnu(folder: Path, pages: Iterable[tuple[str, str]]) -> list[Complaint]:
    """What the Nu HTML checker calls an error in these (name, HTML); they are written into `folder` for it."""
    if not VNU.is_file():
        _missing("the Nu HTML checker is not installed")
    java = shutil.which("java")
    if java is None:
        _missing("the Nu HTML checker needs Java (Debian: default-jre-headless)")
    names = {}
    for number, (name, html) in enumerate(pages):
        path = folder / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        names[path.name] = name
    wanted = ["--errors-only", "--format", "json", "--stdout", "--exit-zero-always"]
    told = subprocess.run(
        [java, "-jar", str(VNU), *wanted, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    messages = json.loads(told.stdout)["messages"]
    return [
        Complaint(
            names.get(
                one.get("url", "").replace("file:/", "file:///").replace("file://///", "file:///"), "?"
            ),
            one["type"],
            f"{one['message']} … {one.get('extract', '')}",
        )
        for one in messages
    ]
