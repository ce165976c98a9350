"""`/schemas` and `/vocabularies`: stable addresses, ETags; and a field added to the schema shows up everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.main import create_app
from app.settings import FilesSettings, Settings
from app.web.answers import form_groups
from tests.catalogue.shelf import Shelf, open_shelf
from tests.conftest import ORIGIN
from tests.web.test_vendor_pages import form_of
from tests.world import World

EXTRA_FIELD = """
[group]
name = "weather"
label_ja = "天気への備え"
label_en = "Weather"

[[fields]]
name = "snow_mode"
kind = "choice"
label_ja = "雪の日の動き方"
label_en = "On snowy days"
vocabulary = "snow_modes"
search = "body"
facets = [{ name = "snow", label_ja = "雪の日", label_en = "Snow" }]
example = "stays_up"
"""
EXTRA_VOCABULARY = """
name = "snow_modes"
label_ja = "雪の日の動き方"
label_en = "On snowy days"
source = "試験"
terms = [
  { code = "stays_up", ja = "止まらない", en = "Stays up" },
  { code = "slows_down", ja = "遅くなる", en = "Slows down" },
]
"""


def test_schemas_have_stable_addresses_and_etags(client: TestClient, app: FastAPI) -> None:
    listed = client.get("/api/v1/schemas").json()
    assert [item["subject"] for item in listed["items"]] == ["software", "offer"]
    for item in listed["items"]:
        current = client.get(item["url"])
        assert current.headers["content-type"] == "application/schema+json"
        assert current.json()["$id"] == item["versioned_url"]
        assert client.get(item["versioned_url"]).json() == current.json()
        again = client.get(item["url"], headers={"If-None-Match": current.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        jsonschema.Draft202012Validator.check_schema(current.json())
        jsonschema.validate(app.state.schema.example(item["subject"]), current.json())
        assert "required" not in client.get(item["url"] + "?mode=draft").json()
    assert client.get("/api/v1/schemas/services").status_code == 404
    assert client.get("/api/v1/schemas/software/99").status_code == 404
    for link in listed["vocabularies"]:
        assert client.get(link["url"]).json()["terms"]
    assert client.get("/api/v1/vocabularies/nothing").status_code == 404


def test_the_description_names_every_facet(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    parameters = {one["name"]: one for one in document["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert {"q", "page", "limit", "sort", "area", "cert", "price_min", "price_max", "vendor"} <= set(
        parameters
    )
    assert "property_tax" in parameters["area"]["schema"]["items"]["enum"]
    assert "responsibility_demarcation" in document["components"]["schemas"]["SoftwareAnswers"]["properties"]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with a schema directory that adds one field."""
    extra = tmp_path / "schema"
    (extra / "fields/software").mkdir(parents=True)
    (extra / "vocabularies").mkdir()
    (extra / "fields/software/900-weather.toml").write_text(EXTRA_FIELD, "utf-8")
    (extra / "vocabularies/snow_modes.toml").write_text(EXTRA_VOCABULARY, "utf-8")
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
def extended(
    settings: Settings, clock: MovableClock, database: Database
) -> Iterator[tuple[FastAPI, TestClient, Shelf, World]]:
    """The application with the added field, a visitor, a shelf and people."""
    app = create_app(settings, clock=clock, database=database)
    shelf = open_shelf(app, settings, database, clock)
    with World(database, clock, app, ORIGIN) as world:
        yield app, world.client(), shelf, world
    shelf.close()


def test_a_field_added_to_the_schema_appears_everywhere_without_code(
    extended: tuple[FastAPI, TestClient, Shelf, World],
) -> None:
    app, client, shelf, world = extended
    vendor = world.vendor()
    answered = shelf.software(vendor, "雪に強い", snow_mode="stays_up")
    silent = shelf.software(vendor, "雪は知らない", snow_mode=None)
    shelf.rebuild()

    # JSON Schema, vocabulary and description
    assert (
        client.get("/api/v1/schemas/software").json()["properties"]["snow_mode"]["title"] == "雪の日の動き方"
    )
    assert client.get("/api/v1/vocabularies/snow_modes").json()["terms"][0]["code"] == "stays_up"
    document = client.get("/api/v1/openapi.json").json()
    assert "snow_mode" in document["components"]["schemas"]["SoftwareAnswers"]["properties"]
    assert "snow" in {one["name"] for one in document["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert "雪の日" in client.get("/api").text

    # search: filter, facet with count, refusal with the nearest term, page
    found = client.get("/api/v1/search?snow=stays_up").json()
    assert [item["id"] for item in found["items"]] == [answered]
    assert found["sentence"].startswith("雪の日が「止まらない」の")
    assert found["facets"]["snow"]["values"] == [
        {"value": "stays_up", "label": "止まらない", "count": 1, "selected": True}
    ]
    refused = client.get("/api/v1/search?snow=stay_up").json()["errors"][0]
    assert (refused["pointer"], "stays_up" in refused["remedy"]) == ("/snow", True)
    assert 'name="snow" value="stays_up" checked' in client.get("/search?snow=stays_up").text

    # comparison, listing page
    groups = client.get(f"/api/v1/comparisons?ids={answered},{silent}").json()["groups"]
    row = next(row for group in groups for row in group["rows"] if row["field"] == "snow_mode")
    assert [cell["text"] for cell in row["cells"]] == ["止まらない", "未回答"]
    assert "天気への備え" in client.get(f"/listings/{answered}").text
    assert "雪の日の動き方" in client.get(f"/compare?ids={answered},{silent}").text

    # form
    groups_of_form = form_groups(app.state.schema, "software", {"snow_mode": "slows_down"}, group="weather")
    assert groups_of_form[0].fields[0].input is not None
    assert groups_of_form[0].fields[0].input.options == (
        ("stays_up", "止まらない"),
        ("slows_down", "遅くなる"),
    )

    # search by a word of the answer
    assert [item["id"] for item in client.get("/api/v1/search?q=止まらない&strict=1").json()["items"]] == [
        answered
    ]

    # form: the section's page asks it, what is posted is kept, and a term that does not exist is refused
    editor = world.login(vendor, "vendor_admin")
    pages = world.client(editor)
    address = f"/vendor/software/{silent}/edit/weather"
    asked = pages.get(address)
    assert asked.status_code == 200, asked.text
    assert "雪の日の動き方" in asked.text
    form = form_of(asked.text, address) | {"snow_mode": ["slows_down"], "action": ["save"]}
    refused_form = pages.post(address, data=form | {"snow_mode": ["stay_up"]}, follow_redirects=False)
    assert refused_form.status_code == 422
    saved = pages.post(address, data=form, follow_redirects=False)
    assert saved.status_code == 303, saved.text
    draft = pages.get(f"/api/v1/software/{silent}").json()["draft"]
    assert draft["answers"]["snow_mode"] == "slows_down"

    # registration by API: accepted, and refused with the nearest term
    token = world.api(editor)
    made = token.post("/api/v1/software", json={"answers": {"name": "雪国", "snow_mode": "slows_down"}})
    assert made.status_code == 201, made.text
    wrong = token.post("/api/v1/software", json={"answers": {"snow_mode": "stay_up"}})
    assert wrong.status_code == 422
    assert [fault["pointer"] for fault in wrong.json()["errors"]] == ["/answers/snow_mode"]
