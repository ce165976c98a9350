"""What endpoints take, and how a file is answered."""

from typing import Annotated, cast

from fastapi import Depends, Request, Response

from app.files.service import Files
from app.kit.table_writing import attachment


def the_files(request: Request) -> Files:
    """The store and the checks that main put on `app.state`."""
    return cast(Files, request.app.state.files)


FilesDep = Annotated[Files, Depends(the_files)]


def as_attachment(name: str, media_type: str, content: bytes) -> Response:
    """A file that browsers save and never show within the site, whatever is in it."""
    headers = {
        **attachment(name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
