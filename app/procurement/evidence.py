"""選定の記録一式: everything a project decided on, as one document, frozen when it closes.

People are named by their ids, so that a name is looked up where it is shown and can be erased.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.access.actor import Actor
from app.kit.clock import Clock
from app.kit.errors import NotFound
from app.procurement import overlaps, repository, support_repository
from app.procurement.assessment import Assessment, assessment_of, wanted_of
from app.procurement.checklists import as_evidence
from app.procurement.confirmations import as_evidence as confirmations
from app.procurement.exclusions import views_of as exclusion_views
from app.procurement.judging import sentence
from app.procurement.models import Evidence, Project, SavedSearch, Selection
from app.procurement.policies import DECIDED, can_see_estimated_price, supports_project
from app.procurement.reach import reachable
from app.procurement.shortlists import views_of as shortlist_views
from catalogue_schema import Schema
from catalogue_schema.methods import estimated_price_omissions, legal_grounds, procurement_methods

FORMAT = 6
"""Grows when the document's shape changes; frozen documents keep theirs. 2: removed conditions with `removed_at`, and
`index_differed` in the assessment. 3: `supporters` with their declarations, and `comments`. 4: `checklist` about the
selected vendor. 5: `overlaps` (重複投資). 6: `conformance` (適合確認の記録)."""
_FORMULA = "=+-@\t\r\n＝＋－＠"


@dataclass(frozen=True)
class EvidencePack:
    """The document with the SHA-256 of its canonical JSON; `frozen_at` None while the project is open."""

    document: dict[str, Any]
    digest: str
    frozen_at: datetime | None


def canonical(document: dict[str, Any]) -> str:
    """Sorted keys, no spaces, UTF-8: what the digest is taken of."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def evidence_of(
    session: Session, actor: Actor, clock: Clock, schema: Schema, project_id: str
) -> EvidencePack:
    """The frozen evidence of a closed project, or how it stands now (a supporter's without 予定価格)."""
    project = reachable(session, actor, project_id)
    frozen = repository.evidence(session, project.id)
    if frozen is None:
        document = build(session, clock.today(), schema, project)
        return EvidencePack(document, digest_of(canonical(document)), None)
    document = json.loads(frozen.document)
    if supports_project(actor, project.id) and not can_see_estimated_price(
        actor, project.organisation_id, project.id, project.status
    ):
        # With the digest of the whole document the amount could be found by trying: so it is of what is shown.
        document["estimated_price"] = {"status": "withheld_from_supporters"}
        return EvidencePack(document, digest_of(canonical(document)), frozen.frozen_at)
    return EvidencePack(document, frozen.digest, frozen.frozen_at)


def freeze(session: Session, clock: Clock, schema: Schema, project: Project) -> Evidence:
    """Write the document as it stands; called in the transaction that closes the project."""
    text = canonical(build(session, clock.today(), schema, project))
    row = Evidence(project_id=project.id, document=text, digest=digest_of(text), frozen_at=clock.now())
    session.add(row)
    session.flush()
    return row


def build(session: Session, today: date, schema: Schema, project: Project) -> dict[str, Any]:
    """The document of a project already reached. 予定価格 is in it only once the project was decided."""
    body = repository.organisation(session, project.organisation_id)
    if body is None:
        raise NotFound()
    table = assessment_of(session, schema, project)
    shortlist = shortlist_views(session, repository.shortlist(session, project.id))
    return {
        "format": FORMAT,
        "project": {
            "id": project.id,
            "organisation": {"id": body.id, "name": body.name, "code": body.code},
            "title": project.title,
            "business_area": project.business_area,
            "need": project.need,
            "fiscal_year": project.fiscal_year,
            "desired_start": _day(project.desired_start),
            "population": project.population,
            "users": project.users,
            "status": project.status,
            "cancellation_reason": project.outcome_reason,
            "officer_id": project.officer_id,
            "opened_at": _moment(project.created_at),
            "closed_at": _moment(project.closed_at),
        },
        "method": _method(body.kind, project),
        "estimated_price": _price(session, body.kind, project),
        "overlaps": overlaps.document(
            overlaps.found_for(session, project, today), project.alone_reason, today
        ),
        "searches": [
            _search(session, search) for search in reversed(repository.searches(session, project.id))
        ],
        "conditions": [
            {
                "id": c.id,
                "subject": c.subject,
                "field": c.field,
                "operator": c.operator,
                "wanted": c.wanted,
                "sentence": sentence(schema, wanted_of(c)),
                "note": c.note,
                "removed_at": _moment(c.removed_at),
            }
            for c in repository.conditions(session, project.id, removed=True)
        ],
        "assessment": _assessment(table),
        "exclusions": [
            {
                "id": view.id,
                "condition_id": view.condition_id,
                "reason": view.reason,
                "results": [{"software_id": id_, "outcome": outcome} for id_, outcome in view.items],
                "created_by": view.created_by,
                "created_at": _moment(view.created_at),
                "withdrawn_at": _moment(view.withdrawn_at),
            }
            for view in exclusion_views(session, project)
        ],
        "shortlist": [
            {
                name: _moment(value) if isinstance(value, datetime) else value
                for name in view.__dataclass_fields__
                for value in (getattr(view, name),)
            }
            for view in shortlist
        ],
        "selections": [_selection(row) for row in repository.selections(session, project.id)],
        "checklist": as_evidence(session, project),
        "conformance": confirmations(session, project),
        "supporters": _supporters(session, project),
        "comments": [
            {
                "id": row.id,
                "kind": row.kind,
                "text": row.text,
                "author_id": row.author_id,
                "organisation_id": row.organisation_id,
                "support_id": row.support_id,
                "created_at": _moment(row.created_at),
            }
            for row in support_repository.comments(session, project.id)
        ],
    }


def _supporters(session: Session, project: Project) -> list[dict[str, Any]]:
    """Who was ever let in from outside, with the interests that they declared; links never confirmed are left out."""
    rows = [
        row
        for row in reversed(support_repository.supports(session, [project.organisation_id], project.id))
        if row.confirmed_at is not None
    ]
    people = support_repository.people(session, [row.membership_id or "" for row in rows])
    return [
        {
            "id": row.id,
            "person_id": people[row.membership_id or ""][1].id,
            "organisation": {
                "id": people[row.membership_id or ""][2].id,
                "name": people[row.membership_id or ""][2].name,
            },
            "has_interest": row.has_interest,
            "declaration": row.declaration,
            "ties": row.ties,
            "accepted_at": _moment(row.accepted_at),
            "confirmed_at": _moment(row.confirmed_at),
            "ends_on": _day(row.ends_on),
            "ended_at": _moment(row.ended_at),
        }
        for row in rows
    ]


def _method(kind: str, project: Project) -> dict[str, Any]:
    methods = {item.code: item.ja for item in procurement_methods(kind)}
    grounds = {g.code: g for g in legal_grounds(kind, project.method)} if project.method else {}
    ground = grounds.get(project.ground)
    return {
        "code": project.method,
        "label": methods.get(project.method, ""),
        "ground": project.ground,
        "ground_article": ground.article if ground else "",
        "ground_label": ground.ja if ground else "",
        "reason": project.method_reason,
    }


def _price(session: Session, kind: str, project: Project) -> dict[str, Any]:
    if project.status not in DECIDED:
        return {"status": "secret_until_decision"}
    price = repository.estimated_price(session, project.id)
    if price is None:
        return {"status": "not_recorded"}
    rules = {}
    if project.method:
        rules = {item.code: item.ja for item in estimated_price_omissions(kind, project.method)}
    return {
        "status": "recorded",
        "amount": price.amount,
        "omission_rule": price.omission_rule,
        "omission_label": rules.get(price.omission_rule, ""),
        "basis": price.basis,
        "decided_on": _day(price.decided_on),
        "decided_by": price.decided_by,
    }


def _search(session: Session, search: SavedSearch) -> dict[str, Any]:
    return {
        "id": search.id,
        "query": search.query,
        "sentence": search.sentence,
        "engine": search.engine,
        "generation": search.generation,
        "rotation": search.rotation,
        "degraded": search.degraded,
        "as_of": _moment(search.as_of),
        "total": search.total,
        "saved_by": search.created_by,
        "locked_at": _moment(search.locked_at),
        "locked_by": search.locked_by,
        "unlocked_at": _moment(search.unlocked_at),
        "results": [
            {
                "position": row.position,
                "software_id": row.entry_id,
                "revision_id": row.revision_id,
                "revision_number": row.revision_number,
                "index_differed": row.index_differed,
                "offers": row.offers,
            }
            for row in repository.results(session, search.id)
        ],
    }


def _assessment(table: Assessment) -> list[dict[str, Any]]:
    return [
        {
            "position": result.position,
            "software_id": result.software_id,
            "name": result.name,
            "vendor_id": result.vendor_id,
            "vendor_name": result.vendor_name,
            "revision_id": result.revision_id,
            "revision_number": result.revision_number,
            "index_differed": result.index_differed,
            "place": result.place,
            "outcomes": [
                {"condition_id": cell.condition_id, "outcome": cell.outcome, "answer": cell.answer}
                for cell in result.cells
            ],
        }
        for result in table.results
    ]


def _selection(row: Selection) -> dict[str, Any]:
    return {
        "id": row.id,
        "outcome": row.outcome,
        "shortlist_item_id": row.shortlist_item_id,
        "reason": row.reason,
        "proposed_by": row.proposed_by,
        "proposed_at": _moment(row.proposed_at),
        "decision_date": _day(row.decision_date),
        "decision_post": row.decision_post,
        "decision_document": row.decision_document,
        "confirmed_by": row.confirmed_by,
        "confirmed_at": _moment(row.confirmed_at),
        "same_person": row.same_person,
        "withdrawn_at": _moment(row.withdrawn_at),
        "withdrawal_reason": row.withdrawal_reason,
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _moment(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def as_csv(pack: EvidencePack) -> str:
    """The results with what became of each, for spreadsheets: byte order mark, CRLF, formulas made harmless."""
    outcomes = {"meets": "適合", "fails": "不適合", "unanswered": "未回答"}
    places = {"open": "未検討", "shortlisted": "候補", "excluded": "除外"}
    document = pack.document
    reasons = {
        result["software_id"]: exclusion["reason"]
        for exclusion in document["exclusions"]
        if exclusion["withdrawn_at"] is None
        for result in exclusion["results"]
    }
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")

    def line(cells: Sequence[object]) -> None:
        writer.writerow([_tame("" if cell is None else str(cell)) for cell in cells])

    line(
        ["順位", "ソフトウェアの番号", "名称", "開発者", "版"]
        + [c["sentence"] for c in document["conditions"] if not c.get("removed_at")]
        + ["結果", "除外の理由", "索引との違い"]
    )
    for result in document["assessment"]:
        line(
            [
                result["position"],
                result["software_id"],
                result["name"],
                result["vendor_name"],
                f"第{result['revision_number']}版",
                *(outcomes[cell["outcome"]] for cell in result["outcomes"]),
                places[result["place"]],
                reasons.get(result["software_id"], ""),
                "索引は前の版" if result.get("index_differed") else "",
            ]
        )
    line(["記録のSHA-256", pack.digest])
    return "\ufeff" + out.getvalue()


def _tame(text: str) -> str:
    return f"'{text}" if text[:1] in _FORMULA and text else text
