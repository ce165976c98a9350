"""The kinds of messages that a person chooses mail by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: what it is called, what belongs to it, and whether its mail cannot be declined."""

    code: str
    label: str
    about: str
    topics: frozenset[str]
    always: bool = False


def _kind(code: str, label: str, about: str, *topics: str, always: bool = False) -> Kind:
    return Kind(code, label, about, frozenset(f"notify.{topic}" for topic in topics), always)


OTHER = _kind("other", "そのほか", "上のどれにも当てはまらないお知らせ")
KINDS: tuple[Kind, ...] = (
    _kind(
        "review",
        "審査",
        "申請の受付、決定、差戻し、担当の変更、抜取りの確認",
        "listing-submitted",
        "review-decided",
        "case-reassigned",
        "sample-decided",
    ),
    _kind(
        "listing",
        "掲載",
        "掲載の開始と終了、公開の取消し",
        "listing-changed",
        "listing-revoked",
        "revocation-buyers",
    ),
    _kind(
        "selection",
        "選定",
        "選定の申し出、結果の通知、質問と回答",
        "selection-proposed",
        "outcome-sent",
        "outcome-asked",
        "outcome-answered",
        "outcome-unsent",
    ),
    _kind(
        "contract",
        "個別契約",
        "契約の記録、確認、異議、変更、終了、条件の申し入れ、書類",
        "contract-recorded",
        "contract-answered",
        "contract-ended",
        "contract-terms",
        "deviation-answered",
        "documents-of-buyer",
        "documents-of-vendor",
    ),
    _kind(
        "inspection",
        "検収と支払",
        "検収の結果、検収と支払の期限",
        "inspection-decided",
        "inspection-due",
        "payment-due",
    ),
    _kind("agreement", "基本契約", "署名、承諾、満了、終了", "agreement-signed", "agreement-changed"),
    _kind(
        "suspension",
        "停止の手続",
        "掲載や基本契約の停止の予告、意見の聴取、決定。期限のある手続なので、必ずメールでも送ります",
        "suspension-vendor",
        "suspension-agency",
        "suspension-buyers",
        always=True,
    ),
    _kind(
        "expiry",
        "期限",
        "資格、認証、基本契約、APIトークンの期限",
        "expiring",
        "expiry-hold",
        "token-expiring",
    ),
    _kind(
        "specification",
        "標準仕様書",
        "標準仕様書の新しい版の公開と、回答のお願い",
        "conformance-asked",
    ),
    _kind(
        "people",
        "所属と支援",
        "参加の確認、支援者、所属の最終日、引継ぎ、団体の合併",
        "member-pending",
        "support-changed",
        "last-day",
        "body-without-approver",
        "handed-over",
        "body-succeeded",
    ),
    OTHER,
)
_OF_TOPIC = {topic: kind for kind in KINDS for topic in kind.topics}
BY_CODE = {kind.code: kind for kind in KINDS}


def kind_of(topic: str) -> Kind:
    """The kind that a topic belongs to; a topic that nobody has placed is そのほか."""
    return _OF_TOPIC.get(topic, OTHER)
