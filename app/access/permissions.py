"""The one closed table of who may do what. A test asks every route of the application against it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Roles of a membership (rules.md, People)."""

    VENDOR_ADMIN = "vendor_admin"
    VENDOR_EDITOR = "vendor_editor"
    BUYER_OFFICER = "buyer_officer"
    BUYER_APPROVER = "buyer_approver"
    SUPPORTER = "supporter"
    """支援者: lent to other bodies' projects by a prefecture or an adviser (docs/decisions/0010-supporters.md)."""
    REVIEWER = "reviewer"
    AGENCY_ADMIN = "agency_admin"
    AUDITOR = "auditor"
    SPECIFICATION_EDITOR = "specification_editor"
    """仕様書の編集担当: of the ministry in charge (所管府省), or of the Agency for its own specifications."""


class Permission(StrEnum):
    """One thing that can be done. Tokens list these as scopes."""

    LISTING_READ_OWN = "listing:read"
    LISTING_WRITE = "listing:write"
    """Register, edit, submit, recall, withdraw, retire, and name sellers."""
    LISTING_SUSPEND = "listing:suspend"
    SUSPENSION_DECIDE = "suspension:decide"
    """Announce, decide, answer and end suspensions of listings and agreements (Agency)."""
    SUSPENSION_ANSWER = "suspension:answer"
    """State the own firm's case in a suspension (弁明) and object to it (不服の申出)."""
    AGREEMENT_READ = "agreement:read"
    AGREEMENT_SIGN = "agreement:sign"
    AGREEMENT_DECIDE = "agreement:decide"
    """Accept, suspend, resume, end master agreements."""
    QUALIFICATION_WRITE = "qualification:write"
    REVIEW_READ = "review:read"
    REVIEW_CLAIM = "review:claim"
    """Take a case, write findings and notes."""
    REVIEW_DECIDE = "review:decide"
    PROJECT_READ = "project:read"
    PROJECT_WRITE = "project:write"
    PROJECT_SUPPORT = "project:support"
    """Read the projects of other bodies that invited this membership as a supporter (支援者)."""
    PROJECT_COMMENT = "project:comment"
    """Comment on them. Whoever may write a project comments by that right."""
    PROJECT_DRAFT = "project:draft"
    """Draft conditions and notes there: never lock, select, confirm or contract."""
    ESTIMATED_PRICE = "estimated-price"
    """Read and write 予定価格 of the own body's projects."""
    SUPPORTERS_MANAGE = "project:supporters"
    """Let supporters into the own body's projects, and take them out."""
    SELECTION_CONFIRM = "selection:confirm"
    CONTRACT_READ = "contract:read"
    CONTRACT_WRITE = "contract:write"
    """Record, amend and end contracts (buyer)."""
    CONTRACT_DOCUMENTS = "contract:documents"
    """Add documents to a contract of the own side, and take them out."""
    CONTRACT_CONFIRM = "contract:confirm"
    """Confirm or dispute a contract (vendor); confirm it for the body (approver)."""
    CONTRACT_FACTS = "contract:facts"
    """The registered facts of every contract, without deliberations (Agency)."""
    OUTCOME_READ = "outcome:read"
    """What the own firm was told after decisions about its listings (選定の結果)."""
    OUTCOME_ASK = "outcome:ask"
    """Ask the body once about such an outcome."""
    INSIGHTS_READ = "insights:read"
    """Counts of what became of the own firm's listings (掲載の反響)."""
    SPECIFICATION_WRITE = "specification:write"
    """Draft the own ministry's specifications (標準仕様書), import, and propose their publication."""
    SPECIFICATION_PUBLISH = "specification:publish"
    """Open for comment, publish, return and withdraw versions that a colleague proposed."""
    SPECIFICATION_HOST = "specification:host"
    """List specifications and say where they are published (Agency): never alter a text."""
    AUDIT_READ = "audit:read"
    """Everybody's trail; the events of projects only together with PROJECT_READ."""
    AUDIT_READ_OWN = "audit:read-own"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    ORGANISATION_WRITE = "organisation:write"
    """Settings of the own organisation."""
    ORGANISATIONS_MANAGE = "organisations:manage"
    """Every organisation: admit, group, restore an administrator (Agency)."""
    TOKENS_MANAGE = "tokens:manage"
    INDEX_MANAGE = "index:manage"
    """Have the search index compared with the database, mended and rebuilt (Agency)."""
    JOB_READ = "job:read"
    """See the own organisation's jobs, their progress and reports."""
    JOB_CANCEL = "job:cancel"


P = Permission

_VENDOR_EDITOR = frozenset(
    {
        P.LISTING_READ_OWN,
        P.LISTING_WRITE,
        P.AGREEMENT_READ,
        P.CONTRACT_READ,
        P.CONTRACT_DOCUMENTS,
        P.OUTCOME_READ,
        P.OUTCOME_ASK,
        P.INSIGHTS_READ,
        P.MEMBERS_READ,
        P.TOKENS_MANAGE,
        P.JOB_READ,
        P.JOB_CANCEL,
    }
)
_VENDOR_ADMIN = _VENDOR_EDITOR | {
    P.AGREEMENT_SIGN,
    P.SUSPENSION_ANSWER,
    P.QUALIFICATION_WRITE,
    P.CONTRACT_CONFIRM,
    P.MEMBERS_MANAGE,
    P.ORGANISATION_WRITE,
    P.AUDIT_READ_OWN,
}
_BUYER_OFFICER = frozenset(
    {
        P.PROJECT_READ,
        P.PROJECT_WRITE,
        P.ESTIMATED_PRICE,
        P.CONTRACT_READ,
        P.CONTRACT_WRITE,
        P.CONTRACT_DOCUMENTS,
        P.MEMBERS_READ,
        P.TOKENS_MANAGE,
        P.JOB_READ,
        P.JOB_CANCEL,
    }
)
_BUYER_APPROVER = _BUYER_OFFICER | {
    P.SUPPORTERS_MANAGE,
    P.SELECTION_CONFIRM,
    P.CONTRACT_CONFIRM,
    P.MEMBERS_MANAGE,
    P.ORGANISATION_WRITE,
    P.AUDIT_READ_OWN,
}
_SUPPORTER = frozenset(
    {P.PROJECT_SUPPORT, P.PROJECT_COMMENT, P.PROJECT_DRAFT, P.MEMBERS_READ, P.TOKENS_MANAGE}
)
_REVIEWER = frozenset(
    {
        P.REVIEW_READ,
        P.REVIEW_CLAIM,
        P.REVIEW_DECIDE,
        P.LISTING_READ_OWN,
        P.AGREEMENT_READ,
        P.MEMBERS_READ,
        P.TOKENS_MANAGE,
        P.JOB_READ,
    }
)
_AGENCY_ADMIN = frozenset(
    {
        P.REVIEW_READ,
        P.LISTING_READ_OWN,
        P.LISTING_SUSPEND,
        P.SUSPENSION_DECIDE,
        P.AGREEMENT_READ,
        P.AGREEMENT_DECIDE,
        P.CONTRACT_FACTS,
        P.SPECIFICATION_HOST,
        P.AUDIT_READ,
        P.MEMBERS_READ,
        P.MEMBERS_MANAGE,
        P.ORGANISATION_WRITE,
        P.ORGANISATIONS_MANAGE,
        P.INDEX_MANAGE,
        P.TOKENS_MANAGE,
        P.JOB_READ,
    }
)
_SPECIFICATION_EDITOR = frozenset(
    {
        P.SPECIFICATION_WRITE,
        P.SPECIFICATION_PUBLISH,
        P.MEMBERS_READ,
        P.TOKENS_MANAGE,
        P.JOB_READ,
        P.JOB_CANCEL,
    }
)
_AUDITOR = frozenset(
    {
        P.LISTING_READ_OWN,
        P.REVIEW_READ,
        P.AGREEMENT_READ,
        P.PROJECT_READ,
        P.CONTRACT_READ,
        P.CONTRACT_FACTS,
        P.AUDIT_READ,
        P.MEMBERS_READ,
        P.TOKENS_MANAGE,
        P.JOB_READ,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VENDOR_EDITOR: _VENDOR_EDITOR,
    Role.VENDOR_ADMIN: _VENDOR_ADMIN,
    Role.BUYER_OFFICER: _BUYER_OFFICER,
    Role.BUYER_APPROVER: _BUYER_APPROVER,
    Role.SUPPORTER: _SUPPORTER,
    Role.REVIEWER: _REVIEWER,
    Role.AGENCY_ADMIN: _AGENCY_ADMIN,
    Role.AUDITOR: _AUDITOR,
    Role.SPECIFICATION_EDITOR: _SPECIFICATION_EDITOR,
}

ADMITTED_KINDS = (
    "joint_union",
    "wide_area_union",
    "enterprise_body",
    "ministry",
    "independent_agency",
)
"""一部事務組合, 広域連合, 企業団, 府省, 独立行政法人: buyers in no list of codes, whom the Agency admits."""
BODY_KINDS = ("local_government", *ADMITTED_KINDS)
"""Every kind of organisation that buys."""

_OF_A_BODY = frozenset({Role.BUYER_OFFICER, Role.BUYER_APPROVER, Role.SUPPORTER})

ROLES_BY_KIND: dict[str, frozenset[Role]] = {
    "vendor": frozenset({Role.VENDOR_ADMIN, Role.VENDOR_EDITOR, Role.SUPPORTER}),
    "sole_proprietor": frozenset({Role.VENDOR_ADMIN, Role.VENDOR_EDITOR, Role.SUPPORTER}),
    **dict.fromkeys(BODY_KINDS, _OF_A_BODY),
    "ministry": _OF_A_BODY | {Role.SPECIFICATION_EDITOR},
    "agency": frozenset({Role.REVIEWER, Role.AGENCY_ADMIN, Role.AUDITOR, Role.SPECIFICATION_EDITOR}),
}
"""Which roles an organisation of this kind can give."""

SESSION_ONLY: frozenset[Permission] = frozenset(
    {
        P.AGREEMENT_SIGN,
        P.AGREEMENT_DECIDE,
        P.QUALIFICATION_WRITE,
        P.LISTING_SUSPEND,
        P.SUSPENSION_DECIDE,
        P.SUSPENSION_ANSWER,
        P.REVIEW_CLAIM,
        P.REVIEW_DECIDE,
        P.SPECIFICATION_PUBLISH,
        P.SPECIFICATION_HOST,
        P.SUPPORTERS_MANAGE,
        P.SELECTION_CONFIRM,
        P.CONTRACT_CONFIRM,
        P.MEMBERS_MANAGE,
        P.ORGANISATION_WRITE,
        P.ORGANISATIONS_MANAGE,
        P.INDEX_MANAGE,
        P.TOKENS_MANAGE,
    }
)
"""What no token ever holds (rules.md, People). The Agency's and auditors' tokens are thereby read-only."""

FRESH_LOGIN: frozenset[Permission] = frozenset(
    {
        P.AGREEMENT_SIGN,
        P.AGREEMENT_DECIDE,
        P.SUSPENSION_DECIDE,
        P.SUSPENSION_ANSWER,
        P.REVIEW_DECIDE,
        P.SPECIFICATION_PUBLISH,
        P.SUPPORTERS_MANAGE,
        P.SELECTION_CONFIRM,
        P.CONTRACT_CONFIRM,
        P.MEMBERS_MANAGE,
        P.TOKENS_MANAGE,
    }
)
"""What wants a login of the last minutes (`step_up_minutes`)."""


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """The union of what the roles grant."""
    granted: frozenset[Permission] = frozenset()
    for role in roles:
        granted |= ROLE_PERMISSIONS[role]
    return granted


def token_scopes(roles: frozenset[Role]) -> frozenset[Permission]:
    """The most that a token of a membership with these roles can hold."""
    return permissions_of(roles) - SESSION_ONLY
