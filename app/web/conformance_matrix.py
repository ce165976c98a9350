"""The conformance matrix: which version, which listings, and the table."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.access.dependencies import ClockDep
from app.catalogue import conformance_matrix
from app.catalogue.comparison import AT_LEAST, AT_MOST, split_ids
from app.catalogue.conformance_matrix import OBLIGATIONS, SHOWN, USUAL_SIZE
from app.catalogue.conformance_matrix_file import NOT_CLAIMED
from app.conformance.statements import CAUTION, STATES
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid
from app.web.conformance import LEVELS
from app.web.pages import render
from app.web.specifications import TERMS

router = APIRouter(include_in_schema=False)

_KNOWN: dict[str, Any] = {
    **TERMS,
    "states": STATES,
    "levels": LEVELS,
    "caution": CAUTION,
    "narrowings": OBLIGATIONS,
    "shown": SHOWN,
    "most": AT_MOST,
    "not_claimed": NOT_CLAIMED,
}


class Wanted:
    """What the address asks for, and addresses that ask for something else."""

    def __init__(
        self,
        specification: Annotated[str, Query(max_length=60)] = "",
        version: Annotated[str, Query(max_length=40)] = "",
        of: Annotated[str, Query(max_length=110)] = "",
        ids: Annotated[list[str] | None, Query()] = None,
        size_class: Annotated[str, Query(max_length=40)] = USUAL_SIZE,
        obligation: Annotated[str, Query(max_length=40)] = "",
        show: Annotated[str, Query(max_length=40)] = "",
    ) -> None:
        # The choice of a version is one field of the form.
        first, _, second = of.partition(" ")
        self.specification, self.version = specification or first, version or second
        self.ids = split_ids(ids or [])
        self.size_class = size_class or USUAL_SIZE
        self.obligation = obligation
        self.show = show

    def address(self, path: str = "/conformance", **changed: Any) -> str:
        """This matrix with something changed."""
        wanted: dict[str, Any] = {
            "specification": self.specification,
            "version": self.version,
            "ids": ",".join(self.ids),
            "size_class": self.size_class if self.size_class != USUAL_SIZE else "",
            "obligation": self.obligation,
            "show": self.show,
        } | changed
        return f"{path}?{urlencode([(name, value) for name, value in wanted.items() if value])}"

    def without(self, id_: str) -> str:
        """The matrix without that listing."""
        return self.address(ids=",".join(each for each in self.ids if each != id_))


@router.get("/conformance")
def matrix_page(
    request: Request, session: SessionDep, clock: ClockDep, wanted: Annotated[Wanted, Depends()]
) -> Response:
    """The matrix; without a version or with fewer than two listings, the choice of them."""
    if not wanted.specification or not wanted.version:
        return _choose_version(request, session, wanted)
    if len(wanted.ids) < AT_LEAST:
        return _choose_listings(request, session, clock, wanted, [])
    try:
        found = conformance_matrix.matrix(
            session,
            clock,
            wanted.specification,
            wanted.version,
            wanted.ids,
            size_class=wanted.size_class,
            obligation=wanted.obligation,
            show=wanted.show,
        )
    except Invalid as refused:
        return _choose_listings(request, session, clock, wanted, list(refused.faults))
    return render(request, "public/conformance_matrix.html", matrix=found, wanted=wanted, **_KNOWN)


def _choose_version(request: Request, session: Session, wanted: Wanted) -> Response:
    versions = [
        (
            f"{view.id} {version.number}",
            f"{view.title} 第{version.number}版{'（見本）' if view.sample else ''}",
        )
        for view, version in conformance_matrix.claimable_versions(session)
    ]
    return render(
        request, "public/conformance_version.html", versions=versions, wanted=wanted, faults=[], **_KNOWN
    )


def _choose_listings(
    request: Request, session: Session, clock: ClockDep, wanted: Wanted, faults: list[FieldFault]
) -> Response:
    view, version = conformance_matrix.public_version(session, wanted.specification, wanted.version)
    return render(
        request,
        "public/conformance_choose.html",
        422 if faults else 200,
        faults=faults,
        view=view,
        version=version,
        candidates=conformance_matrix.candidates(session, clock, version),
        wanted=wanted,
        **_KNOWN,
    )
