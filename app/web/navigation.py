"""What the header offers: public places for everybody, and each role's own."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission


@dataclass(frozen=True)
class Place:
    """One entry of the navigation: for everybody, or for those who hold one of `permissions`.

    `kinds` empty: every kind of organisation. `group`: what it stands under; alone where empty.
    """

    label: str
    path: str
    permissions: frozenset[Permission] = frozenset()
    kinds: frozenset[str] = frozenset()
    group: str = ""

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
    Place("標準仕様書", "/specifications"),
    Place("このサイトについて", "/about"),
)

LISTINGS, DEALS, REVIEW, LIMITS, FIRMS, HOUSE = (
    "登録と公開",
    "契約と選定",
    "審査",
    "停止と期限",
    "基本契約と組織",
    "所属の組織",
)
"""The groups: the header shows these, and of the one that is open its places in a second line."""

OWN: tuple[Place, ...] = (
    Place("登録と公開", "/vendor", frozenset({Permission.LISTING_WRITE}), group=LISTINGS),
    Place("一括登録", "/vendor/bulk", frozenset({Permission.LISTING_WRITE}), _VENDORS, LISTINGS),
    Place("処理の状況", "/jobs", frozenset({Permission.JOB_READ}), _VENDORS, LISTINGS),
    Place("期限の近いもの", "/vendor/expiring", frozenset({Permission.LISTING_WRITE}), _VENDORS, LISTINGS),
    Place("停止の手続", "/vendor/suspensions", frozenset({Permission.SUSPENSION_ANSWER}), _VENDORS, LISTINGS),
    Place("受けた契約", "/vendor/contracts", frozenset({Permission.CONTRACT_READ}), _VENDORS, DEALS),
    Place("選定の結果", "/vendor/outcomes", frozenset({Permission.OUTCOME_READ}), _VENDORS, DEALS),
    Place("掲載の反響", "/vendor/insights", frozenset({Permission.INSIGHTS_READ}), _VENDORS, DEALS),
    Place("基本契約", "/vendor/agreement", frozenset({Permission.AGREEMENT_READ}), _VENDORS),
    Place("団体の作業", "/buyer", frozenset({Permission.PROJECT_WRITE})),
    Place("調達の案件", "/projects", frozenset({Permission.PROJECT_READ})),
    Place("支援する案件", "/supporting", frozenset({Permission.PROJECT_SUPPORT})),
    Place(
        "個別契約",
        "/contracts",
        frozenset({Permission.CONTRACT_READ, Permission.CONTRACT_FACTS}),
        frozenset({*BODY_KINDS, "agency"}),
        "個別契約",
    ),
    Place(
        "検収の一覧",
        "/inspections",
        frozenset({Permission.CONTRACT_WRITE}),
        frozenset(BODY_KINDS),
        "個別契約",
    ),
    Place("審査", "/review", frozenset({Permission.REVIEW_READ}), group=REVIEW),
    Place("確認事項", "/agency/tasks", frozenset({Permission.ORGANISATIONS_MANAGE}), group=REVIEW),
    Place("掲載の管理", "/agency/listings", frozenset({Permission.LISTING_SUSPEND}), group=REVIEW),
    Place("停止の手続", "/agency/suspensions", frozenset({Permission.REVIEW_READ}), _AGENCY, LIMITS),
    Place("期限の到来", "/agency/expiries", frozenset({Permission.REVIEW_READ}), _AGENCY, LIMITS),
    Place("基本契約の管理", "/agency/agreements", frozenset({Permission.AGREEMENT_DECIDE}), _AGENCY, FIRMS),
    Place("組織の管理", "/agency/organisations", frozenset({Permission.ORGANISATIONS_MANAGE}), group=FIRMS),
    Place(
        "標準仕様書の編集",
        "/specification-desk",
        frozenset({Permission.SPECIFICATION_WRITE, Permission.SPECIFICATION_HOST}),
    ),
    Place("検索の索引", "/agency/search", frozenset({Permission.INDEX_MANAGE}), _AGENCY, HOUSE),
    Place("所属の情報", "/organisation", frozenset({Permission.MEMBERS_READ}), group=HOUSE),
    Place("操作の記録", "/audit", frozenset({Permission.AUDIT_READ, Permission.AUDIT_READ_OWN}), group=HOUSE),
)


@dataclass(frozen=True)
class PlaceGroup:
    """One entry of the header: a place of its own, or several under one name, which leads to the first."""

    label: str
    places: tuple[Place, ...]

    @property
    def path(self) -> str:
        """Where its entry leads."""
        return self.places[0].path


def places_of(actor: Actor) -> tuple[Place, ...]:
    """The actor's own places, in order; none for visitors."""
    if actor.kind != "session":
        return ()
    return tuple(place for place in OWN if place.open_to(actor))


def groups_of(places: Iterable[Place]) -> tuple[PlaceGroup, ...]:
    """The places under their groups, in order; a group of which one place is open bears that one's name."""
    gathered: dict[str, list[Place]] = {}
    for place in places:
        gathered.setdefault(place.group or place.path, []).append(place)
    return tuple(
        PlaceGroup(name if len(found) > 1 else found[0].label, tuple(found))
        for name, found in gathered.items()
    )


def nearest_place(places: Iterable[Place], path: str) -> Place | None:
    """The place that a page belongs to: of all whose path begins the page's, the longest."""
    around = [place for place in places if path == place.path or path.startswith(f"{place.path}/")]
    return max(around, key=lambda place: len(place.path), default=None)
