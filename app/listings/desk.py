"""What a vendor has to do next, from the state of its listings and authorisations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.pagination import Paging
from app.listings import repository
from app.listings.reading import owned_page
from app.listings.sellers import selling
from app.listings.views import EntryView, SellerView
from catalogue_schema import Schema

COUNTED = 10_000
Step = Literal[
    "agreement",
    "returned",
    "rejected",
    "finish",
    "submit",
    "accept",
    "suspended",
    "offer",
    "waiting",
    "begin",
]


@dataclass(frozen=True)
class NextStep:
    """One thing to do: what kind, on which entry or authorisation, how much is left."""

    step: Step
    entry: EntryView | None = None
    seller: SellerView | None = None
    missing: int = 0


@dataclass(frozen=True)
class Desk:
    """A vendor's work at a glance. Lists are pages; `…_next` is the cursor of the following one."""

    agreement: bool
    software: tuple[EntryView, ...]
    software_next: str | None
    software_total: int
    """How many there are in all (counted up to 10,000)."""
    offers: tuple[EntryView, ...]
    offers_next: str | None
    offers_total: int
    selling: tuple[SellerView, ...]
    steps: tuple[NextStep, ...]


def desk(
    session: Session,
    actor: Actor,
    clock: Clock,
    schema: Schema,
    *,
    software_cursor: str | None = None,
    offers_cursor: str | None = None,
) -> Desk:
    """The actor's firm's desk. Raises Forbidden for who acts for no vendor, Malformed for a bad cursor."""
    today = clock.today()
    pages = Paging(software_cursor, 50), Paging(offers_cursor, 50)
    for paging in pages:
        paging.count_up_to = COUNTED
    software, software_next = owned_page(session, actor, "software", today, pages[0])
    offers, offers_next = owned_page(session, actor, "offer", today, pages[1])
    grants = selling(session, actor)
    agreement = repository.has_agreement(session, actor.organisation_id or "", today)
    steps = list(_steps(schema, software, offers, grants, agreement))
    return Desk(
        agreement,
        tuple(software),
        software_next,
        pages[0].total or 0,
        tuple(offers),
        offers_next,
        pages[1].total or 0,
        tuple(grants),
        tuple(steps),
    )


def _steps(
    schema: Schema,
    software: list[EntryView],
    offers: list[EntryView],
    grants: list[SellerView],
    agreement: bool,
) -> Iterator[NextStep]:
    if not agreement:
        yield NextStep("agreement")
    for grant in grants:
        if grant.status == "offered":
            yield NextStep("accept", seller=grant)
    entries = software + offers
    for entry in entries:
        if entry.status == "suspended":
            yield NextStep("suspended", entry)
    for entry in entries:
        yield from _of_entry(schema, entry)
    offered = {offer.software_id for offer in offers}
    for entry in software:
        if entry.visible and entry.id not in offered:
            yield NextStep("offer", entry)
    if not entries:
        yield NextStep("begin")


def _of_entry(schema: Schema, entry: EntryView) -> Iterator[NextStep]:
    draft = entry.draft
    if draft is None:
        return
    if draft.status in ("returned", "rejected"):
        yield NextStep("returned" if draft.status == "returned" else "rejected", entry)
    elif draft.status == "draft":
        missing = len(schema.completeness(entry.kind, draft.answers).required_missing)
        yield NextStep("finish" if missing else "submit", entry, missing=missing)
    else:
        yield NextStep("waiting", entry)
