"""The editor: one section of the form at a time, saved by itself; nothing typed is ever lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep
from app.kit.database import SessionDep
from app.kit.errors import FieldFault, Invalid, NotFound, PreconditionFailed, TransitionRefused
from app.listings import service as listings
from app.listings.dependencies import SchemaDep
from app.review import reading as review_reading
from app.review.views import FindingView
from app.web import vendor_merging
from app.web.answers import form_groups
from app.web.forms import Form, FormDep
from app.web.pages import flash, redirect, render
from app.web.vendor import PLACES, Writer
from app.web.vendor_entries import NOUNS, group_states, own
from catalogue_schema import Fault, Schema


@dataclass(frozen=True)
class Remark:
    """A reviewer's finding as the form shows it beside its field."""

    pointer: str
    message: str
    remedy: str
    label: str = "審査の指摘"


@dataclass(frozen=True)
class Stale:
    """Somebody saved or submitted meanwhile: what is stored now against what was typed here."""

    message: str
    choices: Sequence[vendor_merging.Choice]
    editable: bool


@dataclass(frozen=True)
class Section:
    """The address of one section of one kind's form."""

    kind: str
    group: str

    @property
    def place(self) -> str:
        """The path above the entries of the kind."""
        return PLACES[self.kind]

    def check(self, schema: Schema) -> None:
        """Raise NotFound for a section that the schema does not have."""
        if self.group not in {group.name for group in schema.groups(self.kind)}:
            raise NotFound()

    def following(self, schema: Schema) -> str | None:
        """The next section's name, if any."""
        names = [group.name for group in schema.groups(self.kind)]
        return next(iter(names[names.index(self.group) + 1 :]), None)


def _new_router(kind: str) -> APIRouter:
    router = APIRouter(prefix=PLACES[kind], include_in_schema=False)

    @router.get("/new")
    def new(
        request: Request,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
        software_id: Annotated[str, Query(max_length=60)] = "",
    ) -> Response:
        """The first section, empty."""
        return _new_page(request, session, actor, clock, schema, kind, software_id, {}, None, [])

    @router.post("/new")
    def register(
        request: Request,
        actor: Writer,
        form: FormDep,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """Registers with the first section's answers and goes on to the second."""
        first = Section(kind, schema.groups(kind)[0].name)
        software_id = form.get("software_id")
        answers, unread = schema.from_form(kind, form.values, first.group)
        if form.more_rows_of is not None:
            return _new_page(request, session, actor, clock, schema, kind, software_id, answers, form, [])
        try:
            refuse_unreadable(schema, kind, answers, [*unread, *_nameless(schema, kind, answers)], clock)
            if kind == "software":
                made = listings.register_software(session, actor, clock, schema, answers)
            else:
                made = listings.register_offer(session, actor, clock, schema, software_id, answers)
        except Invalid as refusal:
            return _new_page(
                request, session, actor, clock, schema, kind, software_id, answers, form, list(refusal.faults)
            )
        onward = first.following(schema) or first.group
        done = redirect(f"{PLACES[kind]}/{made.id}/edit/{onward}")
        return flash(request, done, f"下書きを登録しました（{made.id}）。続けて入力できます。")

    return router


def _new_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    kind: str,
    software_id: str,
    answers: Mapping[str, Any],
    form: Form | None,
    faults: list[FieldFault],
) -> Response:
    first = schema.groups(kind)[0].name
    name = ""
    if kind == "offer":
        name = listings.offerable_software(session, actor, clock, software_id)
    return render(
        request,
        "vendor/new.html",
        status=422 if faults else 200,
        noun=NOUNS[kind],
        place=PLACES[kind],
        software_id=software_id,
        software_name=name,
        groups=form_groups(schema, kind, answers, group=first, form=form),
        faults=faults,
    )


def _edit_router(kind: str) -> APIRouter:
    router = APIRouter(prefix=PLACES[kind], include_in_schema=False)

    @router.get("/{entry_id}/edit/{group}")
    def edit(
        request: Request,
        entry_id: str,
        group: str,
        actor: Writer,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """One section of the form, filled."""
        section = Section(kind, group)
        section.check(schema)
        entry = own(session, actor, clock, kind, entry_id)
        return _edit_page(request, session, actor, clock, schema, section, entry, _answers(entry))

    @router.post("/{entry_id}/edit/{group}")
    def save(
        request: Request,
        entry_id: str,
        group: str,
        actor: Writer,
        form: FormDep,
        session: SessionDep,
        clock: ClockDep,
        schema: SchemaDep,
    ) -> Response:
        """Saves one section, and goes on to the next one or back to the overview."""
        section = Section(kind, group)
        section.check(schema)
        form = vendor_merging.merged(schema, kind, form, _answers(own(session, actor, clock, kind, entry_id)))
        typed, unread = schema.from_form(kind, form.values, group)
        status, faults, stale = 200, list[FieldFault](), None
        if form.more_rows_of is None:
            try:
                refuse_unreadable(schema, kind, typed, unread, clock)
                saved = listings.replace_section(
                    session, actor, clock, schema, kind, entry_id, group, typed, form.get("version") or None
                )
            except Invalid as refusal:
                status, faults = 422, list(refusal.faults)
            except (PreconditionFailed, TransitionRefused) as refusal:
                status = refusal.status
                stale = _stale(session, actor, clock, schema, section, entry_id, form, typed, refusal)
            else:
                return _saved(request, schema, section, saved, form)
        entry = own(session, actor, clock, kind, entry_id)
        # Only a form that was shown the newer state may overwrite it: it then carries the newer version.
        version = entry.etag if stale else form.get("version")
        return _edit_page(
            request,
            session,
            actor,
            clock,
            schema,
            section,
            entry,
            typed,
            status=status,
            form=form,
            faults=faults,
            stale=stale,
            version=version,
        )

    return router


def _saved(
    request: Request, schema: Schema, section: Section, saved: listings.EntryView, form: Form
) -> Response:
    onward = section.following(schema)
    address = f"{section.place}/{saved.id}"
    if form.action == "save-next" and onward is not None:
        address += f"/edit/{onward}"
    elif form.action == "save-stay":
        address += f"/edit/{section.group}"
    return flash(request, redirect(address), "保存しました。")


def _answers(entry: listings.EntryView) -> Mapping[str, Any]:
    return entry.working.answers if entry.working else {}


def _nameless(schema: Schema, kind: str, answers: Mapping[str, Any]) -> list[Fault]:
    """A draft without a name could not be told from the next one in any list."""
    if str(answers.get("name", "")).strip():
        return []
    label = schema.field(kind, "name").label_ja
    return [
        Fault(
            "/name",
            "required",
            f"「{label}」は必要です。",
            "後から変えられます。仮の名前でもかまいません。",
            "name",
        )
    ]


def refuse_unreadable(
    schema: Schema, kind: str, answers: Mapping[str, Any], unread: Sequence[Any], clock: ClockDep
) -> None:
    """Raise Invalid with what could not be read, and with the other faults of the same section."""
    if not unread:
        return
    places = {fault.pointer for fault in unread}
    others = [
        fault
        for fault in schema.validate(kind, answers, "draft", clock.today())
        if fault.pointer not in places
    ]
    raise Invalid(
        [
            FieldFault("/answers" + fault.pointer, fault.code, fault.message, fault.remedy)
            for fault in [*unread, *others]
        ]
    )


def _stale(
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    section: Section,
    entry_id: str,
    form: Form,
    typed: Mapping[str, Any],
    refusal: PreconditionFailed | TransitionRefused,
) -> Stale:
    entry = own(session, actor, clock, section.kind, entry_id)
    names = {field.name for field in schema.fields(section.kind) if field.group == section.group}
    now = {name: value for name, value in _answers(entry).items() if name in names}
    mine = schema.normalise(section.kind, typed)
    choices = vendor_merging.choices(form, schema.changes(section.kind, now, mine), now, mine)
    editable = isinstance(refusal, PreconditionFailed)
    message = (
        "この画面を開いた後に、ほかの人が保存しました。あなたの入力はまだ保存していません。"
        if editable
        else "この画面を開いた後に、審査への申請などで編集できない状態になりました。あなたの入力は保存していません。"
    )
    return Stale(message, choices, editable)


def _edit_page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    schema: Schema,
    section: Section,
    entry: listings.EntryView,
    answers: Mapping[str, Any],
    *,
    status: int = 200,
    form: Form | None = None,
    faults: Sequence[FieldFault] = (),
    stale: Stale | None = None,
    version: str = "",
) -> Response:
    working = entry.working
    open_to_edit = working is None or working.editable or working.status in ("approved", "rejected")
    decision = review_reading.last_decision(session, actor, clock, schema, section.kind, entry.id)
    findings: Sequence[FindingView] = ()
    if decision is not None and decision.status == "returned" and entry.draft is not None:
        findings = decision.findings
    return render(
        request,
        "vendor/edit.html",
        status=status,
        entry=entry,
        section=section,
        noun=NOUNS[section.kind],
        groups=form_groups(schema, section.kind, answers, group=section.group, form=form),
        states=group_states(schema, section.kind, entry),
        version=version or entry.etag,
        # A form shown again keeps what it was opened with; after a conflict it was opened with what is stored now.
        base=vendor_merging.marks(schema, section.kind, section.group, _answers(entry))
        if form is None or stale
        else form.get(vendor_merging.BASE),
        following=section.following(schema),
        locked=not open_to_edit,
        stale=stale,
        faults=list(faults),
        remarks=[
            Remark(f"/answers/{row.field}", f"{row.reason_label}：{row.text}", row.hint)
            for row in findings
            if row.field
        ],
        general=[row for row in findings if not row.field],
    )


router = APIRouter()
# `/new` must come before `/{entry_id}` of vendor_entries: this router is mounted first.
for _kind in PLACES:
    router.include_router(_new_router(_kind))
    router.include_router(_edit_router(_kind))
