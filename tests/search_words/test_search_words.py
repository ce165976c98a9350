"""Words that stand for others: taken over from the seed, kept by reviewers, used by the next search."""

from __future__ import annotations

import csv
import io
from typing import Any

from bs4 import BeautifulSoup
from sqlmodel import select
from starlette.testclient import TestClient

from app.access.actor import system_actor
from app.audit.models import AuditEvent
from app.kit.database import Database
from app.search_words import service
from app.search_words.current import current_synonyms
from app.settings import Settings
from app.worker import Worker
from catalogue_schema.search_words import SearchWord, seed_words
from tests.catalogue.shelf import Shelf
from tests.world import World

WORDS = "/api/v1/search-words"
PAGE = "/review/search-words"


def _found(client: TestClient, text: str) -> list[str]:
    answer = client.get("/api/v1/search", params={"q": text, "strict": "1"})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def _adopt(world: World, words: tuple[SearchWord, ...]) -> int:
    with world.database.write() as session:
        return service.adopt_seed(session, system_actor("sweep_1"), world.clock, words)


def test_a_reviewer_adds_changes_retires_and_restores_a_word(
    client: TestClient, world: World, shelf: Shelf
) -> None:
    software = shelf.software(world.vendor(), "転ばぬ先の杖", summary="介護予防の体操を配信します。")
    shelf.rebuild()
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    assert _found(client, "ころばん体操くん") == []
    body = {"kind": "means", "written": "ころばん体操くん", "meant": ["介護予防"], "note": "愛称"}
    made = reviewer.post(WORDS, json=body)
    assert made.status_code == 201, made.text
    assert _found(client, "コロバン体操クン") == [software], "by the very next search, however it is written"
    told = client.get("/api/v1/search?q=ころばん体操くん").json()["expansions"]
    assert told == [{"kind": "means", "written": "ころばん体操くん", "meant": ["介護予防"]}]
    path = f"{WORDS}/{made.json()['id']}"
    again = reviewer.post(WORDS, json=body | {"written": "ｺﾛﾊﾞﾝ体操くん"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "duplicate")
    change = {"written": "ころばん体操くん", "meant": ["水泳"]}
    assert reviewer.patch(path, json=change).status_code == 428
    edited = reviewer.patch(path, json=change, headers={"If-Match": made.headers["etag"]})
    assert edited.status_code == 200, edited.text
    assert reviewer.patch(path, json=change, headers={"If-Match": made.headers["etag"]}).status_code == 412
    assert _found(client, "ころばん体操くん") == []
    assert reviewer.post(f"{path}/retirement").json()["status"] == "retired"
    assert reviewer.post(f"{path}/retirement").status_code == 409
    assert client.get("/api/v1/search?q=ころばん体操くん").json()["expansions"] == []
    assert reviewer.post(f"{path}/restoration").json()["status"] == "active"
    history = client.get(path).json()["changes"]
    assert [(one["version"], one["status"], one["meant"]) for one in history] == [
        (4, "active", ["水泳"]),
        (3, "retired", ["水泳"]),
        (2, "active", ["水泳"]),
        (1, "active", ["介護予防"]),
    ]
    first = client.get(f"{WORDS}/export", params={"version": history[-1]["table_version"]}).json()
    assert first["items"] == [body]
    with world.read() as session:
        actions = session.exec(
            select(AuditEvent.action).where(AuditEvent.object_type == "search_word").order_by(AuditEvent.id)
        ).all()
    assert actions == [f"search_word.{deed}" for deed in ("created", "edited", "closed", "restored")]


def test_every_fault_at_once_and_nothing_typed_is_lost(client: TestClient, world: World) -> None:
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    body = {"kind": "x", "written": "", "meant": ["a" * 61], "note": "\x07"}
    refused = reviewer.post(WORDS, json=body)
    pointers = {fault["pointer"] for fault in refused.json()["errors"]}
    assert (refused.status_code, pointers) == (422, {"/kind", "/written", "/meant/0", "/note"})
    for wide in ("の", "★★"):
        assert (
            reviewer.post(
                WORDS, json=body | {"kind": "same", "written": wide, "meant": ["語"], "note": ""}
            ).status_code
            == 422
        )
    form = _form(reviewer, PAGE)
    shown = reviewer.post(PAGE, data=form | {"kind": "means", "written": "残る言葉", "meant": "残る言葉\n別"})
    assert shown.status_code == 422
    page = BeautifulSoup(shown.text, "html.parser")
    written: Any = page.select_one("input[name=written]")
    meant: Any = page.select_one("textarea[name=meant]")
    assert (written["value"], meant.text.split()) == ("残る言葉", ["残る言葉", "別"])
    assert "同じ言葉です" in page.text


def test_the_pages_lead_from_the_queue_to_a_kept_word(client: TestClient, world: World) -> None:
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    assert f'href="{PAGE}"' in reviewer.get("/review").text
    form = _form(reviewer, PAGE)
    kept = reviewer.post(
        PAGE,
        data=form | {"kind": "replaced_by", "written": "旧台帳くん", "meant": "住民基本台帳\r\nノーコード"},
    )
    assert (kept.status_code, kept.headers["location"]) == (303, PAGE)
    listed = BeautifulSoup(reviewer.get(f"{PAGE}?q=台帳くん&of=replaced_by").text, "html.parser")
    link: Any = listed.select_one("tbody th a")
    assert link.text == "旧台帳くん"
    form = _form(reviewer, link["href"])
    assert form["meant"].split() == ["住民基本台帳", "ノーコード"]
    assert reviewer.post(link["href"], data=form | {"meant": "住民記録"}).status_code == 303
    page = BeautifulSoup(reviewer.get(link["href"]).text, "html.parser")
    assert [row.text for row in page.select("table tbody th")] == ["第2版", "第1版"]
    search = client.get("/search?q=旧台帳くん")
    assert "「旧台帳くん」の代わりになるものとして、「住民記録」も探しました" in search.text


def test_the_seed_is_taken_over_once_and_what_reviewers_did_stays(
    client: TestClient, world: World, settings: Settings, database: Database
) -> None:
    assert {row["written"] for row in client.get(f"{WORDS}/export").json()["items"]} == {
        word.written for word in seed_words()
    }, "before that, searches go by the seed itself"
    with ClosingWorker(settings, world) as worker:
        worker.schedule_sweep()
        worker.drain()
    exported = client.get(f"{WORDS}/export").json()
    assert (exported["version"], len(exported["items"])) == (len(seed_words()), len(seed_words()))
    lines = list(
        csv.reader(io.StringIO(client.get(f"{WORDS}/export?format=csv").content.decode("utf-8-sig")))
    )
    assert ["means", "住基", "住民基本台帳|住民記録", ""] in lines
    assert _adopt(world, seed_words()) == 0
    reviewer = world.client(world.login(world.agency(), "reviewer"))
    known = {word["written"]: word["id"] for word in client.get(f"{WORDS}?q=児手").json()["items"]}
    assert reviewer.post(f"{WORDS}/{known['児手']}/retirement").status_code == 200
    later = (
        SearchWord("means", "児手", ("児童の手当",)),
        SearchWord("means", "住基", ("住民基本台帳",)),
        SearchWord("means", "新しい語", ("別の語",)),
    )
    assert _adopt(world, later) == 2
    with world.read() as session:
        table = current_synonyms(session).table
    assert "児手" not in table
    assert [one.meant for one in table["住基"]] == [("住民基本台帳",)]
    assert "新しい語" in table


class ClosingWorker(Worker):
    """The worker on the test's own database, closed on the way out."""

    def __init__(self, settings: Settings, world: World) -> None:
        super().__init__(settings, clock=world.clock, database=world.database)

    def __enter__(self) -> ClosingWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _form(client: TestClient, path: str) -> dict[str, str]:
    """The posting form of that page, as it stands."""
    page = BeautifulSoup(client.get(path).text, "html.parser")
    form = page.select_one("main form[method=post]")
    assert form is not None, path
    values = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
    return values | {str(area["name"]): area.text.strip() for area in form.select("textarea[name]")}
