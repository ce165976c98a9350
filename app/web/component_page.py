"""Every macro of the shared components in all its states, for whoever builds pages. Not in production."""

from fastapi import APIRouter, Request, Response

from app.access.dependencies import SettingsDep
from app.kit.errors import FieldFault, NotFound
from app.web.list_files import ListLinks
from app.web.pages import render
from app.web.statuses import STATUSES

router = APIRouter(include_in_schema=False)

TONES = ("neutral", "info", "success", "warning", "error")
FAULTY = ("title", "need", "area", "method", "areas", "due", "agreed", "price")
"""The inputs that the page shows with a fault, by their names."""


@router.get("/_components")
def components(request: Request, settings: SettingsDep) -> Response:
    """All components. 404 in production, where nobody builds pages."""
    if settings.mode == "production":
        raise NotFound()
    faults = [
        FieldFault(f"/faulty-{name}", "example", "誤りの例です。", "直し方をここに示します。")
        for name in FAULTY
    ]
    lists = [ListLinks("/search", total) for total in (0, 18, 123_456)]
    return render(
        request, "components.html", example_faults=faults, lists=lists, tones=TONES, statuses=STATUSES
    )
