"""The states of a catalogue entry (software or offer) and of its revisions."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

ENTRY = Lifecycle(
    "entry",
    ("unpublished", "published", "withdrawn", "suspended", "retired"),
    {
        # A later approval of a published entry replaces its live revision and leaves the status as it is.
        "publication": (("unpublished", "published", "withdrawn"), "published"),
        # A suspended entry may be mended: the new revision goes public when the Agency resumes it.
        "replacement": (("suspended",), "suspended"),
        "withdrawal": (("published",), "withdrawn"),
        "suspension": (("published", "withdrawn", "retired"), "suspended"),
        # The Agency ends a suspension, the vendor its own withdrawal.
        "resumption": (("suspended", "withdrawn"), "published"),
        "resumption_as_withdrawn": (("suspended",), "withdrawn"),
        "resumption_as_retired": (("suspended",), "retired"),
        "retirement": (("published", "withdrawn"), "retired"),
        # The live revision was published in error, and the one before it is live again.
        "reversion": (("published",), "published"),
        "reversion_as_retired": (("retired",), "retired"),
    },
)
"""`retirement` sets a last date: the entry stays in the catalogue until that day has passed."""

REVISION = Lifecycle(
    "revision",
    ("draft", "submitted", "in_review", "returned", "approved", "rejected"),
    {
        "submission": (("draft", "returned"), "submitted"),
        "recall": (("submitted", "in_review"), "draft"),
        "claim": (("submitted",), "in_review"),
        "release": (("in_review",), "submitted"),
        "approval": (("in_review",), "approved"),
        "return": (("in_review",), "returned"),
        "rejection": (("in_review",), "rejected"),
        # 軽微 changes only (catalogue_schema says which): public without a review. A returned one never.
        "self_publication": (("draft",), "approved"),
        # Published in error. It stays an approved revision with the moment at which it was taken back.
        "revocation": (("approved",), "approved"),
    },
)

EDITABLE = frozenset({"draft", "returned"})
"""The statuses in which a revision's answers may change."""

SELLER = Lifecycle(
    "seller_authorisation",
    ("offered", "accepted", "ended"),
    {
        "acceptance": (("offered",), "accepted"),
        "ending": (("offered", "accepted"), "ended"),
    },
)
