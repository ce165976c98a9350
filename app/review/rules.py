"""What settings say about reviewing: the standard time, and which self-published changes are looked at afterwards."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import date, datetime

from app.kit.clock import TOKYO
from app.kit.working_days import working_days_after
from app.settings import Settings


@dataclass(frozen=True)
class ReviewRules:
    """The rules as configured. `key` is secret: with it one could foresee what is drawn."""

    standard_days: int
    sampling_percent: int
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> ReviewRules:
        """The rules that the settings state; the key is derived from the secret key for this use alone."""
        secret = settings.secret_key.get_secret_value().encode()
        key = hmac.new(secret, b"dmp review sampling 1", hashlib.sha256).digest()
        return cls(settings.review.standard_days, settings.review.sampling_percent, key)

    def draws(self, revision_id: str, content_hash: str) -> bool:
        """Whether this self-published revision is looked at: the same answer whenever asked, and not to be foreseen
        without the key."""
        digest = hmac.new(self.key, f"{revision_id}:{content_hash}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8]) % 100 < self.sampling_percent

    def due_on(self, opened_at: datetime) -> date:
        """The day by which a submission of that moment is decided on, if all goes as it should."""
        return working_days_after(opened_at.astimezone(TOKYO).date(), self.standard_days)
