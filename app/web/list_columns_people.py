"""What lists about people and bodies hold as files: logins, invitations, departments, supporters, members of unions."""

from collections.abc import Callable
from typing import Any

from app.access.dependencies import ROLE_NAMES
from app.kit.table_writing import Value
from app.web.list_files import ListFile
from app.web.statuses import status_name

INVITATION_STATES = {
    "open": "使われていません",
    "used": "使われました",
    "expired": "期限切れ",
    "revoked": "取消済み",
}


def sessions(issuer_names: Callable[[str], str]) -> ListFile:
    """The logins that are alive; `issuer_names` gives a key's name."""
    return ListFile(
        "sessions",
        "いま有効なログイン",
        (
            ("ID", lambda login: login.id),
            ("始めた日時", lambda login: login.created_at),
            ("最後に使った日時", lambda login: login.last_seen_at),
            ("認証サーバー", lambda login: issuer_names(login.issuer_key)),
            ("接続元", lambda login: login.address),
            ("ブラウザー", lambda login: login.user_agent),
            ("この画面のログイン", lambda login: login.current),
        ),
    )


TOKENS = ListFile(
    "tokens",
    "発行したトークン",
    (
        ("ID", lambda token: token.id),
        ("名前", lambda token: token.name),
        ("末尾", lambda token: token.hint),
        ("権限", lambda token: "、".join(token.scopes)),
        ("発行した日時", lambda token: token.created_at),
        ("期限", lambda token: token.expires_at),
        ("最後に使った日時", lambda token: token.last_used_at),
        ("取り消した日時", lambda token: token.revoked_at),
    ),
)
"""Rows: `app.identity.tokens.TokenView`; never a secret."""

INVITATIONS = ListFile(
    "invitations",
    "招待",
    (
        ("ID", lambda row: row.id),
        ("作った日時", lambda row: row.created_at),
        ("期限", lambda row: row.expires_at),
        ("役割", lambda row: "、".join(ROLE_NAMES.get(role, role) for role in row.roles)),
        ("メモ", lambda row: row.note),
        ("状態", lambda row: INVITATION_STATES[row.status]),
    ),
)
"""Rows: `app.organisations.invitations.InvitationView`."""

DEPARTMENTS = ListFile(
    "departments",
    "部署の一覧",
    (
        ("ID", lambda row: row.id),
        ("部署", lambda row: row.name),
        ("共用メールアドレス", lambda row: row.email),
        ("メンバー", lambda row: row.members),
    ),
)
"""Rows: `app.organisations.departments.DepartmentView`."""

ABSENCES = ListFile(
    "absences",
    "不在の一覧",
    (
        ("ID", lambda row: row.id),
        ("審査担当", lambda row: row.name),
        ("いつまで", lambda row: row.until),
        ("代わりの人", lambda row: row.deputy),
    ),
)
"""Rows: `app.review.absences.AbsenceView`."""

PHRASES = ListFile(
    "phrases",
    "指摘の定型文",
    (
        ("ID", lambda row: row.id),
        ("見出し", lambda row: row.title),
        ("理由の区分", lambda row: row.reason_label),
        ("文", lambda row: row.text),
        ("状態", lambda row: status_name("review_phrase", row.status)),
    ),
)
"""Rows: `app.review.phrases.PhraseView`."""


def _interest(view: Any) -> Value:
    return None if view.has_interest is None else ("あり" if view.has_interest else "なし")


SUPPORTS = ListFile(
    "supporters",
    "支援者の一覧",
    (
        ("ID", lambda view: view.id),
        ("お名前", lambda view: view.person_name or view.note),
        ("所属", lambda view: view.supporter_organisation_name),
        ("状態", lambda view: status_name("support", view.status)),
        ("案件のID", lambda view: "、".join(project.id for project in view.projects)),
        ("案件", lambda view: "、".join(project.title for project in view.projects)),
        ("最後の日", lambda view: view.ends_on),
        ("利害関係", _interest),
        ("結果にある事業者との関係", lambda view: "、".join(view.conflicts)),
    ),
)
"""Rows: `app.procurement.support_views.SupportView`."""


def helped(area_of: Callable[[str], str]) -> ListFile:
    """The projects of all the bodies that a supporter helps; `area_of` is the label of a business area's code."""
    return ListFile(
        "supporting",
        "支援する案件",
        (
            ("ID", lambda row: row.id),
            ("団体のID", lambda row: row.organisation_id),
            ("団体", lambda row: row.organisation_name),
            ("件名", lambda row: row.title),
            ("業務", lambda row: area_of(row.business_area)),
            ("年度", lambda row: row.fiscal_year),
            ("状態", lambda row: status_name("project", row.status)),
            ("支援の最後の日", lambda row: row.ends_on),
        ),
    )


def constituents(area_of: Callable[[str], str]) -> ListFile:
    """Members of a union, or the unions of a member; `area_of` is the label of a business area's code."""
    return ListFile(
        "constituents",
        "構成団体と調達する業務",
        (
            ("ID", lambda row: row.id),
            ("構成団体のID", lambda row: row.member.id),
            ("構成団体", lambda row: row.member.name),
            ("構成団体の団体コード", lambda row: row.member.code),
            ("調達する団体のID", lambda row: row.body.id),
            ("調達する団体", lambda row: row.body.name),
            ("間の組合", lambda row: "、".join(each.name for each in row.via)),
            ("調達する業務", lambda row: "、".join(area_of(area) for area in row.business_areas)),
            ("期間（始まり）", lambda row: row.starts_on),
            ("期間（終わり）", lambda row: row.ends_on),
        ),
    )


NOTICES = ListFile(
    "notices",
    "お知らせ",
    (
        ("ID", lambda notice: notice.id),
        ("件名", lambda notice: notice.subject),
        ("内容", lambda notice: notice.body),
        ("種類", lambda notice: notice.kind_label),
        ("組織", lambda notice: notice.organisation_name),
        ("受取", lambda notice: notice.created_at),
        ("既読", lambda notice: notice.read_at),
    ),
)
"""Rows: `app.notifications.notices.NoticeView`."""
