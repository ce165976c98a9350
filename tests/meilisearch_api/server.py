"""The routes of the stand-in. Every request is held to its shape and its key before anything is done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.meilisearch_api.refusals import Refused
from tests.meilisearch_api.shapes import first_fault, held
from tests.meilisearch_api.store import Index, Store

Handler = Callable[[Store, Request, Any], tuple[int, Any]]
MOST_BYTES = 100_000_000


def application(store: Store) -> Starlette:
    """The server over this state. Under `/_stand_in/` tests make it fail and ask what it was asked."""
    asked: list[dict[str, Any]] = []

    def route(
        path: str, method: str, handler: Handler, action: str | None, shape: str | None = None
    ) -> Route:
        async def answer(request: Request) -> Response:
            content = await request.body()
            return await anyio.to_thread.run_sync(_answered, request, content)

        def _answered(request: Request, content: bytes) -> Response:
            try:
                if "wrong_key" in store.failures and action is not None:
                    raise Refused("invalid_api_key", "The provided API key is invalid.")
                body = _body(content, shape)
                if action is not None:
                    indexes = _indexes(request, body)
                    store.authorise(request.headers.get("Authorization"), action, indexes)
                asked.append({"path": request.url.path, "method": method, "body": body})
                status, found = handler(store, request, body)
            except Refused as refused:
                headers = {"Retry-After": "10"} if refused.status == 503 else {}
                return JSONResponse(refused.body, refused.status, headers)
            return Response(status_code=status) if found is None else JSONResponse(found, status)

        return Route(path, answer, methods=[method])

    async def failures(request: Request) -> Response:
        store.failures = dict(await request.json())
        return JSONResponse({})

    async def log(_: Request) -> Response:
        found = list(asked)
        asked.clear()
        return JSONResponse(found)

    one = "/indexes/{uid}"
    return Starlette(
        routes=[
            route("/health", "GET", _health, None),
            route("/multi-search", "POST", _multi_search, "search", "multi_search"),
            route("/indexes", "POST", _create_index, "indexes.create", "index_create"),
            route(one, "GET", _read_index, "indexes.get"),
            route(one, "DELETE", _delete_index, "indexes.delete"),
            route(f"{one}/stats", "GET", _stats, "stats.get"),
            route(f"{one}/settings", "PATCH", _update_settings, "settings.update", "settings"),
            route(f"{one}/documents", "POST", _add, "documents.add", "documents"),
            route(f"{one}/documents/fetch", "POST", _fetch, "documents.get", "documents_fetch"),
            route(f"{one}/documents/delete", "POST", _delete, "documents.delete", "documents_delete"),
            route(f"{one}/documents/{{key}}", "GET", _read_document, "documents.get"),
            route("/swap-indexes", "POST", _swap, "indexes.swap", "swap"),
            route("/tasks/{number:int}", "GET", _task, "tasks.get"),
            route("/keys", "POST", _create_key, "keys.create", "key_create"),
            route("/keys/{uid}", "GET", _read_key, "keys.get"),
            Route("/_stand_in/failures", failures, methods=["PUT"]),
            Route("/_stand_in/asked", log, methods=["POST"]),
        ],
        exception_handlers={404: _not_found},
    )


def _not_found(request: Request, _: Exception) -> Response:
    return JSONResponse(Refused("not_found", f"no such route: {request.url.path}").body, 404)


def _body(content: bytes, shape: str | None) -> Any:
    if len(content) > MOST_BYTES:
        raise Refused("payload_too_large", "The provided payload reached the size limit.")
    if shape is None:
        return None
    try:
        body = json.loads(content)
    except ValueError as fault:
        raise Refused("malformed_payload", str(fault)) from fault
    fault_found = first_fault(shape, body)
    if fault_found is not None:
        code = "invalid_search_q" if shape == "multi_search" else "bad_request"
        raise Refused(code, f"not the recorded shape of {shape}: {fault_found}")
    return body


def _indexes(request: Request, body: Any) -> list[str]:
    """Every index that a request is about."""
    if "uid" in request.path_params and "/indexes/" in request.url.path:
        return [request.path_params["uid"]]
    if isinstance(body, dict) and "queries" in body:
        return [query["indexUid"] for query in body["queries"]]
    if isinstance(body, dict) and request.url.path == "/indexes":
        return [body["uid"]]
    if isinstance(body, list) and request.url.path == "/swap-indexes":
        return [uid for pair in body for uid in pair["indexes"]]
    return []


def _health(store: Store, _: Request, __: Any) -> tuple[int, Any]:
    return 200, {"status": "available"}


def _multi_search(store: Store, _: Request, body: Any) -> tuple[int, Any]:
    time.sleep(store.failures.get("slow", 0.0))
    if "busy" in store.failures:
        raise Refused("too_many_search_requests", "Too many search requests running at the same time.")
    # The first fault ends the whole request.
    results = [store.searching(query["indexUid"]).answer(query) for query in body["queries"]]
    return 200, held("multi_search_answer", {"results": results})


def _create_index(store: Store, _: Request, body: Any) -> tuple[int, Any]:
    uid = body["uid"]
    return 202, store.enqueue("indexCreation", uid, lambda: store.create_index(uid, body.get("primaryKey")))


def _read_index(store: Store, request: Request, _: Any) -> tuple[int, Any]:
    index = store.index(request.path_params["uid"])
    times = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    return 200, {"uid": index.uid, "primaryKey": index.primary_key, **times}


def _delete_index(store: Store, request: Request, _: Any) -> tuple[int, Any]:
    uid = request.path_params["uid"]
    return 202, store.enqueue("indexDeletion", uid, lambda: store.delete_index(uid))


def _stats(store: Store, request: Request, _: Any) -> tuple[int, Any]:
    index = store.index(request.path_params["uid"])
    size = len(json.dumps(list(index.documents.values())))
    counted = {"numberOfDocuments": len(index.documents), "rawDocumentDbSize": size}
    return 200, {**counted, "isIndexing": False, "fieldDistribution": {}}


def _update_settings(store: Store, request: Request, body: Any) -> tuple[int, Any]:
    uid = request.path_params["uid"]
    return 202, store.enqueue("settingsUpdate", uid, lambda: store.update_settings(uid, body))


def _add(store: Store, request: Request, body: Any) -> tuple[int, Any]:
    uid = request.path_params["uid"]
    return 202, store.enqueue("documentAdditionOrUpdate", uid, lambda: store.add(uid, body))


def _delete(store: Store, request: Request, body: Any) -> tuple[int, Any]:
    uid = request.path_params["uid"]
    return 202, store.enqueue("documentDeletion", uid, lambda: store.delete(uid, body["filter"]))


def _fetch(store: Store, request: Request, body: Any) -> tuple[int, Any]:
    index: Index = store.index(request.path_params["uid"])
    documents = list(index.documents.values())
    offset, limit = body.get("offset", 0), body.get("limit", 20)
    fields = body.get("fields")
    shown = [
        {name: value for name, value in document.items() if fields is None or name in fields}
        for document in documents[offset : offset + limit]
    ]
    return 200, {"results": shown, "offset": offset, "limit": limit, "total": len(documents)}


def _read_document(store: Store, request: Request, _: Any) -> tuple[int, Any]:
    document = store.index(request.path_params["uid"]).documents.get(request.path_params["key"])
    if document is None:
        raise Refused("document_not_found", f"Document `{request.path_params['key']}` not found.")
    return 200, document


def _swap(store: Store, _: Request, body: Any) -> tuple[int, Any]:
    return 202, store.enqueue("indexSwap", None, lambda: store.swap([pair["indexes"] for pair in body]))


def _task(store: Store, request: Request, _: Any) -> tuple[int, Any]:
    return 200, store.task(request.path_params["number"])


def _create_key(store: Store, _: Request, body: Any) -> tuple[int, Any]:
    return 201, store.create_key(body)


def _read_key(store: Store, request: Request, _: Any) -> tuple[int, Any]:
    return 200, store.key(request.path_params["uid"])
