"""The local governments of Japan, from 総務省's list of codes (全国地方公共団体コード)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select
from stdnum.jp import cn

from app.access.actor import system_actor
from app.audit.record import record
from app.kit.clock import Clock
from app.kit.errors import FieldFault, Invalid
from app.kit.ids import new_id
from app.organisations.models import Organisation
from catalogue_schema.text import clean, first_refused, is_kana

BUNDLED = Path(__file__).parent / "data" / "local_governments.csv"
COLUMNS = ("code", "prefecture", "name", "prefecture_kana", "name_kana", "kind", "class")
KINDS = frozenset({"prefecture", "city", "special_ward", "town", "village"})
CLASSES = frozenset({"", "designated_city", "core_city", "special_case_city"})
LARGEST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    created: int
    updated: int
    unchanged: int
    ended: int = 0
    """Named by the file, although a merger ended them: left as they were then."""
    missing: tuple[str, ...] = ()
    """Names of bodies that the file does not have and whose end nobody recorded."""

    def __str__(self) -> str:
        told = f"地方公共団体: 追加 {self.created}件、更新 {self.updated}件、変更なし {self.unchanged}件。"
        if self.ended:
            told += f"引き継がれた団体 {self.ended}件は、そのままにしました。"
        if self.missing:
            some = "、".join(self.missing[:5]) + ("など" if len(self.missing) > 5 else "")
            told += (
                f"ファイルにない団体が{len(self.missing)}件あります（{some}）。"
                "廃置分合であれば、デジタル庁の管理者が「構成団体と引継ぎ」のページで記録してください。"
            )
        return told


def code_check_digit(five: str) -> str:
    """The sixth digit of a code: weights 6 to 2, 11 less the remainder by 11, its last digit (総務省)."""
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def corporate_number_of(code: str) -> str:
    """The 法人番号 of the local government with that 6-digit code: base number 000020 and the code."""
    base = f"000020{code}"
    return f"{cn.calc_check_digit(base)}{base}"


def local_government_code(number: str) -> str | None:
    """The 6-digit code in a 法人番号 of the form that local governments have; None for any other number.

    The form alone says that it is a public body's, not whose: unions may have such numbers, too. Only the table says.
    """
    code = number[7:]
    if number[1:7] != "000020" or len(number) != 13 or code_check_digit(code[:5]) != code[5]:
        return None
    return code


def load_if_empty(session: Session, clock: Clock) -> ImportReport | None:
    """Import the bundled table where there is no local government yet: before anybody can log in by such a number."""
    known = session.exec(
        select(Organisation.id).where(col(Organisation.kind) == "local_government").limit(1)
    ).first()
    return import_local_governments(session, clock) if known is None else None


def _taken(session: Session, lines: Mapping[str, int]) -> list[FieldFault]:
    """Rows (line by code) whose 法人番号 somebody else holds already: a firm that came in by it, or another body."""
    wanted = {corporate_number_of(code): (line, code) for code, line in lines.items()}
    holders = session.exec(
        select(Organisation)
        .where(col(Organisation.corporate_number).is_not(None))
        .order_by(col(Organisation.id))
    ).all()
    faults = []
    for holder in holders:
        line, code = wanted.get(holder.corporate_number or "", (0, ""))
        if line and holder.code != code:
            message = (
                f"団体コード {code} の法人番号 {holder.corporate_number} は、"
                f"別の組織（{holder.name}、{holder.id}）が使っています。"
            )
            remedy = "その組織が誰のものかを確かめ、法人番号を直してから取り込んでください。"
            faults.append(FieldFault(f"/rows/{line}/code", "number-taken", message, remedy))
    return faults


def import_local_governments(session: Session, clock: Clock, path: Path | None = None) -> ImportReport:
    """Bring the table to what the file (left out: the bundled one) says. Repeating changes nothing.

    Raises Invalid with every fault, each at `/rows/<line>/<column>`; nothing is written then. Bodies that the file does
    not name stay as they are, and so do those that a merger ended, whether it names them or not.
    """
    rows, lines = _read(path or BUNDLED)
    if faults := _taken(session, lines):
        raise Invalid(faults)
    known = {
        body.code: body
        for body in session.exec(
            select(Organisation).where(col(Organisation.kind) == "local_government")
        ).all()
    }
    today = clock.today()
    created = updated = ended = 0
    for row in rows:
        facts = {
            "name": row["name"],
            "name_kana": row["name_kana"],
            "prefecture": row["prefecture"],
            "local_kind": row["kind"],
            "local_class": row["class"],
            "corporate_number": corporate_number_of(row["code"]),
        }
        body = known.get(row["code"])
        if body is None:
            session.add(
                Organisation(
                    id=new_id("org"),
                    kind="local_government",
                    code=row["code"],
                    created_at=clock.now(),
                    **facts,  # type: ignore[arg-type]  # all are text columns
                )
            )
            created += 1
        elif body.ended_on is not None and body.ended_on <= today:
            ended += 1
        elif any(getattr(body, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(body, name, value)
            body.version += 1
            session.add(body)
            updated += 1
    session.flush()
    named = {row["code"] for row in rows}
    missing = tuple(
        body.name
        for code, body in sorted(known.items(), key=lambda item: item[0] or "")
        if code not in named and body.ended_on is None
    )
    report = ImportReport(created, updated, len(rows) - created - updated - ended, ended, missing)
    if created or updated:
        actor = system_actor("import-organisations")
        details = {"created": created, "updated": updated}
        at = clock.now()
        record(
            session,
            actor,
            "organisations.imported",
            "organisation",
            "local_governments",
            at=at,
            details=details,
        )
    return report


def _read(path: Path) -> tuple[list[dict[str, str]], dict[str, int]]:
    """The rows, and the line of each code."""
    if path.stat().st_size > LARGEST_BYTES:
        raise Invalid(
            [FieldFault("", "too-large", "ファイルが大きすぎます。", "4 MiB までのCSVにしてください。")]
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = "UTF-8 として読めません。"
        raise Invalid([FieldFault("", "encoding", message, "UTF-8 で保存してください。")]) from error
    reader = csv.DictReader(text.splitlines(), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        message = f"列が違います: {'、'.join(reader.fieldnames or ()) or 'なし'}"
        raise Invalid([FieldFault("/rows/1", "columns", message, f"列は {','.join(COLUMNS)} の順です。")])
    faults: list[FieldFault] = []
    rows: list[dict[str, str]] = []
    seen: dict[str, int] = {}
    try:
        for raw in reader:
            line = reader.line_num
            if None in raw or None in raw.values():
                message = "列の数が違います。"
                faults.append(
                    FieldFault(f"/rows/{line}", "columns", message, f"{len(COLUMNS)}列にしてください。")
                )
                continue
            row = {name: clean(value) for name, value in raw.items()}
            faults += _row_faults(line, row)
            if (first := seen.setdefault(row["code"], line)) != line:
                message = f"コード {row['code']} は{first}行目にもあります。"
                faults.append(
                    FieldFault(f"/rows/{line}/code", "duplicate", message, "どちらかを消してください。")
                )
            rows.append(row)
    except csv.Error as error:
        message = f"CSVとして読めません（{error}）。"
        faults.append(FieldFault(f"/rows/{reader.line_num}", "csv", message, "引用符を確かめてください。"))
    if not rows and not faults:
        faults.append(FieldFault("", "empty", "一行もありません。", "団体の行を入れてください。"))
    if faults:
        raise Invalid(faults)
    return rows, seen


def _row_faults(line: int, row: Mapping[str, str]) -> list[FieldFault]:
    faults = []

    def fault(column: str, code: str, message: str, remedy: str) -> None:
        faults.append(FieldFault(f"/rows/{line}/{column}", code, message, remedy))

    code = row["code"]
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        fault(
            "code",
            "format",
            f"団体コード「{code[:20]}」は半角数字6桁ではありません。",
            "先頭の0を落としていませんか。",
        )
    elif code_check_digit(code[:5]) != code[5]:
        expected = code_check_digit(code[:5])
        fault(
            "code",
            "check-digit",
            f"団体コード {code} の検査数字が合いません。",
            f"前の5桁が正しければ末尾は{expected}です。",
        )
    for column in ("prefecture", "name"):
        if not row[column] or len(row[column]) > 60 or first_refused(row[column]) is not None:
            fault(
                column,
                "text",
                "名称が空か、長すぎるか、使えない文字を含みます。",
                "60字までの名称を入れてください。",
            )
    for column in ("prefecture_kana", "name_kana"):
        if not row[column] or len(row[column]) > 120 or not is_kana(row[column]):
            fault(column, "kana", "読みが空か、かなではありません。", "全角カタカナで入れてください。")
    if row["kind"] not in KINDS:
        fault("kind", "unknown-term", f"種別「{row['kind'][:20]}」はありません。", "、".join(sorted(KINDS)))
    if row["class"] not in CLASSES or (row["class"] and row["kind"] != "city"):
        fault(
            "class",
            "unknown-term",
            f"区分「{row['class'][:20]}」は付けられません。",
            "市だけに付けられます。",
        )
    return faults
