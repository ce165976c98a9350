"""The states of a run over the whole index."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

INDEX_RUN = Lifecycle(
    "index_run",
    ("queued", "running", "succeeded", "failed"),
    {
        "start": (("queued",), "running"),
        "success": (("running",), "succeeded"),
        "failure": (("queued", "running"), "failed"),
        # The worker was stopped, killed, or the engine failed: it goes on from what is there.
        "interruption": (("running",), "queued"),
    },
)
"""`succeeded`: a rebuild was swapped in, a check has looked at everything; what it found is in the run."""

LIVE = ("queued", "running")
"""At most one run of a kind is in these."""
