"""Where a login may lead back to: a path on this site, nothing else."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit

from app.kit.errors import invalid

LONGEST = 2000


def local_path(value: str) -> str:
    """`value` when it is a path (and query) on this site, ready for a Location header; empty means `/`.

    Raises Invalid for anything by which a browser could be led elsewhere: another scheme or host, `//`, a backslash,
    control or invisible characters, lone surrogates.
    """
    if not value:
        return "/"
    refused = any(unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl", "Zp") for char in value)
    if not refused and len(value) <= LONGEST and value[0] == "/" and "\\" not in value and value[1:2] != "/":
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = None
        if parts is not None and not parts.scheme and not parts.netloc:
            return quote(value, safe="/?&=%:@!$'()*+,;~-._#[]")
    raise invalid(
        "/next",
        "open-redirect",
        "next にはこのサイトの中のパスだけを指定できます。",
        "「/search?q=…」のように / で始まるパスを指定してください。",
    )
