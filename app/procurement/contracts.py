"""Individual contracts (個別契約): recorded and amended by the buyer, read by each side, ended or expired."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.pagination import Paging, paginate
from app.listings import service as listings
from app.outbox.publish import publish
from app.procurement import repository
from app.procurement.contract_money import OfferedLine, Totals, offered_lines
from app.procurement.contract_schemas import AmendmentIn, ContractIn, TerminationIn, TermsIn
from app.procurement.contract_terms import computed, terms_faults
from app.procurement.contract_views import ContractCard, ContractView, PublishedSummary, cards, summary, view
from app.procurement.errors import NO_CONTRACT, ContractNumberTaken, RevisionNotShortlisted
from app.procurement.imported import imported_as, imported_of, page_of_both
from app.procurement.lifecycle import CONTRACT
from app.procurement.models import Contract, ContractVersion, Project, Selection, ShortlistItem
from app.procurement.policies import bodies_of, contract_side, reads_every_body
from app.procurement.reach import own, reachable
from app.procurement.standing import refuse_closed
from app.procurement.working_days import ANSWER_DAYS, working_days_after


@dataclass(frozen=True)
class Prefilled:
    """What a contract's form starts with: the selected revisions, and lines from the offer's price table."""

    project_id: str
    title: str
    vendor_name: str
    software_name: str
    offer_name: str
    software_revision_id: str
    offer_revision_id: str
    starts_on: date
    ends_on: date
    lines: tuple[OfferedLine, ...]
    publish_summary: bool


def contract_of(
    session: Session, actor: Actor, clock: Clock, contract_id: str
) -> ContractView | ContractCard:
    """The contract as the actor's side reads it; of an imported one, and for the Agency, the registered facts only.

    Raises NotFound.
    """
    row = repository.contract(session, contract_id)
    if row is None:
        return imported_of(session, actor, contract_id).card
    side = contract_side(actor, row.buyer_id, row.vendor_id)
    if side is None:
        raise NotFound(NO_CONTRACT)
    if side == "facts":
        return cards(session, [row], clock.today())[0]
    return view(session, row, side, clock.today())


def contracts_of(
    session: Session, actor: Actor, clock: Clock, paging: Paging
) -> tuple[list[ContractCard], str | None]:
    """The actor's side's contracts, newest first; all of them for auditors and the Agency. Raises Forbidden."""
    if reads_every_body(actor) or (
        actor.organisation_kind == "agency" and actor.may(Permission.CONTRACT_FACTS)
    ):
        return page_of_both(session, paging, clock.today())
    if not actor.may(Permission.CONTRACT_READ):
        raise Forbidden("個別契約を読めるのは、契約の当事者、デジタル庁の管理者、監査担当です。")
    if actor.organisation_kind in ("vendor", "sole_proprietor"):
        return page_of_both(session, paging, clock.today(), vendor_id=actor.organisation_id or "")
    return page_of_both(session, paging, clock.today(), buyer_ids=bodies_of(actor))


def contracts_of_project(session: Session, actor: Actor, clock: Clock, project_id: str) -> list[ContractCard]:
    """The contracts that followed from a project. Raises NotFound."""
    project = reachable(session, actor, project_id)
    return cards(session, repository.contracts_of_project(session, project.id), clock.today())


def published_contracts(
    session: Session, clock: Clock, software_id: str, paging: Paging
) -> tuple[list[PublishedSummary], str | None]:
    """What buyers publish about contracts on a software that the public sees. Raises NotFound or Gone."""
    listings.published(session, software_id, clock.today())
    return contracts_on(session, clock, software_id, paging)


def contracts_on(
    session: Session, clock: Clock, software_id: str, paging: Paging
) -> tuple[list[PublishedSummary], str | None]:
    """The same of a software of which the caller knows that the public sees it."""
    published = repository.published_contracts()
    rows, following = paginate(session, published, Contract, paging, params={"software_id": software_id})
    return [summary(card) for card in cards(session, rows, clock.today())], following


def _publishes(session: Session, buyer_id: str) -> bool:
    body = repository.organisation(session, buyer_id)
    return body is not None and body.settings.get("publish_contracts") == "summary"


def _selected(session: Session, project: Project) -> tuple[Selection, ShortlistItem]:
    selection = repository.current_selection(session, project.id)
    item = None
    if selection is not None:
        found = repository.shortlist(session, project.id)
        item = next((row for row in found if row.id == selection.shortlist_item_id), None)
    if project.status != "awarded" or selection is None or item is None:
        raise Conflict("契約を記録できるのは、選定が確定した案件だけです。", status=project.status)
    return selection, item


def prefill(session: Session, actor: Actor, clock: Clock, project_id: str) -> Prefilled:
    """A contract's form for a project with a confirmed selection: a year from the desired start.

    Raises NotFound, Conflict before the selection is confirmed.
    """
    project = reachable(session, actor, project_id)
    _, item = _selected(session, project)
    software = listings.revision_for_buyer(session, item.software_revision_id)
    offer = listings.revision_for_buyer(session, item.offer_revision_id or "")
    starts_on = project.desired_start or clock.today()
    ends_on = _year_later(starts_on)
    facts = {"user": project.users, "resident": project.population}
    price_lines = offer.revision.answers.get("price_lines", ())
    return Prefilled(
        project_id=project.id,
        title=project.title,
        vendor_name=offer.owner.name,
        software_name=software.revision.name,
        offer_name=offer.revision.name,
        software_revision_id=software.revision.id,
        offer_revision_id=offer.revision.id,
        starts_on=starts_on,
        ends_on=ends_on,
        lines=offered_lines(price_lines, facts),
        publish_summary=_publishes(session, project.organisation_id),
    )


def _year_later(day: date) -> date:
    try:
        last = day.replace(year=day.year + 1)
    except ValueError:  # from 29 February
        last = date(day.year + 1, 3, 1)
    return date.fromordinal(last.toordinal() - 1)


def record_contract(session: Session, actor: Actor, clock: Clock, given: ContractIn) -> ContractView:
    """Record a contract on what the project selected, and ask the vendor to confirm it.

    Raises NotFound (not the body's project), Conflict (nothing selected), RevisionNotShortlisted, ContractNumberTaken
    (of an imported contract too, if it is with the same vendor), Invalid with every fault and the right sums.
    """
    project = own(session, actor, given.project_id)
    selection, item = _selected(session, project)
    for name, wanted in (
        ("software_revision_id", item.software_revision_id),
        ("offer_revision_id", item.offer_revision_id),
    ):
        asked = getattr(given, name)
        if asked is not None and asked != wanted:
            raise RevisionNotShortlisted(
                "契約できるのは、この案件で選定した版だけです。別の版にするときは、改めて選定してください。",
                selected=wanted,
            )
    publish_summary = given.publish_summary
    totals = computed(given)
    faults = terms_faults(given, totals, clock.today())
    if publish_summary and not _publishes(session, project.organisation_id):
        faults.append(_not_published())
    if faults:
        raise Invalid(faults)
    refuse_closed(session, clock, [item.software_id, item.offer_id], given.concluded_on, "契約を記録")
    taken = repository.contract_of_number(session, project.organisation_id, given.number)
    if taken is not None:
        raise _taken(taken.id)
    now = clock.now()
    offer = listings.revision_for_buyer(session, item.offer_revision_id or "")
    same = imported_as(session, project.organisation_id, given.number, offer.owner.id)
    if same is not None:
        raise ContractNumberTaken(
            f"同じ番号と相手の契約「{same.title}」を、ファイルから取り込んであります。取り違えでなければ、"
            "取り込んだ契約のページで取込みを取り消してから記録してください。",
            contract_id=same.id,
            imported=True,
        )
    row = Contract(
        id=new_id("con"),
        number=given.number,
        project_id=project.id,
        selection_id=selection.id,
        shortlist_item_id=item.id,
        buyer_id=project.organisation_id,
        vendor_id=offer.owner.id,
        software_id=item.software_id,
        software_revision_id=item.software_revision_id,
        offer_id=item.offer_id or "",
        offer_revision_id=item.offer_revision_id or "",
        recorded_by=actor.person_id or "",
        recorded_at=now,
        answer_due=working_days_after(clock.today(), ANSWER_DAYS),
        publish_summary=_publishes(session, project.organisation_id)
        if publish_summary is None
        else publish_summary,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        taken = repository.contract_of_number(session, project.organisation_id, given.number)
        if taken is None:
            raise
        raise _taken(taken.id) from None
    _add_version(session, actor, clock, row, given, totals, project.title, reason="")
    record(
        session, actor, "contract.recorded", "contract", row.id,
        at=now, revision_id=row.offer_revision_id, owner=row.buyer_id,
        details={"number": row.number, "version": 1, "project_id": project.id, "vendor_id": row.vendor_id},
    )  # fmt: skip
    publish(session, "notify.contract-recorded", row.id, at=now)
    return view(session, row, "buyer", clock.today())


def amend_contract(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: AmendmentIn
) -> ContractView:
    """New terms as a further version, with the reason; both sides answer anew.

    Raises NotFound, TransitionRefused once ended, Conflict where somebody amended first, Invalid with every fault.
    """
    row = own_contract(session, actor, contract_id)
    same_version(row, given.version)
    totals = computed(given)
    faults = terms_faults(given, totals, clock.today())
    if given.publish_summary and not _publishes(session, row.buyer_id):
        faults.append(_not_published())
    if faults:
        raise Invalid(faults)
    now = clock.now()
    before = repository.versions(session, row.id)[-1]
    CONTRACT.move(
        session,
        row,
        "amendment",
        current_version=row.current_version + 1,
        answered_by=None,
        answered_at=None,
        approved_by=None,
        approved_at=None,
        dispute_reason="",
        answer_due=working_days_after(clock.today(), ANSWER_DAYS),
        publish_summary=row.publish_summary if given.publish_summary is None else given.publish_summary,
    )
    _add_version(session, actor, clock, row, given, totals, before.title, reason=given.reason)
    record(
        session, actor, "contract.amended", "contract", row.id,
        at=now, revision_id=row.offer_revision_id, owner=row.buyer_id, details={"version": row.current_version},
    )  # fmt: skip
    publish(session, "notify.contract-recorded", row.id, at=now)
    return view(session, row, "buyer", clock.today())


def terminate_contract(
    session: Session, actor: Actor, clock: Clock, contract_id: str, given: TerminationIn
) -> ContractView:
    """End a contract on a day within its term, with the reason. Raises NotFound, TransitionRefused, Invalid."""
    row = own_contract(session, actor, contract_id)
    CONTRACT.require("termination", row.status)
    current = repository.versions(session, row.id)[-1]
    faults = []
    if not current.starts_on <= given.ended_on <= current.ends_on:
        faults.append(
            FieldFault(
                "/ended_on",
                "outside_term",
                "「終了の日」：契約の期間の外です。",
                f"{current.starts_on.isoformat()} から {current.ends_on.isoformat()} までの日にしてください。",
            )
        )
    if not given.reason:
        faults.append(
            FieldFault("/reason", "required", "「理由」：何も書かれていません。", "必ず書いてください。")
        )
    if faults:
        raise Invalid(faults)
    CONTRACT.move(session, row, "termination", ended_on=given.ended_on, end_reason=given.reason)
    now = clock.now()
    record(
        session, actor, "contract.terminated", "contract", row.id,
        at=now, owner=row.buyer_id, details={"ended_on": given.ended_on.isoformat()},
    )  # fmt: skip
    publish(session, "notify.contract-ended", row.id, at=now)
    return view(session, row, "buyer", clock.today())


def expire_contracts(session: Session, actor: Actor, clock: Clock) -> int:
    """Contracts whose term is over become expired, and both sides are told; how many (called by the hourly sweep)."""
    statement = (
        select(Contract, ContractVersion)
        .join(ContractVersion, col(ContractVersion.contract_id) == col(Contract.id))
        .where(
            col(ContractVersion.number) == col(Contract.current_version),
            col(Contract.status).in_(CONTRACT.moves["expiry"].before),
            col(ContractVersion.ends_on) < clock.today(),
        )
        .order_by(col(Contract.id))
    )
    rows = session.exec(statement).all()
    for row, version in rows:
        CONTRACT.move(session, row, "expiry", ended_on=version.ends_on)
        record(
            session, actor, "contract.expired", "contract", row.id,
            at=clock.now(), owner=row.buyer_id, details={"ended_on": version.ends_on.isoformat()},
        )  # fmt: skip
        publish(session, "notify.contract-ended", row.id, at=clock.now())
    return len(rows)


def own_contract(session: Session, actor: Actor, contract_id: str) -> Contract:
    """A contract of the actor's own body, its row held. Raises NotFound."""
    row = repository.contract(session, contract_id, lock=True)
    if row is None or not actor.keeps_records_of(row.buyer_id):
        raise NotFound(NO_CONTRACT)
    return row


def same_version(row: Contract, version: int | None) -> None:
    """Raise Conflict where the version on the screen is no longer the current one."""
    if version is not None and version != row.current_version:
        raise Conflict(
            f"画面を開いた後に、契約が変更されました（今は第{row.current_version}版）。内容を確かめてください。",
            current_version=row.current_version,
        )


def _taken(contract_id: str) -> ContractNumberTaken:
    return ContractNumberTaken(
        "この団体には、同じ契約番号の契約があります。番号を変えてください。", contract_id=contract_id
    )


def _not_published() -> FieldFault:
    return FieldFault(
        "/publish_summary",
        "not_allowed",
        "「概要の公表」：団体の設定では、契約の概要を公表しません。",
        "団体の設定を変えるか、公表しないにしてください。",
    )


def _add_version(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Contract,
    given: TermsIn,
    totals: Totals,
    title: str,
    reason: str,
) -> None:
    session.add(
        ContractVersion(
            id=new_id("cov"),
            contract_id=row.id,
            number=row.current_version,
            title=given.title or title,
            starts_on=given.starts_on,
            ends_on=given.ends_on,
            concluded_on=given.concluded_on,
            lines=[line.as_json() for line in totals.lines],
            billing_cycle=given.billing_cycle,
            rounding_place=given.rounding_place,
            rounding_mode=given.rounding_mode,
            subtotal=totals.subtotal,
            tax=totals.tax,
            total=totals.total,
            other_payments=[asdict(other) for other in totals.others],
            fiscal=given.fiscal.model_dump(mode="json") if given.fiscal else None,
            reason=reason,
            recorded_by=actor.person_id or "",
            recorded_at=clock.now(),
        )
    )
    session.flush()
