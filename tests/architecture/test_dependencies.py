"""Every dependency has a stated reason, and every pin is complete."""

import re
import tomllib

from tests.architecture.source import ROOT

DECISION = ROOT / "docs" / "decisions" / "0002-dependencies.md"


def _name(requirement: str) -> str:
    """`psycopg[binary]>=3.3; ...` is `psycopg`, `Python_Stdnum` is `python-stdnum`."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def _declared() -> dict[str, set[str]]:
    """Names by the file that pins them: what the service needs, and that plus what its tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = {_name(requirement) for requirement in project["dependencies"]}
    dev = {_name(requirement) for requirement in project["optional-dependencies"]["dev"]}
    assert len(run) > 10
    assert len(dev) > 5
    return {"requirements.txt": run, "requirements-dev.txt": run | dev}


def _explained() -> set[str]:
    """The names in the first column of the decision's tables."""
    rows = re.findall(r"^\| `([^`]+)`", DECISION.read_text(encoding="utf-8"), re.MULTILINE)
    return {_name(row) for row in rows}


def test_every_dependency_is_explained_and_nothing_else() -> None:
    declared = _declared()["requirements-dev.txt"]
    explained = _explained()
    assert declared - explained == set()
    assert explained - declared == set()


def test_every_dependency_is_pinned_with_hashes() -> None:
    pins: dict[str, dict[str, str]] = {}
    for file, declared in _declared().items():
        text = re.sub(r"^ *#.*$", "", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
        pins[file] = {block.split(" \\")[0]: block for block in blocks if block.strip()}
        assert all("==" in pin and "--hash=sha256:" in block for pin, block in pins[file].items())
        assert declared - {_name(pin) for pin in pins[file]} == set()
        # An address of a package index would bind every user to one machine's set-up.
        assert "://" not in text
    assert set(pins["requirements.txt"]) - set(pins["requirements-dev.txt"]) == set()
