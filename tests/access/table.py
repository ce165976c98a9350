"""Who may do what: one line for every route.

Letters: N nobody logged in · E エントリー (a session without a membership) · A vendor_admin · V vendor_editor ·
O buyer_officer · B buyer_approver · S supporter of the town, from a prefecture ·
M specification_editor of a ministry · R reviewer · G agency_admin · U auditor.

`own` is about the things of one's own organisation (for the Agency's people: of one vendor and one town), `other` about
those of another one; left out where the route is about nothing in particular. `token` says whose API tokens may do the
same about their own (and then about others' where `other` says so); left out it is like `own` without N and E.
Further words name the thing that a path parameter stands for (see `stage.py`; `=x` is x itself). Where a route does
different things to different objects it has several lines.
"""

from __future__ import annotations

from tests.access.rules import Lines, Rule
from tests.access.table_api import (
    API_BULK,
    API_CATALOGUE,
    API_LISTINGS,
    API_ORGANISATIONS,
    API_PERSON,
    API_PROCUREMENT,
    API_REVIEW,
    API_STANDING,
)
from tests.access.table_contracts import API_BESIDE_CONTRACTS, PAGES_BESIDE_CONTRACTS
from tests.access.table_pages import (
    PAGES_AGENCY,
    PAGES_BULK,
    PAGES_BUYER,
    PAGES_CONTRACTS,
    PAGES_ORGANISATION,
    PAGES_PERSON,
    PAGES_PUBLIC,
    PAGES_REVIEW,
    PAGES_STANDING,
    PAGES_VENDOR,
)
from tests.access.table_specifications import SPECIFICATIONS

__all__ = ["TABLE", "Rule", "rules"]

TABLE: Lines = {
    **API_CATALOGUE,
    **API_LISTINGS,
    **API_BULK,
    **API_STANDING,
    **API_REVIEW,
    **API_ORGANISATIONS,
    **API_PERSON,
    **API_PROCUREMENT,
    **API_BESIDE_CONTRACTS,
    **PAGES_PUBLIC,
    **PAGES_PERSON,
    **PAGES_VENDOR,
    **PAGES_BULK,
    **PAGES_STANDING,
    **PAGES_REVIEW,
    **PAGES_AGENCY,
    **PAGES_ORGANISATION,
    **PAGES_BUYER,
    **PAGES_CONTRACTS,
    **PAGES_BESIDE_CONTRACTS,
    **SPECIFICATIONS,
}


def rules() -> list[tuple[str, Rule]]:
    """Every line as ("METHOD path", rule); a route with two lines appears twice."""
    return [
        (route, each)
        for route, entry in TABLE.items()
        for each in (entry if isinstance(entry, tuple) else (entry,))
    ]
