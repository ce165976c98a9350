"""The container's files as data: the Dockerfile's instructions, compose.yaml with its variables put in."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = ("app", "worker", "migrate")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class Missing(Exception):
    """A variable that compose.yaml asks for is empty."""


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's stages: (instruction, arguments), continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    found: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, rest.strip()))
    assert len(found) == 2
    return found


def environment_of(stage: list[tuple[str, str]]) -> dict[str, str]:
    """What the stage's ENV set."""
    pairs = [pair for instruction, rest in stage if instruction == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml as the engine reads it with these variables. Raises Missing, as the engine would."""

    def put_in(match: re.Match[str]) -> str:
        value = variables.get(match["name"], "")
        if value == "" and match["kind"] == "?":
            raise Missing(match["name"])
        return value or (match["rest"] if match["kind"] == "-" else "")

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(put_in, value)
        if isinstance(value, dict):
            return {name: walk(inner) for name, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    document: dict[str, Any] = walk(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8")))
    return document


def example_variables() -> dict[str, str]:
    """deploy/example.env as it stands."""
    found: dict[str, str] = {}
    for line in (ROOT / "deploy" / "example.env").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            found[name] = value.strip("'")
    return found


def filled_variables() -> dict[str, str]:
    """The same, filled in as its comments say."""
    variables = example_variables()
    issuers = json.loads(variables["DMP_ISSUERS"])
    for issuer in issuers:
        issuer |= {"client_id": "dmp", "client_secret": "c" * 24}
    return variables | {
        "SITE_HOST": "market.example.jp",
        "POSTGRES_PASSWORD": "0123456789abcdef",
        "DMP_SECRET_KEY": "5" * 64,
        "DMP_AUDIT_KEY": "a" * 64,
        "DMP_ISSUERS": json.dumps(issuers),
        "DMP_MAIL__HOST": "mail.example.jp",
        "MEILI_MASTER_KEY": "e" * 64,
        "DMP_SEARCH__SEARCH_KEY": "f" * 64,
        "DMP_SEARCH__WORKER_KEY": "d" * 64,
    }
