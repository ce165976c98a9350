"""What the notices of a project begin with, and what no text for a vendor may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.kit.clock import Clock
from app.kit.errors import FieldFault
from app.kit.ids import new_id
from app.procurement import repository
from app.procurement.assessment import assessment_of
from app.procurement.models import OutcomeNotice, Project, ShortlistItem
from app.procurement.outcome_words import doubts, names_in, tells_amount
from app.procurement.shortlists import ShortlistView
from app.procurement.shortlists import views_of as shortlist_views
from catalogue_schema import Schema


@dataclass(frozen=True)
class Names:
    """Whose names may not stand in a vendor's text: the others', unless the body publishes them; by organisation."""

    others: dict[str, set[str]]
    own: dict[str, set[str]]
    price: int | None


def prepare(session: Session, clock: Clock, schema: Schema, project: Project) -> int:
    """Write a notice for each vendor of each candidate, in the transaction that closes the project; how many.

    The reason is what the record says: of the exclusion, the removal, the selection or the cancellation. One that would
    tell a vendor of others, of sums or of scores is left empty, for the officer to write.
    """
    newest: dict[str, ShortlistItem] = {}
    for item in repository.shortlist(session, project.id):
        newest[item.software_id] = item
    if not newest:
        return 0
    views = shortlist_views(session, list(newest.values()))
    owners = _developers(session, views)
    selection = repository.current_selection(session, project.id)
    excluded = _exclusion_reasons(session, project)
    chosen = selection.shortlist_item_id if selection is not None and project.status == "awarded" else None
    names = names_of(session, schema, project)
    rows = []
    for view in views:
        if project.status == "awarded":
            result = "selected" if view.id == chosen else "not_selected"
        else:
            result = project.status
        if view.removed_at is not None:
            said = excluded.get(view.software_id) or view.removal_reason
        elif project.status == "cancelled":
            said = project.outcome_reason
        else:
            said = selection.reason if selection is not None else ""
        for vendor_id in dict.fromkeys((owners[view.software_id], view.seller_id or "")):
            if vendor_id:
                clean = not doubts(said) and not text_faults("/reason", said, vendor_id, names)
                rows.append(
                    OutcomeNotice(
                        id=new_id("out"),
                        project_id=project.id,
                        shortlist_item_id=view.id,
                        vendor_id=vendor_id,
                        result=result,
                        reason=said if clean else "",
                        prepared_at=clock.now(),
                    )
                )
    session.add_all(rows)
    session.flush()
    return len(rows)


def _developers(session: Session, views: Sequence[ShortlistView]) -> dict[str, str]:
    pinned = repository.revisions(session, [view.software_revision_id for view in views])
    return {entry.id: entry.owner_id for entry, _ in pinned.values()}


def _exclusion_reasons(session: Session, project: Project) -> dict[str, str]:
    reasons = {row.id: row.reason for row in repository.exclusions(session, project.id)}
    return {
        item.entry_id: reasons[item.exclusion_id]
        for item in repository.exclusion_items(session, project.id)
        if item.withdrawn_at is None
    }


def names_of(session: Session, schema: Schema, project: Project) -> Names:
    """Everybody's names in the project's results and candidates, and the sum that nobody may be told."""
    known: dict[str, set[str]] = {}
    for result in assessment_of(session, schema, project).results:
        known.setdefault(result.vendor_id, set()).update((result.name, result.vendor_name))
    views = shortlist_views(session, repository.shortlist(session, project.id))
    owners = _developers(session, views)
    selection = repository.current_selection(session, project.id)
    told: set[str] = set()
    for view in views:
        of_developer = known.setdefault(owners[view.software_id], set())
        of_developer.update((view.software_name, view.vendor_name))
        if view.seller_id:
            # A seller knows what it sells, and the developer who sells it.
            of_seller = known.setdefault(view.seller_id, set())
            of_seller.update((view.seller_name, view.offer_name))
            if view.seller_id != owners[view.software_id]:
                of_seller.update((view.software_name, view.vendor_name))
                of_developer.update((view.seller_name, view.offer_name))
        if selection is not None and view.id == selection.shortlist_item_id and project.status == "awarded":
            told = {view.software_name, view.vendor_name, view.offer_name, view.seller_name}
    body = repository.organisation(session, project.organisation_id)
    if body is None or body.settings.get("publish_contracts") != "summary":
        told = set()
    price = repository.estimated_price(session, project.id)
    everybody = set().union(*known.values()) if known else set()
    return Names(
        others={vendor: everybody - own_names - told - {""} for vendor, own_names in known.items()},
        own={vendor: own_names | told for vendor, own_names in known.items()},
        price=price.amount if price is not None else None,
    )


def text_faults(pointer: str, text: str, vendor_id: str, names: Names) -> list[FieldFault]:
    """Why the text may not go to this vendor: it names others, or tells 予定価格."""
    faults = []
    found = names_in(text, names.others.get(vendor_id, ()), names.own.get(vendor_id, ()))
    if found:
        said = "、".join(f"「{name}」" for name in found[:3])
        faults.append(
            FieldFault(
                pointer,
                "names_others",
                f"ほかの事業者または製品の名称{said}があります。",
                "その事業者自身についての理由だけを書いてください。",
            )
        )
    if names.price is not None and tells_amount(text, names.price):
        faults.append(
            FieldFault(
                pointer, "tells_estimated_price", "予定価格の額があります。", "額を消してください。"
            )
        )  # fmt: skip
    return faults
