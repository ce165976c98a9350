"""What the header offers: public places for everybody, and each role's own."""

from dataclasses import dataclass

from app.access.actor import Actor
from app.access.permissions import Permission


@dataclass(frozen=True)
class Place:
    """One entry of the navigation. `permission` None: everybody; `kinds` empty: every kind of organisation."""

    label: str
    path: str
    permission: Permission | None = None
    kinds: frozenset[str] = frozenset()

    def open_to(self, actor: Actor) -> bool:
        """Whether the actor finds something there."""
        if self.kinds and actor.organisation_kind not in self.kinds:
            return False
        return self.permission is None or actor.may(self.permission)


_VENDORS = frozenset({"vendor", "sole_proprietor"})
_AGENCY = frozenset({"agency"})

PUBLIC: tuple[Place, ...] = (
    Place("サービスを探す", "/search"),
    Place("比較する", "/compare"),
    Place("このサイトについて", "/about"),
)

OWN: tuple[Place, ...] = (
    Place("登録と公開", "/vendor", Permission.LISTING_WRITE),
    Place("基本契約", "/vendor/agreement", Permission.AGREEMENT_READ, _VENDORS),
    Place("受けた契約", "/vendor/contracts", Permission.CONTRACT_READ, _VENDORS),
    Place("調達の案件", "/projects", Permission.PROJECT_READ),
    Place("個別契約", "/contracts", Permission.CONTRACT_READ, frozenset({"local_government", "agency"})),
    Place("審査", "/review", Permission.REVIEW_READ),
    Place("基本契約の管理", "/agency/agreements", Permission.AGREEMENT_DECIDE, _AGENCY),
    Place("組織の管理", "/agency/organisations", Permission.ORGANISATIONS_MANAGE),
    Place("掲載の管理", "/agency/listings", Permission.LISTING_SUSPEND),
    Place("操作の記録", "/audit", Permission.AUDIT_READ),
    Place("所属の情報", "/organisation", Permission.MEMBERS_READ),
)


def places_of(actor: Actor) -> tuple[Place, ...]:
    """The actor's own places, in order; none for visitors."""
    if actor.kind != "session":
        return ()
    return tuple(place for place in OWN if place.open_to(actor))
