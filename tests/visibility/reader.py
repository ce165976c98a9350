"""A stranger who asks every route about everything that is hidden, and sends its ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from sqlmodel import select

from app.listings.models import Revision
from app.procurement.contract_schemas import ContractIn
from tests.access.asking import filled
from tests.access.routes import RouteFacts, routes_of
from tests.visibility.hiding import Hiding
from tests.world import Login

CONTRACT: dict[str, Any] = ContractIn.model_json_schema()["examples"][0]


@dataclass(frozen=True)
class Sent:
    """A body that names something hidden."""

    who: str
    path: str
    rest: dict[str, Any]
    name: str
    value: str

    def body(self, value: str | None = None) -> dict[str, object]:
        """As it is sent, or with another value under the same name."""
        return {**self.rest, self.name: self.value if value is None else value}


class Reader:
    """Asks every GET route as a stranger, once for each thing that its path can name."""

    def __init__(self, hiding: Hiding) -> None:
        self.hiding = hiding
        self.stage = hiding.stage
        self.routes = [route for route in routes_of(self.stage.running.app) if route.method == "GET"]
        self._logins: dict[str, Login] = {}

    def headers(self, who: str, accept: str) -> dict[str, str]:
        """What the stranger sends."""
        login = None
        if who.startswith("another"):
            login = self.stage.other.logins["vendor_admin"]
        elif who.startswith("a town"):
            login = self.stage.own.logins["buyer_officer"]
        if login is None:
            return {"Accept": accept}
        if who.endswith("token"):
            return {"Accept": accept, **login.bearer}
        return {"Accept": accept, "Cookie": f"{self.stage.running.settings.session_cookie}={login.cookie}"}

    def get(self, who: str, path: str, accept: str = "*/*") -> Response:
        """One answer."""
        answer = self.stage.running.visitor.get(path, headers=self.headers(who, accept))
        self.stage.running.visitor.cookies.clear()
        assert answer.status_code != 500, path
        return answer

    def paths(self, route: RouteFacts) -> Iterator[str]:
        """The route's path for each hidden thing that fits it; as it is where it has no parameters."""
        if "{" not in route.path:
            yield route.path
            return
        seen = set()
        kind = "software" if "software" in route.path else "offer" if "/offers/" in route.path else ""
        others = self.stage.things("buyer_officer", self.stage.other)
        for hidden in self.hiding.hidden:
            if kind and hidden.kind != kind:
                continue
            for number in ("1", "2"):
                things = {
                    **others,
                    "entry_id": hidden.entry_id,
                    "software_id": hidden.entry_id,
                    "offer_id": hidden.entry_id,
                    "organisation_id": hidden.owner_id,
                    "number": number,
                    "kind": hidden.kind,
                    "group": "identity",
                    "subject": "software",
                    "version": "1",
                    "version_id": self.stage.own.ids["specification_version"],
                    "code": "disaster",
                    "position": "0",
                    "name": "business_areas",
                    "digest": "0",
                    "path": "site.css",
                    "issuer_key": "test",
                    "case_id": self.stage.other.ids["queued_case"],
                }
                seen.add(filled(route.path, things, {}))
        yield from sorted(seen)

    def queries(self, who: str) -> Iterator[tuple[str, set[int]]]:
        """Lists, searches, comparisons and exports by every parameter that could name something hidden, each with
        the statuses that may come."""
        seen = self.hiding.visible_id
        owners = sorted({hidden.owner_id for hidden in self.hiding.hidden})
        for path in ("/search", "/api/v1/search"):
            yield f"{path}?q=&limit=100", {200}
            yield f"{path}?q=zqxvisible&limit=50", {200}
            for sort in ("price", "-price", "updated_at", "-updated_at", "name"):
                yield f"{path}?limit=50&sort={sort}", {200}
            for owner in owners:
                yield f"{path}?vendor={owner}", {422} if owner == self.hiding.space_id else {200}
        for owner in owners:
            yield f"/api/v1/software?owner={owner}&limit=100", {200}
            yield f"/api/v1/offers?owner={owner}&limit=100", {200}
            yield f"/api/v1/organisations?q={owner}", {200}
            yield f"/vendors/{owner}", {200, 404}
        for form in ("csv", "xlsx"):
            yield f"/search?format={form}", {200}
            for owner in owners:
                yield f"/vendors/{owner}?format={form}", {200, 404}
                yield (
                    f"/search?vendor={owner}&format={form}",
                    {422} if owner == self.hiding.space_id else {200},
                )
        own = {200} if "vendor" in who else {401}
        for kind in ("software", "offers"):
            yield f"/api/v1/{kind}?limit=100", {200}
            yield f"/api/v1/{kind}?mine=true&limit=100", own
            for cursor in ("", self.hiding.before[kind]):
                yield f"/api/v1/{kind}?changed_since={cursor}&limit=100", {200}
            for status in ("published", "suspended", "unpublished"):
                yield f"/api/v1/{kind}?mine=true&status={status}", own
        for hidden in self.hiding.hidden:
            pair = f"ids={seen},{hidden.entry_id}"
            missing = {404} if hidden.kind == "offer" or not hidden.was_public else {410}
            yield f"/api/v1/offers?software_id={hidden.entry_id}", {200}
            for query, refusal in ((pair, missing), (f"ids={seen},{seen}x&offers={hidden.entry_id}", {404})):
                expected = {200} if hidden.stays and query == pair else refusal
                yield f"/api/v1/comparisons?{query}", expected
                yield f"/api/v1/comparisons?{query}&format=csv", expected
                yield f"/compare?{query}", expected
            for number in ("1", "2"):  # what a pin shows is judged by its words: some of these are public
                pinned = f"{pair}&pins={hidden.entry_id}@{number}"
                yield f"/compare?{pinned}", {200, 404, 410, 422}
                yield f"/api/v1/comparisons?{pinned}&format=csv", {200, 404, 410, 422}
            yield f"/search?ids={hidden.entry_id}", {200}
            yield f"/listings/{hidden.entry_id}?format=csv", {200} if hidden.stays else missing
            yield f"/vendor/offers/new?software_id={hidden.entry_id}", {200, 303, 403, 404, 410}

    def post(self, who: str, path: str, body: dict[str, object]) -> Response:
        """One answer to what a stranger sends with a token."""
        answer = self.stage.running.visitor.post(path, headers=self.headers(who, "*/*"), json=body)
        assert answer.status_code != 500, path
        return answer

    def posts(self, project_id: str) -> Iterator[Sent]:
        """What strangers send that names something hidden; `project_id` is the town's, and found what is visible."""
        town, ids = "a town's token", self.stage.own.ids
        shortlist = f"/api/v1/projects/{project_id}/shortlist"
        with self.stage.running.database.read() as session:
            rows = session.exec(select(Revision)).all()
        revisions = {(row.entry_id, row.number): row.id for row in rows}
        for hidden in self.hiding.hidden:
            if not hidden.stays:
                for who in ("visitor", "another vendor's token"):
                    yield Sent(
                        who, "/api/v1/offers", {"answers": {"name": "便乗"}}, "software_id", hidden.entry_id
                    )
            if hidden.kind == "offer":
                yield Sent(
                    town, shortlist, {"software_id": self.hiding.visible_id}, "offer_id", hidden.entry_id
                )
            elif not hidden.stays:
                yield Sent(town, shortlist, {}, "software_id", hidden.entry_id)
            for number in hidden.numbers:
                name = {"software": "software_revision_id", "offer": "offer_revision_id"}[hidden.kind]
                contract = {**CONTRACT, "project_id": ids["awarded_project_id"]}
                yield Sent(town, "/api/v1/contracts", contract, name, revisions[hidden.entry_id, number])
