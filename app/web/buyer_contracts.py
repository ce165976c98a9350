"""The buyer's (and the Agency's and auditors') pages of individual contracts."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound, TransitionRefused
from app.procurement import checklists, contract_answers, contracts, inspection_views, standing_reading
from app.procurement.contract_money import Totals, usual_cycle
from app.procurement.contract_schemas import AmendmentIn, AnswerIn, ContractIn, TerminationIn, TermsIn
from app.procurement.contract_terms import computed, terms_faults
from app.procurement.contract_views import ContractCard, ContractView
from app.procurement.errors import ContractNumberTaken
from app.procurement.inputs import parse
from app.procurement.reach import ContractReader, note_read
from app.web import contract_forms, fiscal_forms, list_columns
from app.web.audit import audit_path
from app.web.forms import Form, FormDep
from app.web.list_files import ListPagingDep, list_file
from app.web.pages import flash, redirect, render

router = APIRouter(include_in_schema=False, dependencies=[Depends(note_read)])

Reader = Annotated[Actor, Depends(ContractReader(Permission.CONTRACT_READ))]
Writer = Annotated[Actor, guarded(Permission.CONTRACT_WRITE)]
Approver = Annotated[Actor, guarded(Permission.CONTRACT_CONFIRM)]


@router.get("/contracts")
def list_page(
    request: Request, actor: Reader, session: SessionDep, clock: ClockDep, paging: ListPagingDep
) -> Response:
    """The contracts that the actor's side may read."""
    cards, following = contracts.contracts_of(session, actor, clock, paging)
    if paging.listed.format:
        return list_file(paging.listed, list_columns.CONTRACTS, cards, clock)
    return render(
        request,
        "buyer/contracts.html",
        cards=cards,
        next=following,
        listed=paging.listed,
        may_import=actor.may(Permission.CONTRACT_WRITE),
    )


def _form_page(
    request: Request,
    template: str,
    lines: list[dict[str, str]],
    typed: Mapping[str, str],
    *,
    limits: list[dict[str, str]],
    totals: Totals | None = None,
    more: bool = False,
    status: int = 200,
    faults: Any = (),
    **context: Any,
) -> Response:
    return render(
        request,
        template,
        status,
        lines=contract_forms.blank_lines(lines, more),
        typed=typed,
        limits=limits,
        totals=totals,
        amounts=contract_forms.amounts(totals),
        words=contract_forms.WORDS,
        faults=list(faults),
        **context,
    )


def _terms(form: Form, model: type[TermsIn]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: form.get(name)
        for name in model.model_fields
        if name not in ("lines", "publish_summary", "fiscal")
    }
    values["fiscal"] = fiscal_forms.posted(form)
    values["lines"] = contract_forms.posted_lines(form)
    if "publish_summary" in model.model_fields:
        values["publish_summary"] = form.checked("publish_summary")
    for name in ("version", "software_revision_id", "offer_revision_id"):
        if name in values:
            values[name] = values[name] or None
    return values


def _computed(form: Form, today: Any) -> tuple[Totals | None, list[FieldFault]]:
    """The sums of what was typed, or why they cannot be computed; only the terms are looked at."""
    try:
        given = parse(TermsIn, _terms(form, TermsIn))
    except Invalid as refused:
        return None, list(refused.faults)
    totals = computed(given)
    faults = terms_faults(given, totals, today)
    return (None if faults else totals), faults


@router.get("/contracts/new")
def new_page(
    request: Request,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    project_id: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The form of a contract, filled from the selected offer's price table."""
    start = contracts.prefill(session, actor, clock, project_id)
    typed = {
        "title": start.title,
        "starts_on": start.starts_on.isoformat(),
        "ends_on": start.ends_on.isoformat(),
        "concluded_on": clock.today().isoformat(),
        # Tax is rounded on each invoice by custom, and by law for 適格請求書, unless the contract says otherwise.
        "billing_cycle": usual_cycle(start.lines),
        "rounding_place": "invoice",
        "rounding_mode": "floor",
        "publish_summary": "true" if start.publish_summary else "",
    }
    return _form_page(
        request,
        "buyer/contract_new.html",
        contract_forms.line_texts(start.lines),
        typed,
        limits=fiscal_forms.rows_of_term(start.starts_on, start.ends_on),
        start=start,
    )


@router.post("/contracts/new")
def record_contract(
    request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Compute, ask for more rows, or record; everything typed stays."""
    start = contracts.prefill(session, actor, clock, form.get("project_id"))
    lines, status = contract_forms.posted_lines(form), 200
    faults: list[FieldFault] = []
    totals = None
    if form.action == contract_forms.ADD_LINES:
        pass
    elif form.action == contract_forms.COMPUTE:
        totals, faults = _computed(form, clock.today())
        status = 422 if faults else 200
    else:
        try:
            made = contracts.record_contract(
                session, actor, clock, parse(ContractIn, _terms(form, ContractIn))
            )
        except Invalid as refused:
            status, faults = 422, list(refused.faults)
        except ContractNumberTaken as refused:
            status, faults = 409, [FieldFault("/number", "taken", f"「契約番号」：{refused.detail}", "")]
        else:
            answer = redirect(f"/contracts/{made.card.id}")
            return flash(request, answer, "契約を記録しました。事業者に確認を求めます。")
    return _form_page(
        request, "buyer/contract_new.html", lines, form.typed(), totals=totals, status=status, faults=faults,
        limits=fiscal_forms.limit_rows(form), more=form.action == contract_forms.ADD_LINES, start=start,
    )  # fmt: skip


def _contract_page(
    request: Request, actor: Actor, session: SessionDep, clock: ClockDep, contract_id: str,
    typed: Mapping[str, str] | None = None, status: int = 200, faults: Any = (),
) -> Response:  # fmt: skip
    found = contracts.contract_of(session, actor, clock, contract_id)
    if isinstance(found, ContractCard) and found.imported:
        return redirect(f"/contracts/imported/{contract_id}")
    if not isinstance(found, ContractView):
        return render(request, "buyer/contract_facts.html", card=found)
    if found.side == "vendor":
        return redirect(f"/vendor/contracts/{contract_id}")
    return render(
        request,
        "buyer/contract.html",
        status,
        contract=found,
        card=found.card,
        standing=standing_reading.of_contract(session, actor, clock, contract_id),
        own=found.side == "buyer",
        checklist=checklists.of_contract(session, actor, contract_id),
        late=inspection_views.late_of(session, actor, clock, contract_id),
        LATE=list_columns.LATE,
        may_write=found.side == "buyer" and actor.may(Permission.CONTRACT_WRITE),
        may_approve=found.side == "buyer"
        and actor.may(Permission.CONTRACT_CONFIRM)
        and found.card.approved_at is None
        and found.card.status not in ("terminated", "expired"),
        words=contract_forms.WORDS,
        audit_path=audit_path(actor, contract_id),
        typed=typed or {},
        faults=list(faults),
    )


@router.get("/contracts/{contract_id}")
def contract_page(
    contract_id: str, request: Request, actor: Reader, session: SessionDep, clock: ClockDep
) -> Response:
    """A contract with its versions, answers and pinned revisions; the Agency reads the registered facts."""
    return _contract_page(request, actor, session, clock, contract_id)


def _own(found: object) -> ContractView:
    if not isinstance(found, ContractView) or found.side != "buyer":
        raise NotFound("この契約は見つかりません。自分の団体の契約かどうかを確かめてください。")
    return found


@router.get("/contracts/{contract_id}/amendment")
def amendment_page(
    contract_id: str, request: Request, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """The form of an amendment, filled with the version in force."""
    found = _own(contracts.contract_of(session, actor, clock, contract_id))
    current = found.current
    fiscal, limits = fiscal_forms.stored_values(current.fiscal)
    typed = fiscal | {
        "title": current.title,
        "starts_on": current.starts_on.isoformat(),
        "ends_on": current.ends_on.isoformat(),
        "concluded_on": clock.today().isoformat(),
        "billing_cycle": current.billing_cycle,
        "rounding_place": current.rounding_place,
        "rounding_mode": current.rounding_mode,
        "version": str(current.number),
        "publish_summary": "true" if found.card.publish_summary else "",
    }
    return _form_page(
        request,
        "buyer/contract_amend.html",
        contract_forms.stored_texts(current.lines),
        typed,
        limits=limits or fiscal_forms.rows_of_term(current.starts_on, current.ends_on),
        contract=found,
    )


def _amended_first(refused: Conflict, found: ContractView) -> FieldFault:
    current = found.current
    text = f"{refused.detail}今の第{current.number}版は「{current.title}」、{current.total:,}円（税込）です。"
    return FieldFault("", "stale", text, "違いを確かめて、よければもう一度送ってください。")


@router.post("/contracts/{contract_id}/amendment")
def amend_contract(
    contract_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """Compute, ask for more rows, or amend."""
    found = _own(contracts.contract_of(session, actor, clock, contract_id))
    lines, typed, status = contract_forms.posted_lines(form), form.typed(), 200
    faults: list[FieldFault] = []
    totals = None
    if form.action == contract_forms.ADD_LINES:
        pass
    elif form.action == contract_forms.COMPUTE:
        totals, faults = _computed(form, clock.today())
        status = 422 if faults else 200
    else:
        values = _terms(form, AmendmentIn)
        values["version"] = int(form.get("version")) if form.get("version").isdecimal() else None
        try:
            contracts.amend_contract(session, actor, clock, contract_id, parse(AmendmentIn, values))
        except Invalid as refused:
            status, faults = 422, list(refused.faults)
        except TransitionRefused:
            raise
        except Conflict as refused:
            # Somebody amended first: what was typed stays, and sent again it amends the version in force now.
            status, faults = refused.status, [_amended_first(refused, found)]
            typed |= {"version": str(found.current.number)}
        else:
            answer = redirect(f"/contracts/{contract_id}")
            return flash(request, answer, "契約を変更しました。事業者に改めて確認を求めます。")
    return _form_page(
        request, "buyer/contract_amend.html", lines, typed, totals=totals, status=status, faults=faults,
        limits=fiscal_forms.limit_rows(form), more=form.action == contract_forms.ADD_LINES, contract=found,
    )  # fmt: skip


@router.post("/contracts/{contract_id}/confirmation")
def approve_contract(
    contract_id: str, request: Request, form: FormDep, actor: Approver, session: SessionDep, clock: ClockDep
) -> Response:
    """The approver's confirmation of the version on the screen."""
    version = int(form.get("version")) if form.get("version").isdecimal() else None
    given = AnswerIn(version=version, terms=form.get("terms")[:64] or None)
    contract_answers.confirm_contract(session, actor, clock, contract_id, given)
    return flash(request, redirect(f"/contracts/{contract_id}"), "団体として契約を確認しました。")


@router.post("/contracts/{contract_id}/termination")
def terminate_contract(
    contract_id: str, request: Request, form: FormDep, actor: Writer, session: SessionDep, clock: ClockDep
) -> Response:
    """End the contract early."""
    values = {"ended_on": form.get("ended_on"), "reason": form.get("reason")}
    try:
        contracts.terminate_contract(session, actor, clock, contract_id, parse(TerminationIn, values))
    except Invalid as refused:
        return _contract_page(request, actor, session, clock, contract_id, form.typed(), 422, refused.faults)
    return flash(request, redirect(f"/contracts/{contract_id}"), "契約の終了を記録しました。")
