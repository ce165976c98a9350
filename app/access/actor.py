"""Who is acting: one frozen value that every service takes explicitly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.access.permissions import Permission, Role, permissions_of


@dataclass(frozen=True)
class Actor:
    """A visitor, a person in a session, a program with a token, or the service itself."""

    kind: Literal["anonymous", "session", "token", "system"] = "anonymous"
    person_id: str | None = None
    pseudonym: str = ""
    """What the audit chain calls the person: random, so that erasure leaves the chain whole."""
    name: str = ""
    membership_id: str | None = None
    organisation_id: str | None = None
    organisation_kind: str | None = None
    """vendor, sole_proprietor, agency, or one of `permissions.BODY_KINDS`."""
    group_key: str | None = None
    """The group of firms (資本関係) that the organisation belongs to, for four eyes."""
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Permission] | None = None
    """What a token holds; None for sessions."""
    supports: frozenset[str] = frozenset()
    """The projects of other bodies that this membership supports (支援者) at this moment."""
    supports_priced: frozenset[str] = frozenset()
    """Those of them for which the body granted sight of 予定価格."""
    inherited: frozenset[str] = frozenset()
    """The bodies whose records the organisation took over by a merger (廃置分合) that is in force today."""
    session_id: str | None = None
    token_id: str | None = None
    auth_time: datetime | None = None
    delegated: bool = False
    """Logged in on behalf of another firm (代理): belongs nowhere, whatever places the account holds itself."""
    request_id: str = ""
    address: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that this actor may do: the roles' permissions, cut by the token's scopes."""
        granted = permissions_of(self.roles)
        return granted if self.scopes is None else granted & self.scopes

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held (freshness of the login is judged by the guard)."""
        return permission in self.permissions

    def acts_for(self, organisation_id: str | None) -> bool:
        """Whether the organisation is the one that the actor now acts for."""
        return organisation_id is not None and self.organisation_id == organisation_id

    def keeps_records_of(self, organisation_id: str | None) -> bool:
        """Whether the projects and contracts of the organisation are kept by the one that the actor acts for."""
        return self.acts_for(organisation_id) or organisation_id in self.inherited


def system_actor(request_id: str = "") -> Actor:
    """The service itself: sweeps, projections, sample data."""
    return Actor(kind="system", pseudonym="system", name="システム", request_id=request_id)


ANONYMOUS = Actor()
