"""What the header offers: public places for everybody, and each role's own."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission


@dataclass(frozen=True)
class Place:
    """One entry of the navigation: for everybody, or for those who hold one of `permissions`.

    `kinds` empty: every kind of organisation.
    """

    label: str
    path: str
    permissions: frozenset[Permission] = frozenset()
    kinds: frozenset[str] = frozenset()

    def open_to(self, actor: Actor) -> bool:
        """Whether the actor finds something there."""
        if self.kinds and actor.organisation_kind not in self.kinds:
            return False
        return not self.permissions or any(actor.may(permission) for permission in self.permissions)


_VENDORS = frozenset({"vendor", "sole_proprietor"})
_AGENCY = frozenset({"agency"})

PUBLIC: tuple[Place, ...] = (
    Place("サービスを探す", "/search"),
    Place("困りごとから探す", "/needs"),
    Place("比較する", "/compare"),
    Place("このサイトについて", "/about"),
)

OWN: tuple[Place, ...] = (
    Place("登録と公開", "/vendor", frozenset({Permission.LISTING_WRITE})),
    Place("一括登録", "/vendor/bulk", frozenset({Permission.LISTING_WRITE}), _VENDORS),
    Place("処理の状況", "/jobs", frozenset({Permission.JOB_READ}), _VENDORS),
    Place("基本契約", "/vendor/agreement", frozenset({Permission.AGREEMENT_READ}), _VENDORS),
    Place("受けた契約", "/vendor/contracts", frozenset({Permission.CONTRACT_READ}), _VENDORS),
    Place("選定の結果", "/vendor/outcomes", frozenset({Permission.OUTCOME_READ}), _VENDORS),
    Place("掲載の反響", "/vendor/insights", frozenset({Permission.INSIGHTS_READ}), _VENDORS),
    Place("調達の案件", "/projects", frozenset({Permission.PROJECT_READ})),
    Place("支援する案件", "/supporting", frozenset({Permission.PROJECT_SUPPORT})),
    Place(
        "個別契約",
        "/contracts",
        frozenset({Permission.CONTRACT_READ, Permission.CONTRACT_FACTS}),
        frozenset({*BODY_KINDS, "agency"}),
    ),
    Place("審査", "/review", frozenset({Permission.REVIEW_READ})),
    Place("基本契約の管理", "/agency/agreements", frozenset({Permission.AGREEMENT_DECIDE}), _AGENCY),
    Place("組織の管理", "/agency/organisations", frozenset({Permission.ORGANISATIONS_MANAGE})),
    Place("確認事項", "/agency/tasks", frozenset({Permission.ORGANISATIONS_MANAGE})),
    Place("掲載の管理", "/agency/listings", frozenset({Permission.LISTING_SUSPEND})),
    Place("期限の到来", "/agency/expiries", frozenset({Permission.REVIEW_READ}), _AGENCY),
    Place("期限の近いもの", "/vendor/expiring", frozenset({Permission.LISTING_WRITE}), _VENDORS),
    Place("停止の手続", "/agency/suspensions", frozenset({Permission.REVIEW_READ}), _AGENCY),
    Place("停止の手続", "/vendor/suspensions", frozenset({Permission.SUSPENSION_ANSWER}), _VENDORS),
    Place("操作の記録", "/audit", frozenset({Permission.AUDIT_READ, Permission.AUDIT_READ_OWN})),
    Place("所属の情報", "/organisation", frozenset({Permission.MEMBERS_READ})),
)


def places_of(actor: Actor) -> tuple[Place, ...]:
    """The actor's own places, in order; none for visitors."""
    if actor.kind != "session":
        return ()
    return tuple(place for place in OWN if place.open_to(actor))


def nearest_place(places: Iterable[Place], path: str) -> Place | None:
    """The place that a page belongs to: of all whose path begins the page's, the longest."""
    around = [place for place in places if path == place.path or path.startswith(f"{place.path}/")]
    return max(around, key=lambda place: len(place.path), default=None)
