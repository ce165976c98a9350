"""The job `contract-import`: a body's existing contracts from one file, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.access.actor import Actor
from app.access.permissions import Permission
from app.audit.record import record
from app.bulk.reading import Limits
from app.jobs import checked
from app.jobs.running import JobRefused, Run
from app.jobs.service import Upload
from app.jobs.views import JobView
from app.kit.clock import Clock
from app.kit.errors import Forbidden, PlacedFault
from app.kit.ids import new_id
from app.kit.table_reading import TableUnreadable, format_of, unreadable
from app.organisations.models import Organisation
from app.procurement import repository
from app.procurement.contract_rows import LABELS, ContractRow, party_of, read_rows
from app.procurement.imported import Known, known_rows
from app.procurement.models import ImportedContract
from app.settings import Settings
from catalogue_schema import Schema, text

KIND, TITLE = "contract-import", "既存の契約の取込み"
NOTES_KEPT = 200
COMPARED = ("title", "starts_on", "ends_on", "concluded_on", "total", "business_areas")


def require_body(actor: Actor) -> str:
    """The actor's own body. Raises Forbidden for who records no contracts."""
    if not actor.may(Permission.CONTRACT_WRITE) or actor.organisation_id is None:
        raise Forbidden("契約の取込みができるのは、団体の担当者または承認者です。")
    return actor.organisation_id


def begin_import(
    session: Session,
    actor: Actor,
    clock: Clock,
    settings: Settings,
    *,
    name: str,
    content: bytes,
    dry_run: bool,
) -> JobView:
    """Queue the check or the import of a file. Raises Forbidden, TooLarge, Invalid for what is no xlsx or CSV."""
    require_body(actor)
    return checked.begin(
        session,
        actor,
        clock,
        settings,
        kind=KIND,
        title="既存の契約の確認" if dry_run else TITLE,
        upload=Upload(name, content),
        options={"dry_run": dry_run},
        recognise=_recognise,
    )


def _recognise(content: bytes) -> None:
    if format_of(content) == "jsonl":
        raise unreadable("wrong_format", "JSON です。", "xlsx か CSV のファイルを選んでください。")


def confirm_import(session: Session, actor: Actor, clock: Clock, job_id: str) -> JobView:
    """Queue the import of the very file that a dry run found no fault in.

    Raises NotFound, Forbidden, Conflict for a job that is no such dry run or whose file was forgotten.
    """
    require_body(actor)
    return checked.confirm(session, actor, clock, job_id, kind=KIND, title=TITLE)


@dataclass(frozen=True)
class Plan:
    """What the file means: rows to add, and what is already registered (with the columns that differ)."""

    added: list[ImportedContract]
    known: list[dict[str, Any]]
    linked: int


class ContractImport:
    """The handler. Reads and judges everything first; then writes everything in one transaction."""

    def __init__(self, schema: Schema, settings: Settings) -> None:
        self._schema = schema
        self._limits = Limits(settings.import_entries, settings.import_unpacked_bytes)

    def __call__(self, run: Run) -> None:
        """Do the job. Raises JobRefused with every fault of the file."""
        require_body(run.actor)
        try:
            rows, faults = read_rows(self._schema, run.content(), self._limits, run.clock.today())
        except TableUnreadable as refused:
            raise _refusal(list(refused.faults), run) from None
        if not rows and not faults:
            faults = [
                PlacedFault("empty", "データの行がありません。", "見出しの下に、1行以上を書いてください。")
            ]
        run.progress(0, len(rows))
        dry = bool(run.options.get("dry_run"))
        earlier = [job.id for job in run.earlier_with_same_file() if not job.options.get("dry_run")]
        with run.database.read() as session:
            plan = _judged(session, run, rows, faults)
        try:
            with run.completing() as done:
                if not dry:
                    # Once more in the transaction that writes: somebody may have recorded or imported meanwhile.
                    for row in rows:
                        row.faults.clear()
                    plan = _judged(done.session, run, rows, faults)
                    take_over(done.session, run.actor, run.clock, plan)
                done.result = {
                    "dry_run": dry,
                    "created": len(plan.added),
                    "known": len(plan.known),
                    "linked": plan.linked,
                    "known_rows": plan.known[:NOTES_KEPT],
                    "repeat_of": earlier[0] if earlier else None,
                }
                done.message = _said(done.result)
        except IntegrityError:
            raise JobRefused(
                "取り込む間に、同じ契約が登録されました。何も変更していません。もう一度取り込んでください。"
            ) from None


def _judged(session: Session, run: Run, rows: Sequence[ContractRow], faults: Sequence[PlacedFault]) -> Plan:
    plan = judge(session, run.actor, run.clock, rows, run.job.id)
    found = [*faults, *(fault for row in rows for fault in row.faults)]
    if found:
        raise _refusal(found, run)
    return plan


def judge(session: Session, actor: Actor, clock: Clock, rows: Sequence[ContractRow], job_id: str) -> Plan:
    """What the rows mean for the actor's body; every fault is left in its row, and such rows are in no plan.

    Raises Forbidden for who records no contracts.
    """
    body = repository.organisation(session, require_body(actor))
    assert body is not None  # the actor's own
    vendors = _vendors(session, rows)
    software = repository.published_software(session, [row.values["software_id"] for row in rows])
    known = {each.key: each for each in known_rows(session, body.id, clock.today())}
    seen: dict[tuple[str, str], int | None] = {}
    added, already, linked = [], [], 0
    for row in rows:
        values = row.values
        vendor = vendors.get(values["vendor_number"])
        if vendor is not None and not values["vendor_name"]:
            values["vendor_name"] = vendor.name
        if values["vendor_number"] == body.corporate_number and body.corporate_number:
            row.refuse(
                "vendor_number",
                "own_body",
                "自分の団体の番号です。",
                "契約の相手の番号を書いてください。",
            )
        elif values["vendor_number"] and not values["vendor_name"] and not row.refused("vendor_number"):
            said = "この法人番号の事業者は、このサイトに登録がありません。"
            row.refuse("vendor_name", "required", said, "事業者の名称も書いてください。")
        name = software.get(values["software_id"])
        if values["software_id"] and name is None:
            said = f"「{text.printable(values['software_id'], 40)}」という公開された掲載はありません。"
            row.refuse(
                "software_id", "no_such_listing", said, "IDを確かめるか、空にして名称を書いてください。"
            )
        key = (values["number"], row.party)
        publishes = body.settings.get("publish_contracts") == "summary"
        if values["publish_summary"] and not publishes and key not in known:
            said = "団体の設定では、契約の概要を公表しません。"
            row.refuse("publish_summary", "not_allowed", said, "団体の設定を変えるか、いいえにしてください。")
        if key in seen and values["number"]:
            said = f"{seen[key]}行目と、番号も相手も同じです。"
            row.refuse("number", "duplicate", said, "片方の行を消すか、番号を直してください。")
        seen.setdefault(key, row.place.row)
        if row.faults:
            continue
        if key in known:
            already.append(_already(row, known[key]))
            continue
        linked += vendor is not None
        added.append(_new(actor, clock, job_id, row, body, vendor, name, publishes))
    return Plan(added, already, linked)


def take_over(session: Session, actor: Actor, clock: Clock, plan: Plan) -> None:
    """Register what is new, with an audit event for each."""
    now = clock.now()
    for row in plan.added:
        session.add(row)
    session.flush()
    for row in plan.added:
        record(
            session, actor, "contract.imported", "contract", row.id,
            at=now, owner=row.buyer_id,
            details={"number": row.number, "vendor_id": row.vendor_id, "job_id": row.job_id},
        )  # fmt: skip


def _vendors(session: Session, rows: Sequence[ContractRow]) -> Mapping[str, Organisation]:
    numbers = {row.values["vendor_number"] for row in rows if row.values["vendor_number"]}
    found = session.exec(
        select(Organisation).where(
            col(Organisation.corporate_number).in_(numbers), col(Organisation.kind) == "vendor"
        )
    ).all()
    return {each.corporate_number or "": each for each in found}


def _new(
    actor: Actor,
    clock: Clock,
    job_id: str,
    row: ContractRow,
    body: Organisation,
    vendor: Organisation | None,
    name: str | None,
    publishes: bool,
) -> ImportedContract:
    values = row.values
    publish = values["publish_summary"]
    return ImportedContract(
        id=new_id("con"),
        buyer_id=body.id,
        number=values["number"],
        party=party_of(values["vendor_number"], values["vendor_name"]),
        vendor_id=vendor.id if vendor else None,
        vendor_number=values["vendor_number"],
        vendor_name=vendor.name if vendor else values["vendor_name"],
        software_id=values["software_id"] or None,
        software_name=values["software_name"] or name or "",
        title=values["title"],
        business_areas=values["business_areas"],
        starts_on=values["starts_on"],
        ends_on=values["ends_on"],
        concluded_on=values["concluded_on"],
        total=values["total"],
        publish_summary=publishes if publish is None else publish,
        note=values["note"],
        job_id=job_id,
        imported_by=actor.person_id or "",
        imported_at=clock.now(),
    )


def _already(row: ContractRow, known: Known) -> dict[str, Any]:
    """A row that changes nothing, with the columns in which it says something else than what is registered."""

    def said(value: Any) -> Any:
        return sorted(value) if isinstance(value, list) else value

    differing = [LABELS[name] for name in COMPARED if said(row.values[name]) != said(known.values[name])]
    return {
        "row": row.place.row,
        "number": row.values["number"],
        "contract_id": known.id,
        "differing": differing,
    }


def _refusal(faults: list[PlacedFault], run: Run) -> JobRefused:
    order = {name: position for position, name in enumerate(LABELS)}
    kept = [
        replace(
            fault,
            message=text.printable(fault.message, 500),
            remedy=text.printable(fault.remedy, 500),
            column=text.printable(fault.column, 120),
            cell=text.printable(fault.cell, 200),
        )
        for fault in sorted(faults, key=lambda fault: (fault.row or 0, order.get(fault.column, 0)))
    ]
    message = f"{len(faults)}件の誤りがあります。何も変更していません。"
    return JobRefused(message, kept, {"dry_run": bool(run.options.get("dry_run"))})


def _said(result: Mapping[str, Any]) -> str:
    """The outcome in one sentence."""
    counts = f"新しく登録{result['created']}件、既に登録済み{result['known']}件"
    repeated = (
        f"同じファイルを以前に取り込んでいます（{result['repeat_of']}）。" if result["repeat_of"] else ""
    )
    if result["dry_run"]:
        return f"{repeated}誤りはありません。取り込むと、{counts}になります。"
    return f"{repeated}取り込みました。{counts}。既に登録済みの契約は変えていません。"
