"""The provider's few pages: Japanese, without scripts, one small stylesheet of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_HERE = Path(__file__).parent
STYLESHEET = (_HERE / "static" / "provider.css").read_text(encoding="utf-8")

_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, returns_to: str = "", **values: Any) -> HTMLResponse:
    """Render a page.

    `returns_to` is the redirect URI that a form on the page leads to in the end: browsers hold a form's redirects
    to `form-action` too, so its origin must be named there.
    """
    form_action = "'self'"
    if returns_to:
        target = urlsplit(returns_to)
        form_action += f" {target.scheme}://{target.netloc}"
    return HTMLResponse(
        _templates.get_template(template).render(values),
        status,
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action {form_action}",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )
