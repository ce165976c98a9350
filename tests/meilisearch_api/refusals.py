"""What the real server refuses, as it says so."""

from __future__ import annotations

from typing import Any

from tests.meilisearch_api.shapes import held

_STATUS = {
    "missing_authorization_header": 401,
    "invalid_api_key": 403,
    "index_not_found": 404,
    "document_not_found": 404,
    "task_not_found": 404,
    "api_key_not_found": 404,
    "not_found": 404,
    "payload_too_large": 413,
    "no_space_left_on_device": 422,
    "too_many_search_requests": 503,
}


class Refused(Exception):
    """An answer with an error code; 400 where search.md names no other status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUS.get(self.code, 400)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON."""
        kind = (
            "auth"
            if self.status in (401, 403)
            else "system"
            if self.status in (422, 503)
            else "invalid_request"
        )
        link = f"https://docs.meilisearch.com/errors#{self.code}"
        return dict(held("error", {"message": self.message, "code": self.code, "type": kind, "link": link}))
