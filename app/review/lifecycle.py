"""A review case: one submitted revision on its way to a decision; and what is looked at after it was published."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

CASE = Lifecycle(
    "review_case",
    ("queued", "claimed", "approved", "returned", "rejected", "recalled"),
    {
        "claim": (("queued",), "claimed"),
        # To another reviewer, whether somebody had it or not.
        "reassignment": (("queued", "claimed"), "claimed"),
        "release": (("claimed",), "queued"),
        "approval": (("claimed",), "approved"),
        # 軽微 changes only: published without a reviewer, perhaps sampled later.
        "self_publication": (("queued",), "approved"),
        "return": (("claimed",), "returned"),
        "rejection": (("claimed",), "rejected"),
        "recall": (("queued", "claimed"), "recalled"),
    },
)

SAMPLE = Lifecycle(
    "review_sample",
    ("open", "accepted", "findings", "taken_back"),
    {
        "acceptance": (("open",), "accepted"),
        "findings": (("open",), "findings"),
        "taking_back": (("open",), "taken_back"),
    },
)
"""A self-published revision that was drawn: accepted, left public with findings for the vendor, or taken back."""

PHRASE = Lifecycle(
    "review_phrase",
    ("active", "retired"),
    {"edit": (("active",), "active"), "retirement": (("active",), "retired")},
)

TASK = Lifecycle(
    "agency_task",
    ("open", "done"),
    {"completion": (("open",), "done")},
)
"""Something for the Agency to look into, opened by an official list that says otherwise than we."""

SUSPENSION = Lifecycle(
    "suspension",
    ("noticed", "dropped", "suspended", "objected", "ended"),
    {
        # The vendor's statement (弁明): before the decision, or, where there was no notice, after it.
        "statement": (("noticed",), "noticed"),
        "later_statement": (("suspended",), "suspended"),
        "suspension": (("noticed",), "suspended"),
        "dropping": (("noticed",), "dropped"),
        "confirmation": (("suspended",), "suspended"),
        "objection": (("suspended",), "objected"),
        "dismissal": (("objected",), "suspended"),
        "upholding": (("objected",), "ended"),
        "lifting": (("suspended", "objected"), "ended"),
        "expiry": (("suspended", "objected"), "ended"),
    },
)
"""A suspension as a procedure: announced, heard, decided, objected to, answered, ended. An urgent one begins as
suspended."""
