"""The words for outcomes (選定の結果), and their list as a file."""

from app.web.list_files import ListFile
from app.web.statuses import status_name

RESULTS = {
    "selected": ("選定", "success"),
    "not_selected": ("選定されず", "neutral"),
    "none_suitable": ("該当なし", "neutral"),
    "cancelled": ("中止", "neutral"),
}
OVERLAP_KINDS = {
    "state_provided": "国が提供するもの",
    "joint_procurement": "都道府県の共同調達",
    "own_contract": "自分の団体の契約",
    "neighbour_contract": "近隣の団体の契約（24か月以内に終了）",
}

OUTCOMES_TOLD = ListFile(
    "outcomes",
    "選定の結果",
    (
        ("ID", lambda view: view.id),
        ("案件", lambda view: view.project_title),
        ("団体のID", lambda view: view.organisation_id),
        ("団体", lambda view: view.organisation_name),
        ("ソフトウェアのID", lambda view: view.software_id),
        ("候補", lambda view: view.software_name),
        ("サービス", lambda view: view.offer_name),
        ("結果", lambda view: RESULTS[view.result][0]),
        ("理由", lambda view: view.reason),
        ("通知", lambda view: view.sent_at),
        ("質問の期限", lambda view: view.ask_until),
        ("状態", lambda view: status_name("outcome", view.status)),
        ("質問", lambda view: view.question),
        ("回答", lambda view: view.answer),
    ),
)
"""Rows: `app.procurement.outcomes.OutcomeView`, as the vendor sees it."""
