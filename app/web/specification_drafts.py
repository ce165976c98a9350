"""The desk's pages of one version: what is said about it, its requirements, the file, and the way to publication."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access.actor import Actor
from app.access.dependencies import ClockDep, SettingsDep
from app.access.permissions import Permission
from app.kit.database import SessionDep
from app.kit.errors import Conflict, FieldFault, Invalid, NotFound
from app.specifications import comparing, drafts, importing, publication, service
from app.specifications.dependencies import Editor, Publisher
from app.specifications.views import VersionView
from app.web.forms import Form, FormDep, UploadDep
from app.web.pages import flash, redirect, render
from app.web.specifications import TERMS
from catalogue_schema.requirements import SIZE_CLASSES, Requirement
from catalogue_schema.specification_document import requirement_json

router = APIRouter(prefix="/specification-desk/{specification_id}/versions/{number}", include_in_schema=False)

NEW: Final = "new"
"""Stands for the position of a requirement that is to be added."""
DONE: Final = {
    "proposal": "公開を申し出ました。同じ府省の別の編集担当が公開します。",
    "opening": "案として公開しました。",
    "publication": "公開しました。",
    "return": "下書きに戻しました。",
    "withdrawal": "撤回しました。",
}
_FACTS: Final = ("number", "published_on", "conform_by", "based_on", "corrects", "errata")


def _address(specification_id: str, number: str) -> str:
    return f"/specification-desk/{specification_id}/versions/{number}"


@router.get("")
def version_page(
    request: Request, specification_id: str, number: str, actor: Editor, session: SessionDep
) -> Response:
    """The version with all its requirements, and what may be done with it."""
    return _page(request, session, actor, specification_id, number, {}, [])


@router.post("")
def change(
    request: Request,
    specification_id: str,
    number: str,
    actor: Editor,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Change what is said about a draft."""
    patch: dict[str, Any] = {name: form.get(name) for name in _FACTS if name in form.values}
    patch["sources"] = _sources(form.get("sources"))
    try:
        view = drafts.change(session, actor, clock, specification_id, number, patch, form.get("etag"))
    except Invalid as refused:
        faults = [_on_sources(fault) for fault in refused.faults]
        return _page(request, session, actor, specification_id, number, form.typed(), faults)
    return flash(request, redirect(_address(specification_id, view.number)), "変更しました。")


def _sources(text: str) -> list[dict[str, str]]:
    """One source a line: its title, and its address behind a bar."""
    lines = [line.partition("|") for line in text.splitlines() if line.strip()]
    return [{"title": title.strip(), "url": url.strip()} for title, _, url in lines]


def _on_sources(fault: FieldFault) -> FieldFault:
    if not fault.pointer.startswith("/sources/"):
        return fault
    line = int(fault.pointer.split("/")[2]) + 1
    return FieldFault("/sources", fault.code, f"{line}行目：{fault.message}", fault.remedy)


@router.post("/file")
def upload(
    request: Request,
    specification_id: str,
    number: str,
    actor: Editor,
    form: UploadDep,
    session: SessionDep,
    clock: ClockDep,
    settings: SettingsDep,
) -> Response:
    """Queues the check of a ministry's file; its job page goes on from there."""
    if form.file is None:
        fault = FieldFault("/file", "required", "ファイルが選ばれていません。", "ファイルを選んでください。")
        return _page(request, session, actor, specification_id, number, {}, [fault])
    try:
        job = importing.begin(
            session,
            actor,
            clock,
            settings,
            specification_id,
            number,
            name=form.file.name,
            content=form.file.content,
            dry_run=True,
        )
    except Invalid as refused:
        faults = [FieldFault("/file", each.code, each.message, each.remedy) for each in refused.faults]
        return _page(request, session, actor, specification_id, number, {}, faults)
    return flash(request, redirect(f"/jobs/{job.id}"), "ファイルを受け取りました。内容を確かめています。")


@router.post("/renumbering")
def renumber(
    request: Request,
    specification_id: str,
    number: str,
    actor: Editor,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Keep which of the offered pairs are the same requirement; those that are not ticked are none."""
    pairs = dict(pair.split("=", 1) for pair in form.all("pair") if "=" in pair)
    try:
        drafts.change(
            session, actor, clock, specification_id, number, {"renumbered": pairs}, form.get("etag")
        )
    except Invalid as refused:
        return _page(request, session, actor, specification_id, number, {}, list(refused.faults))
    return flash(request, redirect(_address(specification_id, number)), "IDの変更を記録しました。")


@router.post("/proposal")
def propose(
    request: Request,
    specification_id: str,
    number: str,
    actor: Editor,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Propose the publication of a draft."""
    return _decide(request, session, actor, clock, specification_id, number, "proposal", form)


@router.post("/decision")
def decide(
    request: Request,
    specification_id: str,
    number: str,
    actor: Publisher,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Open for comment, publish, return or withdraw."""
    verb = form.get("verb")
    if verb not in publication.DECISIONS:
        raise Conflict("その操作はありません。画面を開き直してください。")
    return _decide(request, session, actor, clock, specification_id, number, verb, form)


def _decide(
    request: Request,
    session: SessionDep,
    actor: Actor,
    clock: ClockDep,
    specification_id: str,
    number: str,
    verb: str,
    form: Form,
) -> Response:
    try:
        publication.decide(session, actor, clock, specification_id, number, verb, form.get("reason"))
    except Invalid as refused:
        return _page(request, session, actor, specification_id, number, form.typed(), list(refused.faults))
    return flash(request, redirect(_address(specification_id, number)), DONE[verb])


@router.get("/requirements/{position}")
def requirement_page(
    request: Request, specification_id: str, number: str, position: str, actor: Editor, session: SessionDep
) -> Response:
    """The form of one requirement."""
    place = _position(position)
    version = _own_version(session, actor, specification_id, number)
    item = service.requirement_at(session, version, place) if place is not None else None
    return _requirement(request, session, actor, specification_id, version, position, _typed(item), [])


@router.post("/requirements/{position}")
def change_requirement(
    request: Request,
    specification_id: str,
    number: str,
    position: str,
    actor: Editor,
    form: FormDep,
    session: SessionDep,
    clock: ClockDep,
) -> Response:
    """Change, add or take out a requirement."""
    place = _position(position)
    given = None if form.action == "delete" and place is not None else _given(form)
    try:
        drafts.put_requirement(
            session, actor, clock, specification_id, number, place, given, form.get("etag")
        )
    except Invalid as refused:
        version = _own_version(session, actor, specification_id, number)
        faults = list(refused.faults)
        return _requirement(
            request, session, actor, specification_id, version, position, form.typed(), faults
        )
    said = "要件を削除しました。" if given is None else "要件を保存しました。"
    return flash(request, redirect(_address(specification_id, number)), said)


def _position(text: str) -> int | None:
    if text == NEW:
        return None
    if not text.isascii() or not text.isdecimal():
        raise NotFound("その要件はありません。")
    return int(text)


def _typed(item: Requirement | None) -> dict[str, str]:
    """A requirement as the form holds it."""
    if item is None:
        return {}
    plain = requirement_json(item)
    marks = {f"obligation/{name}": value for name, value in item.obligation.items()}
    texts = {name: plain[name] or "" for name in ("key", "kind", "text", "conform_by", "note")}
    return {**texts, "category": "\n".join(item.category), **marks}


def _given(form: Form) -> dict[str, Any]:
    """The form as a requirement."""
    obligation = {name: form.get(f"obligation/{name}") for name in SIZE_CLASSES}
    return {
        "key": form.get("key"),
        "kind": form.get("kind"),
        "category": [line.strip() for line in form.get("category").splitlines() if line.strip()],
        "text": form.get("text"),
        "obligation": {name: value for name, value in obligation.items() if value},
        "conform_by": form.get("conform_by") or None,
        "note": form.get("note"),
    }


def _own_version(session: SessionDep, actor: Actor, specification_id: str, number: str) -> VersionView:
    service.own(session, actor, specification_id)
    return service.read_version(session, actor, specification_id, number)


def _requirement(
    request: Request,
    session: SessionDep,
    actor: Actor,
    specification_id: str,
    version: VersionView,
    position: str,
    typed: Mapping[str, str],
    faults: list[FieldFault],
) -> Response:
    if not version.editable:
        raise Conflict(f"第{version.number}版は下書きではないので、変えられません。")
    return render(
        request,
        "specifications/requirement.html",
        422 if faults else 200,
        view=service.read_specification(session, actor, specification_id),
        version=version,
        position=position,
        new=position == NEW,
        typed=typed,
        faults=faults,
        **TERMS,
    )


def _page(
    request: Request,
    session: SessionDep,
    actor: Actor,
    specification_id: str,
    number: str,
    typed: Mapping[str, str],
    faults: list[FieldFault],
) -> Response:
    version = _own_version(session, actor, specification_id, number)
    view = service.read_specification(session, actor, specification_id)
    comparison = None
    if version.editable and version.based_on is not None and version.requirement_count:
        comparison = comparing.compare(session, actor, view.id, version.based_on, version.number)
    return render(
        request,
        "specifications/version.html",
        422 if faults else 200,
        view=view,
        version=version,
        page=service.requirements_page(session, version, limit=service.EVERY),
        comparison=comparison,
        proposed_by_me=version.proposed_by is not None and version.proposed_by == actor.person_id,
        may_publish=actor.may(Permission.SPECIFICATION_PUBLISH),
        typed=typed,
        faults=faults,
        address=_address(specification_id, version.number),
        **TERMS,
    )
