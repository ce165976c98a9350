"""Who may sell a software: the developer names a firm, the firm accepts, either ends it with a date."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, col, select
from stdnum.exceptions import ValidationError
from stdnum.jp import cn

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import Conflict, Forbidden, NotFound, invalid
from app.kit.ids import new_id
from app.listings import policies, repository
from app.listings.drafts import lock_owned
from app.listings.lifecycle import SELLER
from app.listings.models import Entry, SellerAuthorisation
from app.listings.views import SellerView, seller_views
from app.organisations.models import Organisation
from app.organisations.policies import is_draft_space
from app.outbox.publish import publish, publish_after
from catalogue_schema.dates import latest_allowed


def authorise_seller(
    session: Session, actor: Actor, clock: Clock, software_id: str, seller: str
) -> SellerView:
    """The developer names a seller by organisation id or 法人番号; it counts once the seller accepts.

    Raises NotFound, Forbidden, Invalid for a number that cannot be or a firm that is no vendor here, Conflict for
    one that is named already or the developer itself.
    """
    entry = lock_owned(session, actor, "software", software_id)
    owner = repository.owners(session, [entry.owner_id])[entry.owner_id]
    if is_draft_space(owner):
        raise Forbidden("エントリーの下書きの場では、販売者を指名できません。")
    firm = _firm(session, seller.strip())
    if firm.id == entry.owner_id:
        raise Conflict("開発者は、許諾なしで自社のソフトウェアのサービスを登録できます。")
    current = repository.current_authorisation(session, software_id, firm.id)
    if current is not None and current.status != "ended":
        raise Conflict(
            "この事業者は、すでに販売者として登録されています。", seller_id=firm.id, state=current.status
        )
    row = SellerAuthorisation(
        id=new_id("sel"), software_id=software_id, seller_id=firm.id, created_at=clock.now()
    )
    session.add(row)
    session.flush()
    return _done(session, actor, clock, entry, row, "seller.authorised")


def _firm(session: Session, seller: str) -> Organisation:
    if seller.isdigit():
        try:
            number = cn.validate(seller)
        except ValidationError as error:
            raise invalid(
                "/seller", "check_digit", "法人番号が正しくありません。", "13桁の法人番号を確かめてください。"
            ) from error
        where = col(Organisation.corporate_number) == number
    else:
        where = col(Organisation.id) == seller
    firm = session.exec(select(Organisation).where(where)).first()
    if firm is None or firm.kind not in ("vendor", "sole_proprietor") or is_draft_space(firm):
        raise invalid(
            "/seller",
            "unknown_vendor",
            "その事業者は登録されていません。",
            "事業者がGビズIDで一度ログインすると登録されます。法人番号を確かめてください。",
        )
    return firm


def accept(session: Session, actor: Actor, clock: Clock, software_id: str, seller_id: str) -> SellerView:
    """The named seller accepts. Raises NotFound, Forbidden, TransitionRefused."""
    entry, row = _reach(session, actor, software_id, seller_id)
    if not policies.can_write(actor, seller_id):
        raise Forbidden("承諾できるのは、販売者に指名された事業者の担当者だけです。")
    SELLER.move(session, row, "acceptance", accepted_at=clock.now())
    return _done(session, actor, clock, entry, row, "seller.accepted")


def end(
    session: Session,
    actor: Actor,
    clock: Clock,
    software_id: str,
    seller_id: str,
    last_day: date | None = None,
) -> SellerView:
    """Either side ends it; the seller's offers leave the catalogue after `last_day` (today where none is named).

    Raises NotFound, Forbidden, TransitionRefused, Invalid for a day in the past or over 30 years ahead.
    """
    entry, row = _reach(session, actor, software_id, seller_id)
    if not (policies.can_write(actor, seller_id) or policies.can_write(actor, entry.owner_id)):
        raise Forbidden("終了できるのは、開発者か販売者の担当者だけです。")
    today = clock.today()
    day = last_day or today
    if day < today or day > latest_allowed(today):
        raise invalid(
            "/last_day",
            "out_of_range",
            "最終日が過去か、30年より先です。",
            f"{today.isoformat()} 以後の日にしてください。",
        )
    SELLER.move(session, row, "ending", ends_on=day, ended_at=clock.now())
    publish_after(session, "catalogue.sync", entry.id, day, at=clock.now())
    return _done(session, actor, clock, entry, row, "seller.ended")


def sellers_of(session: Session, actor: Actor, software_id: str) -> list[SellerView]:
    """All authorisations for the developer and reviewers, a seller's own for itself. Raises NotFound for others."""
    entry = repository.find_entry(session, software_id, "software")
    if entry is None:
        raise NotFound()
    if policies.can_see_drafts(actor, entry.owner_id):
        return seller_views(session, repository.authorisations(session, software_id=software_id))
    if actor.organisation_id is None or not actor.may(Permission.LISTING_READ_OWN):
        raise NotFound()
    own = repository.authorisations(session, software_id=software_id, seller_id=actor.organisation_id)
    if not own:
        raise NotFound()
    return seller_views(session, own)


def seller_of(session: Session, actor: Actor, software_id: str, seller_id: str) -> SellerView:
    """One authorisation, for either side and reviewers. Raises NotFound."""
    return seller_views(session, [_reach(session, actor, software_id, seller_id, lock=False)[1]])[0]


def selling(session: Session, actor: Actor) -> list[SellerView]:
    """The software of others that the actor's firm is named a seller of, newest first."""
    if actor.organisation_id is None or not policies.can_see_drafts(actor, actor.organisation_id):
        raise Forbidden("自社の許諾の一覧は、事業者としてログインした人だけが読めます。")
    return seller_views(session, repository.authorisations(session, seller_id=actor.organisation_id))


def _reach(
    session: Session, actor: Actor, software_id: str, seller_id: str, *, lock: bool = True
) -> tuple[Entry, SellerAuthorisation]:
    find = repository.lock_entry if lock else repository.find_entry
    entry = find(session, software_id, "software")
    row = repository.current_authorisation(session, software_id, seller_id) if entry else None
    if entry is None or row is None:
        raise NotFound()
    if not (policies.can_see_drafts(actor, seller_id) or policies.can_see_drafts(actor, entry.owner_id)):
        raise NotFound()
    return entry, row


def _done(
    session: Session, actor: Actor, clock: Clock, entry: Entry, row: SellerAuthorisation, action: str
) -> SellerView:
    details = {"seller_id": row.seller_id, "ends_on": row.ends_on.isoformat() if row.ends_on else None}
    record(
        session, actor, action, "software", entry.id, at=clock.now(), owner=entry.owner_id, details=details
    )
    publish(session, "catalogue.sync", entry.id, at=clock.now())
    return seller_views(session, [row])[0]
