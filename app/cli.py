"""`dmp`: the command line. Its exit codes are in EXIT_CODES, which every `--help` ends with."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
import uvicorn
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app import migrate as migrations
from app.access.permissions import Role
from app.audit.chain import verify
from app.catalogue import engines, projection
from app.indexing.commands import Commands
from app.kit.clock import SystemClock
from app.kit.database import Database, create_engine
from app.kit.errors import Invalid, Problem
from app.procurement.evidence_check import verify_evidence
from app.settings import RefusedToStart, Settings, unknown_variables
from catalogue_schema import load_schema
from search.engine import EngineUnavailable

EXIT_CODES = "終了コード: 0 終わりました、1 処理に失敗しました、2 使い方か設定の誤りで始めていません。"

MASTER_KEY = "MEILI_MASTER_KEY"
"""Meilisearch's own variable; read by `search-keys` alone."""

app = typer.Typer(
    name="dmp",
    epilog=EXIT_CODES,
    help="デジタルマーケットプレイスのカタログ。設定は環境変数 DMP_… で行います（README の表を参照）。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _fail(message: str, code: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _settings(*, keys_come_later: bool = False) -> Settings:
    try:
        settings = Settings()
        if not keys_come_later:
            settings.check()
    except RefusedToStart as error:
        _fail(f"起動を中止しました。次の設定を直してください:\n{error}", 2)
    except ValidationError as error:
        lines = [
            f"DMP_{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors()
        ]
        _fail("設定を読み取れません:\n" + "\n".join(lines), 2)
    except SettingsError as error:
        _fail(f"設定を読み取れません（JSONの形を確認してください）: {error}", 2)
    for fault in unknown_variables(os.environ):
        typer.echo(f"注意: {fault}", err=True)
    return settings


def _check_engine(settings: Settings, part: Literal["site", "worker"]) -> None:
    try:
        engines.check(settings, part)
    except RefusedToStart as error:
        _fail(f"起動を中止しました。次の設定を直してください:\n{error}", 2)


def _database(settings: Settings, *, must_be_current: bool = True) -> Database:
    database = Database(create_engine(settings.database_url))
    try:
        current = migrations.is_current(database.engine)
    except Exception as error:
        database.dispose()
        _fail(f"データベースにつながりません: {error}")
    if must_be_current and not current:
        database.dispose()
        _fail("データベースの移行が済んでいません。先に dmp migrate を実行してください。", 2)
    return database


@contextmanager
def _open_database(settings: Settings) -> Iterator[Database]:
    database = _database(settings)
    try:
        yield database
    finally:
        database.dispose()


@app.command(epilog=EXIT_CODES)
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="サイトのポート番号")] = 8000,
    data: Annotated[Path, typer.Option(help="データを置くフォルダー")] = Path(".demo"),
) -> None:
    """見本データと開発用ログインの付いたサイトを、この機械だけで動かします。"""
    from app.demo.supervisor import run_demo

    raise typer.Exit(run_demo(port, data))


@app.command(epilog=EXIT_CODES)
def serve(
    host: Annotated[str, typer.Option(help="待ち受ける住所")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="ポート番号")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="プロセスの数")] = 1,
) -> None:
    """サイトとAPIを動かします（別に dmp worker も動かしてください）。"""
    settings = _settings()
    _check_engine(settings, "site")
    _database(settings).dispose()
    uvicorn.run(
        "app.main:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        proxy_headers=settings.proxy_headers,
        server_header=False,
    )


@app.command(epilog=EXIT_CODES)
def worker() -> None:
    """メール、検索の索引、操作の記録の封印、期限の処理を行います（一つだけ動かします）。"""
    from app.worker import Worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = _settings()
    _check_engine(settings, "worker")
    _database(settings).dispose()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    Worker(settings).run(stop)


@app.command(epilog=EXIT_CODES)
def migrate() -> None:
    """データベースを最新の形にし、地方公共団体が一つもなければ同梱の一覧を取り込みます。何度実行しても同じ結果です。"""
    settings = _settings()
    database = _database(settings, must_be_current=False)
    try:
        migrations.upgrade(database.engine)
        from app.organisations.agreement_texts import load_agreement_versions
        from app.organisations.local_governments import load_if_empty

        with database.write() as session:
            load_agreement_versions(session, SystemClock())
            loaded = load_if_empty(session, SystemClock())
    except Invalid as error:
        _import_refused(error)
    finally:
        database.dispose()
    if loaded is not None:
        typer.echo(str(loaded))
    typer.echo("データベースは最新です。")


@app.command(epilog=EXIT_CODES)
def reindex() -> None:
    """検索の索引をデータベースから作り直します。ワーカーが動いていれば、それに頼んで進み具合を示し、終わりを待ちます。

    検索は止まりません。途中で終わった作り直しは、続きから始めます。
    """
    with _index_commands(_settings()) as commands:
        code = commands.reindex()
    raise typer.Exit(code)


@app.command("search-check", epilog=EXIT_CODES)
def search_check(
    repair: Annotated[
        bool, typer.Option("--repair", help="違いを直す（ワーカーが動いていれば、それに頼む）")
    ] = False,
) -> None:
    """検索の索引をデータベースと一件ずつ比べます。一致していれば（直した後に一致していれば）0、違いがあれば1で終わります。"""
    settings = _settings()
    with _index_commands(settings) as commands:
        if repair:
            code = commands.repair()
        else:
            schema = load_schema(settings.schema_directory)
            _check_engine(settings, "site")
            engine = engines.open_engine(settings, projection.index_settings(schema))
            code = commands.check(engine, schema)
    raise typer.Exit(code)


@contextmanager
def _index_commands(settings: Settings) -> Iterator[Commands]:
    from app.worker import Worker

    with closing(Worker(settings)) as worker, _open_database(settings) as database:
        yield Commands(database, SystemClock(), typer.echo, worker.indexer)


@app.command("search-keys", epilog=EXIT_CODES)
def search_keys(
    master_key_file: Annotated[
        Path | None,
        typer.Option(
            help="Meilisearch のマスターキーを書いたファイル（省略すると環境変数 MEILI_MASTER_KEY）",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """Meilisearch に、検索だけができる鍵とワーカー用の鍵を作り、設定の形で示します。何度実行しても同じ鍵です。

    マスターキーはここでだけ使います。サイトとワーカーには渡さないでください。
    """
    given = master_key_file.read_text(encoding="utf-8") if master_key_file else os.environ.get(MASTER_KEY, "")
    if not given.strip():
        _fail(f"マスターキーがありません。環境変数 {MASTER_KEY} か --master-key-file で渡してください。", 2)
    try:
        keys = engines.create_keys(_settings(keys_come_later=True), given.strip())
    except RefusedToStart as error:
        _fail(f"設定を直してください:\n{error}", 2)
    except EngineUnavailable as error:
        _fail(f"鍵を作れませんでした（{error.alarm}）: {error}")
    typer.echo(f"DMP_SEARCH__SEARCH_KEY={keys.search}\nDMP_SEARCH__WORKER_KEY={keys.worker}")


def _import_refused(error: Invalid, what: str = "地方公共団体") -> NoReturn:
    for fault in error.faults:
        typer.echo(f"{fault.pointer}: {fault.message} {fault.remedy}", err=True)
    _fail(f"{len(error.faults)}件の誤りがあります。{what}を何も取り込んでいません。")


@app.command("import-organisations", epilog=EXIT_CODES)
def import_organisations(
    file: Annotated[
        Path | None, typer.Argument(help="CSV（省略すると同梱の全国地方公共団体コード）", exists=True)
    ] = None,
) -> None:
    """地方公共団体の一覧を取り込みます。誤りが一つでもあれば何も変えず、行と列をすべて示します。"""
    from app.organisations.local_governments import import_local_governments

    settings = _settings()
    database = _database(settings)
    try:
        with database.write() as session:
            result = import_local_governments(session, SystemClock(), file)
    except Invalid as error:
        _import_refused(error)
    finally:
        database.dispose()
    typer.echo(str(result))


@app.command("import-official-list", epilog=EXIT_CODES)
def import_official_list(
    file: Annotated[Path, typer.Argument(help="CSV（UTF-8 または Shift_JIS）", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option("--list", help="corporate_numbers、qualifications、ismap")],
    as_of: Annotated[str, typer.Option(help="一覧の現在日（2026-11-01、令和8年11月1日）")],
    mapping: Annotated[
        Path | None,
        typer.Option(help="列の対応表（TOML）。省略すると同梱のもの", exists=True, dir_okay=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="何が変わるかを示すだけで、取り込まない")
    ] = False,
) -> None:
    """公的な一覧（法人番号、全省庁統一資格、ISMAP）を取り込み、違いを確認事項にします。誤りがあれば何も変えません。"""
    from app.review.official_import import import_file

    settings = _settings()
    database = _database(settings)
    try:
        report = import_file(database, SystemClock(), file, name, as_of, mapping=mapping, dry_run=dry_run)
    except Invalid as error:
        _import_refused(error, "公的な一覧")
    finally:
        database.dispose()
    typer.echo(str(report))
    if dry_run:
        typer.echo("確認だけをしました。何も取り込んでいません。")


@app.command("import-specification", epilog=EXIT_CODES)
def import_specification(
    file: Annotated[
        Path,
        typer.Argument(
            help="府省のファイル（xlsx、CSV）、または公開の形式のJSON", exists=True, dir_okay=False
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(help="列の対応表（TOML）。JSONでは省ける", exists=True, dir_okay=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="何を読み取ったかを示すだけで、取り込まない")
    ] = False,
    in_force: Annotated[
        bool, typer.Option("--in-force", help="府省が公表済みの版として、有効な版にする（既定は下書き）")
    ] = False,
) -> None:
    """標準仕様書の一つの版を取り込みます。誤りが一つでもあれば何も変えず、シート・行・列をすべて示します。"""
    from app.specifications.command import run_import

    settings = _settings()
    database = _database(settings)
    try:
        good = run_import(
            database,
            settings,
            SystemClock(),
            file,
            mapping,
            dry_run=dry_run,
            in_force=in_force,
            say=typer.echo,
        )
    except Invalid as error:
        _import_refused(error, "標準仕様書")
    except Problem as error:
        _fail(error.detail)
    finally:
        database.dispose()
    if not good:
        _fail("標準仕様書を何も取り込んでいません。")


@app.command("export-specification", epilog=EXIT_CODES)
def export_specification(
    key: Annotated[str, typer.Argument(help="標準仕様書の短い名前（child-allowance など）")],
    number: Annotated[str, typer.Argument(help="版の番号（2.0）。省くと有効な最新の版")] = "",
    file_format: Annotated[str, typer.Option("--format", help="json、xlsx、csv")] = "json",
    output: Annotated[Path | None, typer.Option(help="書き出すファイル（省くと標準出力）")] = None,
) -> None:
    """公開された標準仕様書の一つの版を、ファイルに書き出します。"""
    from app.specifications.command import run_export

    settings = _settings()
    database = _database(settings)
    try:
        content = run_export(database, key, number, file_format)
    except Problem as error:
        _fail(error.detail)
    finally:
        database.dispose()
    if output is None:
        typer.echo(content, nl=False)
    else:
        output.write_bytes(content)


@app.command("grant-role", epilog=EXIT_CODES)
def grant_role(
    issuer: Annotated[str, typer.Option(help="発行者のキー（DMP_ISSUERS の key）")],
    subject: Annotated[str, typer.Option(help="発行者での利用者の識別子（sub）")],
    organisation: Annotated[str, typer.Option(help="団体コード、法人番号、または agency")],
    role: Annotated[str, typer.Option(help=f"役割: {' '.join(Role)}")],
) -> None:
    """最初の管理者・審査担当・承認者に役割を与えます（二人目からは招待を使います）。"""
    from app.organisations.grants import grant_role as grant

    settings = _settings()
    database = _database(settings)
    try:
        with database.write() as session:
            session.info["audit_salt"] = settings.secret_key.get_secret_value()
            membership = grant(session, settings, SystemClock(), issuer, subject, organisation, role)
            membership_id = membership.id
    except Problem as error:
        _fail(error.detail)
    finally:
        database.dispose()
    typer.echo(f"役割を与えました（所属 {membership_id}）。")


@app.command("verify-audit", epilog=EXIT_CODES)
def verify_audit(
    heads: Annotated[
        Path | None, typer.Option(help="署名された先頭の記録（省略すると DMP_AUDIT_HEADS）")
    ] = None,
) -> None:
    """操作の記録の鎖と、選定の記録一式を計算し直し、壊れている所を示します。壊れていれば終了コードは 1 です。"""
    settings = _settings()
    if heads is not None and not heads.is_file():
        _fail(f"署名された先頭の記録がありません: {heads}", 2)
    database = _database(settings)
    try:
        count, faults = verify(
            database,
            heads or settings.audit_heads,
            settings.audit_key.get_secret_value(),
            SystemClock().now(),
        )
        faults += verify_evidence(database)
    finally:
        database.dispose()
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        _fail(f"操作の記録に {len(faults)} 件の問題があります（確認した件数 {count}）。")
    typer.echo(f"操作の記録は正しくつながっています（{count} 件）。")


def run() -> None:
    """Entry point of `dmp`."""
    app()
