"""Style sheets and pictures, kept in memory and named by their content, so that browsers may keep them for ever."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.kit.errors import NotFound

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One static file."""

    content: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its path below `static/`, read once."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            digest = hashlib.sha256(content).hexdigest()[:16]
            found[path.relative_to(FOLDER).as_posix()] = Asset(content, media_type, digest)
    return found


def asset_url(path: str) -> str:
    """`/static/{digest}/{path}`. Raises KeyError for a file that is not there, so that a page cannot name one."""
    return f"/static/{assets()[path].digest}/{path}"


router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{path:path}")
def static_file(digest: str, path: str, request: Request) -> Response:
    """A static file; under an address of an older content it is served, but not kept."""
    asset = assets().get(path)
    if asset is None:
        raise NotFound("このファイルはありません。")
    etag = f'"{asset.digest}"'
    headers = {"ETag": etag, "Cache-Control": FOREVER if digest == asset.digest else "no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
