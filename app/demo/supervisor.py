"""`dmp demo`: prepares a folder, loads the sample data once, and runs provider, worker and site until told to stop.

All three run as threads of one process: nothing can outlive it, however it ends, and the folder's lock and the ports
go with it.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from app import migrate
from app.access.dependencies import ROLE_NAMES
from app.demo.accounts import Account, ensure_accounts
from app.demo.identities import Identities, issuer_settings
from app.demo.load import load_demo, sample_data_loaded
from app.demo.provider import RunningProvider, running_provider
from app.demo.sample import read_sample
from app.demo.signals import until_signalled
from app.demo.timeline import Halted
from app.demo.workspace import FolderInUse, Workspace
from app.kit.clock import SystemClock
from app.kit.database import Database, create_engine
from app.main import create_app
from app.settings import FilesSettings, FixedSettings, MailSettings, Settings
from app.worker import Worker
from catalogue_schema import load_schema

MARKER = "デモ（架空のデータ）: 事業者・製品・団体・価格は全て架空です。実在のものとは関係ありません。"
HOST = "127.0.0.1"
PROVIDER_PORTS = 20
"""How many ports after the site's are tried for the provider before any free one is taken."""

Say = Callable[[str], None]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class Part:
    """A thread that must live as long as the demo, and how to end it."""

    name: str
    thread: threading.Thread
    end: Callable[[], None]


def run_demo(port: int, data: Path) -> int:
    """Run the demo on 127.0.0.1:`port` with everything it writes in `data`, until SIGINT or SIGTERM.

    Answers an exit code: 0 ended as told, 1 a part failed, 2 the port or the folder is in use.
    """
    with until_signalled() as stop, ExitStack() as stack:
        try:
            listening = stack.enter_context(_listen(port))
        except OSError:
            _complain(f"ポート {port} は使用中です。make demo PORT=8001 のように別の番号を指定してください。")
            return 2
        workspace = Workspace(data)
        try:
            stack.enter_context(workspace.held())
        except FolderInUse:
            _complain(
                f"フォルダー {workspace.directory} では別のデモが動いています。先にそれを終えてください。"
            )
            return 2
        return _run(listening, port, workspace, stop, stack)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _run(
    listening: socket.socket, port: int, workspace: Workspace, stop: threading.Event, stack: ExitStack
) -> int:
    origin = f"http://{HOST}:{port}"
    clock = SystemClock()
    _say(f"デモを準備しています（データの場所: {workspace.directory}）。")
    sample = read_sample(load_schema(), clock.today())
    identities = Identities(sample.people, sample.vendors, sample.bodies)
    secrets = workspace.secrets()
    provider = _start_provider(identities, origin, port, workspace, secrets, stack)
    settings = demo_settings(origin, provider.origin, workspace, secrets)
    database = Database(create_engine(settings.database_url))
    stack.callback(database.dispose)
    migrate.upgrade(database.engine)
    try:
        load_demo(database, settings, clock, load_schema(), sample, identities, say=_say, halted=stop.is_set)
    except Halted:
        _say("デモを終えています（読み込みの途中だったので、次に続きから始めます）。")
        return 0
    accounts = ensure_accounts(database, clock, sample, workspace.accounts)
    if stop.is_set():
        return 0
    application = create_app(settings)
    application.state.sample_data_loaded = lambda: _loaded(database)
    parts = [_start_worker(settings), _start_site(application, listening)]
    _introduce(origin, provider.origin, workspace, accounts)
    return _wait(parts, stop)


def demo_settings(
    origin: str, provider_origin: str, workspace: Workspace, secrets: dict[str, str]
) -> Settings:
    """The settings of a demo in that folder. What `DMP_…` variables say elsewhere does not count here."""
    return FixedSettings(
        mode="demo",
        site_origin=origin,
        database_url=workspace.database_url,
        secret_key=SecretStr(secrets["secret_key"]),
        audit_key=SecretStr(secrets["audit_key"]),
        audit_heads=workspace.audit_heads,
        search_engine="embedded",
        search_directory=workspace.search,
        files=FilesSettings(directory=workspace.files),
        schema_directory=None,
        issuers=issuer_settings(provider_origin, secrets),
        mail=MailSettings(transport="folder", folder=workspace.mail),
        proxy_headers=False,
        demo_marker=MARKER,
    )


def _loaded(database: Database) -> bool:
    with database.read() as session:
        return sample_data_loaded(session)


def _start_provider(
    identities: Identities,
    origin: str,
    port: int,
    workspace: Workspace,
    secrets: dict[str, str],
    stack: ExitStack,
) -> RunningProvider:
    config = identities.provider_config(origin, workspace.provider_keys, secrets)
    for candidate in (*range(port + 1, min(port + 1 + PROVIDER_PORTS, 65536)), 0):
        try:
            return stack.enter_context(running_provider(config, candidate))
        except OSError:
            continue
    raise RuntimeError("no free port for the development provider")


def _start_worker(settings: Settings) -> Part:
    worker, stop = Worker(settings), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), name="worker", daemon=True)
    thread.start()
    return Part("worker", thread, stop.set)


def _start_site(application: FastAPI, listening: socket.socket) -> Part:
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=5,
        )
    )

    def end() -> None:
        server.should_exit = True

    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="site", daemon=True)
    thread.start()
    return Part("site", thread, end)


def _wait(parts: list[Part], stop: threading.Event) -> int:
    failed = ""
    while not failed and not stop.wait(0.3):
        failed = next((part.name for part in parts if not part.thread.is_alive()), "")
    _say("デモを終えています。")
    for part in parts:
        part.end()
    for part in parts:
        part.thread.join(timeout=20)
    if failed:
        _complain(f"{failed} が止まったため、デモを終えました。上の記録を確認してください。")
        return 1
    return 0


def _introduce(origin: str, provider_origin: str, workspace: Workspace, accounts: list[Account]) -> None:
    _say("")
    _say(f"  サイト              {origin}/")
    _say(f"  APIの説明           {origin}/api/v1/openapi.json")
    _say(f"  開発用の認証        {provider_origin}/ （パスワードはありません）")
    _say(f"  送られたメール      {workspace.mail}")
    _say(f"  APIトークンの一覧   {workspace.accounts}")
    _say("")
    _say("ログインのしかた: サイトの「ログイン」で認証サーバーを選び、次の人を選びます。")
    shown: dict[str, int] = {}
    for account in accounts:
        shown[account.role] = shown.get(account.role, 0) + 1
        if shown[account.role] <= SHOWN_PER_ROLE:
            _say(f"  {_wide(ROLE_NAMES[account.role], 22)}{_wide(account.name, 18)}{account.organisation}")
    _say(f"  ほかの人も認証サーバーの一覧にいます（全{len(accounts)}件は {workspace.accounts.name}）。")
    _say("")
    _say("終えるには Ctrl-C を押してください。")


SHOWN_PER_ROLE = 5


def _wide(text: str, width: int) -> str:
    taken = sum(2 if ord(char) > 0x2E7F else 1 for char in text)
    return text + " " * max(width - taken, 1)
