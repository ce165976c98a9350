"""The vendor's desk: what to do next, all software and offers, and the software of others that it sells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, guarded
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Invalid
from app.listings import service as listings
from app.listings.dependencies import SchemaDep
from app.web import list_columns_listings
from app.web.forms import Form, FormDep
from app.web.list_files import ListAsked, ListAskedDep, ListLinks, list_file, part_links
from app.web.pages import flash, redirect, render
from app.web.vendor_words import last_day_of

router = APIRouter(include_in_schema=False)

Writer = Annotated[Actor, guarded(Permission.LISTING_WRITE)]
PLACES = {"software": "/vendor/software", "offer": "/vendor/offers"}


@dataclass(frozen=True)
class Task:
    """One line of 「次にすること」."""

    text: str
    href: str
    link: str
    tone: str = "info"


def tasks(desk: listings.Desk) -> Iterator[Task]:
    """What to do next, in words, most pressing first."""
    for step in desk.steps:
        entry = step.entry
        address = f"{PLACES[entry.kind]}/{entry.id}" if entry else ""
        name = f"「{entry.name}」" if entry else ""
        match step.step:
            case "agreement":
                yield Task(
                    "有効な基本契約がありません。下書きは作れますが、申請と公開には基本契約が必要です。",
                    "/vendor/agreement",
                    "基本契約を確かめる",
                    "warning",
                )
            case "accept" if step.seller is not None:
                said = f"{step.seller.developer.name} から「{step.seller.software_name}」の販売者に指名されています。"
                yield Task(said, "#selling", "承諾するか決める")
            case "suspended":
                yield Task(f"{name}は掲載を停止されています。", address, "理由を読む", "error")
            case "returned":
                yield Task(f"{name}が差し戻されました。", address, "指摘を読んで直す", "warning")
            case "rejected":
                yield Task(f"{name}は不承認になりました。", address, "理由を読む", "warning")
            case "finish":
                yield Task(f"{name}は、必須の項目があと{step.missing}件です。", address, "下書きを続ける")
            case "submit":
                yield Task(
                    f"{name}は、必須の項目がそろいました。", f"{address}/submission", "確かめて申請する"
                )
            case "offer" if entry is not None:
                new = f"/vendor/offers/new?software_id={entry.id}"
                yield Task(f"{name}には、価格を示したサービスがまだありません。", new, "サービスを登録する")
            case "waiting":
                yield Task(f"{name}は審査に出ています。結果はメールでも届きます。", address, "状況を見る")
            case "begin":
                yield Task("まだ何も登録されていません。", "/vendor/software/new", "ソフトウェアを登録する")


@router.get("/vendor")
def dashboard(
    request: Request,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    schema: SchemaDep,
    listed: ListAskedDep,
    software: Annotated[str | None, Query(max_length=400)] = None,
    offers: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """The desk."""
    if listed.format:
        return _desk_file(listed, session, actor, clock)
    desk = listings.desk(
        session, actor, clock, schema, software_cursor=software or None, offers_cursor=offers or None
    )
    return render(
        request,
        "vendor/dashboard.html",
        desk=desk,
        tasks=list(tasks(desk)),
        places_of=PLACES,
        software_listed=part_links("/vendor", "software", desk.software_total),
        offers_listed=part_links("/vendor", "offers", desk.offers_total),
        selling_listed=part_links("/vendor", "selling", len(desk.selling)),
    )


def _desk_file(listed: ListAsked, session: SessionDep, actor: Actor, clock: ClockDep) -> Response:
    """One of the desk's lists, all of it, in the order of the screen."""
    if listed.part == "selling":
        return list_file(listed, list_columns_listings.SELLING, listings.selling(session, actor), clock)
    kind, title = ("offer", "サービス（価格）") if listed.part == "offers" else ("software", "ソフトウェア")
    found = list(listings.owned_entries(session, actor, kind, clock.today()))
    return list_file(listed, list_columns_listings.entries(kind, title), found[::-1], clock)


@router.post("/vendor/selling/{software_id}/acceptance")
def accept(
    request: Request, software_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """The named seller accepts."""
    view = listings.accept_seller(session, actor, clock, software_id, actor.organisation_id or "")
    return flash(request, redirect("/vendor#selling"), f"「{view.software_name}」の販売を承諾しました。")


@router.get("/vendor/selling/{software_id}/ending")
def ask_ending(request: Request, software_id: str, actor: Writer, session: SessionDep) -> Response:
    """Asks for the last day, as the seller."""
    return _ending_page(request, actor, session, software_id, actor.organisation_id or "", "/vendor", Form())


@router.post("/vendor/selling/{software_id}/ending")
def end(
    request: Request, software_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """The seller ends the authorisation."""
    return _end(request, actor, session, clock, software_id, actor.organisation_id or "", "/vendor", form)


@router.get("/vendor/software/{software_id}/sellers")
def sellers(
    request: Request,
    software_id: str,
    actor: Writer,
    session: SessionDep,
    clock: ClockDep,
    listed: ListAskedDep,
) -> Response:
    """Who may sell the software."""
    if listed.format:
        found = listings.sellers_of(session, actor, software_id)
        return list_file(listed, list_columns_listings.SELLING, found, clock)
    return _sellers_page(request, actor, session, clock, software_id, Form())


@router.post("/vendor/software/{software_id}/sellers")
def authorise(
    request: Request, software_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
) -> Response:
    """The developer names a seller."""
    try:
        view = listings.authorise_seller(session, actor, clock, software_id, form.get("seller"))
    except Invalid as refusal:
        return _sellers_page(request, actor, session, clock, software_id, form, refusal)
    done = redirect(f"/vendor/software/{software_id}/sellers")
    return flash(
        request, done, f"{view.seller.name} を販売者に指名しました。相手が承諾すると有効になります。"
    )


@router.get("/vendor/software/{software_id}/sellers/{seller_id}/ending")
def ask_ending_as_developer(
    request: Request, software_id: str, seller_id: str, actor: Writer, session: SessionDep
) -> Response:
    """Asks for the last day, as the developer."""
    back = f"/vendor/software/{software_id}/sellers"
    return _ending_page(request, actor, session, software_id, seller_id, back, Form())


@router.post("/vendor/software/{software_id}/sellers/{seller_id}/ending")
def end_as_developer(
    request: Request,
    software_id: str,
    seller_id: str,
    actor: Writer,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """The developer ends the authorisation."""
    back = f"/vendor/software/{software_id}/sellers"
    return _end(request, actor, session, clock, software_id, seller_id, back, form)


def _sellers_page(
    request: Request,
    actor: Actor,
    session: SessionDep,
    clock: ClockDep,
    software_id: str,
    form: Form,
    refusal: Invalid | None = None,
) -> Response:
    entry = listings.read_entry(session, actor, "software", software_id, clock.today())
    found = listings.sellers_of(session, actor, software_id)
    return render(
        request,
        "vendor/sellers.html",
        status=422 if refusal else 200,
        entry=entry,
        sellers=found,
        listed=ListLinks(f"/vendor/software/{software_id}/sellers", len(found)),
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


def _ending_page(
    request: Request,
    actor: Actor,
    session: SessionDep,
    software_id: str,
    seller_id: str,
    back: str,
    form: Form,
    refusal: Invalid | None = None,
) -> Response:
    view = listings.seller_of(session, actor, software_id, seller_id)
    return render(
        request,
        "vendor/seller_ending.html",
        status=422 if refusal else 200,
        view=view,
        back=back,
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


def _end(
    request: Request,
    actor: Actor,
    session: SessionDep,
    clock: ClockDep,
    software_id: str,
    seller_id: str,
    back: str,
    form: Form,
) -> Response:
    try:
        view = listings.end_seller(
            session, actor, clock, software_id, seller_id, last_day_of(form, required=False)
        )
    except Invalid as refusal:
        return _ending_page(request, actor, session, software_id, seller_id, back, form, refusal)
    return flash(request, redirect(back), f"{view.seller.name} による販売の許諾を終了しました。")
