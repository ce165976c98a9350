"""`make weights`: what a page weighs when it is opened for the first time, and whether it keeps to its limit.

Bytes as the site sends them, with nothing compressed on the way. Ends with 1 where a page is too heavy, asks another
machine for something, or has more than 30 kB of script when compressed.
"""

from __future__ import annotations

import gzip
import os
import sys
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Response, sync_playwright

from tests.pages.demo import measured_pages, running_demo
from tests.support.browser import PHONE, find_chromium, is_loopback

LIMITS = {"home": 100_000, "search": 150_000}
"""Bytes in all."""
SCRIPT_LIMIT = 30_000
"""Bytes of script on one page, compressed."""


@dataclass
class Weight:
    """Bytes of one page by kind, and its requests."""

    bytes: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    elsewhere: int = 0
    script_compressed: int = 0

    @property
    def total(self) -> int:
        """Bytes in all."""
        return sum(self.bytes.values())

    def add(self, answer: Response) -> None:
        """Count one answer."""
        kind, body = answer.request.resource_type, answer.body()
        self.bytes[kind] = self.bytes.get(kind, 0) + len(body)
        self.requests += 1
        self.elsewhere += not is_loopback(answer.url)
        if kind == "script":
            self.script_compressed += len(gzip.compress(body))


def weigh(browser: Browser, url: str) -> Weight:
    """Open the page with an empty cache."""
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    page, answers = context.new_page(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # Playwright marks the function
    page.goto(url, wait_until="networkidle")
    weight = Weight()
    for answer in answers:
        weight.add(answer)
    context.close()
    return weight


def table(weights: dict[str, Weight]) -> str:
    """The figures in Markdown, kB of 1,000 bytes."""
    lines = [
        "| page | HTML | CSS | script | other | in all | limit | requests |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, weight in weights.items():
        known = [weight.bytes.get(kind, 0) for kind in ("document", "stylesheet", "script")]
        sizes = [*known, weight.total - sum(known), weight.total]
        limit = f"{LIMITS[name] // 1000} kB" if name in LIMITS else "―"
        cells = [f"{size / 1000:.1f} kB" for size in sizes]
        lines.append(f"| {name} | {' | '.join(cells)} | {limit} | {weight.requests} |")
    return "\n".join(lines)


def faults(weights: dict[str, Weight]) -> list[str]:
    """What does not keep to its limit."""
    found = [
        f"{name}: {w.total:,} bytes" for name, w in weights.items() if w.total > LIMITS.get(name, w.total)
    ]
    found += [
        f"{name}: {w.elsewhere} requests to other machines" for name, w in weights.items() if w.elsewhere
    ]
    return found + [
        f"{name}: {w.script_compressed:,} bytes of script"
        for name, w in weights.items()
        if w.script_compressed > SCRIPT_LIMIT
    ]


def main() -> int:
    """Print the table; 1 where something is too heavy."""
    with running_demo() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), env=dict(os.environ))
        weights = {name: weigh(browser, origin + path) for name, path in measured_pages(origin).items()}
        browser.close()
    sys.stdout.write(table(weights) + "\n")
    wrong = faults(weights)
    sys.stderr.writelines(f"too heavy: {fault}\n" for fault in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
