"""People as their issuers name them, their sessions and their API tokens."""

from datetime import datetime

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """Somebody who logged in: keyed by issuer and subject, never by e-mail."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("issuer_key", "subject"),)

    id: str = Field(primary_key=True)
    issuer_key: str
    subject: str
    pseudonym: str = Field(unique=True)
    name: str = ""
    email: str = ""
    account_kind: str = ""
    """entry, prime, member for GビズID; empty elsewhere."""
    corp_type: str = ""
    """corporation or sole_proprietor for GビズID."""
    claimed_number: str = ""
    """法人番号 or organisation code as last asserted. For an エントリー it is only a claim."""
    parent_subject: str = ""
    created_at: datetime
    last_login_at: datetime | None = None


class LoginAttempt(SQLModel, table=True):
    """What we must remember between sending somebody to the issuer and the callback. Single use."""

    __tablename__ = "login_attempt"

    state_digest: str = Field(primary_key=True)
    browser_digest: str
    """Digest of the pre-login cookie: the callback must come from the same browser."""
    issuer_key: str
    nonce: str
    code_verifier: str
    next_path: str = "/"
    person_id: str | None = None
    """For a step-up: who must come back."""
    invitation_digest: str = ""
    created_at: datetime
    used_at: datetime | None = None


class WebSession(SQLModel, table=True):
    """A logged-in browser. The cookie holds the secret, this row its digest."""

    __tablename__ = "web_session"

    id: str = Field(primary_key=True)
    secret_digest: str = Field(unique=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    membership_id: str | None = Field(default=None, index=True)
    issuer_key: str
    id_token: str = ""
    """Kept for the issuer's RP-initiated logout only."""
    auth_time: datetime
    delegated: bool = False
    """Opened by a login on behalf of another firm (代理): it joins nothing, as long as it lasts."""
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    address: str = ""
    user_agent: str = ""


class ApiToken(SQLModel, table=True):
    """A program's credential: shown once, stored as a digest, bound to its creator's membership."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)
    digest: str = Field(unique=True)
    hint: str
    """The last four characters, so that people can tell tokens apart."""
    name: str
    person_id: str = Field(foreign_key="person.id", index=True)
    membership_id: str = Field(index=True)
    organisation_id: str = Field(index=True)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime
    expires_at: datetime
    warned_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
