"""What we compare with: a bare FastAPI application that answers with the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response


def _route(content: bytes) -> Callable[[], Response]:
    def answer() -> Response:
        return Response(content, media_type="application/json")

    return answer


def create_bare() -> FastAPI:
    """One `def` route per file in the folder `DMP_BENCH_BYTES`, at `/<file name>`, answering with the file's bytes."""
    app = FastAPI(openapi_url=None)
    for path in sorted(Path(os.environ["DMP_BENCH_BYTES"]).iterdir()):
        app.get(f"/{path.name}")(_route(path.read_bytes()))
    return app
