"""The job `renewal-import`: new validity of many firms' qualifications and agreements, all of it or nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from sqlmodel import Session
from stdnum.jp import cn

from app.access.actor import Actor
from app.jobs import checked
from app.jobs.running import JobRefused, Run
from app.jobs.service import Upload
from app.jobs.views import JobView
from app.kit.clock import Clock
from app.kit.errors import PlacedFault
from app.kit.table_reading import Row, Table, TableUnreadable, column_letter, format_of, read_csv, unreadable
from app.kit.xlsx_reading import read_xlsx
from app.organisations import bulk_renewal
from app.organisations.bulk_renewal import Renewal
from app.organisations.inputs import date_or_faults
from app.organisations.models import MasterAgreement, Organisation, Qualification
from app.organisations.qualifications import EARLIEST, GRADES, KINDS
from app.settings import Settings
from catalogue_schema import text

KIND, TITLE = "renewal-import", "更新の取込み"
COLUMNS = {
    "corporate_number": "法人番号",
    "kind": "種別",
    "number": "業者コード",
    "kinds": "資格の種類",
    "grade": "等級",
    "valid_from": "有効期間の始まり",
    "valid_until": "有効期間の終わり",
}
"""The columns: name and heading. A file needs the first and the last; the rest may be left out."""
REQUIRED = ("corporate_number", "valid_until")
SUBJECTS = {"": "qualification", "qualification": "qualification", "agreement": "agreement"}
SUBJECTS |= {"全省庁統一資格": "qualification", "基本契約": "agreement"}


def begin(
    session: Session,
    actor: Actor,
    clock: Clock,
    settings: Settings,
    *,
    name: str,
    content: bytes,
    dry_run: bool,
) -> JobView:
    """Queue the import of a file. Raises Forbidden, TooLarge, Invalid for what is neither CSV nor xlsx."""
    bulk_renewal.require_renewer(actor)
    return checked.begin(
        session,
        actor,
        clock,
        settings,
        kind=KIND,
        title=f"{TITLE}の確認" if dry_run else TITLE,
        upload=Upload(name, content),
        options={"dry_run": dry_run},
        recognise=_recognise,
    )


def _recognise(content: bytes) -> None:
    if format_of(content) == "jsonl":
        raise unreadable("format", "CSVかxlsxのファイルを送ってください。", "JSON Linesは使えません。")


def confirm(session: Session, actor: Actor, clock: Clock, job_id: str) -> JobView:
    """Queue the import of the very file that a dry run found no fault in. Raises NotFound, Forbidden, Conflict."""
    bulk_renewal.require_renewer(actor)
    return checked.confirm(session, actor, clock, job_id, kind=KIND, title=TITLE)


class RenewalImport:
    """The handler. Judges every row first; then writes all of them in one transaction."""

    def __init__(self, settings: Settings) -> None:
        self._rows = settings.import_entries
        self._unpacked = settings.import_unpacked_bytes

    def __call__(self, run: Run) -> None:
        """Do the job. Raises JobRefused with every fault of the file."""
        bulk_renewal.require_renewer(run.actor)
        dry = bool(run.options.get("dry_run"))
        try:
            table = self._table(run.content())
        except TableUnreadable as refused:
            raise _refusal(list(refused.faults), dry) from None
        with run.database.read() as session:
            plan, faults = planned(session, run.clock.today(), table, run.progress)
        if not plan and not faults:
            faults = [PlacedFault("empty", "データの行がありません。", "1行以上を書いてください。")]
        if faults:
            raise _refusal(faults, dry)
        changed = sum(not row.unchanged for row in plan)
        with run.completing() as done:
            if not dry:
                # What was read may have changed meanwhile: judged again where it is written.
                plan, faults = planned(done.session, run.clock.today(), table, lambda *_: None)
                if faults:
                    raise _refusal(faults, dry)
                bulk_renewal.renew(done.session, run.actor, run.clock, plan)
                changed = sum(not row.unchanged for row in plan)
            done.result = {"dry_run": dry, "changed": changed, "unchanged": len(plan) - changed}
            said = f"更新{changed}件、変更なし{len(plan) - changed}件"
            done.message = (
                f"誤りはありません。取り込むと、{said}になります。" if dry else f"取り込みました。{said}。"
            )

    def _table(self, content: bytes) -> Table:
        if format_of(content) == "csv":
            return read_csv(content, self._rows)
        tables = read_xlsx(content, rows_at_most=self._rows, unpacked_at_most=self._unpacked)
        if len(tables) != 1:
            raise unreadable("sheets", "シートは1つだけにしてください。", "ほかのシートを消してください。")
        return tables[0]


def planned(
    session: Session, today: date, table: Table, progress: Callable[[int, int], None]
) -> tuple[list[Renewal], list[PlacedFault]]:
    """What the rows would change, and every fault with its row and column."""
    places, faults = _headers(table)
    if faults:
        return [], faults
    numbers = [_cell(row, places, "corporate_number") for row in table.rows]
    firms = bulk_renewal.firms_by_number(session, numbers)
    ids = [firm.id for firm in firms.values()]
    judge = _Judge(
        table,
        places,
        today,
        firms,
        bulk_renewal.qualifications_of(session, ids),
        bulk_renewal.renewable_agreements(session, ids),
    )
    plan = []
    for index, row in enumerate(table.rows):
        found = judge.judged(row)
        if found is not None:
            plan.append(found)
        progress(index + 1, len(table.rows))
    return plan, judge.faults


class _Judge:
    """Reads one row after another and keeps the faults."""

    def __init__(
        self,
        table: Table,
        places: dict[str, int],
        today: date,
        firms: dict[str, Organisation],
        qualifications: dict[str, list[Qualification]],
        agreements: dict[str, MasterAgreement],
    ) -> None:
        self.faults: list[PlacedFault] = []
        self._table, self._places, self._today = table, places, today
        self._firms, self._qualifications, self._agreements = firms, qualifications, agreements
        self._seen: dict[tuple[str, str, str], int] = {}

    def judged(self, row: Row) -> Renewal | None:
        before = len(self.faults)
        kind = SUBJECTS.get(_cell(row, self._places, "kind"))
        if kind is None:
            self._fault(
                row, "kind", "unknown-term", "種別がわかりません。", "全省庁統一資格 か 基本契約 です。"
            )
        firm = self._firm(row)
        until = self._date(row, "valid_until")
        if until is not None and until < self._today:
            message = "有効期間の終わりが過ぎています。"
            self._fault(row, "valid_until", "past", message, "新しい有効期間の最後の日にしてください。")
        if firm is None or kind is None or until is None or len(self.faults) > before:
            # The other cells are looked at all the same, so that every fault is told at once.
            if kind != "agreement":
                self._date(row, "valid_from", required=False)
                known = self._qualifications.get(firm.id, []) if firm is not None else []
                self._terms(row, known[0] if known else None)
            return None
        judge = self._agreement if kind == "agreement" else self._qualification
        found = judge(row, firm, until)
        if found is None or len(self.faults) > before:
            return None
        key = (firm.id, kind, found.number)
        if key in self._seen:
            message = f"{self._seen[key]}行目と同じ事業者の同じものです。"
            self._fault(row, "corporate_number", "duplicate", message, "どちらかの行を消してください。")
            return None
        self._seen[key] = row.number
        return found

    def _firm(self, row: Row) -> Organisation | None:
        number = _cell(row, self._places, "corporate_number")
        if not cn.is_valid(number):
            message = f"「{text.printable(number, 20)}」は法人番号ではありません。"
            self._fault(row, "corporate_number", "format", message, "検査数字の合う13桁の数字です。")
            return None
        firm = self._firms.get(number)
        if firm is None:
            message = f"法人番号 {number} の事業者は登録されていません。"
            self._fault(row, "corporate_number", "unknown", message, "番号を確かめるか、行を消してください。")
        return firm

    def _agreement(self, row: Row, firm: Organisation, until: date) -> Renewal | None:
        agreement = self._agreements.get(firm.id)
        if agreement is None or agreement.ends_on is None:
            message = f"{firm.name}には、更新できる基本契約がありません。"
            self._fault(
                row, "corporate_number", "no-agreement", message, "基本契約の手続を確かめてください。"
            )
            return None
        if until < agreement.ends_on:
            message = f"今の期限（{agreement.ends_on.isoformat()}）より前です。"
            self._fault(row, "valid_until", "shorter", message, "期限を短くすることはできません。")
        same = until == agreement.ends_on and agreement.status != "expired"
        return Renewal("agreement", firm.id, until, renews=agreement.id, unchanged=same)

    def _qualification(self, row: Row, firm: Organisation, until: date) -> Renewal | None:
        known = self._qualifications.get(firm.id, [])
        model = known[0] if known else None
        number, kinds, grade = self._terms(row, model)
        start = self._date(row, "valid_from", required=False)
        if start is None:
            # Without a day it goes on where the last one ends, so that no day is missed.
            start = max(model.valid_until + timedelta(days=1), EARLIEST) if model else self._today
            if model is not None and until <= model.valid_until:
                start = model.valid_from
        if until < start:
            message = f"有効期間の始まり（{start.isoformat()}）より前です。"
            self._fault(row, "valid_until", "before-start", message, "始まりの日以後にしてください。")
            return None
        same = next((one for one in known if one.number == number and one.valid_from == start), None)
        if same is not None and until < same.valid_until:
            message = f"今の期限（{same.valid_until.isoformat()}）より前です。"
            self._fault(row, "valid_until", "shorter", message, "期限を短くすることはできません。")
        unchanged = same is not None and same.valid_until == until
        renews = same.id if same is not None else None
        return Renewal("qualification", firm.id, until, start, number, kinds, grade, renews, unchanged)

    def _terms(self, row: Row, model: Qualification | None) -> tuple[str, tuple[str, ...], str]:
        number = _cell(row, self._places, "number") or (model.number if model else "")
        given = [part.strip() for part in _cell(row, self._places, "kinds").split(";") if part.strip()]
        grade = _cell(row, self._places, "grade") or (model.grade if model else "")
        codes = {**{code: code for code in KINDS}, **{name: code for code, name in KINDS.items()}}
        if number and not (len(number) == 10 and number.isascii() and number.isdigit()):
            self._fault(row, "number", "format", "業者コードは数字10桁です。", "通知書を確かめてください。")
        for part in given:
            if part not in codes:
                message = f"「{text.printable(part, 40)}」という種類はありません。"
                self._fault(row, "kinds", "unknown-term", message, "、".join(KINDS.values()))
        if grade and grade not in GRADES:
            self._fault(row, "grade", "unknown-term", "その等級はありません。", "、".join(GRADES))
        kinds = tuple(codes[part] for part in given if part in codes) or tuple(model.kinds if model else ())
        if model is None and _cell(row, self._places, "corporate_number") in self._firms:
            first = "登録済みの資格がない事業者では必要です。"
            if not number:
                self._fault(
                    row, "number", "required", f"業者コードがありません。{first}", "10桁を入れてください。"
                )
            if not kinds and not given:
                message = f"資格の種類がありません。{first}"
                self._fault(row, "kinds", "required", message, "、".join(KINDS.values()))
        return number, kinds, grade

    def _date(self, row: Row, name: str, *, required: bool = True) -> date | None:
        given = _cell(row, self._places, name)
        if not given:
            if required:
                self._fault(row, name, "required", f"{COLUMNS[name]}がありません。", "日付を入れてください。")
            return None
        found, faults = date_or_faults("/", given, self._today, earliest=EARLIEST)
        for fault in faults:
            self._fault(row, name, fault.code, fault.message, fault.remedy)
        return found

    def _fault(self, row: Row, name: str, code: str, message: str, remedy: str) -> None:
        index = self._places.get(name)
        cell = f"{column_letter(index)}{row.number}" if index is not None else ""
        self.faults.append(
            PlacedFault(code, message, remedy, row.number, COLUMNS[name], cell, self._table.sheet)
        )


def _headers(table: Table) -> tuple[dict[str, int], list[PlacedFault]]:
    names = {**{name: name for name in COLUMNS}, **{label: name for name, label in COLUMNS.items()}}
    places: dict[str, int] = {}
    faults = []
    for index, header in enumerate(table.headers):
        name = names.get(text.clean(header))
        cell = f"{column_letter(index)}1"
        shown = text.printable(header, 60)
        if name is None and header.strip():
            remedy = f"使える列: {'、'.join(COLUMNS.values())}"
            message = f"「{shown}」という列はありません。"
            faults.append(PlacedFault("unknown_column", message, remedy, 1, shown, cell, table.sheet))
        elif name in places:
            message = f"「{shown}」の列が2つあります。"
            faults.append(
                PlacedFault("duplicate", message, "片方を消してください。", 1, shown, cell, table.sheet)
            )
        elif name is not None:
            places[name] = index
    faults += _missing(places, table.sheet)
    return places, faults


def _missing(places: dict[str, int], sheet: str) -> Iterator[PlacedFault]:
    for name in REQUIRED:
        if name not in places:
            message = f"「{COLUMNS[name]}」の列がありません。"
            yield PlacedFault("required", message, "1行目に加えてください。", 1, COLUMNS[name], sheet=sheet)


def _cell(row: Row, places: dict[str, int], name: str) -> str:
    index = places.get(name)
    written = row.cells[index] if index is not None and index < len(row.cells) else ""
    return text.clean(unicodedata.normalize("NFKC", written))


def _refusal(faults: list[PlacedFault], dry: bool) -> JobRefused:
    return JobRefused(f"{len(faults)}件の誤りがあります。何も変更していません。", faults, {"dry_run": dry})
