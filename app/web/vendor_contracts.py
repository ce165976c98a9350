"""The vendor's pages of the individual contracts made with it: read, confirm, dispute."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid, NotFound
from app.procurement import contract_answers, contracts
from app.procurement.contract_schemas import AnswerIn, DisputeIn
from app.procurement.contract_views import ContractView
from app.procurement.inputs import parse
from app.web import contract_forms, list_columns
from app.web.forms import FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False)

Reader = Annotated[Actor, guarded(Permission.CONTRACT_READ)]
Answerer = Annotated[Actor, guarded(Permission.CONTRACT_CONFIRM)]


@router.get("/vendor/contracts")
def list_page(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """The firm's contracts, newest first."""
    if actor.organisation_kind not in ("vendor", "sole_proprietor"):
        return redirect("/contracts")
    cards, following = contracts.contracts_of(session, actor, clock, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.CONTRACTS, cards, clock)
    return render(request, "vendor/contracts.html", cards=cards, next=following, listed=paging.listed)


def _contract_page(
    request: Request, actor: Actor, session: SessionDep, clock: ClockDep, contract_id: str,
    typed: Mapping[str, str] | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    found = contracts.contract_of(session, actor, clock, contract_id)
    if not isinstance(found, ContractView) or found.side != "vendor":
        raise NotFound("この契約は見つかりません。自社の契約かどうかを確かめてください。")
    return render(
        request,
        "vendor/contract.html",
        status,
        contract=found,
        card=found.card,
        may_answer=actor.may(Permission.CONTRACT_CONFIRM),
        words=contract_forms.WORDS,
        typed=typed or {},
        faults=list(faults),
    )


@router.get("/vendor/contracts/{contract_id}")
def contract_page(
    contract_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """A contract with the firm, with its versions and answers."""
    return _contract_page(request, actor, session, clock, contract_id)


def _version(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 6 else None


@router.post("/vendor/contracts/{contract_id}/confirmation")
def confirm(
    contract_id: str, request: Request, form: FormDep, actor: Answerer, session: SessionDep, clock: ClockDep
) -> Response:
    """Confirm the version on the screen."""
    given = AnswerIn(version=_version(form.get("version")), terms=form.get("terms")[:64] or None)
    contract_answers.confirm_contract(session, actor, clock, contract_id, given)
    return flash(request, redirect(f"/vendor/contracts/{contract_id}"), "契約を確認しました。")


@router.post("/vendor/contracts/{contract_id}/dispute")
def dispute(
    contract_id: str, request: Request, form: FormDep, actor: Answerer, session: SessionDep, clock: ClockDep
) -> Response:
    """Dispute the version on the screen, with the reason."""
    try:
        given = parse(DisputeIn, {"reason": form.get("reason"), "version": _version(form.get("version"))})
        contract_answers.dispute_contract(session, actor, clock, contract_id, given)
    except Invalid as refused:
        return _contract_page(request, actor, session, clock, contract_id, form.typed(), 422, refused.faults)
    return flash(
        request, redirect(f"/vendor/contracts/{contract_id}"), "異議を申し出ました。団体に知らせます。"
    )
