"""Bodies and answers of the listings API."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.access.actor import ANONYMOUS, Actor
from app.listings.service import Changes, Departed, EntryView, OwnerCard, RevisionView, SellerView
from catalogue_schema import Schema


def _iso_text(value: object) -> object:
    # Pydantic would read the number 0 as 1970-01-01.
    if not isinstance(value, str | date):
        raise ValueError("「2026-11-23」のような文字列で書いてください。")
    return value


Day = Annotated[date, BeforeValidator(_iso_text)]
_EXAMPLE_ANSWERS: dict[str, Any] = {
    "name": "まどぐちナビ（架空）",
    "name_kana": "マドグチナビ",
    "summary": "住民が書類を書かずに手続を終えられる、窓口業務のための架空のSaaSです。",
    "business_areas": ["counter_dx_saas"],
}
_OFFER_ANSWERS: dict[str, Any] = {
    "name": "標準プラン（架空）",
    "name_kana": "ヒョウジュンプラン",
    "minimum_term_months": 12,
    "price_lines": [
        {
            "name": "基本利用料",
            "charge_type": "monthly",
            "unit": "月",
            "unit_price": "120000",
            "quantity_basis": "contract",
            "tax_category": "standard",
            "payee": "vendor",
        }
    ],
}


def _body(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class SoftwareIn(BaseModel):
    """A new software: what is known already; the rest can follow by PATCH."""

    model_config = _body({"answers": _EXAMPLE_ANSWERS})

    answers: dict[str, Any] = Field(
        description="項目名と値。JSON Schema は /api/v1/schemas/software にあります"
    )
    copy_of: str | None = Field(
        default=None, max_length=60, description="元にする自社のソフトウェア。その回答に answers を重ねます"
    )


class OfferIn(BaseModel):
    """A new offer on a software."""

    model_config = _body({"software_id": "sw_01JD0000000000000000000000", "answers": _OFFER_ANSWERS})

    software_id: str = Field(max_length=60)
    answers: dict[str, Any] = Field(description="項目名と値。JSON Schema は /api/v1/schemas/offer にあります")
    copy_of: str | None = Field(
        default=None, max_length=60, description="元にする自社のサービス。その回答に answers を重ねます"
    )


class AnswersPatch(BaseModel):
    """A JSON Merge Patch of the answers: null removes an answer, what is not named stays."""

    model_config = _body({"answers": {"summary": "新しい概要です。", "website": None}})

    answers: dict[str, Any]


class CopyIn(BaseModel):
    """Which answers to take over from another own entry of the same kind."""

    model_config = _body({"source": "sw_01JD0000000000000000000000", "groups": ["security", "operations"]})

    source: str = Field(max_length=60, description="回答を写す元のID")
    groups: list[str] = Field(
        min_length=1, max_length=50, description="写す節。/api/v1/schemas/{subject} の x-group"
    )


class WithdrawalIn(BaseModel):
    """Why the vendor takes it out, for the Agency. Strangers read only that it was withdrawn, and when."""

    model_config = _body({"reason": "後継製品に統合するため"})

    reason: str = ""


class RetirementIn(BaseModel):
    """The last day in the catalogue."""

    model_config = _body({"last_day": "2027-03-31"})

    last_day: Day


class SellerIn(BaseModel):
    """The firm that may sell the software."""

    model_config = _body({"seller": "9999900000001"})

    seller: str = Field(max_length=60, description="法人番号（13桁）または組織のID")


class SellerEndIn(BaseModel):
    """The last day on which the seller's offers stay in the catalogue; today where none is named."""

    model_config = _body({"last_day": "2027-03-31"})

    last_day: Day | None = None


class OwnerOut(BaseModel):
    """A firm."""

    id: str
    name: str
    kind: str
    corporate_number: str | None
    prefecture: str


class RevisionOut(BaseModel):
    """One numbered revision."""

    id: str
    number: int
    status: str
    etag: str
    answers: dict[str, Any]
    schema_version: int
    content_hash: str
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    published_at: datetime | None
    replaced_at: datetime | None


class RevisionDateOut(BaseModel):
    """A line of the list of revisions. The public gets numbers and dates of published ones only."""

    number: int
    published_at: datetime | None
    replaced_at: datetime | None
    revoked_at: datetime | None = Field(default=None, description="誤って公開され、取り消された日時")
    revocation_note: str = ""
    id: str | None = None
    status: str | None = None
    content_hash: str | None = None
    submitted_at: datetime | None = None
    decided_at: datetime | None = None


class RevisionListOut(BaseModel):
    """All revisions, newest first."""

    items: list[RevisionDateOut]
    next: None = None


class CompletenessOut(BaseModel):
    """How much of the draft is answered; only the vendor and reviewers see it."""

    answered: int
    total: int
    required_missing: list[str]
    optional_missing: list[str]


class EntryOut(BaseModel):
    """A software or an offer."""

    id: str
    kind: str
    software_id: str | None
    key: str | None = Field(default=None, description="自社管理番号。掲載者と審査担当にだけ見えます")
    name: str
    status: str
    visible: bool
    owner: OwnerOut
    live: RevisionOut | None = Field(description="公開中の版")
    draft: RevisionOut | None = Field(description="作成中または審査中の版。掲載者と審査担当にだけ見えます")
    completeness: CompletenessOut | None
    published_at: datetime | None
    last_day: date | None
    ended_on: date | None
    end_note: str
    end_reason: str | None
    renewing: bool = Field(
        default=False,
        description="更新手続中（事業者の資格または基本契約の期限が過ぎ、猶予で公開中）。新しい契約はできません",
    )


class GoneOut(BaseModel):
    """Why and since when an entry is not in the catalogue: what 410 says of it."""

    kind: str = Field(
        description="withdrawn, suspended, retired, agreement, qualification, seller, software のいずれか"
        "（410 の kind と同じ）"
    )
    ended_on: date | None
    note: str


class TombstoneOut(BaseModel):
    """An entry that left the catalogue. Only the change feed has them."""

    id: str
    gone: GoneOut
    noted_at: datetime = Field(description="差分の配信に載った日時")


class EntryListOut(BaseModel):
    """A page of a list, or of the change feed."""

    items: list[EntryOut | TombstoneOut] = Field(
        description="changed_since を付けたときは、掲載を終えたものが gone の付いた項目として入ります"
    )
    next: str | None = Field(
        default=None,
        description="続きの位置。cursor（changed_since を付けたときは changed_since）に渡します。"
        "changed_since を付けたときは、終わりまで読んでも次に尋ねる位置が入ります",
    )
    more: bool = Field(default=False, description="すぐに続きを読めるか")


class SellerOut(BaseModel):
    """A seller authorisation."""

    id: str
    software_id: str
    software_name: str
    developer: OwnerOut
    seller: OwnerOut
    status: str
    ends_on: date | None
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


class SellerListOut(BaseModel):
    """Authorisations, newest first."""

    items: list[SellerOut]
    next: None = None


def owner_out(card: OwnerCard) -> OwnerOut:
    """A firm's card as JSON."""
    return OwnerOut(
        id=card.id,
        name=card.name,
        kind=card.kind,
        corporate_number=card.corporate_number,
        prefecture=card.prefecture,
    )


def revision_out(view: RevisionView) -> RevisionOut:
    """A revision as JSON."""
    return RevisionOut(
        id=view.id,
        number=view.number,
        status=view.status,
        etag=view.etag,
        answers=dict(view.answers),
        schema_version=view.schema_version,
        content_hash=view.content_hash,
        created_at=view.created_at,
        updated_at=view.updated_at,
        submitted_at=view.submitted_at,
        decided_at=view.decided_at,
        published_at=view.published_at,
        replaced_at=view.replaced_at,
    )


def entry_out(view: EntryView, schema: Schema, actor: Actor) -> EntryOut:
    """An entry as JSON, with what its view holds and no more; how complete it is only its own firm reads."""
    own = view.working if actor.acts_for(view.owner.id) else None
    return EntryOut(
        id=view.id,
        kind=view.kind,
        software_id=view.software_id,
        key=view.vendor_key,
        name=view.name,
        status=view.status,
        visible=view.visible,
        renewing=view.renewing,
        owner=owner_out(view.owner),
        live=revision_out(view.live) if view.live else None,
        draft=revision_out(view.draft) if view.draft else None,
        completeness=_completeness(schema, view.kind, own.answers) if own else None,
        published_at=view.published_at,
        last_day=view.last_day,
        ended_on=view.ended_on,
        end_note=view.end_note,
        end_reason=view.end_reason if view.working else None,
    )


def changes_out(found: Changes, schema: Schema) -> EntryListOut:
    """An answer of the change feed as JSON."""
    items = [
        _tombstone(item) if isinstance(item, Departed) else entry_out(item, schema, ANONYMOUS)
        for item in found.items
    ]
    return EntryListOut(items=items, next=found.next, more=found.more)


def _tombstone(item: Departed) -> TombstoneOut:
    end = item.ending
    gone = GoneOut(kind=end.kind, ended_on=end.ended_on, note=end.note)
    return TombstoneOut(id=item.id, gone=gone, noted_at=item.noted_at)


def _completeness(schema: Schema, kind: str, answers: Mapping[str, Any]) -> CompletenessOut:
    found = schema.completeness(kind, answers)
    return CompletenessOut(
        answered=found.answered,
        total=found.total,
        required_missing=[field.name for field in found.required_missing],
        optional_missing=[field.name for field in found.optional_missing],
    )


def revision_list_out(rows: list[RevisionView], whole: bool) -> RevisionListOut:
    """The list of revisions; without `whole` only numbers and dates."""
    items = [
        RevisionDateOut(
            number=row.number,
            published_at=row.published_at,
            replaced_at=row.replaced_at,
            revoked_at=row.revoked_at,
            revocation_note=row.revocation_note,
            id=row.id if whole else None,
            status=row.status if whole else None,
            content_hash=row.content_hash if whole else None,
            submitted_at=row.submitted_at if whole else None,
            decided_at=row.decided_at if whole else None,
        )
        for row in rows
    ]
    return RevisionListOut(items=items)


def seller_out(view: SellerView) -> SellerOut:
    """An authorisation as JSON."""
    return SellerOut(
        id=view.id,
        software_id=view.software_id,
        software_name=view.software_name,
        developer=owner_out(view.developer),
        seller=owner_out(view.seller),
        status=view.status,
        ends_on=view.ends_on,
        created_at=view.created_at,
        accepted_at=view.accepted_at,
        ended_at=view.ended_at,
    )
