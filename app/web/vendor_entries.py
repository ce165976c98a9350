"""One software or offer of the vendor: its state, submission and recall, leaving the catalogue and coming back."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep
from app.catalogue.detail import preview_view, price_lines
from app.kit.database import SessionDep
from app.kit.errors import Invalid, NotFound
from app.kit.pagination import Paging
from app.listings import service as listings
from app.listings.dependencies import SchemaDep
from app.review import reading as review_reading
from app.review import service as review
from app.review.dependencies import RulesDep
from app.review.rules import ReviewRules
from app.web.audit import audit_path
from app.web.forms import Form, FormDep
from app.web.pages import flash, redirect, render
from app.web.tray import Tray
from app.web.vendor import PLACES, Writer
from app.web.vendor_words import last_day_of
from catalogue_schema import Schema

NOUNS = {"software": "ソフトウェア", "offer": "サービス"}


def _router(kind: str) -> APIRouter:
    router = APIRouter(prefix=PLACES[kind], include_in_schema=False)

    def address(entry_id: str) -> str:
        return f"{PLACES[kind]}/{entry_id}"

    @router.get("/{entry_id}")
    def overview(
        request: Request,
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        rules: RulesDep,
    ) -> Response:
        """The state of things, and what can be done now."""
        entry = own(session, actor, clock, kind, entry_id)
        offers: list[listings.EntryView] = []
        software = None
        if kind == "software":
            offers, _ = listings.owned_page(
                session, actor, "offer", clock.today(), Paging(None, 100), software_id=entry_id
            )
        elif entry.software_id is not None:
            software = listings.software_name(session, entry.software_id)
        return render(
            request,
            "vendor/entry.html",
            entry=entry,
            noun=NOUNS[kind],
            place=PLACES[kind],
            audit_path=audit_path(actor, entry_id),
            offers=offers,
            software_name=software,
            decision=review_reading.last_decision(session, actor, clock, schema, kind, entry_id),
            submission=review_reading.open_submission(session, actor, clock, rules, kind, entry_id),
            completeness=schema.completeness(kind, entry.working.answers if entry.working else {}),
            revisions=listings.list_revisions(session, actor, kind, entry_id, clock.today())[0],
            groups=group_states(schema, kind, entry),
        )

    @router.get("/{entry_id}/preview")
    def preview(
        request: Request,
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """The working revision as the public will see it; an offer by its own card, as it stands on the listing."""
        entry = own(session, actor, clock, kind, entry_id)
        if kind == "software" and entry.working is not None:
            return render(
                request,
                "public/listing.html",
                view=preview_view(session, schema, entry, entry.working, clock.today()),
                preview_of=f"{PLACES[kind]}/{entry_id}",
                tray=Tray((), ""),
                steps=[],
                contracts=[],
                more_contracts=None,
                revocations=[],
                ended_suspensions=[],
            )
        return _revision_page(request, schema, clock, entry, entry.working, preview=True)

    @router.get("/{entry_id}/revisions/{number}")
    def revision(
        request: Request,
        entry_id: str,
        number: int,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """Any numbered revision, by the schema of its time."""
        entry = own(session, actor, clock, kind, entry_id)
        known = {
            row.number: row
            for row in listings.list_revisions(session, actor, kind, entry_id, clock.today())[0]
        }
        return _revision_page(request, schema, clock, entry, known.get(number), preview=False)

    @router.get("/{entry_id}/submission")
    def check(
        request: Request,
        entry_id: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        rules: RulesDep,
    ) -> Response:
        """What is still missing, each with a link; the button when nothing is, and what pressing it brings."""
        return _submission_page(request, session, actor, clock, schema, rules, kind, entry_id, 200)

    @router.post("/{entry_id}/submission")
    def submit(
        request: Request,
        entry_id: str,
        actor: Writer,
        form: FormDep,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        rules: RulesDep,
    ) -> Response:
        """Hands the draft in that was on the screen."""
        try:
            version = form.get("version") or None
            case = review.submit(session, actor, clock, schema, rules, kind, entry_id, version)
        except Invalid:
            return _submission_page(request, session, actor, clock, schema, rules, kind, entry_id, 422)
        if case.self_published:
            said = "軽微な変更だけなので、審査を待たずに公開しました。"
        else:
            said = "審査に申請しました。結果はメールでもお知らせします。"
        return flash(request, redirect(address(entry_id)), said)

    @router.post("/{entry_id}/recall")
    def recall(
        request: Request,
        entry_id: str,
        actor: Writer,
        form: FormDep,
        session: SessionDep,
        clock: ClockDep,
        rules: RulesDep,
    ) -> Response:
        """Takes the submission back."""
        review.recall(session, actor, clock, rules, kind, entry_id)
        return flash(
            request, redirect(address(entry_id)), "申請を引き戻しました。編集してから、もう一度申請できます。"
        )

    @router.get("/{entry_id}/withdrawal")
    def ask_withdrawal(
        request: Request, entry_id: str, actor: Writer, session: SessionDep, clock: ClockDep
    ) -> Response:
        """Asks before withdrawing."""
        entry = own(session, actor, clock, kind, entry_id)
        return _leaving(request, "vendor/withdrawal.html", entry, Form())

    @router.post("/{entry_id}/withdrawal")
    def withdraw(
        request: Request, entry_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
    ) -> Response:
        """Out of the catalogue, until resumed."""
        try:
            listings.withdraw(session, actor, clock, kind, entry_id, form.get("reason"))
        except Invalid as refusal:
            entry = own(session, actor, clock, kind, entry_id)
            return _leaving(request, "vendor/withdrawal.html", entry, form, refusal)
        return flash(request, redirect(address(entry_id)), "掲載を取り下げました。")

    @router.get("/{entry_id}/retirement")
    def ask_retirement(
        request: Request, entry_id: str, actor: Writer, session: SessionDep, clock: ClockDep
    ) -> Response:
        """Asks for the last day."""
        entry = own(session, actor, clock, kind, entry_id)
        return _leaving(request, "vendor/retirement.html", entry, Form())

    @router.post("/{entry_id}/retirement")
    def retire(
        request: Request, entry_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
    ) -> Response:
        """Announces the last day."""
        try:
            day = last_day_of(form)
            assert day is not None  # required
            listings.retire(session, actor, clock, kind, entry_id, day)
        except Invalid as refusal:
            entry = own(session, actor, clock, kind, entry_id)
            return _leaving(request, "vendor/retirement.html", entry, form, refusal)
        return flash(
            request, redirect(address(entry_id)), "提供の終了を決めました。最終日まで掲載を続けます。"
        )

    @router.post("/{entry_id}/resumption")
    def resume(
        request: Request, entry_id: str, actor: Writer, form: FormDep, session: SessionDep, clock: ClockDep
    ) -> Response:
        """Back into the catalogue after the vendor's own withdrawal."""
        listings.resume(session, actor, clock, kind, entry_id)
        return flash(request, redirect(address(entry_id)), "掲載を再開しました。")

    return router


def own(session: SessionDep, actor: Actor, clock: ClockDep, kind: str, entry_id: str) -> listings.EntryView:
    """The vendor's own entry; another's is not found here, even when the catalogue shows it. Raises NotFound."""
    return listings.read_own(session, actor, kind, entry_id, clock.today())


def group_states(schema: Schema, kind: str, entry: listings.EntryView) -> list[dict[str, Any]]:
    """Each section of the form with what is answered and what is still required."""
    answers = entry.working.answers if entry.working else {}
    missing = {field.name for field in schema.completeness(kind, answers).required_missing}
    return [
        {
            "name": group.name,
            "label": group.label_ja,
            "total": len(group.fields),
            "answered": sum(1 for field in group.fields if field.name in answers),
            "missing": sum(1 for field in group.fields if field.name in missing),
        }
        for group in schema.groups(kind)
    ]


def _revision_page(
    request: Request,
    schema: Schema,
    clock: ClockDep,
    entry: listings.EntryView,
    revision: listings.RevisionView | None,
    *,
    preview: bool,
) -> Response:
    if revision is None:
        raise NotFound()
    lines = price_lines(schema, revision.answers, clock.today()) if entry.kind == "offer" else ()
    return render(
        request,
        "vendor/preview.html",
        entry=entry,
        revision=revision,
        place=PLACES[entry.kind],
        noun=NOUNS[entry.kind],
        lines=lines,
        preview=preview,
    )


def _submission_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    rules: ReviewRules,
    kind: str,
    entry_id: str,
    status: int,
) -> Response:
    entry = own(session, actor, clock, kind, entry_id)
    ahead = review.look_ahead(session, actor, clock, schema, rules, kind, entry_id)
    check = ahead.check
    groups = {field.name: field.group for field in schema.fields(kind)}
    faults = []
    for fault in check.faults:
        field = fault.pointer.removeprefix("/answers/").split("/")[0]
        where = f"{PLACES[kind]}/{entry_id}/edit/{groups[field]}#{field}" if field in groups else ""
        faults.append((fault, where))
    return render(
        request,
        "vendor/submission.html",
        status=status,
        entry=entry,
        noun=NOUNS[kind],
        place=PLACES[kind],
        check=check,
        ahead=ahead,
        listed=faults,
    )


def _leaving(
    request: Request, template: str, entry: listings.EntryView, form: Form, refusal: Invalid | None = None
) -> Response:
    return render(
        request,
        template,
        status=422 if refusal else 200,
        entry=entry,
        noun=NOUNS[entry.kind],
        place=PLACES[entry.kind],
        typed=form.typed(),
        faults=list(refusal.faults) if refusal else [],
    )


router = APIRouter()
for _kind in PLACES:
    router.include_router(_router(_kind))
