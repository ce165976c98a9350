"""The table of local governments: what is derived, what is refused, nothing by halves."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import col, select
from stdnum.jp import cn

from app.kit.clock import MovableClock
from app.kit.database import Database
from app.kit.errors import Invalid
from app.organisations.local_governments import (
    BUNDLED,
    code_check_digit,
    corporate_number_of,
    import_local_governments,
)
from app.organisations.models import Organisation

HEAD = "code,prefecture,name,prefecture_kana,name_kana,kind,class\n"
SAPPORO = "011002,北海道,札幌市,ホッカイドウ,サッポロシ,city,designated_city\n"
HAKODATE = "012025,北海道,函館市,ホッカイドウ,ハコダテシ,city,core_city\n"


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("130001", "8000020130001"),
        ("271004", "6000020271004"),
        ("011002", "9000020011002"),
        ("141003", "3000020141003"),
    ],
)
def test_the_number_follows_from_the_code(code: str, number: str) -> None:
    assert corporate_number_of(code) == number
    assert cn.is_valid(number)
    assert code_check_digit(code[:5]) == code[5]


def test_the_bundled_table_is_whole(database: Database, clock: MovableClock) -> None:
    with database.write() as session:
        report = import_local_governments(session, clock)
    assert (report.created, report.updated, report.unchanged) == (1788, 0, 0)
    with database.read() as session:
        rows = session.exec(select(Organisation)).all()
    kinds = {kind: sum(row.local_kind == kind for row in rows) for kind in {row.local_kind for row in rows}}
    assert kinds["prefecture"] == 47
    assert kinds["special_ward"] == 23
    classes = [row.local_class for row in rows]
    assert [classes.count(name) for name in ("designated_city", "core_city", "special_case_city")] == [
        20,
        62,
        23,
    ]
    assert all(cn.is_valid(row.corporate_number or "") for row in rows)
    assert {row.name_kana for row in rows if row.code == "011002"} == {"サッポロシ"}


def test_the_source_is_named() -> None:
    readme = BUNDLED.with_name("README.md").read_text(encoding="utf-8")
    assert "総務省" in readme
    assert "全国地方公共団体コード" in readme


def write(path: Path, text: str) -> Path:
    file = path / "bodies.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_repeating_changes_nothing_and_changes_are_taken_over(
    database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    with database.write() as session:
        import_local_governments(session, clock, write(tmp_path, HEAD + SAPPORO + HAKODATE))
    with database.write() as session:
        again = import_local_governments(session, clock, write(tmp_path, HEAD + SAPPORO + HAKODATE))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    with database.write() as session:
        changed = import_local_governments(
            session, clock, write(tmp_path, HEAD + SAPPORO.replace("サッポロシ", "サッポロ") + HAKODATE)
        )
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    with database.read() as session:
        body = session.exec(select(Organisation).where(col(Organisation.code) == "011002")).one()
    assert body.name_kana == "サッポロ"
    assert body.version == 2


def test_every_fault_at_once_with_row_and_column_and_nothing_written(
    database: Database, clock: MovableClock, tmp_path: Path
) -> None:
    text = (
        HEAD
        + SAPPORO
        + "012026,北海道,函館市,ホッカイドウ,ハコダテシ,city,core_city\n"
        + "12033,,小樽市,ホッカイドウ,otaru,hamlet,\n"
        + "013030,北海道,当別町,ホッカイドウ,トウベツチョウ,town,core_city\n"
        + SAPPORO
        + "011002,short\n"
    )
    with pytest.raises(Invalid) as refusal, database.write() as session:
        import_local_governments(session, clock, write(tmp_path, text))
    faults = [(fault.pointer, fault.code) for fault in refusal.value.faults]
    assert faults == [
        ("/rows/3/code", "check-digit"),
        ("/rows/4/code", "format"),
        ("/rows/4/prefecture", "text"),
        ("/rows/4/name_kana", "kana"),
        ("/rows/4/kind", "unknown-term"),
        ("/rows/5/class", "unknown-term"),
        ("/rows/6/code", "duplicate"),
        ("/rows/7", "columns"),
    ]
    assert "5" in refusal.value.faults[0].remedy
    with database.read() as session:
        assert session.exec(select(Organisation)).all() == []


@pytest.mark.parametrize(
    "text", ["", HEAD, "code,name\n", HEAD.replace("class", "klass") + SAPPORO, HEAD + '011002,"北海道\n']
)
def test_files_that_are_no_table(database: Database, clock: MovableClock, tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid), database.write() as session:
        import_local_governments(session, clock, write(tmp_path, text))


def test_another_encoding(database: Database, clock: MovableClock, tmp_path: Path) -> None:
    file = tmp_path / "sjis.csv"
    file.write_bytes((HEAD + SAPPORO).encode("cp932"))
    with pytest.raises(Invalid, match="件の誤り") as refusal, database.write() as session:
        import_local_governments(session, clock, file)
    assert refusal.value.faults[0].code == "encoding"
