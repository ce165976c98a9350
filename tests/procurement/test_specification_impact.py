"""The impact of a version: recomputed from scratch, shown to whom it concerns, and told to the vendors."""

from __future__ import annotations

import random
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

from sqlmodel import select

from app.conformance.models import ConformanceClaim
from app.conformance.statements import LETTERS
from app.kit.ids import new_id
from app.settings import Settings
from app.worker import Worker
from tests.catalogue.shelf import Shelf
from tests.conformance.claiming import version_id
from tests.procurement.town import Town, stranger
from tests.specifications.ministry import SPECIFICATIONS, Ministry, requirement
from tests.support.client import TestClient
from tests.support.smtp import plain_text
from tests.world import World

SIZES = ("designated_city", "core_city", "general")
REQUIRED = dict.fromkeys(SIZES, "required")
Said = dict[str, tuple[str, date | None]]
"""ID → state and the planned day."""


def _claim(
    world: World, software: str, version: str, keys: list[str], said: Said, number: int, dropped: bool = False
) -> None:
    """What a revision of a software says, written straight into the table."""
    with world.database.write() as session:
        session.add(
            ConformanceClaim(
                id=new_id("cfm"),
                entry_id=software,
                version_id=version,
                revision_number=number,
                states="".join(LETTERS[said[key][0]] if key in said else "." for key in keys),
                details={
                    str(keys.index(key)): {"planned_on": day.isoformat()}
                    for key, (_, day) in said.items()
                    if day is not None
                },
                dropped=dropped,
                updated_at=world.clock.now(),
                updated_by="test",
            )
        )


def _level(items: list[dict[str, Any]], said: Said, size: str) -> str:
    states = [
        said.get(item["key"], ("none", None))[0] for item in items if item["obligation"][size] == "required"
    ]
    for level, enough in (
        ("conforms", {"conforms"}),
        ("conditional", {"conforms", "conditional"}),
        ("planned", {"conforms", "conditional", "planned"}),
    ):
        if states and set(states) <= enough:
            return level
    return "no"


def _open(old: list[dict[str, Any]], new: list[dict[str, Any]], said: Said, today: date) -> list[str]:
    """The IDs to be answered anew: nothing was said, it says something else now, or the plan's day has passed."""
    before = {item["key"]: item for item in old}
    meant = ("kind", "text", "obligation", "conform_by", "note")
    found = []
    for item in new:
        state, day = said.get(item["key"], ("", None))
        earlier = before.get(item["key"])
        unchanged = earlier is not None and all(earlier[name] == item[name] for name in meant)
        if not (unchanged and state and (day is None or day >= today)):
            found.append(item["key"])
    return found


def test_impact_equals_a_recomputation_from_scratch(world: World, shelf: Shelf, client: TestClient) -> None:
    ministry, today = Ministry(world), world.clock.today()
    firms = [world.vendor(f"架空{n}株式会社") for n in range(3)]
    for seed in range(3):
        chance = random.Random(seed)
        spec = ministry.register(key=f"kakuu-{seed}")
        texts: dict[str, list[dict[str, Any]]] = {}
        ids: dict[str, str] = {}
        before = ""
        for number in ("1.0", "1.1", "2.0"):
            keys = sorted(chance.sample([f"001000{digit}" for digit in range(9)], 6))
            texts[number] = [
                requirement(
                    key,
                    f"要件{chance.choice('あい')}ができること。",
                    obligation={name: chance.choice(["required", "optional"]) for name in SIZES},
                    category=[chance.choice(["認定", "支払"])],
                )
                for key in keys
            ]
            based = {"based_on": before} if before else {}
            address = ministry.draft(spec, number, texts[number], **based)
            ministry.publish(address)
            ids[number] = version_id(client, address)
            before = number
        expected: dict[str, dict[str, Any]] = {}
        for place in range(8):
            software = shelf.software(chance.choice(firms), f"製品{seed}{place}")
            public: dict[str, Said] = {}
            for number, items in texts.items():
                for revision in (0, 1, 2):  # 1 is live; 2 is a draft, which is nobody's business
                    if chance.random() < 0.55:
                        continue
                    said: Said = {}
                    for item in items:
                        state = chance.choices([*LETTERS, ""], [9, 2, 2, 1, 1, 1])[0]
                        if state:
                            day = today + timedelta(days=chance.randint(-2, 2))
                            said[item["key"]] = (state, day if state == "planned" else None)
                    keys = [item["key"] for item in items]
                    dropped = chance.random() < 0.2
                    _claim(world, software, ids[number], keys, said, revision, dropped)
                    if revision < 2:
                        public[number] = said
                        if dropped:
                            del public[number]
            if not public:
                continue
            answered = max(public)
            new, said = texts["2.0"], public[answered]
            claimed = answered == "2.0"
            expected[software] = {
                "answered_version": answered,
                "claimed": claimed,
                "to_answer": [item["key"] for item in new if item["key"] not in said]
                if claimed
                else _open(texts[answered], new, said, today),
                "levels": {size: _level(new, said, size) if claimed else "no" for size in SIZES},
            }
        found = client.get(f"{SPECIFICATIONS}/{spec}/versions/2.0/impact").json()
        assert {
            each["software_id"]: {name: each[name] for name in next(iter(expected.values()))}
            for each in found["listings"]
        } == expected
        for each in found["listings"]:
            conforms = "conforms" in each["levels"].values()
            unsaid = bool(each["to_answer"]) or not each["claimed"]
            assert each["state"] == ("conforms" if conforms else "to_answer" if unsaid else "not_conforming")


def test_a_version_reaches_vendors_and_the_parties_of_contracts(
    town: Town, client: TestClient, settings: Settings
) -> None:
    world = town.world
    ministry = Ministry(world)
    spec = ministry.register()
    old = [requirement(f"001000{n}", f"要件{n}ができること。", obligation=REQUIRED) for n in (1, 2)]
    first = ministry.draft(spec, "1.0", old)
    ministry.publish(first)
    keys = [item["key"] for item in old]
    said: Said = dict.fromkeys(keys, ("conforms", None))
    _claim(world, town.good, version_id(client, first), keys, said, 1)
    contract = town.contract()  # until 2028-03-31
    new = [old[0], requirement("0010002", "要件2が、いつでもできること。", obligation=REQUIRED)]
    second = ministry.draft(spec, "2.0", new, based_on="1.0", conform_by="2028-01-01")
    ministry.publish(second)
    version = version_id(client, second)

    public = client.get(f"{second}/impact").json()
    assert [(each["software_id"], each["to_answer"]) for each in public["listings"]] == [
        (town.good, ["0010002"])
    ]
    assert (public["contract_count"], public["body_count"], public["ending_before"]) == (1, 1, 0)
    strangers = (
        client,
        stranger(town),
        world.api(world.login(world.vendor(), "vendor_admin")),
        ministry.desk,
    )
    for other in strangers:
        assert other.get(f"{second}/impact").json()["contracts"] == []
        assert "れいじ町" not in other.get(f"/specifications/{spec}/versions/2.0/impact").text
    for party in (town.officer_page, town.vendor_page, world.client(world.login(world.agency(), "auditor"))):
        seen = party.get(f"{second}/impact").json()["contracts"]
        assert [(each["contract_id"], each["buyer"], each["ends_on"]) for each in seen] == [
            (contract["id"], "れいじ町", "2028-03-31")
        ]
        assert "れいじ町" in party.get(f"/specifications/{spec}/versions/2.0/impact").text

    worker = Worker(settings, clock=world.clock, database=world.database, writer=town.shelf.writer)
    while worker.step():
        pass
    notices = town.vendor_page.get("/api/v1/me/notices").json()["items"]
    told = next(each for each in notices if "標準仕様書の新しい版" in each["subject"])
    assert "改めて答える要件が1件あります" in told["body"]
    mails = [
        message_from_bytes(path.read_bytes(), policy=default) for path in settings.mail.folder.glob("*.eml")
    ]
    words = [plain_text(mail) for mail in mails if "標準仕様書の新しい版" in str(mail["Subject"])]
    address = f"/vendor/software/{town.good}/conformance/{version}?show=unanswered"
    assert len(words) == 1
    assert address in words[0]
    assert "2028年1月1日" in words[0]

    # The link leads to where the version is claimed, with the choice made; from then on, to what is open.
    begun = town.vendor_page.get(address, follow_redirects=True)
    assert begun.status_code == 200
    assert f'<option value="{version}" selected>' in begun.text
    desk = town.vendor_page
    made = desk.post(
        f"/api/v1/conformance/{town.good}",
        json={"version_id": version, "carry_from": version_id(client, first)},
    )
    assert made.status_code == 201, made.text
    grid = desk.get(address).text
    assert 'name="key-1" value="0010002"' in grid
    assert 'value="0010001"' not in grid, "what did not change was taken over"

    # A version to be conformed to only after the contract's end does not concern it.
    third = ministry.draft(spec, "3.0", new, based_on="2.0", conform_by="2029-01-01")
    ministry.publish(third)
    later = client.get(f"{third}/impact").json()
    assert (later["contract_count"], later["ending_before"]) == (0, 1)
    with world.read() as session:
        live = session.exec(select(ConformanceClaim.revision_number)).all()
    assert sorted(live) == [1, 2], "what the vendor answered waits in its draft"
