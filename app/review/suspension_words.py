"""The closed lists of a suspension: grounds of an urgent one, and neutral public notes to choose from."""

from __future__ import annotations

GROUNDS = {
    "security": "利用者の情報が漏れるおそれなど、安全上の危険が差し迫っている",
    "false_facts": "契約の判断を誤らせる、事実と異なる掲載が続いている",
    "rights": "法令違反または権利の侵害のおそれがあり、公開を続けられない",
    "order": "法令、裁判所または所管庁の命令による",
}
"""Why no notice was possible: code and words."""

NOTES = (
    "掲載の内容を確認するため、公開を停止しています。",
    "登録または資格を確認するため、公開を停止しています。",
    "安全に利用できることを確認するため、公開を停止しています。",
    "手続のため、公開を停止しています。",
)
"""Neutral words for what strangers read: no blame, and nothing that is not established."""

END_NOTES = (
    "確認が終わり、公開を再開しました。",
    "申出を受けて確認し、公開を再開しました。",
)

SUBJECTS = {"software": "ソフトウェア", "offer": "サービス", "agreement": "基本契約"}

END_KINDS = {
    "dropped": "停止しないこととした",
    "upheld": "不服の申出を認めた",
    "lifted": "停止を解いた",
    "until": "停止の期間が終わった",
}
