"""The Japanese name of every status of every lifecycle, with the tone of its tag. A test holds the table complete."""

from typing import Final, Literal

Tone = Literal["neutral", "info", "success", "warning", "error"]

STATUSES: Final[dict[str, dict[str, tuple[str, Tone]]]] = {
    "entry": {
        "unpublished": ("未公開", "neutral"),
        "published": ("公開中", "success"),
        "withdrawn": ("取下げ", "neutral"),
        "suspended": ("掲載停止", "error"),
        "retired": ("提供終了", "neutral"),
    },
    "revision": {
        "draft": ("下書き", "neutral"),
        "submitted": ("審査待ち", "info"),
        "in_review": ("審査中", "info"),
        "returned": ("差戻し", "warning"),
        "approved": ("承認", "success"),
        "rejected": ("不承認", "error"),
    },
    "seller_authorisation": {
        "offered": ("承諾待ち", "info"),
        "accepted": ("販売を許諾", "success"),
        "ended": ("終了", "neutral"),
    },
    "master_agreement": {
        "offered": ("署名待ち", "info"),
        "signed": ("承諾待ち", "info"),
        "active": ("有効", "success"),
        "suspended": ("停止中", "error"),
        "terminated": ("解除", "neutral"),
        "expired": ("期間満了", "neutral"),
    },
    "review_case": {
        "queued": ("受付待ち", "info"),
        "claimed": ("審査中", "info"),
        "approved": ("承認", "success"),
        "returned": ("差戻し", "warning"),
        "rejected": ("不承認", "error"),
        "recalled": ("事業者が引戻し", "neutral"),
    },
    "conformance_verification": {
        "in_effect": ("有効", "success"),
        "withdrawn": ("取消し", "error"),
        "ended": ("終了", "neutral"),
    },
    "review_sample": {
        "open": ("確認待ち", "info"),
        "accepted": ("問題なし", "success"),
        "findings": ("指摘あり", "warning"),
        "taken_back": ("公開の取消し", "error"),
    },
    "search_word": {"active": ("使用中", "success"), "retired": ("廃止", "neutral")},
    "review_phrase": {
        "active": ("使用中", "success"),
        "retired": ("廃止", "neutral"),
    },
    "suspension": {
        "noticed": ("予告済み", "warning"),
        "dropped": ("停止しない", "neutral"),
        "suspended": ("停止中", "error"),
        "objected": ("停止中（不服の申出あり）", "error"),
        "ended": ("終了", "neutral"),
    },
    "expiry_hold": {
        "asked": ("判断待ち", "warning"),
        "released": ("そのまま終了", "neutral"),
        "extended": ("猶予を延長", "info"),
    },
    "agency_task": {
        "open": ("未対応", "warning"),
        "done": ("対応済み", "success"),
    },
    "project": {
        "assessing": ("検討中", "info"),
        "proposed": ("決裁待ち", "warning"),
        "awarded": ("選定済み", "success"),
        "none_suitable": ("該当なし", "neutral"),
        "cancelled": ("中止", "neutral"),
    },
    "contract": {
        "recorded": ("確認待ち", "info"),
        "confirmed": ("事業者確認済み", "success"),
        "disputed": ("異議あり", "error"),
        "terminated": ("中途終了", "neutral"),
        "expired": ("期間満了", "neutral"),
    },
    "imported_contract": {
        "imported": ("取り込んだ契約", "neutral"),
        "withdrawn": ("取消し", "neutral"),
    },
    "inspection": {
        "recorded": ("検査待ち", "info"),
        "accepted": ("合格", "success"),
        "rejected": ("不合格", "error"),
    },
    "deviation": {
        "asked": ("回答待ち", "warning"),
        "accepted": ("応じる", "success"),
        "declined": ("応じない", "error"),
        "withdrawn": ("取下げ", "neutral"),
    },
    "specification_version": {
        "draft": ("下書き", "neutral"),
        "proposed": ("公開の承認待ち", "warning"),
        "comment": ("意見募集中（案）", "info"),
        "in_force": ("有効", "success"),
        "superseded": ("旧版", "neutral"),
        "withdrawn": ("撤回", "error"),
    },
    "job": {
        "queued": ("順番待ち", "info"),
        "running": ("処理中", "info"),
        "succeeded": ("完了", "success"),
        "failed": ("できませんでした", "error"),
        "cancelled": ("中止", "neutral"),
    },
    "index_run": {
        "queued": ("順番待ち", "info"),
        "running": ("処理中", "info"),
        "succeeded": ("完了", "success"),
        "failed": ("できませんでした", "error"),
    },
    "support": {
        "invited": ("招待中", "info"),
        "accepted": ("確認待ち", "warning"),
        "active": ("支援中", "success"),
        "ended": ("終了", "neutral"),
    },
    "outcome": {
        "prepared": ("通知前", "warning"),
        "sent": ("通知済み", "success"),
        "asked": ("質問あり", "warning"),
        "answered": ("回答済み", "success"),
    },
    "membership": {
        "pending": ("確認待ち", "warning"),
        "active": ("有効", "success"),
        "ended": ("終了", "neutral"),
    },
}
"""Lifecycle name → status → (name, tone). Colour never stands alone: the tag always carries the name."""


def status_name(kind: str, status: str) -> str:
    """What people read for a status; the code itself where the table does not know it."""
    return STATUSES.get(kind, {}).get(status, (status, "neutral"))[0]


def status_tone(kind: str, status: str) -> Tone:
    """The tone of the status's tag."""
    return STATUSES.get(kind, {}).get(status, (status, "neutral"))[1]
