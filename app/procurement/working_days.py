"""How long a vendor has to answer a contract, in working days (app.kit.working_days)."""

from __future__ import annotations

from app.kit.working_days import is_working_day, working_days_after

__all__ = ["ANSWER_DAYS", "is_working_day", "working_days_after"]

ANSWER_DAYS = 10
"""Working days within which a vendor answers a contract; afterwards it shows as 未確認."""
