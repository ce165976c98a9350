"""Organisations: the public card, lists, the own settings, and the groups that the Agency keeps."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from app.access.actor import Actor
from app.access.permissions import BODY_KINDS, Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import (
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
)
from app.kit.http import etag
from app.kit.pagination import Paging, paginate
from app.organisations.inputs import (
    corporate_number_faults,
    email_faults,
    kana_faults,
    term_fault,
    text_faults,
)
from app.organisations.models import Organisation
from app.organisations.policies import can_see_inside, is_draft_space
from app.outbox.publish import publish
from catalogue_schema.text import clean

KINDS = ("vendor", "sole_proprietor", *BODY_KINDS, "agency")
PUBLICATION = ("none", "summary")


@dataclass(frozen=True)
class OrganisationCard:
    """What everybody may know of an organisation."""

    id: str
    kind: str
    name: str
    name_kana: str
    code: str | None
    corporate_number: str | None
    prefecture: str
    local_kind: str
    local_class: str
    ended_on: date | None = None
    """From this day on the body is no more (廃置分合)."""


@dataclass(frozen=True)
class OrganisationInside:
    """What the organisation itself and the Agency know besides."""

    card: OrganisationCard
    parent_number: str | None
    group_key: str | None
    settings: Mapping[str, Any]
    contact_email: str
    created_at: datetime
    draft_space: bool
    version: int

    @property
    def etag(self) -> str:
        """The entity tag."""
        return etag(self.card.id, self.version)


def _card(row: Organisation) -> OrganisationCard:
    return OrganisationCard(
        id=row.id,
        kind=row.kind,
        name=row.name,
        name_kana=row.name_kana,
        code=row.code,
        corporate_number=row.corporate_number,
        prefecture=row.prefecture,
        local_kind=row.local_kind,
        local_class=row.local_class,
        ended_on=row.ended_on,
    )


def _inside(row: Organisation) -> OrganisationInside:
    return OrganisationInside(
        card=_card(row),
        parent_number=row.parent_number,
        group_key=row.group_key,
        settings={"single_person": False, "publish_contracts": "none", "show_to_neighbours": False}
        | row.settings
        if row.kind in BODY_KINDS
        else {},
        contact_email=row.contact_email,
        created_at=row.created_at,
        draft_space=is_draft_space(row),
        version=row.version,
    )


def organisation_card(session: Session, organisation_id: str) -> OrganisationCard:
    """The card of one organisation, without looking who asks. Raises NotFound."""
    row = session.get(Organisation, organisation_id)
    if row is None:
        raise NotFound("その組織はありません。")
    return _card(row)


def organisation_cards(session: Session, organisation_ids: Iterable[str]) -> dict[str, OrganisationCard]:
    """Cards by id, in one query; unknown ids are left out."""
    wanted = set(organisation_ids)
    rows = session.exec(select(Organisation).where(col(Organisation.id).in_(wanted))).all() if wanted else ()
    return {row.id: _card(row) for row in rows}


def get_card(session: Session, actor: Actor, organisation_id: str) -> OrganisationCard:
    """The card as the actor may see it: draft spaces are seen by nobody but their owner and the Agency."""
    row = session.get(Organisation, organisation_id)
    if row is None or (is_draft_space(row) and not can_see_inside(actor, row.id)):
        raise NotFound("その組織はありません。")
    return _card(row)


def get_inside(session: Session, actor: Actor, organisation_id: str) -> OrganisationInside:
    """Everything kept of an organisation: for its own people and the Agency. Raises NotFound."""
    row = session.get(Organisation, organisation_id)
    if row is None or not can_see_inside(actor, organisation_id):
        raise NotFound("その組織はありません。")
    return _inside(row)


def _folded(text: str) -> str:
    """NFKC, hiragana as katakana: how readings are kept."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char for char in plain).strip()


def list_organisations(
    session: Session,
    paging: Paging,
    *,
    kind: str | None = None,
    prefecture: str | None = None,
    q: str = "",
) -> tuple[list[OrganisationCard], str | None]:
    """Public cards, oldest first: by kind, prefecture (name), and words in name, reading, code or number.

    Raises Invalid for an unknown kind.
    """
    if kind is not None and kind not in KINDS:
        raise Invalid([term_fault("/kind", kind, KINDS)])
    wanted = select(Organisation).where(
        or_(col(Organisation.kind) != "vendor", col(Organisation.corporate_number).is_not(None))
    )
    if kind is not None:
        wanted = wanted.where(col(Organisation.kind) == kind)
    if prefecture:
        wanted = wanted.where(col(Organisation.prefecture) == clean(prefecture))
    for word in clean(q).split()[:5]:
        folded = _folded(word)
        wanted = wanted.where(
            or_(
                col(Organisation.name).contains(word, autoescape=True),
                col(Organisation.name).contains(unicodedata.normalize("NFKC", word), autoescape=True),
                col(Organisation.name_kana).contains(folded, autoescape=True),
                col(Organisation.code) == folded,
                col(Organisation.corporate_number) == folded,
            )
        )
    rows, following = paginate(session, wanted, Organisation, paging, newest_first=False)
    return [_card(row) for row in rows], following


def list_named_parents(session: Session, actor: Actor) -> list[OrganisationInside]:
    """Vendors that named a parent company or stand in a group, for the Agency's page."""
    if not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise NotFound()
    rows = session.exec(
        select(Organisation)
        .where(or_(col(Organisation.parent_number).is_not(None), col(Organisation.group_key).is_not(None)))
        .order_by(col(Organisation.group_key), col(Organisation.id))
        .limit(500)
    ).all()
    return [_inside(row) for row in rows]


@dataclass(frozen=True)
class OrganisationPatch:
    """What may change; None leaves as it is, an empty text clears."""

    name: str | None = None
    name_kana: str | None = None
    contact_email: str | None = None
    parent_number: str | None = None
    single_person: bool | None = None
    publish_contracts: str | None = None
    show_to_neighbours: bool | None = None

    def cleaned(self) -> OrganisationPatch:
        """With texts as they are kept."""
        return replace(
            self,
            name=_clean(self.name),
            name_kana=_clean(self.name_kana),
            contact_email=_clean(self.contact_email),
            parent_number=_clean(self.parent_number),
        )


def _clean(value: str | None) -> str | None:
    return None if value is None else clean(value)


def update_own(
    session: Session,
    actor: Actor,
    clock: Clock,
    organisation_id: str,
    patch: OrganisationPatch,
    if_match: str | None,
) -> OrganisationInside:
    """Change the own organisation's settings.

    Raises NotFound for another's, PreconditionRequired and PreconditionFailed by `If-Match`, Invalid with every fault.
    """
    row = session.get(Organisation, organisation_id)
    if row is None or not actor.acts_for(organisation_id):
        raise NotFound("その組織はありません。")
    if not actor.may(Permission.ORGANISATION_WRITE):
        raise Forbidden("組織の設定を変えられるのは、管理者または承認者です。")
    require_match(if_match, etag(row.id, row.version))
    patch = patch.cleaned()
    if faults := _faults(row, patch):
        raise Invalid(faults)
    changed = sorted(name for name, value in vars(patch).items() if value is not None)
    for name in ("name", "name_kana", "contact_email"):
        value = getattr(patch, name)
        if value is not None:
            setattr(row, name, value)
    if patch.parent_number is not None:
        row.parent_number = patch.parent_number or None
    chosen = {
        name: value
        for name, value in (
            ("single_person", patch.single_person),
            ("publish_contracts", patch.publish_contracts),
            ("show_to_neighbours", patch.show_to_neighbours),
        )
        if value is not None
    }
    if (patch.name, patch.name_kana) != (None, None) and row.kind in ("vendor", "sole_proprietor"):
        # Its listings carry the name.
        publish(session, "catalogue.sync-vendor", row.id, at=clock.now())
    row.settings = row.settings | chosen
    row.version += 1
    session.add(row)
    session.flush()
    record(
        session,
        actor,
        "organisation.updated",
        "organisation",
        row.id,
        at=clock.now(),
        owner=row.id,
        details={"fields": changed, **chosen},
    )
    return _inside(row)


def require_match(given: str | None, current: str) -> None:
    """Raise PreconditionRequired without `If-Match`, PreconditionFailed (member `current`) for an older one."""
    if given is None:
        raise PreconditionRequired("編集には、読んだときの ETag を If-Match ヘッダーで送ってください。")
    if current not in [tag.strip() for tag in given.split(",")]:
        raise PreconditionFailed(
            "読んだ後に変更されています。読み直してから、もう一度送ってください。", current=current
        )


def _faults(row: Organisation, patch: OrganisationPatch) -> list[FieldFault]:
    faults: list[FieldFault] = []
    if patch.name is not None:
        if row.kind == "sole_proprietor":
            faults += text_faults("/name", patch.name, longest=100, required=True)
        else:
            message = "名称は、認証サーバーまたは国の一覧から取り込まれます。"
            faults.append(FieldFault("/name", "read-only", message, "この項目を取り除いてください。"))
    if patch.name_kana is not None:
        if row.kind == "local_government":
            message = "読みは国の一覧から取り込まれます。"
            faults.append(FieldFault("/name_kana", "read-only", message, "この項目を取り除いてください。"))
        else:
            faults += kana_faults("/name_kana", patch.name_kana)
    if patch.contact_email is not None:
        faults += email_faults("/contact_email", patch.contact_email)
    if patch.parent_number is not None:
        faults += _parent_faults(row, patch.parent_number)
    for name in ("single_person", "publish_contracts", "show_to_neighbours"):
        if getattr(patch, name) is not None and row.kind not in BODY_KINDS:
            message = "この設定は、調達する団体だけのものです。"
            faults.append(FieldFault(f"/settings/{name}", "not-applicable", message, "取り除いてください。"))
    if patch.publish_contracts is not None and patch.publish_contracts not in PUBLICATION:
        faults.append(term_fault("/settings/publish_contracts", patch.publish_contracts, PUBLICATION))
    return faults


def _parent_faults(row: Organisation, number: str) -> list[FieldFault]:
    if row.kind != "vendor":
        message = "親会社を登録できるのは法人の事業者だけです。"
        return [FieldFault("/parent_number", "not-applicable", message, "取り除いてください。")]
    if not number:
        return []
    if number == row.corporate_number:
        message = "自社の法人番号です。"
        return [FieldFault("/parent_number", "self", message, "親会社の法人番号を入れてください。")]
    return corporate_number_faults("/parent_number", number)


def set_group(
    session: Session, actor: Actor, clock: Clock, organisation_id: str, group_key: str
) -> OrganisationInside:
    """The Agency puts a vendor into the group of that 法人番号 (the parent's), or takes it out (empty)."""
    row = session.get(Organisation, organisation_id)
    if row is None or not actor.may(Permission.ORGANISATIONS_MANAGE):
        raise NotFound("その組織はありません。")
    group_key = clean(group_key)
    faults = [] if not group_key else corporate_number_faults("/group_key", group_key)
    if row.kind != "vendor":
        faults = [
            FieldFault(
                "/group_key",
                "not-applicable",
                "企業グループは事業者だけのものです。",
                "事業者の組織を選んでください。",
            )
        ]
    if faults:
        raise Invalid(faults)
    row.group_key = group_key or None
    row.version += 1
    session.add(row)
    session.flush()
    details = {"group_key": group_key}
    at = clock.now()
    record(
        session, actor, "organisation.grouped", "organisation", row.id, at=at, owner=row.id, details=details
    )
    return _inside(row)
