"""The trail in words: what an action was, to what, and by which kind of actor; unknown codes stay as they are."""

from collections.abc import Mapping
from typing import Final

OBJECTS: Final = {
    "access": "権限",
    "agency-task": "確認事項",
    "agency_task": "確認事項",
    "agreement": "基本契約",
    "comment": "コメント",
    "specification": "標準仕様書",
    "specification-version": "標準仕様書の版",
    "support": "支援",
    "suspension": "停止の手続",
    "candidate": "候補",
    "checklist": "事業者の確認",
    "condition": "条件",
    "confirmation": "適合確認の記録",
    "contract": "個別契約",
    "contract-practice": "契約事務の設定",
    "demo": "デモ",
    "department": "部署",
    "entry": "掲載",
    "estimated-price": "予定価格",
    "expiry-hold": "期限の到来",
    "expiry_hold": "期限の到来",
    "exclusion": "除外",
    "index": "検索の索引",
    "index_run": "検索の索引の処理",
    "inspection": "検収",
    "invitation": "招待",
    "job": "処理",
    "join": "参加",
    "login": "ログイン",
    "membership": "所属",
    "offer": "サービス（価格）",
    "official-list": "公的な一覧",
    "official_list": "公的な一覧",
    "organisation": "組織",
    "organisations": "組織",
    "path": "ページ",
    "person": "利用者",
    "project": "調達の案件",
    "qualification": "資格",
    "registration": "登録・認証",
    "results": "検索の結果",
    "absence": "審査担当の不在",
    "phrase": "定型文",
    "review": "審査",
    "review_phrase": "定型文",
    "reviewer_absence": "審査担当の不在",
    "review_case": "審査の案件",
    "revision": "版",
    "sample": "抜取りの確認",
    "search": "検索",
    "search_word": "検索の言葉",
    "selection": "選定",
    "seller": "販売の許諾",
    "session": "ログインの状態",
    "software": "ソフトウェア",
    "token": "トークン",
    "verification": "適合の確認",
}
_DEEDS: Final = {
    "accepted": "承諾",
    "added": "追加",
    "admitted": "団体の登録",
    "adopted": "引継ぎ",
    "amended": "変更",
    "asked": "判断の求め",
    "asked-again": "改めての判断の求め",
    "authorised": "許諾",
    "announced": "予告",
    "began": "開始",
    "cancelled": "中止",
    "catalogue-loaded": "カタログの読込み",
    "claimed": "受持ち",
    "closed": "廃止",
    "confirmed": "確定",
    "constituent-ended": "構成団体の終わり",
    "constituents-added": "構成団体の追加",
    "created": "作成",
    "decided": "決定",
    "department-set": "部署の変更",
    "dismissed": "申出を認めない",
    "deviation-accepted": "申し入れに応じる回答",
    "deviation-asked": "申し入れ",
    "deviation-declined": "申し入れに応じない回答",
    "deviation-withdrawn": "申し入れの取下げ",
    "disputed": "異議",
    "done": "対応済み",
    "dropped": "停止しない",
    "edited": "編集",
    "ended": "終了",
    "excluded": "除外",
    "expired": "期間満了",
    "extended": "猶予の延長",
    "failed": "失敗",
    "finding-added": "指摘の追加",
    "finding-withdrawn": "指摘の取消し",
    "grace-granted": "猶予の付与",
    "granted": "付与",
    "grouped": "グループの変更",
    "import-withdrawn": "取込みの取消し",
    "imported": "取込み",
    "invited": "招待",
    "invoiced": "請求書の受領",
    "joined": "参加",
    "key-changed": "自社管理番号の変更",
    "left": "掲載の終了",
    "loaded": "読込み",
    "handed-over": "引継ぎ",
    "let-go": "そのまま終了",
    "last-day-set": "最後の日の設定",
    "officer-assigned": "担当者の変更",
    "lifted": "停止を解いた",
    "locked": "確定",
    "lost": "喪失",
    "not-passed": "不合格",
    "noted": "メモ",
    "objected": "不服の申出",
    "offer-chosen": "サービスの選択",
    "offered": "提示",
    "opened": "開始",
    "passed": "合格",
    "over": "期間の終わり",
    "price-granted": "予定価格の開示",
    "price-withheld": "予定価格の開示の取消し",
    "proposed": "申出",
    "published": "公開",
    "read": "閲覧",
    "recalled": "引戻し",
    "recorded": "記録",
    "refused": "拒否",
    "reinspected": "是正後の再検査",
    "registered": "登録",
    "rejected": "不承認",
    "released": "手放し",
    "removed": "削除",
    "renamed": "名称の変更",
    "renewal-declared": "更新手続の届出",
    "renewed": "更新",
    "requested": "申請",
    "reinstated": "再開",
    "restored": "回復",
    "resumed": "再開",
    "retired": "提供終了",
    "returned": "差戻し",
    "revised": "修正",
    "reassigned": "担当の変更",
    "revoked": "取消し",
    "roles_changed": "役割の変更",
    "saved": "保存",
    "shortlisted": "候補への追加",
    "self-published": "軽微な変更として公開（審査なし）",
    "signed": "署名",
    "stepped_up": "もう一度の確認",
    "started": "開始",
    "stated": "弁明",
    "submitted": "申請",
    "succeeded": "成功",
    "succession-recorded": "団体の引継ぎの記録",
    "succession-withdrawn": "団体の引継ぎの取消し",
    "suspended": "停止",
    "taken-over": "他の団体への引継ぎ",
    "switched": "切替え",
    "terminated": "解除",
    "texts-stated": "文書と優先順位",
    "updated": "更新",
    "upheld": "申出を認めた",
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


def _same(names: Mapping[str, str], code: str) -> tuple[str, ...]:
    """Every code that people read as the same word; the code alone where it has none."""
    word = names.get(code)
    return (
        tuple(other for other, said in names.items() if said == word) if word else ((code,) if code else ())
    )


def _options(names: Mapping[str, str], chosen: str) -> list[tuple[str, str]]:
    """One choice for each word, by its reading order; a code that is chosen and has no word is kept as it is."""
    by_word: dict[str, str] = {}
    for code, word in names.items():
        by_word.setdefault(word, code)
    if chosen in names:
        by_word[names[chosen]] = chosen
    options = sorted(((code, word) for word, code in by_word.items()), key=lambda pair: pair[1])
    return options if chosen in names or not chosen else [(chosen, chosen), *options]


def same_object(code: str) -> tuple[str, ...]:
    """The object types that bear the same name as this one; none for an empty code."""
    return _same(OBJECTS, code)


def same_deed(code: str) -> tuple[str, ...]:
    """The last parts of actions that bear the same name as this one; none for an empty code."""
    return _same(_DEEDS, code)


def object_options(chosen: str) -> list[tuple[str, str]]:
    """What an event may be about, for a choice."""
    return _options(OBJECTS, chosen)


def deed_options(chosen: str) -> list[tuple[str, str]]:
    """What may have been done, for a choice."""
    return _options(_DEEDS, chosen)
