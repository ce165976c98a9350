"""Conformance to standard specifications: a vendor's grid of answers, and what everybody reads of a listing."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ActorDep, ClockDep, SettingsDep
from app.access.permissions import Permission
from app.conformance import service, sheets
from app.conformance.service import ClaimView
from app.conformance.statements import CAUTION, STATES, Statement
from app.conformance.verifications import LEVELS as VERIFICATION_LEVELS
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound
from app.listings import service as listings
from app.listings.dependencies import SchemaDep
from app.specifications import service as specifications
from app.web.forms import Form, FormDep, UploadDep
from app.web.pages import flash, redirect, render
from app.web.specifications import TERMS
from app.web.vendor import Writer

router = APIRouter(include_in_schema=False)

PER_PAGE: Final = 50
MEMBERS: Final = ("state", "how", "planned_on", "note", "evidence")
LEVELS: Final = {
    "conforms": ("全ての実装必須に適合", "success"),
    "conditional": ("条件付きで適合", "warning"),
    "planned": ("適合の予定", "info"),
    "no": ("適合していない要件あり", "neutral"),
}
_KNOWN: Final[dict[str, Any]] = {
    "states": STATES,
    "levels": LEVELS,
    "verification_levels": VERIFICATION_LEVELS,
    "caution": CAUTION,
    **TERMS,
}


@router.get("/listings/{software_id}/conformance")
def public_page(
    request: Request, software_id: str, actor: ActorDep, session: SessionDep, clock: ClockDep
) -> Response:
    """What a listing says, by specification and size class."""
    published = listings.published(session, software_id, clock.today())
    claims = service.claims_of(session, actor, clock, software_id)
    return render(
        request,
        "public/conformance.html",
        entry=published.entry,
        claims=claims,
        reviews=actor.may(Permission.REVIEW_READ),
        **_KNOWN,
    )


def _address(entry_id: str, version_id: str = "") -> str:
    return f"/vendor/software/{entry_id}/conformance" + (f"/{version_id}" if version_id else "")


@router.get("/vendor/software/{entry_id}/conformance")
def claims_page(
    request: Request,
    entry_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    version_id: Annotated[str, Query(max_length=60)] = "",
    carry_from: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The claimed versions, and the claim of a further one; the address may make the choice."""
    chosen = {"version_id": version_id, "carry_from": carry_from}
    return _claims(request, session, actor, clock, entry_id, chosen, [])


@router.post("/vendor/software/{entry_id}/conformance")
def begin(
    request: Request,
    entry_id: str,
    actor: Writer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Claim a version."""
    version_id = form.get("version_id")
    if not version_id:
        fault = FieldFault("/version_id", "required", "版が選ばれていません。", "版を選んでください。")
        return _claims(request, session, actor, clock, entry_id, form.typed(), [fault])
    try:
        service.begin(session, actor, clock, schema, entry_id, version_id, form.get("carry_from") or None)
    except Invalid as refused:
        return _claims(request, session, actor, clock, entry_id, form.typed(), list(refused.faults))
    address = _address(entry_id, version_id) + "?show=unanswered"
    return flash(request, redirect(address), "対応する版を登録しました。")


@router.get("/vendor/software/{entry_id}/conformance/{version_id}")
def grid(
    request: Request,
    entry_id: str,
    version_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    show: Annotated[str, Query(pattern="^(|unanswered|required)$")] = "",
    after: Annotated[int | None, Query(ge=0, le=100_000)] = None,
) -> Response:
    """The answers, some rows at a time."""
    listings.read_own(session, actor, "software", entry_id, clock.today())
    claims = service.claims_of(session, actor, clock, entry_id, working=True)
    view = next((claim for claim in claims if claim.version.id == version_id), None)
    if view is None:
        return _to_begin(session, entry_id, version_id, claims)
    return _grid(request, view, entry_id, show, after, {}, [])


def _to_begin(session: SessionDep, entry_id: str, version_id: str, claims: list[ClaimView]) -> Response:
    """Where a version is claimed, with the choice made: this one, and the newest that answers are taken over from."""
    known = specifications.public_version(session, version_id)
    if known is None or known[1].status not in service.CLAIMABLE:
        raise NotFound("この版への対応は、登録されていません。")
    order = [each.id for each in known[0].versions]
    family = [claim.version.id for claim in claims if claim.version.id in order]
    chosen = {"version_id": version_id, "carry_from": min(family, key=order.index, default="")}
    return redirect(f"{_address(entry_id)}?{urlencode(chosen)}#begin")


@router.post("/vendor/software/{entry_id}/conformance/{version_id}")
def save(
    request: Request,
    entry_id: str,
    version_id: str,
    actor: Writer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Save the rows that were shown; `fill` answers those that were left open alike."""
    given = _given(form)
    show, after = form.get("show"), form.get("after")
    place = int(after) if after.isascii() and after.isdecimal() else None
    try:
        service.state(session, actor, clock, schema, entry_id, version_id, given, form.get("etag") or None)
    except Invalid as refused:
        view = service.read_claim(session, actor, clock, entry_id, version_id, working=True)
        faults = [_on_row(view, given, fault) for fault in refused.faults]
        return _grid(request, view, entry_id, show, place, form.typed(), faults)
    query = "&".join(
        part for part in (f"show={show}" if show else "", f"after={after}" if after else "") if part
    )
    address = _address(entry_id, version_id) + (f"?{query}" if query else "")
    return flash(request, redirect(address), "回答を保存しました。")


@router.post("/vendor/software/{entry_id}/conformance/{version_id}/file")
def upload(
    request: Request,
    entry_id: str,
    version_id: str,
    actor: Writer,
    form: UploadDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    settings: SettingsDep,
) -> Response:
    """Take over the answers of a file, all of them or none."""
    view = service.own_claim(session, actor, clock, entry_id, version_id)
    if form.file is None:
        fault = FieldFault("/file", "required", "ファイルが選ばれていません。", "ファイルを選んでください。")
        return _grid(request, view, entry_id, "", None, {}, [fault])
    try:
        content = form.file.content
        sheets.take_over(session, actor, clock, schema, settings, entry_id, version_id, content)
    except Invalid as refused:
        faults = [FieldFault("/file", each.code, each.message, each.remedy) for each in refused.faults]
        return _grid(request, view, entry_id, "", None, {}, faults)
    return flash(request, redirect(_address(entry_id, version_id)), "ファイルの回答を取り込みました。")


@router.post("/vendor/software/{entry_id}/conformance/{version_id}/ending")
def drop(
    request: Request,
    entry_id: str,
    version_id: str,
    actor: Writer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
) -> Response:
    """Claim the version no longer."""
    service.drop(session, actor, clock, schema, entry_id, version_id)
    return flash(request, redirect(_address(entry_id)), "この版への対応の登録をやめました。")


def _given(form: Form) -> list[dict[str, Any]]:
    """The rows of the form that say something or said something before."""
    fill = form.get("fill")
    rows = []
    for position in form.all("row"):
        said = {name: form.get(f"{name}-{position}") for name in MEMBERS}
        if fill and not any(said.values()):
            said["state"] = fill
        if any(said.values()) or form.get(f"had-{position}"):
            rows.append({"key": form.get(f"key-{position}"), **said})
    return rows


def _on_row(view: ClaimView, given: list[dict[str, Any]], fault: FieldFault) -> FieldFault:
    """A fault at the input of its row."""
    parts = fault.pointer.split("/")
    if len(parts) != 4 or parts[1] != "statements":
        return fault
    key = str(given[int(parts[2])]["key"])
    position = next((at for at, item in enumerate(view.requirements) if item.key == key), 0)
    return FieldFault(f"/{parts[3]}-{position}", fault.code, f"{key}：{fault.message}", fault.remedy)


def _claims(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    entry_id: str,
    typed: Mapping[str, str],
    faults: list[FieldFault],
) -> Response:
    entry = listings.read_own(session, actor, "software", entry_id, clock.today())
    claims = service.claims_of(session, actor, clock, entry_id, working=True)
    claimed = {claim.version.id for claim in claims}
    versions = [
        (version.id, f"{view.title} 第{version.number}版")
        for view, version in specifications.versions_of_status(session, service.CLAIMABLE)
        if version.id not in claimed
    ]
    return render(
        request,
        "vendor/conformance.html",
        422 if faults else 200,
        entry=entry,
        claims=claims,
        versions=versions,
        carried=[
            (claim.version.id, f"{claim.specification.title} 第{claim.version.number}版") for claim in claims
        ],
        typed=typed,
        faults=faults,
        address=_address(entry_id),
        **_KNOWN,
    )


def _grid(
    request: Request,
    view: ClaimView,
    entry_id: str,
    show: str,
    after: int | None,
    typed: Mapping[str, str],
    faults: list[FieldFault],
) -> Response:
    wanted = [
        position
        for position, item in enumerate(view.requirements)
        if (show != "unanswered" or position not in view.statements)
        and (show != "required" or "required" in item.obligation.values())
    ]
    rest = [position for position in wanted if after is None or position > after]
    rows = [
        (position, view.requirements[position], _texts(view.statements.get(position), position, typed))
        for position in rest[:PER_PAGE]
    ]
    return render(
        request,
        "vendor/conformance_grid.html",
        422 if faults else 200,
        view=view,
        rows=rows,
        total=len(wanted),
        following=rows[-1][0] if len(rest) > PER_PAGE else None,
        show=show,
        after="" if after is None else after,
        typed=typed,
        faults=faults,
        entry_id=entry_id,
        address=_address(entry_id, view.version.id),
        **_KNOWN,
    )


def _texts(said: Statement | None, position: int, typed: Mapping[str, str]) -> dict[str, str]:
    """What a row's inputs hold: what was typed, else what is stated."""
    held = dict.fromkeys(MEMBERS, "")
    if said is not None:
        planned = said.planned_on.isoformat() if said.planned_on else ""
        held = {
            "state": said.state,
            "how": said.how,
            "planned_on": planned,
            "note": said.note,
            "evidence": said.evidence,
        }
    return {name: typed.get(f"{name}-{position}", value) for name, value in held.items()}
