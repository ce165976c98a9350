"""The state of the stand-in: indexes, keys, and tasks that one thread does in order, each after a while."""

from __future__ import annotations

import hashlib
import hmac
import queue
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.meilisearch_api.expressions import Filterable, condition
from tests.meilisearch_api.refusals import Refused
from tests.meilisearch_api.searching import Searching
from tests.meilisearch_api.shapes import held

Document = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9_-]{1,511}")


@dataclass
class Index:
    """One index. `searching` is made anew for each state."""

    uid: str
    primary_key: str | None
    settings: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    searching: Searching | None = None


@dataclass
class Task:
    """A change that was asked for."""

    uid: int
    index: str | None
    kind: str
    act: Callable[[], None]
    status: str = "enqueued"
    error: dict[str, Any] | None = None
    enqueued_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None


@dataclass
class Key:
    """What a key may do, and on which indexes."""

    uid: str
    key: str
    options: dict[str, Any]
    made_at: str

    def allows(self, action: str, indexes: list[str]) -> bool:
        """Whether it may do this on all of these."""
        family = f"{action.partition('.')[0]}.*"
        named = self.options["indexes"]
        return bool({"*", family, action} & set(self.options["actions"])) and (
            "*" in named or set(indexes) <= set(named)
        )


class Store:
    """Everything there is. `latency` is how long each task waits and works, in seconds."""

    def __init__(self, master_key: str, latency: float) -> None:
        self.lock = threading.RLock()
        self.indexes: dict[str, Index] = {}
        self.failures: dict[str, float] = {}
        self._master = master_key
        self._latency = latency
        self._keys: dict[str, Key] = {}
        self._tasks: list[Task] = []
        self._waiting: queue.Queue[Task] = queue.Queue()
        threading.Thread(target=self._work, name="tasks", daemon=True).start()

    def authorise(self, header: str | None, action: str, indexes: list[str]) -> None:
        """Raise Refused unless the key may do this."""
        if not header:
            raise Refused("missing_authorization_header", "The Authorization header is missing.")
        given = header.removeprefix("Bearer ")
        if given == self._master:
            return
        key = self._keys.get(given)
        if key is None or action.startswith("keys.") or not key.allows(action, indexes):
            raise Refused("invalid_api_key", "The provided API key is invalid.")

    def enqueue(self, kind: str, index: str | None, act: Callable[[], None]) -> dict[str, Any]:
        """Take a change; it is made later, and may fail then."""
        if "full_tasks" in self.failures:
            raise Refused("no_space_left_on_device", "No space left on device: the task store is full.")
        with self.lock:
            task = Task(len(self._tasks), index, kind, act, enqueued_at=_now())
            self._tasks.append(task)
        self._waiting.put(task)
        answer = {
            "taskUid": task.uid,
            "indexUid": index,
            "status": "enqueued",
            "type": kind,
            "enqueuedAt": task.enqueued_at,
        }
        return dict(held("task_info", answer))

    def task(self, uid: int) -> dict[str, Any]:
        """What became of a change."""
        if not 0 <= uid < len(self._tasks):
            raise Refused("task_not_found", f"Task `{uid}` not found.")
        task = self._tasks[uid]
        answer = {
            "uid": task.uid,
            "indexUid": task.index,
            "status": task.status,
            "type": task.kind,
            "error": task.error,
            "enqueuedAt": task.enqueued_at,
            "startedAt": task.started_at,
            "finishedAt": task.finished_at,
        }
        return dict(held("task", answer))

    def index(self, uid: str) -> Index:
        """An index that is there."""
        found = self.indexes.get(uid)
        if found is None:
            raise Refused("index_not_found", f"Index `{uid}` not found.")
        return found

    def searching(self, uid: str) -> Searching:
        """An index as it is now, to be searched."""
        with self.lock:
            index = self.index(uid)
            if index.searching is None:
                index.searching = Searching(uid, dict(index.settings), dict(index.documents))
            return index.searching

    def create_index(self, uid: str, primary_key: str | None) -> None:
        """A task: a new index."""
        if uid in self.indexes:
            raise Refused("index_already_exists", f"Index `{uid}` already exists.")
        self.indexes[uid] = Index(uid, primary_key)

    def delete_index(self, uid: str) -> None:
        """A task: an index is gone."""
        self.index(uid)
        del self.indexes[uid]

    def update_settings(self, uid: str, settings: Mapping[str, Any]) -> None:
        """A task: settings over those that were there. It makes the index where there is none."""
        index = self.indexes.setdefault(uid, Index(uid, None))
        index.settings = {**index.settings, **settings}
        index.searching = None

    def add(self, uid: str, documents: list[Document]) -> None:
        """A task: documents in place of those of the same key. It makes the index where there is none."""
        if "full_disk" in self.failures:
            raise Refused("no_space_left_on_device", "No space left on device.")
        index = self.indexes.setdefault(uid, Index(uid, None))
        if index.primary_key is None:
            raise Refused("index_primary_key_no_candidate_found", "The primary key is not known.")
        for document in documents:
            key = document.get(index.primary_key)
            if not isinstance(key, str) or not _ID.fullmatch(key):
                raise Refused("invalid_document_id", f"Document identifier `{key}` is invalid.")
        index.documents = {**index.documents, **{str(one[index.primary_key]): one for one in documents}}
        index.searching = None

    def delete(self, uid: str, expression: str) -> None:
        """A task: documents that an expression holds for are gone."""
        index = self.index(uid)
        holds = condition(expression, Filterable(index.settings.get("filterableAttributes", [])))
        index.documents = {key: document for key, document in index.documents.items() if not holds(document)}
        index.searching = None

    def swap(self, pairs: list[list[str]]) -> None:
        """A task: the indexes change places, all at once."""
        for uid in (uid for pair in pairs for uid in pair):
            self.index(uid)
        for one, other in pairs:
            left, right = self.indexes[one], self.indexes[other]
            left.uid, right.uid = other, one
            self.indexes[one], self.indexes[other] = right, left
            left.searching = right.searching = None

    def create_key(self, options: dict[str, Any]) -> dict[str, Any]:
        """A new key. Its value follows from its uid and the master key."""
        uid = options.get("uid") or str(uuid.uuid4())
        if any(key.uid == uid for key in self._keys.values()):
            raise Refused("api_key_already_exists", f"API key with uid `{uid}` already exists.")
        value = hmac.new(self._master.encode(), uid.encode(), hashlib.sha256).hexdigest()
        self._keys[value] = Key(uid, value, options, _now())
        return self.key(uid)

    def key(self, wanted: str) -> dict[str, Any]:
        """A key by its uid or value."""
        for key in self._keys.values():
            if wanted in (key.uid, key.key):
                named = {name: key.options.get(name) for name in ("name", "description", "expiresAt")}
                listed = {"actions": key.options["actions"], "indexes": key.options["indexes"]}
                times = {"createdAt": key.made_at, "updatedAt": key.made_at}
                return {"uid": key.uid, "key": key.key, **named, **listed, **times}
        raise Refused("api_key_not_found", "API key not found.")

    def _work(self) -> None:
        while True:
            task = self._waiting.get()
            time.sleep(self._latency / 2)
            task.status, task.started_at = "processing", _now()
            time.sleep(self._latency / 2)
            try:
                with self.lock:
                    task.act()
            except Refused as refused:
                task.error = refused.body
            task.finished_at = _now()
            task.status = "failed" if task.error else "succeeded"


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
