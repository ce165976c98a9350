"""The migrations, rehearsed on both databases: up, down, up again, and nothing left that the models do not say."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, TextClause, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from tests.support.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The URL of a database without tables, which Alembic's environment finds in `DMP_DATABASE_URL`."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'migrations.sqlite3'}"
        monkeypatch.setenv("DMP_DATABASE_URL", url)
        yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        monkeypatch.setenv("DMP_DATABASE_URL", url)
        yield url


@pytest.fixture
def alembic(empty_database: str) -> Config:
    """Alembic as its command line sees it."""
    return Config(ROOT / "alembic.ini")


def _plain(value: object) -> object:
    """The reflected facts with conditions as text, which compare by identity otherwise."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return str(value) if isinstance(value, TextClause) else value


def _objects(url: str) -> dict[str, list[str]]:
    """What a database holds, by name: tables with columns, indexes and constraints, and on PostgreSQL its types."""
    engine = create_engine(url)
    found: dict[str, list[str]] = {}
    inspector = inspect(engine)
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        found[table] = sorted(
            [
                f"column {column['name']} {column['type']} {column['nullable']}"
                for column in inspector.get_columns(table)
            ]
            + [f"index {_plain(index)}" for index in inspector.get_indexes(table)]
            + [f"unique {unique}" for unique in inspector.get_unique_constraints(table)]
            + [f"check {check}" for check in inspector.get_check_constraints(table)]
            + [f"foreign {key}" for key in inspector.get_foreign_keys(table)]
        )
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'"
            )
            found["(types)"] = sorted(row[0] for row in rows)
    engine.dispose()
    return {name: parts for name, parts in found.items() if parts}


def test_there_is_one_newest_migration(alembic: Config) -> None:
    assert len(ScriptDirectory.from_config(alembic).get_heads()) == 1


def test_up_down_up_leaves_the_same_database(alembic: Config, empty_database: str) -> None:
    command.upgrade(alembic, "head")
    first = _objects(empty_database)
    assert first
    command.downgrade(alembic, "base")
    assert _objects(empty_database) == {}
    command.upgrade(alembic, "head")
    assert _objects(empty_database) == first


def test_the_models_say_what_the_migrations_made(alembic: Config) -> None:
    command.upgrade(alembic, "head")
    command.check(alembic)


def _insert(connection: Connection, table: str, **given: object) -> None:
    """A row with these values; every other column that needs one gets something of its type."""
    found = Table(table, MetaData(), autoload_with=connection)
    some: dict[type, object] = {str: "x", int: 1, bool: False, date: date(2027, 4, 1), object: []}
    values = {
        column.name: NOW if column.type.python_type is datetime else some[column.type.python_type]
        for column in found.columns
        if not column.nullable
    }
    connection.execute(found.insert().values(values | given))


def test_recorded_contracts_keep_their_sums_and_answers(alembic: Config, empty_database: str) -> None:
    command.upgrade(alembic, "0001")
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Only what the migration touches matters, not the project behind it.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        _insert(connection, "contract", id="con_1", status="recorded")
        for number, place in ((1, "line"), (2, "total")):
            _insert(
                connection, "contract_version", id=f"cov_{number}", contract_id="con_1", number=number,
                rounding_place=place, rounding_mode="floor", subtotal=100, tax=10, total=110,
            )  # fmt: skip
            _insert(
                connection, "contract_answer", id=f"ans_{number}", contract_id="con_1",
                version_number=number, side="vendor", answer="disputed", reason="単価",
            )  # fmt: skip
    for revision, places in (
        ("contract_invoices", ["line", "contract"]),
        ("0001", ["line", "total"]),
        ("head", ["line", "contract"]),
    ):
        (command.downgrade if revision == "0001" else command.upgrade)(alembic, revision)
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT rounding_place, total FROM contract_version ORDER BY id")
            ).all()
            answers = connection.execute(text("SELECT id, reason FROM contract_answer ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [(place, 110) for place in places]
        assert [tuple(row) for row in answers] == [("ans_1", "単価"), ("ans_2", "単価")]
    engine.dispose()


def test_what_was_published_before_the_change_feed_gets_a_place_in_it(
    alembic: Config, empty_database: str
) -> None:
    command.upgrade(alembic, "agreement_suspended_at")
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        _insert(connection, "organisation", id="org_1", kind="vendor")
        _insert(connection, "entry", id="sw_1", kind="software", owner_id="org_1", status="published")
        offer = {"software_id": "sw_1", "software_kind": "software"}
        _insert(connection, "entry", id="of_1", kind="offer", owner_id="org_1", status="published", **offer)
    command.upgrade(alembic, "change_feed")
    with engine.connect() as connection:
        notes = connection.exec_driver_sql("SELECT topic, key FROM change_note").fetchall()
    engine.dispose()
    assert [tuple(note) for note in notes] == [("catalogue.sync", "sw_1")]  # its offers go with it


def test_texts_of_contracts_outlive_becoming_documents_and_back(alembic: Config, empty_database: str) -> None:
    command.upgrade(alembic, "contract_precedence")
    engine = create_engine(empty_database)
    texts = {
        "gt_1": {"position": 1, "kind": "individual", "body": "", "url": "", "sha256": ""},
        "gt_2": {"position": 2, "kind": "other", "body": "第1条", "url": "", "sha256": "0" * 64},
    }
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        _insert(
            connection, "contract_version", contract_id="con_1", number=1,
            rounding_place="line", rounding_mode="floor", billing_cycle="once", total=2,
        )  # fmt: skip
        for id_, given in texts.items():
            _insert(connection, "governing_text", id=id_, contract_id="con_1", version_number=1, **given)
    for revision in ("text_documents", "contract_precedence", "text_documents"):
        (command.downgrade if revision == "contract_precedence" else command.upgrade)(alembic, revision)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT id, body FROM governing_text ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [("gt_1", ""), ("gt_2", "第1条")]
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        both = text("UPDATE governing_text SET document_id = 'doc_1' WHERE id = 'gt_2'")
        with pytest.raises(IntegrityError, match="governing_text_source"):
            connection.execute(both)
    engine.dispose()
