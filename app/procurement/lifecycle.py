"""The states of a procurement project, of an individual contract (個別契約), and of what else belongs to them."""

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

IMPORTED_CONTRACT = Lifecycle(
    "imported_contract",
    ("imported", "withdrawn"),
    {"withdrawal": (("imported",), "withdrawn")},
)
"""A contract from before, taken in from a file; `withdrawal` takes a mistaken one back, and frees its number."""

INSPECTION = Lifecycle(
    "inspection",
    ("recorded", "accepted", "rejected"),
    {
        "acceptance": (("recorded",), "accepted"),
        "rejection": (("recorded",), "rejected"),
        "reinspection": (("rejected",), "recorded"),
    },
)
"""`reinspection`: the vendor has mended what was rejected and said so; the days are counted anew."""

OUTCOME = Lifecycle(
    "outcome",
    ("prepared", "sent", "asked", "answered"),
    {
        "sending": (("prepared",), "sent"),
        "question": (("sent",), "asked"),
        "answer": (("asked",), "answered"),
    },
)
"""What a vendor is told after a decision; it may ask once."""

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
