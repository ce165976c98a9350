"""Rules of the project about its source text that no other tool checks."""

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, name

MOST_LINES = 450
VAGUE_NAMES = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}
# Written apart, so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa)(?P<rest>[^#]*)(?P<reason>#\s*\S.*)?")
WHICH = re.compile(r"^\[[a-z-]+(?:,\s*[a-z-]+)*\]|^:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*")


def _comments(source: str) -> list[tuple[int, str]]:
    """Line number and text of every comment."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def _unexplained(source: str) -> list[int]:
    """The lines that silence a check without saying which, or without a reason behind a second `#`."""
    return [
        line
        for line, comment in _comments(source)
        for match in SILENCED.finditer(comment)
        if not WHICH.match(match["rest"].strip()) or not match["reason"]
    ]


def _imports_annotations(source: str) -> bool:
    """Whether the module says `from __future__ import annotations`."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in ast.parse(source).body
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_files_are_short() -> None:
    lengths = {
        name(path): len(_text(path).splitlines())
        for path in files(".py", ".html", ".css", ".js", ".sh")
        # What a migration does is not to be torn apart; it is written once and not edited.
        if "migrations/versions" not in name(path)
    }
    assert {file: lines for file, lines in lengths.items() if lines >= MOST_LINES} == {}


def test_modules_are_called_by_their_job() -> None:
    vague = [name(path) for path in files(".py") if VAGUE_NAMES & {path.stem, *path.parent.parts}]
    assert vague == []


def test_nothing_is_left_for_later() -> None:
    unfinished = [
        f"{name(path)}:{number}"
        for path in files(".py", ".html", ".css", ".js", ".sh", ".toml")
        for number, line in enumerate(_text(path).splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert unfinished == []


def test_models_and_endpoints_keep_their_annotations() -> None:
    """SQLModel's relationships and FastAPI's parameters are read from annotations; that import makes them text."""
    forbidden = [
        path
        for path in files(".py", folders=("app",))
        if path.stem in {"models", "api", "dependencies"}
        or name(path).startswith("app/web/")
        or path.parent.name == "models"
    ]
    assert len([path for path in forbidden if path.stem == "models"]) > 3
    assert [name(path) for path in forbidden if _imports_annotations(_text(path))] == []


def test_silenced_checks_have_a_reason() -> None:
    silenced = {name(path): _unexplained(_text(path)) for path in files(".py")}
    assert {file: lines for file, lines in silenced.items() if lines} == {}


@pytest.mark.parametrize(
    ("comment", "explained"),
    [
        ("x = 1  # type: ignore[arg-type]  # the stub is wrong", True),
        ("x = 1  # noqa: N802, S101  # the name is the library's", True),
        ("x = 1  # type: ignore[arg-type]", False),
        ("x = 1  # type: " + "ignore  # no code", False),
        ("x = 1  # noqa  # no code", False),
        ("x = 1  # noqa: N802", False),
        ("x = 1  # nothing silenced", True),
        ("x = '# noqa'", True),
    ],
)
def test_what_counts_as_a_reason(comment: str, explained: bool) -> None:
    assert (_unexplained(comment + "\n") == []) is explained


def test_every_module_of_endpoints_is_held_to_their_import_rule() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [named] = [set(contract["source_modules"]) for contract in contracts if contract["id"] == "endpoints"]
    modules = {name(path).removesuffix(".py").replace("/", ".") for path in files(".py", folders=("app",))}
    endpoints = {module for module in modules if re.fullmatch(r"app\.\w+\.\w*_api|app\.\w+\.api_\w+", module)}
    assert endpoints - {module for module in endpoints if module.startswith("app.web.")} == named - {
        "app.*.api"
    }
