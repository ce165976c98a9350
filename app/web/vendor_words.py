"""What the vendor's forms say in words: days as people write them."""

from datetime import date

from app.kit.errors import invalid
from app.web.forms import Form
from catalogue_schema.dates import DateUnreadable, parse_date


def last_day_of(form: Form, *, required: bool = True) -> date | None:
    """The day typed under `last_day` (和暦 too). Raises Invalid for what is no day, or for none where one is needed."""
    written = form.get("last_day")
    if not written:
        if required:
            raise invalid(
                "/last_day", "required", "最終日を入れてください。", "例：2027-03-31、令和9年3月31日"
            )
        return None
    try:
        return parse_date(written)
    except DateUnreadable as unreadable:
        raise invalid("/last_day", "impossible_date", unreadable.reason, unreadable.remedy) from unreadable
