"""The keys of a deployment: one that only searches, one that writes these indexes; the master's is not kept."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from search.meilisearch.admin import Admin
from search.meilisearch.connection import Connection

SEARCH_ACTIONS = ("search",)
WORKER_ACTIONS = (
    "documents.add",
    "documents.get",
    "documents.delete",
    "indexes.create",
    "indexes.get",
    "indexes.delete",
    "indexes.swap",
    "settings.get",
    "settings.update",
    "tasks.get",
    "stats.get",
)


@dataclass(frozen=True)
class Keys:
    """The two keys that a deployment is given."""

    search: str
    worker: str


def create_keys(connection: Connection, master_key: str) -> Keys:
    """Make the two keys, or find them where they were made before: the same index always has the same.

    Raises `EngineUnavailable` in one of its kinds.
    """
    admin = Admin(connection.url, master_key, connection.task_seconds)
    both = [connection.index, connection.aside]
    return Keys(
        search=_key(admin, connection, "search", SEARCH_ACTIONS, [connection.index]),
        worker=_key(admin, connection, "worker", WORKER_ACTIONS, both),
    )


def _key(
    admin: Admin, connection: Connection, role: str, actions: tuple[str, ...], indexes: list[str]
) -> str:
    uid = str(uuid5(NAMESPACE_URL, f"dmp:{connection.index}:{role}"))
    known = admin.find(lambda client: client.get_key(uid))
    if known is not None:
        return known.key
    wanted = {
        "uid": uid,
        "name": f"dmp {role}",
        "description": f"{role} key of the catalogue's index {connection.index}",
        "actions": list(actions),
        "indexes": indexes,
        "expiresAt": None,
    }
    return admin.ask(lambda client: client.create_key(wanted)).key
