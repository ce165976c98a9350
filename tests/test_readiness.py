"""/readyz: ready means database reachable and migrated; the rest is detail, except in demo mode."""

from pathlib import Path

from fastapi import FastAPI

from app.kit.database import Database, create_engine
from app.main import create_app
from app.settings import Settings
from tests.support.client import TestClient


def test_ready_with_details_though_the_index_is_behind(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"] == "ready"
    assert "search" in answer.json()
    assert client.get("/healthz").json() == {"status": "alive"}


def test_not_ready_without_migration(tmp_path: Path, settings: Settings) -> None:
    empty = Database(create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}"))
    with TestClient(create_app(settings, database=empty)) as client:
        answer = client.get("/readyz")
    empty.dispose()
    assert answer.status_code == 503
    assert "dmp migrate" in answer.json()["database"]


def test_in_demo_mode_it_waits_for_data_and_index(
    app: FastAPI, settings: Settings, database: Database
) -> None:
    demo = create_app(settings.model_copy(update={"mode": "demo"}), database=database)
    state = {"loaded": False, "agrees": True}
    demo.state.sample_data_loaded = lambda: state["loaded"]
    demo.state.index_agrees = lambda: state["agrees"]
    with TestClient(demo) as client:
        assert client.get("/readyz").status_code == 503
        state["loaded"] = True
        assert client.get("/readyz").status_code == 200
        state["agrees"] = False
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["search"] == "behind"
