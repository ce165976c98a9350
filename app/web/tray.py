"""What has been chosen for a comparison: it travels in the address, so that a page can be handed on with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlmodel import Session

from app.catalogue.comparison import AT_MOST
from app.listings.reading import Published, published_many


@dataclass(frozen=True)
class Tray:
    """The listings chosen so far, on the page at `path`."""

    chosen: Sequence[Published]
    path: str
    kept: Sequence[tuple[str, str]] = ()
    """What else the page's address says, a search for example."""

    @property
    def ids(self) -> list[str]:
        """Their ids, in the order in which they were chosen."""
        return [found.entry.id for found in self.chosen]

    @property
    def full(self) -> bool:
        """Whether no more can be compared."""
        return len(self.chosen) >= AT_MOST

    def address(self, ids: Sequence[str], path: str = "") -> str:
        """This page (or the one at `path`) with these chosen."""
        pairs = [
            *(self.kept if not path or path == self.path else ()),
            *([("ids", ",".join(ids))] if ids else []),
        ]
        return (path or self.path) + (f"?{urlencode(pairs)}" if pairs else "")

    def with_(self, id_: str) -> str:
        """This page with one more chosen."""
        return self.address([*self.ids, id_])

    def without(self, id_: str) -> str:
        """This page with that one no longer chosen."""
        return self.address([one for one in self.ids if one != id_])


def tray_of(session: Session, ids: Sequence[str], today: date, path: str) -> Tray:
    """The tray of a page; what the public does not see any more has left it."""
    return Tray(published_many(session, "software", ids, today), path)
