"""The job `specification-import`: a ministry's file into a draft version, all of it or nothing; and the same from the
command line."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, select

from app.access.actor import Actor, system_actor
from app.jobs import checked
from app.jobs.running import JobRefused, Run
from app.jobs.service import Upload
from app.jobs.views import JobView
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import FieldFault, Invalid, PlacedFault, invalid
from app.kit.ids import new_id
from app.kit.table_reading import TableUnreadable, format_of
from app.organisations.models import Organisation
from app.settings import Settings
from app.specifications import drafts, publication, repository, service
from app.specifications.files import read_file
from app.specifications.mapping import read_mapping
from app.specifications.models import Specification, SpecificationVersion
from app.specifications.reading import Reading, places, summary
from catalogue_schema import Schema
from catalogue_schema.requirements import Requirement
from catalogue_schema.specification_document import FORMAT, read_requirements

KIND, TITLE = "specification-import", "標準仕様書の取込み"
DOUBTS_KEPT: Final = 200
"""How many doubts a job's result tells."""


def begin(
    session: Session,
    actor: Actor,
    clock: Clock,
    settings: Settings,
    specification_id: str,
    number: str,
    *,
    name: str,
    content: bytes,
    dry_run: bool,
) -> JobView:
    """Queue the import of a file into a draft, by the specification's mapping.

    Raises NotFound, Forbidden, Conflict for a version that is fixed, TooLarge, Invalid.
    """
    row = service.own(session, actor, specification_id)
    version = service.read_version(session, actor, row.id, number)
    drafts.require_draft(session.get_one(SpecificationVersion, version.id))
    if not _is_document(content):
        service.require_mapping(row)
    return checked.begin(
        session,
        actor,
        clock,
        settings,
        kind=KIND,
        title=f"{TITLE}の確認" if dry_run else TITLE,
        upload=Upload(name, content),
        options={"dry_run": dry_run, "specification_id": row.id, "number": version.number},
        recognise=_recognise,
    )


def confirm(session: Session, actor: Actor, clock: Clock, job_id: str) -> JobView:
    """Queue the import of the very file that a dry run found no fault in. Raises NotFound, Forbidden, Conflict."""
    return checked.confirm(session, actor, clock, job_id, kind=KIND, title=TITLE)


def _recognise(content: bytes) -> None:
    if not _is_document(content):
        format_of(content)


def _is_document(content: bytes) -> bool:
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


class SpecificationImport:
    """The handler: reads the whole file first, then writes all requirements in one transaction."""

    def __init__(self, settings: Settings) -> None:
        self._unpacked = settings.import_unpacked_bytes

    def __call__(self, run: Run) -> None:
        """Do the job. Raises JobRefused with every fault of the file."""
        dry = bool(run.options.get("dry_run"))
        specification_id, number = str(run.options["specification_id"]), str(run.options["number"])
        content = run.content()
        with run.database.read() as session:
            row = service.own(session, run.actor, specification_id)
            scheme, mapping = row.id_scheme, row.mapping
        try:
            reading = read_content(content, mapping, scheme, self._unpacked)
        except TableUnreadable as refused:
            reading = Reading(faults=list(refused.faults))
        result = {"dry_run": dry, "requirements": len(reading.requirements), "kinds": reading.counts()}
        result |= {"specification_id": specification_id, "number": number}
        result |= {"doubts": places(reading.doubts[:DOUBTS_KEPT]), "doubt_count": len(reading.doubts)}
        if reading.faults:
            message = f"{len(reading.faults)}件の誤りがあります。何も変更していません。{summary(reading)}"
            raise JobRefused(message, reading.faults, result)
        with run.completing() as done:
            row = service.own(done.session, run.actor, specification_id)
            view = service.read_version(done.session, run.actor, row.id, number)
            version = done.session.get_one(SpecificationVersion, view.id)
            drafts.require_draft(version)
            if not dry:
                digest = hashlib.sha256(content).hexdigest()
                drafts.write(done.session, run.actor, run.clock, row, version, reading.requirements, digest)
            done.result = result
            done.message = f"{'誤りはありません。' if dry else '取り込みました。'}{summary(reading)}"


def read_content(content: bytes, mapping: str, id_scheme: str, unpacked_at_most: int) -> Reading:
    """The requirements of a file: JSON by the published schema, or a table. Raises TableUnreadable, Invalid."""
    if _is_document(content):
        return _read_document(content, id_scheme)
    return read_file(content, read_mapping(mapping), id_scheme, unpacked_at_most=unpacked_at_most)


def _read_document(content: bytes, id_scheme: str) -> Reading:
    data = parsed_document(content)
    requirements, faults = read_requirements(data["requirements"], id_scheme)
    if faults:
        placed = [PlacedFault(each.code, each.message, each.remedy, cell=each.pointer) for each in faults]
        return Reading(faults=placed)
    return Reading(requirements=requirements)


def parsed_document(content: bytes) -> dict[str, Any]:
    """The document. Raises Invalid for what is none."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise invalid(
            "/file", "bad_json", f"JSONとして読めません（{error}）。", "UTF-8のJSONにしてください。"
        ) from error
    if (
        not isinstance(data, dict)
        or data.get("format") != FORMAT
        or not isinstance(data.get("requirements"), list)
    ):
        message = f"標準仕様書の文書（format が {FORMAT}）ではありません。"
        raise invalid(
            "/file", "format", message, "GET /api/v1/specifications/schema の形に合わせてください。"
        )
    return data


@dataclass(frozen=True)
class FileReport:
    """What an import from the command line did, or would do."""

    title: str
    number: str
    reading: Reading
    written: bool

    def __str__(self) -> str:
        """What the command line prints."""
        done = "取り込みました。" if self.written else "確認だけをしました。何も取り込んでいません。"
        return f"{self.title} 第{self.number}版：{summary(self.reading)}{done}"


class FileRefused(Exception):
    """The file has faults: nothing was written."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(f"{len(reading.faults)}件の誤りがあります。")
        self.reading = reading


def import_file(
    database: Database,
    settings: Settings,
    schema: Schema,
    clock: Clock,
    file: Path,
    mapping: Path | None,
    *,
    dry_run: bool,
    in_force: bool,
) -> FileReport:
    """Import a file as the operator: registers the specification where it is not known, and makes or fills a draft.

    `in_force` publishes it as hosted: a file that the ministry itself has published, taken over as it is. Raises
    Invalid for the mapping and what it says, FileRefused with every fault of the file, Conflict for a version that is
    fixed already.
    """
    content = file.read_bytes()
    if len(content) > settings.import_limit_bytes:
        message = f"ファイルは {settings.import_limit_bytes:,} バイトまでです。"
        raise invalid("/file", "too_large", message, "分けるか、DMP_IMPORT_LIMIT_BYTES を変えてください。")
    mapping_text = mapping.read_text("utf-8") if mapping else ""
    said, version_said = _said(content, mapping_text)
    with database.write() as session:
        session.info["audit_salt"] = settings.secret_key.get_secret_value()
        actor = system_actor("import-specification")
        row = _specification(session, actor, clock, schema, said, mapping_text)
        try:
            reading = read_content(content, mapping_text, row.id_scheme, settings.import_unpacked_bytes)
        except TableUnreadable as refused:
            reading = Reading(faults=list(refused.faults))
        if reading.faults:
            raise FileRefused(reading)
        version = _version(session, actor, clock, row, version_said)
        digest = hashlib.sha256(content).hexdigest()
        drafts.write(session, actor, clock, row, version, reading.requirements, digest)
        _renumber(session, actor, clock, row, version, version_said, reading.requirements)
        if in_force:
            publication.host(session, actor, clock, row, version)
        report = FileReport(row.title, version.number, reading, written=not dry_run)
        if dry_run:
            whole = session.get_transaction()
            assert whole is not None  # `write` began it
            whole.rollback()
    return report


def _said(content: bytes, mapping_text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the mapping and the document say about specification and version; the mapping's word counts more."""
    mapping = read_mapping(mapping_text) if mapping_text else None
    said: dict[str, Any] = {}
    version: dict[str, Any] = {}
    if _is_document(content):
        data = parsed_document(content)
        said |= dict(data.get("specification") or {})
        version |= {
            name: value for name, value in dict(data.get("version") or {}).items() if name != "status"
        }
    elif mapping is None:
        raise invalid("/mapping", "required", "列の対応表がありません。", "--mapping で指定してください。")
    if mapping is not None:
        said |= dict(mapping.specification)
        version |= dict(mapping.version)
    if not said.get("key"):
        message = "どの標準仕様書かが書かれていません。"
        raise invalid(
            "/mapping/specification/key", "required", message, "[specification] に key を書いてください。"
        )
    return said, version


def _specification(
    session: Session, actor: Actor, clock: Clock, schema: Schema, said: dict[str, Any], mapping: str
) -> Specification:
    row = repository.by_key(session, str(said["key"]))
    if row is None:
        ministry = str(said.get("ministry", ""))
        row = Specification(
            id=new_id("spec"),
            key=str(said["key"]),
            business_area=str(said.get("business_area", "")),
            title=str(said.get("title", "")),
            steward_id=_steward(session, ministry),
            ministry=ministry,
            id_scheme=str(said.get("id_scheme", "function_id")),
            sample=bool(said.get("sample", False)),
            page_url=str(said.get("page_url", "")),
            mapping=mapping,
            created_at=clock.now(),
        )
        service.add(session, actor, clock, schema, row)
    return row


def _steward(session: Session, ministry: str) -> str | None:
    """The organisation of that name, if the ministry was admitted."""
    statement = select(col(Organisation.id)).where(
        col(Organisation.name) == ministry, col(Organisation.kind).in_(service.STEWARD_KINDS)
    )
    return session.exec(statement.order_by(col(Organisation.id))).first()


def _version(
    session: Session, actor: Actor, clock: Clock, row: Specification, said: dict[str, Any]
) -> SpecificationVersion:
    number = str(said.get("number", ""))
    given = {name: value for name, value in said.items() if name != "renumbered"}
    for version in repository.versions_of(session, [row.id])[row.id]:
        if version.number == number:
            drafts.require_draft(version)
            return version
    if not number:
        message = "版の番号がありません。"
        raise Invalid(
            [
                FieldFault(
                    "/mapping/version/number", "required", message, "[version] に number を書いてください。"
                )
            ]
        )
    return drafts.draft(session, actor, clock, row, given)


def _renumber(
    session: Session,
    actor: Actor,
    clock: Clock,
    row: Specification,
    version: SpecificationVersion,
    said: dict[str, Any],
    items: list[Requirement],
) -> None:
    if said.get("renumbered") and version.based_on_id is not None and items:
        drafts.renumber(session, actor, clock, row, version, said["renumbered"])
