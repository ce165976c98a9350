"""Names of the people in a project's record, looked up where they are shown: the record itself holds ids."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.procurement import repository, support_repository
from app.procurement.confirmations import records_of
from app.procurement.reach import reachable

NOBODY = "（氏名の記録なし）"


def people_of(session: Session, actor: Actor, project_id: str) -> dict[str, str]:
    """Names by person id of the project's officer, proposers, approvers, supporters and commenters. Raises NotFound."""
    project = reachable(session, actor, project_id)
    ids = {project.officer_id}
    for selection in repository.selections(session, project.id):
        ids |= {selection.proposed_by, selection.confirmed_by or ""}
    ids |= {row.author_id for row in support_repository.comments(session, project.id)}
    ids |= {view.recorded_by for view in records_of(session, project)}
    supports = support_repository.supports(session, [project.organisation_id], project.id)
    supporters = support_repository.people(session, [row.membership_id or "" for row in supports])
    ids |= {person.id for _, person, _ in supporters.values()}
    names = repository.person_names(session, sorted(ids - {""}))
    return {id_: names.get(id_) or NOBODY for id_ in ids}
