"""Settings from `DMP_…` variables. Production refuses development parts, default secrets and http origins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

DEFAULT_SECRET = "development-only-secret"  # noqa: S105  # refused in production, by name


def origin_of(url: str) -> str:
    """Scheme, host and port of an http(s) address as browsers compare them; empty where it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    usual = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" if usual else f"{parts.scheme}://{named}:{port}"


class IssuerSettings(BaseModel):
    """One OpenID Connect issuer and the organisations that it may speak for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    """Short name used in the callback address `/login/callback/{key}`."""
    name: str
    """What the login page calls it."""
    issuer: str
    client_id: str
    client_secret: SecretStr
    dialect: Literal["gbizid", "generic"] = "generic"
    scope: str = "openid profile email"
    algorithms: tuple[str, ...] = ("RS256",)
    organisations: tuple[str, ...] = ()
    """Local-government codes, 法人番号, or `agency`, that this issuer may assert; `*local` for every local
    government, `*admitted` for every other body that the Agency admitted.
    The gbizid dialect speaks for vendors (and for a local government by its 法人番号)."""
    extra_origins: tuple[str, ...] = ()
    """Origins beside the issuer's own to which its authorization and logout endpoints may send the browser: browsers
    hold the redirects of our forms to the Content-Security-Policy, which names these."""

    @field_validator("extra_origins")
    @classmethod
    def _are_origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for value in given:
            if origin_of(value) != value:
                raise ValueError(
                    f"extra_origins: 「{value[:80]}」は https://login.example.jp の形（パスなし、小文字）ではありません"
                )
        return given

    @property
    def origins(self) -> tuple[str, ...]:
        """Where a login or logout may send the browser: the issuer's own origin and the extra ones."""
        return (origin_of(self.issuer), *self.extra_origins)


class MailSettings(BaseModel):
    """How mail leaves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transport: Literal["smtp", "folder"] = "folder"
    folder: Path = Path(".demo/mail")
    host: str = "127.0.0.1"
    port: int = 25
    username: str = ""
    password: SecretStr = SecretStr("")
    starttls: bool = False
    sender: str = "デジタルマーケットプレイス <no-reply@localhost>"
    timeout_seconds: float = 15.0


class ReviewSettings(BaseModel):
    """How listings are reviewed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    standard_days: int = Field(default=20, ge=1, le=250)
    """標準処理期間 of a submission, in working days."""
    sampling_percent: int = Field(default=10, ge=0, le=100)
    """The share of self-published changes that a reviewer looks at afterwards."""


class FilesSettings(BaseModel):
    """Documents that people upload."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path = Path(".demo/files")
    """Folder that every process shares; several hosts mount the same."""
    limit_bytes: int = Field(default=20_971_520, ge=65_536)
    unpacked_bytes: int = Field(default=268_435_456, ge=65_536)
    """Most that a docx or xlsx may hold when unpacked."""
    scanner: str = Field(default="", pattern=r"^(tcp://[^/\s]+:[0-9]{1,5}|unix:///\S+)?$")
    """clamd: `tcp://host:port` or `unix:///path/of/clamd.ctl`. Empty: files are not scanned for viruses."""


class OutcomeSettings(BaseModel):
    """What vendors are told after a decision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question_days: int = Field(default=20, ge=1, le=250)
    """Working days within which a vendor may ask its one question."""
    reminder_days: int = Field(default=5, ge=1, le=250)
    """Working days after a decision from which the body is reminded of notices that it did not send."""


class ExpirySettings(BaseModel):
    """What becomes of listings when a firm's agreement or qualification ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grace_days: int = Field(default=90, ge=0, le=366)
    """更新手続中: how long after the end they stay public, closed to new contracts. 0: no grace."""
    grace_for: Literal["declared", "everyone"] = "declared"
    """Those who declared before the end that they are renewing, or everyone."""
    ask_percent: int = Field(default=10, ge=0, le=100)
    """A night that would take away more than this share of the catalogue waits for an administrator."""
    ask_at_least: int = Field(default=10, ge=1)
    """...if these are so many listings or more: in a small catalogue one vendor is a large share."""
    ask_within_days: int = Field(default=30, ge=1, le=92)
    """What left unasked in so many days up to that night counts with it, so that staggered ends are asked of too."""


class SearchSettings(BaseModel):
    """Meilisearch, where `search_engine` chooses it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(default="", pattern=r"^(https?://[^\s/]+/?)?$")
    """Its address, e.g. `http://search:7700`. Only the site and the worker need to reach it."""
    index: str = Field(default="listings", pattern=r"^[a-z0-9_-]{1,60}$")
    search_key: SecretStr = SecretStr("")
    """May only search this index; the site's. Made by `dmp search-keys`."""
    worker_key: SecretStr = SecretStr("")
    """May write this index; the worker's. Made by the same."""
    answer_seconds: float = Field(default=1.0, ge=0.1, le=30)
    """Within this a search is answered, by the stand-in if need be."""
    connect_seconds: float = Field(default=0.3, ge=0.05, le=10)
    connections: int = Field(default=20, ge=1, le=200)
    """Most connections of one process."""
    rest_seconds: float = Field(default=2.0, ge=0.1, le=60)
    """How long an engine that fails is left alone before it is tried again."""
    task_seconds: float = Field(default=60.0, ge=1, le=3600)
    """How long the worker waits for a change to be made."""
    standby: bool = True
    """Keep an embedded index beside it, in `search_directory`, that answers while Meilisearch does not."""


class RefusedToStart(Exception):
    """Production with something that must not be there. The message names each setting."""


class Settings(BaseSettings):
    """All there is to configure. Nested values by `__`, e.g. `DMP_MAIL__HOST`; issuers as JSON in `DMP_ISSUERS`."""

    model_config = SettingsConfigDict(
        env_prefix="DMP_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    mode: Literal["development", "demo", "production"] = "development"
    site_origin: str = "http://127.0.0.1:8000"
    database_url: str = "sqlite:///.demo/catalogue.sqlite3"
    secret_key: SecretStr = SecretStr(DEFAULT_SECRET)
    """Signs form tokens and pre-login cookies, salts pseudonyms."""
    audit_key: SecretStr = SecretStr(DEFAULT_SECRET)
    """Seed of the Ed25519 key that signs the sealed heads of the audit chain."""
    audit_heads: Path = Path(".demo/audit-heads.jsonl")
    """File outside the database to which the signed heads are appended."""
    search_engine: Literal["embedded", "meilisearch"] = "embedded"
    search_directory: Path = Path(".demo/search")
    search: SearchSettings = SearchSettings()
    schema_directory: Path | None = None
    """Extra catalogue_schema TOML files laid over the built-in ones."""
    issuers: tuple[IssuerSettings, ...] = ()
    mail: MailSettings = MailSettings()
    review: ReviewSettings = ReviewSettings()
    files: FilesSettings = FilesSettings()
    outcome: OutcomeSettings = OutcomeSettings()
    expiry: ExpirySettings = ExpirySettings()
    concurrency: int = Field(default=20, ge=1, le=39)
    session_idle_minutes: int = Field(default=60, ge=1)
    session_absolute_hours: int = Field(default=12, ge=1)
    step_up_minutes: int = Field(default=10, ge=1)
    body_limit_bytes: int = Field(default=1_048_576, ge=1024)
    import_limit_bytes: int = Field(default=10_485_760, ge=65_536)
    """Largest file of a bulk import; it is kept in the database for a week."""
    import_unpacked_bytes: int = Field(default=67_108_864, ge=65_536)
    """Most that an xlsx file may hold when unpacked."""
    import_entries: int = Field(default=1000, ge=1)
    """Most entries in one import: they are written in one transaction."""
    proxy_headers: bool = False
    """Trust X-Forwarded-For/-Proto of the reverse proxy in front."""
    demo_marker: str = ""
    """Shown on every page when not empty (the demo's fictional data)."""

    @property
    def secure(self) -> bool:
        """Whether the site is served over https."""
        return self.site_origin.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """The session cookie's name: `__Host-` needs https."""
        return "__Host-dmp-session" if self.secure else "dmp-session"

    def issuer(self, key: str) -> IssuerSettings | None:
        """The configured issuer of that key."""
        return next((issuer for issuer in self.issuers if issuer.key == key), None)

    def check(self, environment: Mapping[str, str] = os.environ) -> Settings:
        """Itself, or RefusedToStart naming every setting that production does not allow.

        A `DMP_…` variable that names no setting is one of them: it is a setting that did not take effect.
        """
        if self.mode != "production":
            return self
        faults = unknown_variables(environment)
        if urlsplit(self.site_origin).scheme != "https":
            faults.append("DMP_SITE_ORIGIN: 本番では https:// の住所が必要です")
        for name, value in (("DMP_SECRET_KEY", self.secret_key), ("DMP_AUDIT_KEY", self.audit_key)):
            if value.get_secret_value() == DEFAULT_SECRET or len(value.get_secret_value()) < 32:
                faults.append(f"{name}: 初期値のまま、または32文字未満です")
        if not self.database_url.startswith("postgresql+psycopg://"):
            faults.append("DMP_DATABASE_URL: 本番では postgresql+psycopg:// が必要です")
        if self.mail.transport != "smtp":
            faults.append("DMP_MAIL__TRANSPORT: 本番では smtp が必要です（folder は開発用です）")
        if not self.issuers:
            faults.append("DMP_ISSUERS: OpenID Connect の発行者が一つも設定されていません")
        for issuer in self.issuers:
            if urlsplit(issuer.issuer).scheme != "https":
                faults.append(
                    f"DMP_ISSUERS[{issuer.key}].issuer: https:// の発行者が必要です（開発用の認証サーバーは使えません）"
                )
            faults += [
                f"DMP_ISSUERS[{issuer.key}].extra_origins: {origin} は https:// ではありません"
                for origin in issuer.extra_origins
                if not origin.startswith("https://")
            ]
            if len(issuer.client_secret.get_secret_value()) < 16:
                faults.append(f"DMP_ISSUERS[{issuer.key}].client_secret: 16文字以上が必要です")
        faults += self._search_faults()
        if self.demo_marker:
            faults.append("DMP_DEMO_MARKER: 本番では空にしてください")
        if faults:
            raise RefusedToStart("\n".join(faults))
        return self

    def _search_faults(self) -> list[str]:
        if self.search_engine != "meilisearch":
            return []
        faults = []
        if not self.search.url:
            faults.append("DMP_SEARCH__URL: Meilisearch の住所が必要です（例：http://search:7700）")
        keys = {
            "DMP_SEARCH__SEARCH_KEY": self.search.search_key.get_secret_value(),
            "DMP_SEARCH__WORKER_KEY": self.search.worker_key.get_secret_value(),
        }
        faults += [f"{name}: 16文字以上が必要です" for name, key in keys.items() if 0 < len(key) < 16]
        if not any(keys.values()):
            faults.append(
                "DMP_SEARCH__SEARCH_KEY（サイト）か DMP_SEARCH__WORKER_KEY（ワーカー）: "
                "どちらかの鍵が必要です（dmp search-keys で作れます）"
            )
        elif len(set(keys.values())) == 1:
            faults.append(
                "DMP_SEARCH__SEARCH_KEY: ワーカーと同じ鍵は使えません（検索だけができる鍵にしてください）"
            )
        return faults


class FixedSettings(Settings):
    """Settings from the arguments alone: `DMP_…` variables, even unreadable ones, do not count."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The arguments."""
        return (init_settings,)


OTHERS = frozenset({"DMP_CHROMIUM", "DMP_DATA", "DMP_SITE"})
"""Variables of tests, benchmarks and the README's examples, beside those that begin as below."""
_OTHERS_BEGIN = ("DMP_BENCH_", "DMP_REQUIRE_", "DMP_TEST_")


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """One line for each `DMP_…` variable that names no setting, with the nearest that does."""
    nested = {
        f"DMP_{group.upper()}__{name.upper()}"
        for group, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for name in field.annotation.model_fields
    }
    known = {f"DMP_{name.upper()}" for name in Settings.model_fields} | nested
    faults = []
    for name in sorted(environment):
        given = name.upper()
        if not given.startswith("DMP_") or given in known | OTHERS or given.startswith(_OTHERS_BEGIN):
            continue
        near = get_close_matches(given, sorted(known), 1)
        hint = f"（{near[0]} のことですか）" if near else ""
        faults.append(f"{name}: このような設定はありません{hint}")
    return faults
