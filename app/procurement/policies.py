"""Who reaches which project and contract, decided from the actor and the owners alone."""

from __future__ import annotations

from typing import Literal

from app.access.actor import Actor
from app.access.permissions import Permission, Role

OPEN_STATUS = "assessing"
DECIDED = frozenset({"awarded", "none_suitable"})
"""The statuses in which 予定価格 is no longer secret."""
CLOSED = DECIDED | {"cancelled"}

DocumentKind = Literal["agreement", "statement", "clauses", "special_terms", "terms_of_use", "other"]
DOCUMENT_KINDS: dict[DocumentKind, str] = {
    "agreement": "契約書",
    "statement": "調達仕様書",
    "clauses": "約款",
    "special_terms": "特記事項",
    "terms_of_use": "利用規約",
    "other": "その他",
}
"""What a document of a contract may be → its name on the page."""

Side = Literal["buyer", "vendor", "auditor", "facts"]
"""How much of a contract is shown: all of the own side's; all for reading; the registered facts only."""


def reads_every_body(actor: Actor) -> bool:
    """Whether the actor reads the deliberations of every body (auditor); each read is audited."""
    return Role.AUDITOR in actor.roles and actor.organisation_kind == "agency"


def is_of_the_body(actor: Actor, organisation_id: str) -> bool:
    """Whether the actor acts for the body (or its successor) as one of its own people, and not as a lent supporter."""
    return actor.keeps_records_of(organisation_id) and bool(
        actor.roles & {Role.BUYER_OFFICER, Role.BUYER_APPROVER}
    )


def bodies_of(actor: Actor) -> frozenset[str]:
    """The bodies whose projects and contracts the actor's body keeps: its own, and those that it took over."""
    return actor.inherited | {actor.organisation_id or ""}


def supports_project(actor: Actor, project_id: str) -> bool:
    """Whether the actor was invited to this project as a supporter, and the invitation holds today."""
    return project_id in actor.supports and any(
        actor.may(permission)
        for permission in (
            Permission.PROJECT_SUPPORT,
            Permission.PROJECT_COMMENT,
            Permission.PROJECT_DRAFT,
        )
    )


def can_read_project(actor: Actor, organisation_id: str, project_id: str) -> bool:
    """Whether the project of that body exists for the actor."""
    if actor.may(Permission.PROJECT_READ) and (
        is_of_the_body(actor, organisation_id) or reads_every_body(actor)
    ):
        return True
    return supports_project(actor, project_id)


def can_see_estimated_price(actor: Actor, organisation_id: str, project_id: str, status: str) -> bool:
    """予定価格: its keepers in the own body always; auditors once it was decided; a supporter where it was granted."""
    if is_of_the_body(actor, organisation_id):
        return actor.may(Permission.ESTIMATED_PRICE) or (
            status in DECIDED and can_read_project(actor, organisation_id, project_id)
        )
    if supports_project(actor, project_id):
        return project_id in actor.supports_priced
    return status in DECIDED and can_read_project(actor, organisation_id, project_id)


def contract_side(actor: Actor, buyer_id: str, vendor_id: str) -> Side | None:
    """From which side the actor reads the contract; None: it does not exist for them."""
    if actor.may(Permission.CONTRACT_READ):
        if actor.keeps_records_of(buyer_id):
            return "buyer"
        if actor.acts_for(vendor_id):
            return "vendor"
        if reads_every_body(actor):
            return "auditor"
    if actor.may(Permission.CONTRACT_FACTS) and actor.organisation_kind == "agency":
        return "facts"
    return None
