"""A review case: one submitted revision on its way to a decision."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

CASE = Lifecycle(
    "review_case",
    ("queued", "claimed", "approved", "returned", "rejected", "recalled"),
    {
        "claim": (("queued",), "claimed"),
        "release": (("claimed",), "queued"),
        "approval": (("claimed",), "approved"),
        "return": (("claimed",), "returned"),
        "rejection": (("claimed",), "rejected"),
        "recall": (("queued", "claimed"), "recalled"),
    },
)
