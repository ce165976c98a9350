"""The master agreement's states (基本契約)."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

AGREEMENT = Lifecycle(
    "master_agreement",
    ("offered", "signed", "active", "suspended", "terminated", "expired"),
    {
        "signature": (("offered",), "signed"),
        "acceptance": (("signed",), "active"),
        "suspension": (("active",), "suspended"),
        "resumption": (("suspended",), "active"),
        "termination": (("signed", "active", "suspended"), "terminated"),
        "expiry": (("active", "suspended"), "expired"),
    },
)
