"""The states of a master agreement (基本契約) and of a membership."""

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

MEMBERSHIP = Lifecycle(
    "membership",
    ("pending", "active", "ended"),
    {
        "confirmation": (("pending",), "active"),
        "ending": (("pending", "active"), "ended"),
    },
)
