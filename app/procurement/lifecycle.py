"""The states of a procurement project, and of an individual contract (個別契約)."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

PROJECT = Lifecycle(
    "project",
    ("assessing", "proposed", "awarded", "none_suitable", "cancelled"),
    {
        "proposal": (("assessing",), "proposed"),
        "reopening": (("proposed",), "assessing"),
        "award": (("proposed",), "awarded"),
        "no_award": (("proposed",), "none_suitable"),
        "cancellation": (("assessing", "proposed"), "cancelled"),
    },
)
"""`proposal` is the officer's selection (or "none suitable"), `award`/`no_award` its confirmation by the approver."""

CONTRACT = Lifecycle(
    "contract",
    ("recorded", "confirmed", "disputed", "terminated", "expired"),
    {
        "confirmation": (("recorded", "disputed"), "confirmed"),
        "dispute": (("recorded",), "disputed"),
        "amendment": (("recorded", "confirmed", "disputed"), "recorded"),
        "termination": (("recorded", "confirmed", "disputed"), "terminated"),
        "expiry": (("recorded", "confirmed", "disputed"), "expired"),
    },
)

SUPPORT = Lifecycle(
    "support",
    ("invited", "accepted", "active", "ended"),
    {
        "acceptance": (("invited",), "accepted"),
        "confirmation": (("accepted",), "active"),
        "ending": (("invited", "accepted", "active"), "ended"),
    },
)

DEVIATION = Lifecycle(
    "deviation",
    ("asked", "accepted", "declined", "withdrawn"),
    {
        "acceptance": (("asked",), "accepted"),
        "decline": (("asked",), "declined"),
        "withdrawal": (("asked", "declined"), "withdrawn"),
    },
)
"""What a body asks to be otherwise than a text of the contract; the vendor answers before it confirms."""
