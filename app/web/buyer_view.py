"""What the one page of a procurement project shows, and how its many small forms keep what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request, Response
from sqlmodel import Session

from app.access.actor import Actor
from app.access.permissions import Permission
from app.kit.clock import Clock
from app.kit.errors import FieldFault
from app.listings import service as listings
from app.organisations import bodies, departments
from app.organisations import service as organisations
from app.procurement import (
    assessment,
    checklists,
    comments,
    conditions,
    contracts,
    estimated_prices,
    exclusions,
    handover,
    outcomes,
    overlaps,
    people,
    projects,
    searches,
    selection,
    shortlists,
    standing_reading,
    support_views,
)
from app.procurement.assessment import AssessedResult, Assessment
from app.procurement.errors import Missing, SelectionIncomplete
from app.procurement.outcomes import OutcomeView
from app.procurement.policies import (
    CLOSED,
    DECIDED,
    OPEN_STATUS,
    can_see_estimated_price,
    is_of_the_body,
    supports_project,
)
from app.web.audit import audit_path
from app.web.forms import Form
from app.web.list_columns import OUTCOMES, PLACES
from app.web.list_files import ListLinks
from app.web.outcome_words import OVERLAP_KINDS, RESULTS
from app.web.pages import render
from catalogue_schema import Schema
from catalogue_schema.methods import legal_grounds, procurement_methods


@dataclass(frozen=True)
class Step:
    """One line of the task list."""

    anchor: str
    label: str
    done: bool
    note: str


@dataclass(frozen=True)
class Group:
    """What a group exclusion by one condition would cover now."""

    condition_id: str
    sentence: str
    fails: tuple[AssessedResult, ...]
    unanswered: tuple[AssessedResult, ...]


def section(form: Form, prefix: str) -> dict[str, str]:
    """The values of one small form of the page, without its prefix."""
    start = f"{prefix}-"
    return {name.removeprefix(start): form.get(name) for name in form if name.startswith(start)}


def prefixed(prefix: str, faults: Sequence[FieldFault]) -> list[FieldFault]:
    """Faults that point at the inputs of that small form."""
    return [replace(fault, pointer=f"/{prefix}-{fault.pointer.lstrip('/')}") for fault in faults]


def missing_faults(refused: SelectionIncomplete) -> list[FieldFault]:
    """What a selection lacks, as faults that link to where each is mended."""
    return [FieldFault(f"/{m.where.partition('#')[2]}", m.code, m.message, m.remedy) for m in refused.missing]


def method_options(kind: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Choices of methods, and of the grounds of all of them, for a kind of body."""
    methods = [(method.code, method.ja) for method in procurement_methods(kind)]
    grounds: dict[str, str] = {}
    for code, _ in methods:
        grounds |= {ground.code: f"{ground.article}：{ground.ja}" for ground in legal_grounds(kind, code)}
    return methods, list(grounds.items())


def groups_of(table: Assessment) -> list[Group]:
    """For each condition, the open results that fail it and those that leave it unanswered."""
    groups = []
    for condition in table.conditions:
        by: dict[str, list[AssessedResult]] = {"fails": [], "unanswered": [], "meets": []}
        for result in table.open_results:
            cell = next(cell for cell in result.cells if cell.condition_id == condition.id)
            by[cell.outcome].append(result)
        if by["fails"] or by["unanswered"]:
            groups.append(
                Group(condition.id, condition.sentence, tuple(by["fails"]), tuple(by["unanswered"]))
            )
    return groups


def steps_of(
    status: str,
    missing: Sequence[Missing],
    table: Assessment,
    candidates: int,
    notices: Sequence[OutcomeView],
    contracted: int,
) -> list[Step]:
    """The task list, in order; what is missing says what is not done."""
    lacking = {item.code for item in missing}
    left = len(table.open_results)
    proposed = status not in (OPEN_STATUS, "cancelled")
    waiting = sum(1 for notice in notices if notice.status == "prepared")
    steps = [
        Step("method", "内容と調達方法を決める", not lacking & {"method", "ground", "method_reason"}, ""),
        Step("overlaps", "重複を確かめ、あれば独自に調達する理由を書く", "alone_reason" not in lacking, ""),
        Step("searches", "検索を保存し、一つを確定する", "locked_search" not in lacking, ""),
        Step("conditions", "条件を書く", bool(table.conditions), f"{len(table.conditions)}件"),
        Step(
            "assessment",
            "結果を候補と除外に分ける",
            table.search is not None and not left,
            f"未検討{left}件・候補{candidates}件",
        ),
        Step("selection", "選定を理由とともに申し出る", proposed, ""),
        Step("decision", "決裁を記録して確定する（承認者）", status in DECIDED, ""),
    ]
    if status not in CLOSED or notices:
        note = f"通知前{waiting}件" if waiting else ""
        steps.append(Step("outcomes", "候補の事業者に結果を通知する", bool(notices) and not waiting, note))
    return [*steps, Step("contracts", "個別契約を記録する", contracted > 0, f"{contracted}件")]


def project_page(
    request: Request,
    actor: Actor,
    session: Session,
    schema: Schema,
    clock: Clock,
    project_id: str,
    *,
    status: int = 200,
    faults: Sequence[FieldFault] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The project's page; with `faults` and what was `typed` where one of its forms was refused."""
    project = projects.project_of(session, actor, project_id)
    table = assessment.assess(session, actor, schema, project_id)
    shortlist = shortlists.shortlist_of(session, actor, project_id)
    candidates = [item for item in shortlist if item.removed_at is None]
    current = (
        None
        if project.status == OPEN_STATUS or project.status == "cancelled"
        else selection.selection_of(session, actor, project_id)
    )
    missing = selection.missing_of(session, clock, schema, project)
    own = is_of_the_body(actor, project.organisation_id)
    supporting = supports_project(actor, project.id) and not own
    # Contracts are no matter of a supporter's: the project is.
    contracted = [] if supporting else contracts.contracts_of_project(session, actor, clock, project_id)
    card = organisations.organisation_card(session, project.organisation_id)
    kind = card.kind
    today = clock.today()
    methods, grounds = method_options(kind)
    said = comments.comments_of(session, actor, project_id)
    notices = outcomes.outcomes_of(session, actor, clock, project_id)
    offers = {}
    if project.status == OPEN_STATUS and own:
        offers = {
            item.id: [
                (offer.entry.id, f"{offer.entry.name}（{offer.entry.owner.name}）")
                for offer in listings.published_offers(session, item.software_id, clock.today())
            ]
            for item in candidates
        }
    return render(
        request,
        "buyer/project.html",
        status,
        project=project,
        standing=standing_reading.of_project(session, actor, clock, project_id),
        tag=projects.tag_of(project),
        area_name=schema.vocabulary(projects.AREAS).label(project.business_area),
        areas=[(term.code, term.ja) for term in schema.vocabulary(projects.AREAS).current()],
        methods=methods,
        grounds=grounds,
        table=table,
        listed=ListLinks(f"/projects/{project_id}", len(table.results)),
        groups=groups_of(table),
        shortlist=shortlist,
        candidates=candidates,
        offers=offers,
        searches=searches.searches_of(session, actor, project_id),
        advised=searches.ADVISED_RESULTS,
        exclusions=exclusions.exclusions_of(session, actor, project_id),
        names={result.software_id: result.name for result in table.results},
        selection=current,
        chosen=next((item for item in candidates if current and item.id == current.shortlist_item_id), None),
        missing=missing,
        steps=steps_of(project.status, missing, table, len(candidates), notices, len(contracted)),
        contracts=contracted,
        price_recorded=own and estimated_prices.is_recorded(session, project),
        people=people.people_of(session, actor, project_id),
        editable=own and actor.may(Permission.PROJECT_WRITE) and project.status == OPEN_STATUS,
        own=own,
        body=card,
        of_another=own and not actor.acts_for(card.id),
        bought_by=bodies.buyers_for(session, card.id, project.business_area, today),
        bought_for=[
            view
            for view in bodies.constituents_of(session, card.id)
            if project.business_area in view.business_areas and view.holds_on(today)
        ],
        area_of=schema.vocabulary(projects.AREAS).label,
        departments=departments.choices_of(session, card.id, project.department_id),
        department_name=departments.name_of(session, project.department_id),
        supporting=supporting,
        sees_price=can_see_estimated_price(actor, project.organisation_id, project.id, project.status),
        drafting=project.status == OPEN_STATUS
        and (
            (own and actor.may(Permission.PROJECT_WRITE))
            or (supporting and actor.may(Permission.PROJECT_DRAFT))
        ),
        commenting=project.status not in CLOSED
        and (
            (own and actor.may(Permission.PROJECT_WRITE))
            or (supporting and actor.may(Permission.PROJECT_COMMENT))
        ),
        comments=said,
        drafted_reasons=[comment for comment in said if comment.kind == "selection_reason"],
        checklist=None if current is None else checklists.of_project(session, actor, project_id),
        supporters=support_views.supports_of_project(session, actor, clock, project_id),
        vacant=project.id in handover.without_officer(session, [project], clock.today()),
        officers=handover.officers(session, project.organisation_id, clock.today()) if own else [],
        may_invite=own and actor.may(Permission.SUPPORTERS_MANAGE),
        my_conditions={
            c.id
            for c in conditions.conditions_of(session, actor, project_id)
            if c.created_by == actor.person_id
        },
        note_tags={item.id: shortlists.tag_of(item) for item in candidates},
        closed=project.status in CLOSED,
        overlaps=overlaps.overlaps_of(session, actor, clock, project_id),
        OVERLAP_KINDS=OVERLAP_KINDS,
        outcomes=notices,
        outcome_tags={view.id: outcomes.tag_of(view) for view in notices},
        may_notify=outcomes.may_send(actor, project) and actor.may(Permission.PROJECT_WRITE),
        RESULTS=RESULTS,
        may_confirm=own and actor.may(Permission.SELECTION_CONFIRM),
        may_contract=own and actor.may(Permission.CONTRACT_WRITE),
        audit_path=audit_path(actor, project_id),
        OUTCOMES=OUTCOMES,
        PLACES=PLACES,
        typed=typed or {},
        faults=list(faults),
    )
