"""The states of a verification of conformance."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

VERIFICATION = Lifecycle(
    "conformance_verification",
    ("in_effect", "withdrawn", "ended"),
    {
        # By a reviewer, with a reason that everybody reads.
        "withdrawal": (("in_effect",), "withdrawn"),
        # By the worker: its date has passed, or the specification's version is no longer in force.
        "ending": (("in_effect",), "ended"),
    },
)
