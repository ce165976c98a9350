"""The comparison: two to six listings side by side, in an address that can be handed on."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from app.access.dependencies import ClockDep
from app.catalogue.comparison import (
    AT_LEAST,
    AT_MOST,
    check_count,
    columns_of,
    compare,
    split_ids,
    split_pins,
)
from app.catalogue.comparison_order import arrange, orders, row_code
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.listings.dependencies import SchemaDep
from app.listings.reading import published_many
from app.web.pages import render
from app.web.vendor_insights import count

router = APIRouter(include_in_schema=False)

Several = Annotated[list[str] | None, Query()]
Text = Annotated[str, Query()]
PAPERS = (("a4", "A4横"), ("a3", "A3横"))


class Wanted:
    """What the address asks for, and addresses that ask for something else."""

    def __init__(
        self,
        ids: Several = None,
        offers: Several = None,
        pins: Several = None,
        hide: Several = None,
        differences: Text = "",
        order_by: Text = "",
        paper: Text = "",
    ) -> None:
        self.ids = split_ids(ids or [])
        self.offers = split_ids(offers or [])
        self.pins = ",".join(split_ids(pins or []))
        self.hide = split_ids(hide or [])
        self.differences = differences == "1"
        self.order_by = order_by.strip()
        self.paper = paper if paper in dict(PAPERS) else PAPERS[0][0]

    def address(self, path: str = "/compare", **changed: Any) -> str:
        """This comparison with something changed: ids, offers, pins, hide, differences, order_by, paper, format."""
        wanted: dict[str, Any] = {
            "ids": self.ids,
            "offers": self.offers,
            "pins": self.pins,
            "differences": self.differences,
            "order_by": self.order_by,
            "hide": self.hide,
            "paper": self.paper if self.paper != PAPERS[0][0] else "",
        } | changed
        pairs = []
        for name, value in wanted.items():
            text = ",".join(value) if isinstance(value, list) else "1" if value is True else str(value or "")
            pairs += [(name, text)] if text else []
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def without(self, id_: str) -> str:
        """The comparison without that listing; what was said of it goes with it."""
        left = [one for one in self.ids if one != id_]
        return self.address(ids=left, offers=[], pins="", hide=[], order_by="")


WantedDep = Annotated[Wanted, Depends(Wanted)]


@router.get("/compare")
def compare_page(
    request: Request, session: SessionDep, clock: ClockDep, schema: SchemaDep, wanted: WantedDep
) -> Response:
    """Two to six listings side by side; with fewer, how to choose more."""
    today = clock.today()
    if len(wanted.ids) < AT_LEAST:
        return _choose(request, session, clock, wanted, wanted.ids, 200, [])
    try:
        check_count(wanted.ids)
        pins = split_pins([wanted.pins])
        whole = compare(session, schema, wanted.ids, today, offers=wanted.offers, pins=pins)
    except Invalid as refused:
        found = published_many(session, "software", wanted.ids, today)
        shown = [one.entry.id for one in found][:AT_MOST]
        return _choose(request, session, clock, wanted, shown, 422, list(refused.faults))
    status, faults = 200, list[FieldFault]()
    try:
        comparison = arrange(
            whole, differences=wanted.differences, hide=wanted.hide, order_by=wanted.order_by
        )
    except Invalid as refused:  # an address from before a field was renamed still shows the table
        comparison, status, faults = arrange(whole), 422, list(refused.faults)
    count(request, "compared", {column.id: column.vendor_id for column in comparison.columns})
    return render(
        request,
        "public/compare.html",
        status,
        comparison=comparison,
        wanted=wanted,
        most=AT_MOST,
        orders=orders(comparison),
        row_code=row_code,
        papers=PAPERS,
        faults=faults,
    )


def _choose(
    request: Request,
    session: Session,
    clock: ClockDep,
    wanted: Wanted,
    shown: list[str],
    status: int,
    faults: list[FieldFault],
) -> Response:
    return render(
        request,
        "public/compare_choose.html",
        status,
        columns=columns_of(session, shown, clock.today()),
        wanted=wanted,
        most=AT_MOST,
        faults=faults,
    )
