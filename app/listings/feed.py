"""The change feed: what strangers see, in the order of change, for whoever keeps a copy.

The place of an entry is the number of its newest change, so an entry that changed often is read once, as it is now.
What is answered is judged by the clock when it is read: nothing that the public may not see stands in the feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.kit.clock import TOKYO, Clock
from app.kit.errors import Malformed, Problem
from app.kit.pagination import decode_cursor, encode_cursor
from app.listings import repository
from app.listings.endings import Ending, endings
from app.listings.views import EntryView, entry_views


class FeedRestarted(Problem):
    """A cursor from beyond the feed's end: the database was put back to an earlier day since."""

    status, slug, title = 410, "feed-restarted", "この続きはありません"


@dataclass(frozen=True)
class Departed:
    """A tombstone: the entry left the catalogue."""

    id: str
    noted_at: datetime
    ending: Ending


@dataclass(frozen=True)
class Changes:
    """One answer of the feed. `next` is always there: the place to ask from, now or later."""

    items: tuple[EntryView | Departed, ...]
    next: str
    more: bool
    """Whether there is more to read at once."""


@dataclass(frozen=True)
class _Place:
    number: int
    """The last one read."""
    begun: int
    """The feed's end when the copy was begun. Up to there nobody has anything that a tombstone could take away."""


def changes(session: Session, clock: Clock, kind: str, since: str, limit: int) -> Changes:
    """What changed after the cursor `since` (empty: from the beginning, which is a full copy), at most `limit` entries.

    Raises Malformed for a cursor that is not of this feed, FeedRestarted for one that is newer than the feed.
    """
    newest = repository.last_number(session)  # read before the places: it may be too low, never too high
    place = _decoded(kind, since) if since else _Place(0, newest)
    if max(place.number, place.begun) > newest:
        raise FeedRestarted("changed_since を空にして、全件の写しを取り直してください。")
    rows = repository.places_after(session, kind, place.number, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    # Where several machines' clocks differ by a moment, the day on which a row was numbered has begun for all of them.
    today = max([clock.today(), *(row.numbered_at.astimezone(TOKYO).date() for row in rows)])
    found = repository.entries_by_id(session, [row.entry_id for row in rows])
    entries = [found[row.entry_id] for row in rows]
    shown = {view.id: view for view in entry_views(session, entries, today, drafts=False) if view.visible}
    left = endings(session, [entry for entry in entries if entry.id not in shown], today)
    items: list[EntryView | Departed] = []
    for row in rows:
        if row.entry_id in shown:
            items.append(shown[row.entry_id])
        elif row.entry_id in left and row.number > place.begun:
            items.append(Departed(row.entry_id, row.numbered_at, left[row.entry_id]))
    last = rows[-1].number if rows else place.number
    return Changes(tuple(items), _encoded(kind, _Place(last, place.begun)), more)


def _encoded(kind: str, place: _Place) -> str:
    return encode_cursor(f"{kind} {place.number} {place.begun}")


def _decoded(kind: str, cursor: str) -> _Place:
    try:
        named, number, begun = decode_cursor(cursor).split(" ")
        place = _Place(int(number), int(begun))
        if named != kind or min(place.number, place.begun) < 0 or _encoded(kind, place) != cursor:
            raise ValueError("of another feed")
    except ValueError as error:
        raise Malformed(
            "changed_since が正しくありません。日時ではなく、同じ住所の前の応答の next を、そのまま渡してください。"
            "全件の写しを始めるときは空にします。"
        ) from error
    return place
