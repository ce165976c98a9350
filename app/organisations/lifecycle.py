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
        # A new last day, before the old one or, where the renewal came late, after it.
        "renewal": (("active", "expired"), "active"),
        "renewal_while_suspended": (("suspended",), "suspended"),
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

EXPIRY_HOLD = Lifecycle(
    "expiry_hold",
    ("asked", "released", "extended"),
    {
        "release": (("asked", "extended"), "released"),
        "extension": (("asked", "extended"), "extended"),
        # A longer grace may be cut or lengthened while it runs; what was let go stays gone.
        "asking_again": (("extended",), "asked"),
    },
)
"""A night of mass expiry: held while asked, then let happen or extended until a day, before which it is asked again."""
