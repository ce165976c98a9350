"""`dmp` as an operator uses it: help, exit codes, refusals that name the setting, the audit chain, the index."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from app.access.actor import Actor
from app.audit.chain import Sealer
from app.audit.models import AuditEvent
from app.audit.record import record
from app.cli import EXIT_CODES, app
from app.identity.models import Person
from app.kit.clock import SystemClock
from app.kit.database import Database
from app.organisations.models import Membership, Organisation
from app.review.official_models import OfficialEntry
from app.settings import DEFAULT_SECRET

Dmp = Callable[..., Result]
COMMANDS = (
    "demo",
    "serve",
    "worker",
    "migrate",
    "reindex",
    "search-check",
    "search-keys",
    "import-organisations",
    "import-official-list",
    "import-specification",
    "export-specification",
    "grant-role",
    "verify-audit",
)
ISSUERS = json.dumps(
    [
        {
            "key": "agency",
            "name": "デジタル庁",
            "issuer": "http://localhost:1/agency/",
            "client_id": "dmp",
            "client_secret": "0123456789abcdef",
            "organisations": ["agency"],
        }
    ]
)


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Dmp:
    """Runs `dmp …` with settings inside the test's folder."""
    monkeypatch.setenv("DMP_DATABASE_URL", database_url)
    monkeypatch.setenv("DMP_AUDIT_HEADS", str(tmp_path / "heads.jsonl"))
    monkeypatch.setenv("DMP_SEARCH_DIRECTORY", str(tmp_path / "search"))
    monkeypatch.setenv("DMP_FILES__DIRECTORY", str(tmp_path / "files"))
    monkeypatch.setenv("DMP_ISSUERS", ISSUERS)

    def run(*words: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(words), env=environment)

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(dmp: Dmp, command: str) -> None:
    result = dmp(command, "--help")
    assert result.exit_code == 0
    assert len(result.output) > 80
    assert EXIT_CODES in "".join(result.output.split("\n")).replace("  ", "")


def test_unknown_commands_and_options_are_wrong_use(dmp: Dmp) -> None:
    assert dmp("publish").exit_code == 2
    assert dmp("demo", "--port", "0").exit_code == 2
    assert dmp("grant-role").exit_code == 2


def test_production_names_every_setting_it_refuses(dmp: Dmp) -> None:
    result = dmp("migrate", DMP_MODE="production")
    assert result.exit_code == 2
    for name in (
        "DMP_SITE_ORIGIN",
        "DMP_SECRET_KEY",
        "DMP_AUDIT_KEY",
        "DMP_MAIL__TRANSPORT",
        "DMP_ISSUERS[agency]",
    ):
        assert name in result.output
    unreadable = dmp("migrate", DMP_CONCURRENCY="many")
    assert unreadable.exit_code == 2
    assert "DMP_CONCURRENCY" in unreadable.output


def test_a_misspelt_variable_is_named(dmp: Dmp) -> None:
    warned = dmp("migrate", DMP_SITE_ORIGN="https://market.example.jp")
    assert warned.exit_code == 0
    assert "DMP_SITE_ORIGN: このような設定はありません（DMP_SITE_ORIGIN のことですか）" in warned.output
    assert "DMP_MAIL__HOST" not in dmp("migrate", DMP_MAIL__HOST="mail", DMP_REQUIRE_BROWSER="1").output
    refused = dmp("migrate", DMP_MODE="production", DMP_SITE_ORIGN="https://market.example.jp")
    assert refused.exit_code == 2
    assert "DMP_SITE_ORIGN: このような設定はありません" in refused.output


def test_an_unreadable_list_of_issuers_is_named(dmp: Dmp) -> None:
    result = dmp("migrate", DMP_ISSUERS="[{")
    assert result.exit_code == 2
    assert "issuers" in result.output


def test_serve_wants_a_migrated_database(dmp: Dmp, tmp_path: Path) -> None:
    result = dmp("serve", DMP_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert result.exit_code == 2
    assert "dmp migrate" in result.output


def test_migrate_twice_is_migrate_once(dmp: Dmp, tmp_path: Path) -> None:
    fresh = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    first = dmp("migrate", DMP_DATABASE_URL=fresh)
    assert first.exit_code == 0
    assert "追加 1788件" in first.output
    again = dmp("migrate", DMP_DATABASE_URL=fresh)
    assert again.exit_code == 0
    assert "地方公共団体" not in again.output


def test_a_number_that_somebody_else_holds_is_a_fault_in_its_row(
    dmp: Dmp, database: Database, tmp_path: Path
) -> None:
    """Such as a vendor that came in by it while the table was empty."""
    with database.write() as session:
        session.add(
            Organisation(
                id="org_early",
                kind="vendor",
                name="早すぎた登録",
                corporate_number="9000020011002",
                created_at=SystemClock().now(),
            )
        )
    for command in ("import-organisations", "migrate"):
        refused = dmp(command)
        assert refused.exit_code == 1, refused.output
        assert refused.exception is None or isinstance(refused.exception, SystemExit)
        assert "/rows/" in refused.output
        assert "早すぎた登録" in refused.output
        assert "1件の誤り" in refused.output
    with database.read() as session:
        assert [each.id for each in session.exec(select(Organisation)).all()] == ["org_early"]


def test_organisations_are_imported_once_and_refused_whole(
    dmp: Dmp, database: Database, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(
        "code,prefecture,name,prefecture_kana,name_kana,kind,class\n"
        "010007,北海道,北海道,ホッカイドウ,ホッカイドウ,prefecture,\n"
        "011002,北海道,札幌市,ホッカイドウ,サッポロシ,kingdom,\n",
        encoding="utf-8",
    )
    refused = dmp("import-organisations", str(broken))
    assert refused.exit_code == 1
    assert "code" in refused.output
    assert "kind" in refused.output
    with database.read() as session:
        assert session.exec(select(Organisation)).all() == []
    assert dmp("import-organisations").exit_code == 0
    again = dmp("import-organisations")
    assert again.exit_code == 0
    with database.read() as session:
        rows = session.exec(select(Organisation).where(col(Organisation.kind) == "local_government")).all()
    assert len(rows) == 1788
    tokyo = next(row for row in rows if row.code == "130001")
    assert tokyo.corporate_number == "8000020130001"


def test_an_official_list_is_imported_whole_or_not_at_all(
    dmp: Dmp, database: Database, tmp_path: Path
) -> None:
    assert dmp("migrate").exit_code == 0
    sample = Path(__file__).parents[1] / "review" / "official" / "corporate_numbers.csv"
    given = ("--list", "corporate_numbers", "--as-of", "令和7年11月1日")
    tried = dmp("import-official-list", str(sample), *given, "--dry-run")
    assert (tried.exit_code, "何も取り込んでいません" in tried.output) == (0, True)
    broken = tmp_path / "broken.csv"
    broken.write_bytes(sample.read_bytes().replace(b"9999", b"1111", 1) + sample.read_bytes())
    refused = dmp("import-official-list", str(broken), *given)
    assert (refused.exit_code, "/rows/1/number" in refused.output) == (1, True)
    with database.read() as session:
        assert session.exec(select(OfficialEntry)).all() == []
    done = dmp("import-official-list", str(sample), *given)
    assert (done.exit_code, "追加 3件" in done.output) == (0, True)
    with database.read() as session:
        names = {row.name for row in session.exec(select(OfficialEntry)).all()}
    assert "髙﨑①システム株式会社" in names


def test_the_first_administrator_comes_by_grant_role(dmp: Dmp, database: Database) -> None:
    given = ("--issuer", "agency", "--subject", "boss", "--organisation", "agency", "--role", "agency_admin")
    assert dmp("migrate").exit_code == 0
    assert dmp("grant-role", *given).exit_code == 0
    with database.read() as session:
        person = session.exec(select(Person).where(col(Person.subject) == "boss")).one()
        membership = session.exec(select(Membership).where(col(Membership.person_id) == person.id)).one()
    assert membership.roles == ["agency_admin"]
    assert membership.status == "active"
    wrong = dmp("grant-role", *given[:-1], "vendor_admin")
    assert wrong.exit_code == 1
    assert dmp("grant-role", "--issuer", "nobody", *given[2:]).exit_code == 1


def test_verify_audit_finds_what_was_removed(dmp: Dmp, database: Database, tmp_path: Path) -> None:
    clock = SystemClock()
    for number in range(4):
        with database.write() as session:
            record(session, Actor(kind="system"), "test.happened", "test", str(number), at=clock.now())
    Sealer(database, tmp_path / "heads.jsonl", DEFAULT_SECRET).seal(clock.now())
    assert dmp("verify-audit").exit_code == 0
    with database.write() as session:
        session.execute(delete(AuditEvent).where(col(AuditEvent.number) == 4))
    result = dmp("verify-audit")
    assert result.exit_code == 1
    assert "removed: a signed head names event number 4" in result.output


def test_verify_audit_is_not_content_without_heads(dmp: Dmp, database: Database, tmp_path: Path) -> None:
    clock, heads = SystemClock(), tmp_path / "heads.jsonl"
    assert dmp("verify-audit").exit_code == 0, "nothing is sealed yet, so there is nothing to compare"
    with database.write() as session:
        record(session, Actor(kind="system"), "test.happened", "test", "1", at=clock.now())
    Sealer(database, heads, DEFAULT_SECRET).seal(clock.now())
    wrong = dmp("verify-audit", "--heads", str(tmp_path / "none.jsonl"))
    assert (wrong.exit_code, "none.jsonl" in wrong.output) == (2, True)
    for lost in (lambda: heads.write_text(""), heads.unlink):
        lost()
        result = dmp("verify-audit")
        assert (result.exit_code, "no heads: 1 events are sealed" in result.output) == (1, True)


def test_reindex_builds_an_index(dmp: Dmp, tmp_path: Path) -> None:
    result = dmp("reindex")
    assert result.exit_code == 0
    assert (tmp_path / "search").is_dir()
