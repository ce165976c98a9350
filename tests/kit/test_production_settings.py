"""Production refuses to start with what belongs to development, and names every setting at once."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.main import create_app
from app.settings import DEFAULT_SECRET, IssuerSettings, RefusedToStart, Settings


def _issuer(**changes: Any) -> dict[str, Any]:
    return {
        "key": "gbizid",
        "name": "GビズID",
        "issuer": "https://gbiz-id.example.jp/oauth/",
        "client_id": "dmp",
        "client_secret": "c" * 16,
        "dialect": "gbizid",
        **changes,
    }


def _production(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "mode": "production",
        "site_origin": "https://market.example.jp",
        "database_url": "postgresql+psycopg://app@/catalogue",
        "secret_key": "s" * 32,
        "audit_key": "a" * 32,
        "issuers": [_issuer()],
        "mail": {"transport": "smtp", "host": "mail.example.jp"},
    }
    return Settings.model_validate(values | changes)


def test_a_variable_that_names_no_setting_is_refused() -> None:
    known = {"DMP_MAIL__HOST": "mail", "DMP_TEST_POSTGRES_BIN": "/", "PATH": "/bin"}
    assert _production().check(known).mode == "production"
    with pytest.raises(RefusedToStart, match=r"DMP_MAIL__HOTS.*DMP_MAIL__HOST"):
        _production().check({"DMP_MAIL__HOTS": "mail"})


def test_complete_production_settings_are_accepted() -> None:
    assert _production().check().mode == "production"
    search = {"url": "http://search:7700", "search_key": "s" * 32}
    assert _production(search_engine="meilisearch", search=search).check().search.standby


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"site_origin": "http://market.example.jp"}, "DMP_SITE_ORIGIN"),
        ({"search_engine": "meilisearch", "search": {"search_key": "s" * 32}}, "DMP_SEARCH__URL"),
        ({"search_engine": "meilisearch", "search": {"url": "http://search:7700"}}, "DMP_SEARCH__WORKER_KEY"),
        (
            {
                "search_engine": "meilisearch",
                "search": {"url": "http://search:7700", "search_key": "k" * 32, "worker_key": "k" * 32},
            },
            "ワーカーと同じ鍵",
        ),
        ({"secret_key": DEFAULT_SECRET}, "DMP_SECRET_KEY"),
        ({"secret_key": "s" * 31}, "DMP_SECRET_KEY"),
        ({"audit_key": DEFAULT_SECRET}, "DMP_AUDIT_KEY"),
        ({"audit_key": ""}, "DMP_AUDIT_KEY"),
        ({"database_url": "sqlite:///catalogue.sqlite3"}, "DMP_DATABASE_URL"),
        ({"mail": {"transport": "folder"}}, "DMP_MAIL__TRANSPORT"),
        ({"issuers": []}, "DMP_ISSUERS"),
        ({"issuers": [_issuer(issuer="http://localhost:8001/oauth/")]}, "DMP_ISSUERS[gbizid].issuer"),
        ({"issuers": [_issuer(client_secret="short")]}, "DMP_ISSUERS[gbizid].client_secret"),
        ({"demo_marker": "架空のデータです"}, "DMP_DEMO_MARKER"),
    ],
)
def test_each_fault_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(RefusedToStart) as refusal:
        create_app(_production(**changes))
    assert named in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert DEFAULT_SECRET not in str(refusal.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(RefusedToStart) as refusal:
        Settings(mode="production").check()
    lines = str(refusal.value).splitlines()
    named = {line.split(":")[0] for line in lines}
    assert named == {
        "DMP_SITE_ORIGIN",
        "DMP_SECRET_KEY",
        "DMP_AUDIT_KEY",
        "DMP_DATABASE_URL",
        "DMP_MAIL__TRANSPORT",
        "DMP_ISSUERS",
    }


def test_development_and_demo_start_without_them() -> None:
    assert Settings().check().mode == "development"
    assert Settings(mode="demo", demo_marker="架空").check().mode == "demo"


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="site_orgin"):
        Settings(site_orgin="https://market.example.jp")  # type: ignore[call-arg]  # that is the point


@pytest.mark.parametrize("key", ["GBIZ", "", "a/b", "x" * 41])
def test_an_issuers_key_fits_into_an_address(key: str) -> None:
    with pytest.raises(ValidationError, match="key"):
        IssuerSettings.model_validate(_issuer(key=key))


def test_secrets_are_not_printed() -> None:
    assert "s" * 32 not in repr(_production())
    assert "c" * 16 not in repr(_production())


def test_the_service_itself_refuses_by_name(tmp_path: Path) -> None:
    """The command an operator types: the settings' names on its error output, and no zero."""
    command = [sys.executable, "-c", "from app.cli import run; run()", "serve"]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "DMP_MODE": "production", "PYTHONPATH": str(root)}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    for name in ("DMP_SITE_ORIGIN", "DMP_SECRET_KEY", "DMP_DATABASE_URL", "DMP_ISSUERS"):
        assert name in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
