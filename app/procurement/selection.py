"""選定: the officer proposes, the approver confirms with the body's own decision (決裁)."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from app.kit.ids import new_id
from app.outbox.publish import publish
from app.procurement import evidence, outcome_preparing, overlaps, repository
from app.procurement.assessment import assessment_of
from app.procurement.errors import Missing, SelectionIncomplete
from app.procurement.lifecycle import PROJECT
from app.procurement.models import Project, Selection, ShortlistItem
from app.procurement.project_schemas import ConfirmationIn, SelectionIn
from app.procurement.reach import editable, own, reachable
from app.procurement.shortlists import choose_offer
from app.procurement.standing import refuse_closed
from catalogue_schema import Schema
from catalogue_schema.methods import legal_grounds


def selection_of(session: Session, actor: Actor, project_id: str) -> Selection:
    """The selection that stands. Raises NotFound."""
    project = reachable(session, actor, project_id)
    found = repository.current_selection(session, project.id)
    if found is None:
        raise NotFound("この案件の選定はまだです。")
    return found


def missing_of(session: Session, clock: Clock, schema: Schema, project: Project) -> list[Missing]:
    """What a project lacks before anything can be selected, with where to mend each."""
    page = f"/projects/{project.id}"
    missing = []
    if not project.method:
        missing.append(
            Missing("method", "調達方法が決まっていません。", "調達方法を選んでください。", f"{page}#method")
        )
    elif not project.ground:
        body = repository.organisation(session, project.organisation_id)
        if legal_grounds(body.kind if body else "", project.method):
            missing.append(
                Missing(
                    "ground", "根拠条項が決まっていません。", "条・項・号を選んでください。", f"{page}#method"
                )
            )
    if not project.method_reason:
        missing.append(
            Missing(
                "method_reason",
                "その調達方法とする理由がありません。",
                "理由を書いてください。",
                f"{page}#method",
            )
        )
    found = [] if project.alone_reason else overlaps.found_for(session, project, clock.today())
    if found:
        missing.append(
            Missing(
                "alone_reason",
                f"同じ業務に、すでに使えるものや動いている契約が{len(found)}件あります（重複投資の確認）。",
                "それでも独自に調達する理由を1行で書いてください。",
                f"{page}#overlaps",
            )
        )
    table = assessment_of(session, schema, project)
    if table.search is None:
        missing.append(
            Missing(
                "locked_search",
                "確定した検索がありません。",
                "検索を保存し、一つを確定してください。",
                f"{page}#searches",
            )
        )
    if table.open_results:
        names = "、".join(f"「{result.name}」" for result in table.open_results[:3])
        more = f"ほか{len(table.open_results) - 3}件" if len(table.open_results) > 3 else ""
        missing.append(
            Missing(
                "open_results",
                f"候補にも除外にもしていない結果が{len(table.open_results)}件あります（{names}{more}）。",
                "候補に加えるか、理由を書いて除外してください。",
                f"{page}#assessment",
            )
        )
    return missing


def select(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, given: SelectionIn
) -> Selection:
    """Propose one candidate with its offer, or that none is suitable, and tell the approvers.

    Raises SelectionIncomplete with everything that is missing at once.
    """
    project = editable(session, actor, project_id)
    missing = missing_of(session, clock, schema, project)
    page = f"/projects/{project.id}"
    item = None
    if given.outcome == "awarded":
        item, lacking = _chosen(session, actor, clock, project, given)
        missing += lacking
    elif given.shortlist_item_id:
        raise Invalid(
            [
                FieldFault(
                    "/shortlist_item_id",
                    "not_needed",
                    "該当なしの場合、候補は選びません。",
                    "候補を空にしてください。",
                )
            ]
        )
    if not given.reason:
        missing.append(
            Missing("reason", "選定の理由がありません。", "理由を書いてください。", f"{page}#selection")
        )
    if missing:
        raise SelectionIncomplete(missing)
    now = clock.now()
    selection = Selection(
        id=new_id("sel"),
        project_id=project.id,
        outcome=given.outcome,
        shortlist_item_id=item.id if item else None,
        reason=given.reason,
        proposed_by=actor.person_id or "",
        proposed_at=now,
    )
    session.add(selection)
    PROJECT.move(session, project, "proposal", updated_at=now, version=project.version + 1)
    record(
        session, actor, "selection.proposed", "project", project.id,
        at=now, revision_id=item.software_revision_id if item else None, owner=project.organisation_id,
        details={"selection_id": selection.id, "outcome": selection.outcome},
    )  # fmt: skip
    publish(session, "notify.selection-proposed", project.id, at=now)
    return selection


def _chosen(
    session: Session, actor: Actor, clock: Clock, project: Project, given: SelectionIn
) -> tuple[ShortlistItem | None, list[Missing]]:
    where = f"/projects/{project.id}#selection"
    candidates = [item for item in repository.shortlist(session, project.id) if item.removed_at is None]
    if not given.shortlist_item_id:
        lacking = Missing(
            "shortlist_item",
            "選ぶ候補が決まっていません。",
            "候補を一つ選んでください。" if candidates else "先に候補を加えてください。",
            where if candidates else f"/projects/{project.id}#assessment",
        )
        return None, [lacking]
    item = next((item for item in candidates if item.id == given.shortlist_item_id), None)
    if item is None:
        raise Invalid(
            [
                FieldFault(
                    "/shortlist_item_id",
                    "not_shortlisted",
                    "「選ぶ候補」：この案件の候補にありません。",
                    "候補の一覧から選んでください。",
                )
            ]
        )
    if given.offer_id and given.offer_id != item.offer_id:
        choose_offer(session, actor, clock, project, item, given.offer_id)
    if item.offer_revision_id is None:
        return item, [
            Missing(
                "offer", "サービス（価格）が決まっていません。", "候補のサービスを一つ選んでください。", where
            )
        ]
    return item, []


def confirm_selection(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str, given: ConfirmationIn
) -> Selection:
    """Record the body's own decision and close the project: from here its evidence is read-only.

    Raises TransitionRefused without a proposed selection, Conflict where another one is meant, Forbidden for who
    proposed it unless the body lets one person do both, SelectionIncomplete where something is missing after all.
    """
    project = own(session, actor, project_id)
    verb = "award"
    selection = repository.current_selection(session, project.id)
    if selection is not None and selection.outcome == "none_suitable":
        verb = "no_award"
    PROJECT.require(verb, project.status)
    if selection is None:
        raise NotFound("この案件には選定の申し出がありません。")
    if given.selection_id is not None and given.selection_id != selection.id:
        raise Conflict("画面を開いた後に、選定が出し直されました。今の選定を確かめてください。")
    faults = _decision_faults(clock, given)
    if faults:
        raise Invalid(faults)
    if missing := missing_of(session, clock, schema, project):
        raise SelectionIncomplete(missing)
    chosen = next(
        (i for i in repository.shortlist(session, project.id) if i.id == selection.shortlist_item_id), None
    )
    if chosen is not None:
        refuse_closed(session, clock, [chosen.software_id, chosen.offer_id], clock.today(), "選定を確定")
    same_person = selection.proposed_by == actor.person_id
    body = repository.organisation(session, project.organisation_id)
    if same_person and not (body is not None and body.settings.get("single_person") is True):
        raise Forbidden(
            "選定を申し出た人は、その選定を確定できません。ほかの承認者が確定するか、"
            "一人で担当と承認を兼ねることを団体の設定で認めてください。"
        )
    now = clock.now()
    selection.decision_date = given.decision_date
    selection.decision_post = given.decision_post
    selection.decision_document = given.decision_document
    selection.confirmed_by = actor.person_id
    selection.confirmed_at = now
    selection.same_person = same_person
    session.add(selection)
    PROJECT.move(session, project, verb, closed_at=now, updated_at=now, version=project.version + 1)
    frozen = evidence.freeze(session, clock, schema, project)
    outcome_preparing.prepare(session, clock, schema, project)
    record(
        session, actor, "selection.confirmed", "project", project.id,
        at=now, owner=project.organisation_id,
        details={
            "selection_id": selection.id,
            "outcome": selection.outcome,
            "same_person": same_person,
            "evidence": frozen.digest,
        },
    )  # fmt: skip
    return selection


def _decision_faults(clock: Clock, given: ConfirmationIn) -> list[FieldFault]:
    today = clock.today()
    if given.decision_date > today:
        return [
            FieldFault(
                "/decision_date",
                "future",
                "「決裁日」：まだ来ていない日です。",
                "今日までの日にしてください。",
            )
        ]
    if given.decision_date.year < today.year - 30:
        return [
            FieldFault(
                "/decision_date",
                "date_out_of_range",
                "「決裁日」：30年より前の日です。",
                "日付を確かめてください。",
            )
        ]
    return []
