"""The change feed over HTTP: what cannot be asked together with it, and the ETag for those who poll."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.kit.errors import FieldFault, Invalid

ALONE = ("mine", "owner", "software_id", "status", "cursor")
"""Parameters of the list that the feed does not take."""


def refuse_with_feed(query: Mapping[str, str]) -> None:
    """Raises Invalid naming every parameter that cannot be combined with `changed_since`."""
    faults = [
        FieldFault(
            f"/query/{name}",
            "not-with-feed",
            f"{name} は changed_since と一緒には使えません。差分の配信は、公開中のもの全てが対象です。",
            f"{name} を取り除いてください。",
        )
        for name in ALONE
        if name in query
    ]
    if faults:
        raise Invalid(faults)


def feed_response(request: Request, answer: BaseModel) -> Response:
    """The answer with an ETag of its content; 304 where the caller has just that."""
    body = answer.model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
