"""The catalogue under the next version of the schema: what was published before stays as it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.listings.models import Revision
from app.main import create_app
from app.settings import FilesSettings, Settings
from tests.catalogue.shelf import Shelf, open_shelf
from tests.conftest import ORIGIN
from tests.world import World

NEXT = """
[group]
name = "operations"

[[fields]]
name = "flood_plan"
kind = "text"
label_ja = "水害のときの備え"
label_en = "Flood plan"
required = true
since = 2
max_length = 100
example = "二か所で運用します。"
"""
RETIRED = """
terms = [
  { code = "joint_procurement", ja = "共同調達", en = "Joint", retired_since = 2, successor = "individual" },
]
"""


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with a schema directory that makes version 2."""
    extra = tmp_path / "schema"
    (extra / "fields/software").mkdir(parents=True)
    (extra / "vocabularies").mkdir()
    (extra / "fields/software/500-next.toml").write_text(NEXT, "utf-8")
    (extra / "vocabularies/routes.toml").write_text(RETIRED, "utf-8")
    return Settings(
        site_origin=ORIGIN,
        database_url=database_url,
        audit_heads=tmp_path / "audit-heads.jsonl",
        search_directory=tmp_path / "search",
        files=FilesSettings(directory=tmp_path / "files"),
        schema_directory=extra,
        mail={"transport": "folder", "folder": tmp_path / "mail"},  # type: ignore[arg-type]  # pydantic reads the dict
    )


@pytest.fixture
def next_version(
    settings: Settings, database: Database, clock: MovableClock
) -> Iterator[tuple[TestClient, Shelf, World]]:
    """A visitor of the application at version 2, a shelf and people."""
    app = create_app(settings, clock=clock, database=database)
    shelf = open_shelf(app, settings, database, clock)
    with World(database, clock, app, ORIGIN) as world:
        yield world.client(), shelf, world
    shelf.close()


def test_what_was_published_before_stays_and_is_asked_at_the_next_submission(
    next_version: tuple[TestClient, Shelf, World],
) -> None:
    client, shelf, world = next_version
    assert shelf.schema.version == 2
    vendor = world.vendor()
    old = shelf.software(vendor, "以前からの製品", flood_plan=None, route="individual")
    new = shelf.software(vendor, "新しい製品")
    with shelf.database.write() as session:
        row = session.exec(select(Revision).where(col(Revision.entry_id) == old)).one()
        row.schema_version = 1
        session.add(row)
    shelf.rebuild()

    assert "水害のときの備え" not in client.get(f"/listings/{old}").text
    assert "水害のときの備え" in client.get(f"/listings/{new}").text
    groups = client.get(f"/api/v1/comparisons?ids={old},{new}").json()["groups"]
    (row_of_plan,) = [row for group in groups for row in group["rows"] if row["field"] == "flood_plan"]
    assert [cell["text"] for cell in row_of_plan["cells"]] == ["この版では質問なし", "二か所で運用します。"]
    assert "この版では質問なし" in client.get(f"/compare?ids={old},{new}").text

    editor = world.api(world.login(vendor, "vendor_admin"))
    path = f"/api/v1/software/{old}"
    etag = editor.get(path).headers["etag"]
    edited = editor.patch(path, json={"answers": {"summary": "直した概要"}}, headers={"If-Match": etag})
    assert edited.status_code == 200, edited.text
    assert edited.json()["completeness"]["required_missing"] == ["flood_plan"]
    refused = editor.post(f"{path}/submission")
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/answers/flood_plan"]
    assert client.get(path).json()["live"]["schema_version"] == 1
    assert old in {item["id"] for item in client.get("/api/v1/search").json()["items"]}


def test_a_retired_term_in_an_address_finds_what_its_successor_does(
    next_version: tuple[TestClient, Shelf, World],
) -> None:
    client, shelf, world = next_version
    found = shelf.software(world.vendor(), "個別の調達", route="individual")
    shelf.rebuild()
    answer = client.get("/api/v1/search?route=joint_procurement").json()
    assert [item["id"] for item in answer["items"]] == [found]
    assert [value["value"] for value in answer["facets"]["route"]["values"]] == ["individual"]
