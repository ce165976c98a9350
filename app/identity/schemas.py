"""What the API takes and gives about sessions and tokens."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.identity.tokens import DEFAULT_DAYS


class TokenIn(BaseModel):
    """A token to be made. `scopes` at most what your roles allow (see `/me`)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "登録の自動化",
                    "scopes": ["listing:read", "listing:write"],
                    "expires_in_days": 365,
                }
            ]
        },
    )

    name: str = Field(max_length=1000)
    scopes: list[str] = Field(max_length=50)
    expires_in_days: int = DEFAULT_DAYS


class TokenOut(BaseModel):
    """A token. `secret` is there once, in the answer that made it; a replay answers without it and says so."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    hint: str
    scopes: list[str]
    organisation_id: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    secret: str | None = None
    notice: str | None = None


class SessionOut(BaseModel):
    """One of your logins."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    current: bool
    issuer_key: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    auth_time: datetime
    address: str
    user_agent: str
