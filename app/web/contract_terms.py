"""Whose terms win, as a page that both sides of a contract read: the texts in order, and the deviations."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, Malformed, PreconditionFailed
from app.procurement import contracts, documents, precedence
from app.procurement.contract_views import ContractView
from app.procurement.inputs import parse
from app.procurement.precedence_names import TEXT_KINDS
from app.procurement.precedence_schemas import DeviationAnswerIn, DeviationIn, PrecedenceIn, TextIn
from app.procurement.precedence_views import PrecedenceView
from app.procurement.reach import note_read
from app.web import list_columns_listings
from app.web.forms import Form, FormDep
from app.web.list_files import ListAskedDep, list_file, part_links
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
Answerer = Annotated[Actor, guarded(Permission.CONTRACT_CONFIRM)]
_ROW = re.compile(r"texts-([0-9]{1,3})-([a-z0-9_]+)")
_COLUMNS = ("id", "kind", "title", "body", "document_id", "url", "sha256", "retrieved_on")


def _page(
    request: Request, actor: Actor, session: SessionDep, clock: Clock, contract_id: str,
    rows: list[dict[str, str]] | None = None, typed: Mapping[str, str] | None = None,
    status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    found = precedence.terms_of(session, actor, contract_id)
    contract = contracts.contract_of(session, actor, clock, contract_id)
    if not isinstance(
        contract, ContractView
    ):  # terms_of has answered 404 to those who read registered facts only
        raise TypeError(contract_id)
    vendor = contract.side == "vendor"
    base = "/vendor/contracts" if vendor else "/contracts"
    return render(
        request,
        "buyer/contract_terms.html",
        status,
        card=contract.card,
        found=found,
        offer=contract.offer.revision.answers,
        back=(
            (("受けた契約" if vendor else "個別契約"), base),
            (contract.card.number, f"{base}/{contract_id}"),
        ),
        kinds=TEXT_KINDS,
        texts_listed=part_links(f"/contracts/{contract_id}/terms", "texts", len(found.texts)),
        deviations_listed=part_links(f"/contracts/{contract_id}/terms", "deviations", len(found.deviations)),
        documents={one.id: one for one in documents.choosable(session, actor, contract_id)},
        targets=[(text.id, text.title) for text in found.texts if text.kind != "individual"],
        rows=[dict.fromkeys(_COLUMNS, "") | row for row in (*(_stored(found) if rows is None else rows), {})],
        may_write=contract.side == "buyer" and found.open and actor.may(Permission.CONTRACT_WRITE),
        may_answer=vendor
        and contract.card.status in ("recorded", "disputed")
        and actor.may(Permission.CONTRACT_CONFIRM),
        typed=typed or {},
        faults=list(faults),
    )


def _stored(found: PrecedenceView) -> list[dict[str, str]]:
    """The rows of the form: the texts in force; before any was stated, the two that the site knows."""
    if not found.stated:
        return [{"kind": "individual"}, {"kind": "master"}]
    return [{"id": text.id} for text in found.texts]


def _posted(form: Form) -> list[dict[str, str]]:
    """The rows by their rank as typed (equal ones as they stand); blank and removed ones left out."""
    rows: dict[int, dict[str, str]] = {}
    for name in form:
        match = _ROW.fullmatch(name)
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = form.get(name)
    kept = []
    for index in sorted(rows):
        row = rows[index]
        if row.get("removed") or not any(row.get(column) for column in _COLUMNS):
            continue
        rank = row.get("rank", "").translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        kept.append((int(rank) if rank.isdecimal() and len(rank) < 4 else 999, index, row))
    return [
        {column: row.get(column, "") for column in _COLUMNS}
        for _, _, row in sorted(kept, key=lambda k: k[:2])
    ]


@router.get("/contracts/{contract_id}/terms")
def terms_page(
    contract_id: str,
    request: Request,
    actor: Reader,
    session: SessionDep,
    clock: ClockDep,
    listed: ListAskedDep,
) -> Response:
    """The texts in their order of precedence, and the deviations, for both sides and auditors."""
    if listed.format:
        found = precedence.terms_of(session, actor, contract_id)
        if listed.part == "deviations":
            return list_file(listed, list_columns_listings.DEVIATIONS, found.deviations, clock)
        return list_file(listed, list_columns_listings.TEXTS, found.texts, clock)
    return _page(request, actor, session, clock, contract_id)


@router.post("/contracts/{contract_id}/terms")
def state_terms(
    contract_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Freeze the texts in the typed order; everything typed stays on a fault."""
    rows = _posted(form)
    try:
        texts = [
            {name: value for name, value in row.items() if value and name in TextIn.model_fields}
            for row in rows
        ]
        given = parse(PrecedenceIn, {"texts": texts})
        precedence.state_texts(session, actor, clock, contract_id, given, form.get("digest") or None)
    except Invalid as refused:
        return _page(request, actor, session, clock, contract_id, rows, form.typed(), 422, refused.faults)
    except PreconditionFailed as refused:
        faults = [FieldFault("", "stale", refused.detail, "よければもう一度送ってください。")]
        return _page(request, actor, session, clock, contract_id, rows, form.typed(), refused.status, faults)
    return flash(
        request,
        redirect(f"/contracts/{contract_id}/terms"),
        "文書と優先する順を定めました。事業者に知らせます。",
    )


@router.post("/contracts/{contract_id}/deviations")
def ask_deviation(
    contract_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Ask the vendor for something other than a text says."""
    try:
        given = parse(DeviationIn, {name: form.get(name) for name in DeviationIn.model_fields})
        precedence.ask_deviation(session, actor, clock, contract_id, given)
    except Invalid as refused:
        return _page(request, actor, session, clock, contract_id, None, form.typed(), 422, refused.faults)
    answer = redirect(f"/contracts/{contract_id}/terms#deviations")
    return flash(request, answer, "申し入れました。事業者に知らせます。")


@router.post("/contracts/{contract_id}/deviations/{deviation_id}/withdrawal")
def withdraw_deviation(
    contract_id: str, deviation_id: str, request: Request, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Ask for it no more."""
    precedence.withdraw_deviation(session, actor, clock, contract_id, deviation_id)
    return flash(
        request, redirect(f"/contracts/{contract_id}/terms#deviations"), "申し入れを取り下げました。"
    )


@router.post("/contracts/{contract_id}/deviations/{deviation_id}/answer")
def answer_deviation(
    contract_id: str, deviation_id: str, request: Request, form: FormDep, actor: Answerer, session: SessionDep,
    clock: ClockDep,
) -> Response:  # fmt: skip
    """応じる or 応じない, by the button that was pressed."""
    precedence.answerable(session, actor, contract_id)  # who may not is told so before what was typed is read
    if form.action not in ("acceptance", "decline"):
        raise Malformed("「応じる」か「応じない」のボタンで答えてください。")
    name = f"{deviation_id}-reason"
    try:
        given = parse(DeviationAnswerIn, {"reason": form.get(name)})
        precedence.answer_deviation(session, actor, clock, contract_id, deviation_id, form.action, given)
    except Invalid as refused:
        faults = [FieldFault(f"/{name}", one.code, one.message, one.remedy) for one in refused.faults]
        return _page(request, actor, session, clock, contract_id, None, form.typed(), 422, faults)
    answer = redirect(f"/contracts/{contract_id}/terms#{deviation_id}")
    return flash(request, answer, "申し入れに答えました。団体に知らせます。")
