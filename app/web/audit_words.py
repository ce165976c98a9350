"""The trail in words: what an action was, to what, and by which kind of actor; unknown codes stay as they are."""

from typing import Final

OBJECTS: Final = {
    "access": "権限",
    "agreement": "基本契約",
    "comment": "コメント",
    "support": "支援",
    "candidate": "候補",
    "condition": "条件",
    "contract": "個別契約",
    "demo": "デモ",
    "entry": "掲載",
    "estimated-price": "予定価格",
    "exclusion": "除外",
    "invitation": "招待",
    "join": "参加",
    "login": "ログイン",
    "membership": "所属",
    "offer": "サービス（価格）",
    "organisation": "組織",
    "organisations": "組織",
    "person": "利用者",
    "project": "調達の案件",
    "qualification": "資格",
    "results": "検索の結果",
    "review": "審査",
    "review_case": "審査の案件",
    "revision": "版",
    "search": "検索",
    "selection": "選定",
    "seller": "販売の許諾",
    "session": "ログインの状態",
    "software": "ソフトウェア",
    "token": "トークン",
}
_DEEDS: Final = {
    "accepted": "承諾",
    "added": "追加",
    "adopted": "引継ぎ",
    "amended": "変更",
    "authorised": "許諾",
    "cancelled": "中止",
    "catalogue-loaded": "カタログの読込み",
    "claimed": "受持ち",
    "confirmed": "確定",
    "created": "作成",
    "decided": "決定",
    "disputed": "異議",
    "edited": "編集",
    "ended": "終了",
    "excluded": "除外",
    "expired": "期間満了",
    "finding-added": "指摘の追加",
    "finding-withdrawn": "指摘の取消し",
    "granted": "付与",
    "grouped": "グループの変更",
    "imported": "取込み",
    "invited": "招待",
    "joined": "参加",
    "left": "掲載の終了",
    "loaded": "読込み",
    "handed-over": "引継ぎ",
    "last-day-set": "最後の日の設定",
    "officer-assigned": "担当者の変更",
    "locked": "確定",
    "lost": "喪失",
    "noted": "メモ",
    "offer-chosen": "サービスの選択",
    "offered": "提示",
    "opened": "開始",
    "price-granted": "予定価格の開示",
    "price-withheld": "予定価格の開示の取消し",
    "proposed": "申出",
    "published": "公開",
    "read": "閲覧",
    "recalled": "引戻し",
    "recorded": "記録",
    "refused": "拒否",
    "registered": "登録",
    "rejected": "不承認",
    "released": "手放し",
    "removed": "削除",
    "renamed": "名称の変更",
    "requested": "申請",
    "reinstated": "再開",
    "restored": "回復",
    "resumed": "再開",
    "retired": "提供終了",
    "returned": "差戻し",
    "revised": "修正",
    "revoked": "取消し",
    "roles_changed": "役割の変更",
    "saved": "保存",
    "shortlisted": "候補への追加",
    "signed": "署名",
    "stepped_up": "もう一度の確認",
    "submitted": "申請",
    "succeeded": "成功",
    "suspended": "停止",
    "switched": "切替え",
    "terminated": "解除",
    "updated": "更新",
    "warned": "期限の予告",
    "withdrawn": "取下げ",
}
_KINDS: Final = {
    "anonymous": "ログインしていない人",
    "session": "利用者",
    "token": "API",
    "system": "自動処理",
}


def action_words(action: str) -> str:
    """`revision.submitted` → `版：申請`."""
    subject, _, deed = action.partition(".")
    return f"{object_words(subject)}：{_DEEDS.get(deed, deed)}" if deed else object_words(action)


def object_words(object_type: str) -> str:
    """`review_case` → `審査の案件`."""
    return OBJECTS.get(object_type, object_type)


def kind_words(kind: str) -> str:
    """The kind of an actor without a pseudonym: `system` → `自動処理`."""
    return _KINDS.get(kind, kind)
