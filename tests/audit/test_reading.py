"""Who reads the trail: auditor and Agency all of it, an administrator the own organisation's, nobody else any."""

import pytest

from app.audit.chain import Sealer
from app.audit.record import record
from app.kit.clock import MovableClock
from app.kit.database import Database
from app.settings import Settings
from tests.world import Login, World


@pytest.fixture
def people(world: World, database: Database, clock: MovableClock) -> dict[str, Login]:
    vendor, other = world.vendor(), world.vendor()
    logins = {
        "auditor": world.login(world.agency(), "auditor"),
        "agency_admin": world.login(world.agency(), "agency_admin"),
        "reviewer": world.login(world.agency(), "reviewer"),
        "vendor_admin": world.login(vendor, "vendor_admin"),
        "vendor_editor": world.login(vendor, "vendor_editor"),
        "other_admin": world.login(other, "vendor_admin"),
    }
    with database.write() as session:
        for number in range(3):
            record(
                session,
                world.actor(logins["vendor_editor"]),
                "software.registered",
                "software",
                f"sw_{number}",
                at=clock.now(),
                owner=vendor.id,
                details={"text": "<script>alert(1)</script>"},
            )
    return logins


@pytest.mark.parametrize(
    ("who", "count"), [("auditor", 3), ("agency_admin", 3), ("vendor_admin", 3), ("other_admin", 0)]
)
def test_each_reads_what_is_theirs(people: dict[str, Login], world: World, who: str, count: int) -> None:
    answer = world.client(people[who]).get("/api/v1/audit-events")
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == count


@pytest.mark.parametrize("who", ["reviewer", "vendor_editor"])
def test_others_are_told_who_may(people: dict[str, Login], world: World, who: str) -> None:
    answer = world.client(people[who]).get("/api/v1/audit-events")
    assert answer.status_code == 403
    assert "監査担当" in answer.json()["detail"]


def test_visitors_log_in_first(people: dict[str, Login], world: World) -> None:
    assert world.api().get("/api/v1/audit-events").status_code == 401
    page = world.client().get("/audit?action=x")
    assert page.status_code == 303
    assert page.headers["location"] == "/login?next=%2Faudit%3Faction%3Dx"


def test_paging_goes_through_all_once(people: dict[str, Login], world: World) -> None:
    client = world.api(people["auditor"])
    seen, cursor = [], ""
    for _ in range(5):
        page = client.get(f"/api/v1/audit-events?limit=1{cursor}").json()
        seen += [item["object_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == ["sw_0", "sw_1", "sw_2"]
    assert client.get("/api/v1/audit-events?cursor=nonsense").status_code == 400


def test_anothers_event_is_not_found(people: dict[str, Login], world: World) -> None:
    event_id = world.api(people["auditor"]).get("/api/v1/audit-events").json()["items"][0]["id"]
    assert world.client(people["other_admin"]).get(f"/api/v1/audit-events/{event_id}").status_code == 404
    assert world.client(people["vendor_admin"]).get(f"/api/v1/audit-events/{event_id}").status_code == 200


def test_the_head_is_public(
    people: dict[str, Login], world: World, database: Database, settings: Settings, clock: MovableClock
) -> None:
    assert world.api().get("/api/v1/audit-events/head").status_code == 404
    Sealer(database, settings.audit_heads, settings.audit_key.get_secret_value()).seal(clock.now())
    head = world.api().get("/api/v1/audit-events/head")
    assert head.json()["number"] >= 3


def test_the_page_shows_text_as_text(people: dict[str, Login], world: World) -> None:
    client = world.client(people["auditor"])
    page = client.get("/audit?object_id=sw_1")
    assert page.status_code == 200
    assert page.text.count("software.registered") >= 1
    event_id = client.get("/api/v1/audit-events?object_id=sw_1").json()["items"][0]["id"]
    single = client.get(f"/audit/{event_id}")
    assert single.status_code == 200
    assert "<script>alert" not in single.text
    assert client.get("/audit?object_id=nothing").text.count("当てはまる操作の記録はありません") == 1
