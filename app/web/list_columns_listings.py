"""What the lists of a vendor's desk, of its cases, of sellers and of a contract's texts hold as files."""

from collections.abc import Callable
from typing import Any

from app.kit.table_writing import Value
from app.procurement.precedence_names import TEXT_KINDS
from app.web.list_columns import KINDS
from app.web.list_files import ListFile
from app.web.statuses import status_name


def _draft_status(entry: Any) -> Value:
    return status_name("revision", entry.draft.status) if entry.draft else None


def entries(name: str, title: str) -> ListFile:
    """The firm's own software or offers. Rows: `app.listings.views.EntryView`."""
    return ListFile(
        name,
        title,
        (
            ("ID", lambda entry: entry.id),
            ("自社管理番号", lambda entry: entry.vendor_key),
            ("名称", lambda entry: entry.name),
            ("状態", lambda entry: status_name("entry", entry.status)),
            ("カタログに表示", lambda entry: entry.visible),
            ("公開中の版", lambda entry: entry.live.number if entry.live else None),
            ("作成中の版", lambda entry: entry.draft.number if entry.draft else None),
            ("作成中の版の状態", _draft_status),
            ("最終日", lambda entry: entry.last_day),
            ("ソフトウェアのID", lambda entry: entry.software_id),
        ),
    )


SELLING = ListFile(
    "selling",
    "販売の許諾",
    (
        ("ID", lambda row: row.id),
        ("ソフトウェアのID", lambda row: row.software_id),
        ("ソフトウェア", lambda row: row.software_name),
        ("開発者のID", lambda row: row.developer.id),
        ("開発者", lambda row: row.developer.name),
        ("事業者のID", lambda row: row.seller.id),
        ("事業者", lambda row: row.seller.name),
        ("状態", lambda row: status_name("seller_authorisation", row.status)),
        ("指名", lambda row: row.created_at),
        ("承諾", lambda row: row.accepted_at),
        ("最終日", lambda row: row.ends_on),
    ),
)
"""Rows: `app.listings.views.SellerView`."""

TEXTS = ListFile(
    "contract-texts",
    "文書の優先順位",
    (
        ("ID", lambda text: text.id),
        ("順位と文書（順位）", lambda text: text.position),
        ("順位と文書（名称）", lambda text: text.title),
        ("順位と文書（種類）", lambda text: TEXT_KINDS[text.kind]),
        ("契約の版", lambda text: text.version),
        ("内容（本文）", lambda text: text.body),
        ("内容（書類のID）", lambda text: text.document_id),
        ("内容（アドレス）", lambda text: text.url),
        ("内容（取得した日）", lambda text: text.retrieved_on),
        ("内容（SHA-256）", lambda text: text.sha256),
    ),
)
"""Rows: `app.procurement.precedence_views.TextView`."""

DEVIATIONS = ListFile(
    "contract-deviations",
    "条項と違う扱いの申し入れ",
    (
        ("ID", lambda one: one.id),
        ("文書", lambda one: one.text_title),
        ("条項", lambda one: one.clause),
        ("状態", lambda one: status_name("deviation", one.status)),
        ("いまの文書に効くか", lambda one: one.applies),
        ("求める内容", lambda one: one.wanted),
        ("理由", lambda one: one.reason),
        ("申し入れ", lambda one: one.asked_at),
        ("契約の版", lambda one: one.version),
        ("回答", lambda one: one.answered_at),
        ("回答の理由", lambda one: one.answer_reason),
    ),
)
"""Rows: `app.procurement.precedence_views.DeviationView`."""


def _marked(outcome: str) -> Callable[[Any], Value]:
    return lambda case: sum(check.outcome == outcome for check in case.checks)


def _changes(case: Any) -> Value:
    if case.live is None:
        return "新規の掲載"
    return "、".join(f"{one.change.field.label_ja}（{one.label}）" for one in case.changes)


CASES_OF_VENDOR = ListFile(
    "vendor-cases",
    "事業者の案件",
    (
        ("ID", lambda case: case.id),
        ("掲載のID", lambda case: case.line.entry_id),
        ("名称", lambda case: case.line.name),
        ("種類", lambda case: KINDS[case.line.kind]),
        ("版", lambda case: case.line.revision_number),
        ("公開中の版との違い", _changes),
        ("自動の確認（問題）", _marked("fault")),
        ("自動の確認（注意）", _marked("warning")),
        ("扱えない理由", lambda case: case.conflict),
        ("申請", lambda case: case.line.opened_at),
    ),
)
"""Rows: `app.review.views.CaseView`."""
