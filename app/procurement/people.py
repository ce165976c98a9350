"""Names of the people in a project's record, looked up where they are shown: the record itself holds ids."""

from __future__ import annotations

from sqlmodel import Session

from app.access.actor import Actor
from app.procurement import repository
from app.procurement.reach import reachable

NOBODY = "（氏名の記録なし）"


def people_of(session: Session, actor: Actor, project_id: str) -> dict[str, str]:
    """Names by person id of the project's officer, proposers and approvers. Raises NotFound."""
    project = reachable(session, actor, project_id)
    ids = {project.officer_id}
    for selection in repository.selections(session, project.id):
        ids |= {selection.proposed_by, selection.confirmed_by or ""}
    names = repository.person_names(session, sorted(ids - {""}))
    return {id_: names.get(id_) or NOBODY for id_ in ids}
