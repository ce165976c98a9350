"""Who is told of ends that come: each firm of its own, the Agency of a night that would empty the catalogue."""

from __future__ import annotations

from sqlalchemy import and_
from sqlmodel import Session, col, func, select

from app.access.permissions import Role
from app.notifications.repository import Notice, agency, holders, organisation_name
from app.organisations.expiry_models import ExpiryHold, ExpiryReminder
from catalogue_schema.dates import format_date


def to_vendor(session: Session, organisation_id: str) -> Notice | None:
    """To the firm's administrators: what the newest round of reminders was about, in one mail."""
    own = and_(col(ExpiryReminder.organisation_id) == organisation_id, col(ExpiryReminder.months) > 0)
    newest = select(func.max(col(ExpiryReminder.reminded_at))).where(own).scalar_subquery()
    rows = session.exec(
        select(ExpiryReminder)
        .where(own, col(ExpiryReminder.reminded_at) == newest)
        .order_by(col(ExpiryReminder.ends_on), col(ExpiryReminder.id))
    ).all()
    if not rows:
        return None
    facts = {
        "vendor": organisation_name(session, organisation_id),
        "items": "\n".join(f"・{row.label}：{format_date(row.ends_on)} まで" for row in rows),
        "count": str(len(rows)),
    }
    return Notice("expiring", holders(session, organisation_id, Role.VENDOR_ADMIN), facts, "/vendor/expiring")


def to_agency(session: Session, hold_id: str) -> Notice | None:
    """To the Agency's administrators: a night waits for their decision. None once it was decided."""
    row = session.get(ExpiryHold, hold_id)
    if row is None or row.status != "asked":
        return None
    facts = {
        "day": format_date(row.night),
        "going": str(row.going),
        "earlier": str(row.earlier or ""),
        "again": "yes" if row.carried_until else "",
        "total": str(row.total),
    }
    return Notice("expiry_hold", agency(session, Role.AGENCY_ADMIN), facts, f"/agency/expiries/{row.id}")
