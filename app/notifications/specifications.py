"""Who is told about specifications: vendors whose listings have something to answer."""

from __future__ import annotations

from sqlmodel import Session

from app.access.permissions import Role
from app.listings.models import Entry, Revision
from app.notifications.repository import Notice, holders
from app.specifications import service as specifications
from catalogue_schema.dates import format_date


def conformance_asked(session: Session, key: str) -> Notice | None:
    """To the vendor of a listing: a version was published, and so many requirements are to be answered.

    None where the version was withdrawn, or the listing left the catalogue meanwhile.
    """
    software_id, _, rest = key.partition(" ")
    version_id, _, count = rest.partition(" ")
    found = specifications.public_version(session, version_id)
    entry = session.get(Entry, software_id)
    live = (
        session.get(Revision, entry.published_revision_id) if entry and entry.published_revision_id else None
    )
    if found is None or found[1].status != "in_force" or entry is None or live is None:
        return None
    view, version = found
    facts = {
        "title": view.title,
        "version": version.number,
        "software": str(live.answers.get("name", "")),
        "count": count,
        "due": format_date(version.conform_by) if version.conform_by else "",
    }
    recipients = holders(session, entry.owner_id, Role.VENDOR_ADMIN, Role.VENDOR_EDITOR)
    path = f"/vendor/software/{software_id}/conformance/{version_id}?show=unanswered"
    return Notice("conformance_asked", recipients, facts, path)
