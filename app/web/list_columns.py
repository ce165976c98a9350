"""What each list of the pages holds as a file: the ids, and every column that is on the screen.

A column of the screen that says two things stands here as two, headed by its words and which of both.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.access.dependencies import ROLE_NAMES
from app.kit.table_writing import Value
from app.procurement.assessment import Assessment
from app.procurement.policies import DOCUMENT_KINDS
from app.review.suspension_words import SUBJECTS
from app.web.audit_words import action_words, kind_words, object_words
from app.web.list_files import Column, ListFile
from app.web.statuses import status_name

ORGANISATION_KINDS = {
    "vendor": "事業者",
    "sole_proprietor": "個人事業主",
    "local_government": "地方公共団体",
    "joint_union": "一部事務組合",
    "wide_area_union": "広域連合",
    "enterprise_body": "企業団",
    "ministry": "府省",
    "independent_agency": "独立行政法人",
    "agency": "デジタル庁",
}
ENDING_KINDS = {"qualification": "全省庁統一資格", "agreement": "基本契約", "registration": "登録・認証"}
KINDS = {"software": "ソフトウェア", "offer": "サービス"}
ACCOUNT_KINDS = {"prime": "プライム", "member": "メンバー", "entry": "エントリー"}
CHANGE_CLASSES = {"first": "新規", "minor": "軽微", "major": "重要な変更"}
OUTCOMES = {"meets": ("適合", "success"), "fails": ("不適合", "error"), "unanswered": ("未回答", "neutral")}
PLACES = {"open": ("未検討", "warning"), "shortlisted": ("候補", "success"), "excluded": ("除外", "neutral")}


def _status(kind: str) -> Column:
    return ("状態", lambda row: status_name(kind, row.status))


def _roles(row: Any) -> Value:
    return "、".join(ROLE_NAMES.get(role, role) for role in row.roles)


HITS = ListFile(
    "search",
    "検索の結果",
    (
        ("ID", lambda hit: hit.id),
        ("名称", lambda hit: hit.name),
        ("概要", lambda hit: hit.summary),
        ("事業者のID", lambda hit: hit.vendor.id),
        ("事業者", lambda hit: hit.vendor.name),
        ("版", lambda hit: hit.revision),
        ("版のID", lambda hit: hit.revision_id),
        ("公開", lambda hit: hit.published_at),
        ("業務", lambda hit: "、".join(hit.areas)),
        ("固定の月額（税込）", lambda hit: hit.monthly_price_with_tax),
        ("固定の月額（税抜）", lambda hit: hit.monthly_price),
        ("サービスの件数", lambda hit: hit.offers),
    ),
)
"""Rows: `app.catalogue.results.SearchHit`."""

VENDOR_ENTRIES = ListFile(
    "vendor-listings",
    "事業者の掲載",
    (
        ("ID", lambda row: row[1].id),
        ("種類", lambda row: KINDS[row[0]]),
        ("名称", lambda row: row[1].name),
        ("概要", lambda row: row[1].summary),
        ("ソフトウェアのID", lambda row: row[1].software_id),
    ),
)
"""Rows: the kind and `app.catalogue.vendors.ListedEntry`."""

PUBLISHED_CONTRACTS = ListFile(
    "published-contracts",
    "公表されている契約",
    (
        ("団体のID", lambda row: row.buyer_id),
        ("団体", lambda row: row.buyer_name),
        ("ソフトウェア", lambda row: row.software_name),
        ("サービス", lambda row: row.offer_name),
        ("事業者", lambda row: row.vendor_name),
        ("期間（開始）", lambda row: row.starts_on),
        ("期間（終了）", lambda row: row.ended_on or row.ends_on),
        ("契約金額（税込）", lambda row: row.total),
    ),
)
"""Rows: `app.procurement.contract_views.PublishedSummary`, which names no contract."""

DOCUMENTS = ListFile(
    "documents",
    "契約の書類",
    (
        ("ID", lambda view: view.id),
        ("契約のID", lambda view: view.contract_id),
        ("件名", lambda view: view.title),
        ("種類", lambda view: DOCUMENT_KINDS[view.kind]),
        ("契約の版", lambda view: view.version),
        ("ファイル", lambda view: view.file_name),
        ("大きさ（バイト）", lambda view: view.size),
        ("ウイルスの検査", lambda view: view.scanned),
        ("SHA-256", lambda view: view.sha256),
        ("加えた側", lambda view: "団体" if view.side == "buyer" else "事業者"),
        ("加えた人", lambda view: view.added_by),
        ("加えた日時", lambda view: view.added_at),
        ("確認済み", lambda view: view.frozen),
    ),
)
"""Rows: `app.procurement.documents.DocumentView`."""

CONTRACTS = ListFile(
    "contracts",
    "契約の一覧",
    (
        ("ID", lambda card: card.id),
        ("契約番号", lambda card: card.number),
        ("件名", lambda card: card.title),
        ("団体のID", lambda card: card.buyer_id),
        ("団体", lambda card: card.buyer_name),
        ("事業者のID", lambda card: card.vendor_id),
        ("事業者", lambda card: card.vendor_name),
        ("ソフトウェアのID", lambda card: card.software_id),
        ("サービス（ソフトウェア）", lambda card: card.software_name),
        ("サービスのID", lambda card: card.offer_id),
        ("サービス（名称）", lambda card: card.offer_name),
        ("期間（開始）", lambda card: card.starts_on),
        ("期間（終了）", lambda card: card.ends_on),
        ("金額（税込）", lambda card: card.total),
        (
            "状態",
            lambda card: status_name("imported_contract" if card.imported else "contract", card.status),
        ),
        ("未確認", lambda card: card.unanswered),
    ),
)
"""Rows: `app.procurement.contract_views.ContractCard`."""


LATE = {"inspection": "検査の期日を過ぎています", "payment": "支払の期日を過ぎています"}
INSPECTIONS = ListFile(
    "inspections",
    "検収の一覧",
    (
        ("ID", lambda row: row.id),
        ("契約のID", lambda row: row.contract_id),
        ("契約番号", lambda row: row.contract_number),
        ("期間（開始）", lambda row: row.period_from),
        ("期間（終了）", lambda row: row.period_to),
        _status("inspection"),
        ("検査の期日", lambda row: row.inspection_due),
        ("支払の期日", lambda row: row.payment_due),
        ("遅れ", lambda row: "、".join(LATE[what] for what in row.late)),
    ),
)
"""Rows: `app.procurement.inspection_views.DueInspection`."""


def projects(area_of: Callable[[str], str], departments: Mapping[str, str]) -> ListFile:
    """The projects; `area_of` is the label of a business area's code, `departments` their names by id."""
    return ListFile(
        "projects",
        "案件の一覧",
        (
            ("ID", lambda project: project.id),
            ("件名", lambda project: project.title),
            ("部署", lambda project: departments.get(project.department_id or "")),
            ("業務", lambda project: area_of(project.business_area)),
            ("年度", lambda project: project.fiscal_year),
            _status("project"),
            ("更新", lambda project: project.updated_at),
        ),
    )


def saved_search(names: Mapping[str, str]) -> ListFile:
    """A saved search's results; `names` by software id."""
    return ListFile(
        "saved-search",
        "保存した検索の結果",
        (
            ("ID", lambda row: row.entry_id),
            ("順位", lambda row: row.position),
            ("名称", lambda row: names.get(row.entry_id, row.entry_id)),
            ("版", lambda row: row.revision_number),
            ("版のID", lambda row: row.revision_id),
            ("サービス", lambda row: len(row.offers)),
            ("サービスのID", lambda row: "、".join(offer["offer_id"] for offer in row.offers)),
            ("索引との違い", lambda row: "索引は前の版でした" if row.index_differed else "なし"),
        ),
    )


def _outcome(at: int) -> Callable[[Any], Value]:
    return lambda row: OUTCOMES[row.cells[at].outcome][0]


def _answer(at: int) -> Callable[[Any], Value]:
    return lambda row: str(row.cells[at].answer)


def assessment(table: Assessment) -> ListFile:
    """The results of the locked search by the conditions; two columns for each condition, outcome and answer."""
    conditions: list[Column] = []
    for at, condition in enumerate(table.conditions):
        conditions += [
            (condition.sentence, _outcome(at)),
            (f"{condition.sentence}（回答）", _answer(at)),
        ]
    return ListFile(
        "assessment",
        "結果の検討",
        (
            ("ID", lambda row: row.software_id),
            ("名称", lambda row: row.name),
            ("開発者のID", lambda row: row.vendor_id),
            ("開発者", lambda row: row.vendor_name),
            ("版", lambda row: row.revision_number),
            ("版のID", lambda row: row.revision_id),
            ("索引との違い", lambda row: "索引は前の版でした" if row.index_differed else "なし"),
            *conditions,
            ("扱い", lambda row: PLACES[row.place][0]),
        ),
    )


CASES = ListFile(
    "review-cases",
    "審査の案件",
    (
        ("ID", lambda line: line.id),
        ("掲載のID", lambda line: line.entry_id),
        ("名称", lambda line: line.name),
        ("種類", lambda line: KINDS[line.kind]),
        ("事業者のID", lambda line: line.owner.id),
        ("事業者", lambda line: line.owner.name),
        ("版", lambda line: line.revision_number),
        ("新規", lambda line: line.first),
        ("申請", lambda line: line.opened_at),
        ("経過日数", lambda line: line.age_days),
        _status("review_case"),
        ("変更の区分", lambda line: CHANGE_CLASSES.get(line.change_class, "")),
        ("担当", lambda line: line.claimed_by),
        ("自分の担当", lambda line: line.mine),
    ),
)
"""Rows: `app.review.views.CaseLine`."""

SAMPLES = ListFile(
    "samples",
    "抜取りの一覧",
    (
        ("ID", lambda line: line.id),
        ("案件のID", lambda line: line.case.id),
        ("掲載のID", lambda line: line.case.entry_id),
        ("名称", lambda line: line.case.name),
        ("種類", lambda line: KINDS[line.case.kind]),
        ("事業者のID", lambda line: line.case.owner.id),
        ("事業者", lambda line: line.case.owner.name),
        ("変わった項目", lambda line: "、".join(line.labels)),
        ("公開", lambda line: line.opened_at),
        _status("review_sample"),
    ),
)
"""Rows: `app.review.samples.SampleLine`."""

TASKS = ListFile(
    "tasks",
    "確認事項の一覧",
    (
        ("ID", lambda task: task.id),
        ("事業者のID", lambda task: task.firm.id),
        ("事業者", lambda task: task.firm.name),
        ("一覧", lambda task: task.list_label),
        ("内容", lambda task: task.message),
        ("一覧の日付", lambda task: task.as_of),
        _status("agency_task"),
    ),
)
"""Rows: `app.review.official_tasks.TaskView`."""

SUSPENSIONS = ListFile(
    "suspensions",
    "停止の手続",
    (
        ("ID", lambda row: row.id),
        ("対象", lambda row: row.subject_name),
        ("対象の種類", lambda row: SUBJECTS.get(row.subject_kind, row.subject_kind)),
        ("対象のID", lambda row: row.subject_id),
        ("事業者のID", lambda row: row.owner_id),
        ("事業者", lambda row: row.owner_name),
        _status("suspension"),
        ("緊急", lambda row: row.urgent),
        ("始まり", lambda row: row.begun_at),
        ("停止の予定日", lambda row: row.planned_on),
        ("弁明の期限", lambda row: row.statement_due),
        ("停止の最後の日", lambda row: row.until),
    ),
)
"""Rows: `app.review.suspension_views.SuspensionView`."""

NEAR_ENDS = ListFile(
    "expiring",
    "期限の近いもの",
    (
        ("ID", lambda row: row.id),
        ("対象", lambda row: row.label),
        ("種類", lambda row: ENDING_KINDS.get(row.kind, row.kind)),
        ("期限", lambda row: row.ends_on),
        ("残りの日数", lambda row: row.days_left),
        ("猶予の最後の日", lambda row: row.grace_until),
    ),
)
"""Rows: `app.listings.expiring.NearEnd`."""

HOLDS = ListFile(
    "expiries",
    "期限の到来",
    (
        ("ID", lambda row: row.id),
        ("有効な最後の日", lambda row: row.day),
        _status("expiry_hold"),
        ("公開を終える掲載", lambda row: row.going),
        ("それまでに公開を終える掲載", lambda row: row.earlier),
        ("公開中の掲載", lambda row: row.total),
        ("猶予の最後の日", lambda row: row.until or row.carried_until),
    ),
)
"""Rows: `app.listings.mass_expiry.HoldView`."""

LEAVING = ListFile(
    "leaving",
    "公開を終える掲載",
    (
        ("ID", lambda row: row.id),
        ("名称", lambda row: row.name),
        ("種類", lambda row: KINDS.get(row.kind, row.kind)),
        ("事業者のID", lambda row: row.owner_id),
        ("事業者", lambda row: row.owner_name),
    ),
)
"""Rows: `app.listings.mass_expiry.Leaving`."""

AGREEMENTS = ListFile(
    "agreements",
    "基本契約",
    (
        ("ID", lambda row: row.id),
        ("事業者のID", lambda row: row.organisation_id),
        ("事業者", lambda row: row.organisation_name),
        _status("master_agreement"),
        ("版", lambda row: row.version_number),
        ("署名", lambda row: row.signed_at),
        ("期間（開始）", lambda row: row.starts_on),
        ("期間（終了）", lambda row: row.ends_on),
    ),
)
"""Rows: `app.organisations.agreements.AgreementView`."""

ORGANISATIONS = ListFile(
    "organisations",
    "組織",
    (
        ("ID", lambda card: card.id),
        ("名称", lambda card: card.name),
        ("種類", lambda card: ORGANISATION_KINDS.get(card.kind, card.kind)),
        ("都道府県", lambda card: card.prefecture),
        ("番号（団体コード）", lambda card: card.code),
        ("番号（法人番号）", lambda card: card.corporate_number),
    ),
)
"""Rows: `app.organisations.service.OrganisationCard`."""

MEMBERS = ListFile(
    "members",
    "メンバー",
    (
        ("ID", lambda member: member.id),
        ("お名前", lambda member: member.name),
        ("認証サーバー", lambda member: member.issuer_key),
        ("認証サーバー（種類）", lambda member: ACCOUNT_KINDS.get(member.account_kind, "")),
        _status("membership"),
        ("最後の日", lambda member: member.last_day),
        ("役割", _roles),
    ),
)
"""Rows: `app.organisations.memberships.MemberView`."""

LISTINGS = ListFile(
    "listings",
    "掲載の一覧",
    (
        ("ID", lambda entry: entry.id),
        ("ソフトウェアのID", lambda entry: entry.software_id or entry.id),
        ("名称", lambda entry: entry.name),
        ("事業者のID", lambda entry: entry.owner.id),
        ("事業者", lambda entry: entry.owner.name),
        _status("entry"),
        ("カタログ", lambda entry: entry.visible),
        ("停止の理由", lambda entry: entry.end_reason),
    ),
)
"""Rows: `app.listings.views.EntryView`."""

EVENTS = ListFile(
    "audit",
    "操作の記録",
    (
        ("ID", lambda event: event.id),
        ("日時", lambda event: event.occurred_at),
        ("操作", lambda event: action_words(event.action)),
        ("操作のコード", lambda event: event.action),
        ("対象", lambda event: object_words(event.object_type)),
        ("対象の種類", lambda event: event.object_type),
        ("対象のID", lambda event: event.object_id),
        (
            "操作した人（仮の番号）",
            lambda event: (
                event.actor_pseudonym
                if event.actor_pseudonym and event.actor_kind != "system"
                else kind_words(event.actor_kind)
            ),
        ),
        ("番号", lambda event: event.number if event.number is not None else "封印待ち"),
    ),
)
"""Rows: `app.audit.models.AuditEvent`, as far as the reader may see them."""

JOBS = ListFile(
    "jobs",
    "処理の一覧",
    (
        ("ID", lambda job: job.id),
        ("処理", lambda job: job.title),
        _status("job"),
        ("ファイル", lambda job: job.file_name),
        ("誤り", lambda job: job.fault_count),
        ("受付", lambda job: job.created_at),
        ("終了", lambda job: job.finished_at),
    ),
)
"""Rows: `app.jobs.service`'s views of jobs."""
