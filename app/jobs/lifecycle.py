"""The states of a job."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

JOB = Lifecycle(
    "job",
    ("queued", "running", "succeeded", "failed", "cancelled"),
    {
        "start": (("queued",), "running"),
        "success": (("running",), "succeeded"),
        "failure": (("queued", "running"), "failed"),
        "cancellation": (("queued", "running"), "cancelled"),
        # The worker crashed or was stopped in the middle: it begins again, or after the last step that was kept.
        "interruption": (("running",), "queued"),
    },
)
"""`failed` means that nothing was changed, and the faults say why (or that steps after an import were not all done: the
message says so); `succeeded` that all of it was done."""

ENDED = ("succeeded", "failed", "cancelled")
