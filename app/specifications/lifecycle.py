"""The states of a specification's version."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

VERSION = Lifecycle(
    "specification_version",
    ("draft", "proposed", "comment", "in_force", "superseded", "withdrawn"),
    {
        "proposal": (("draft",), "proposed"),
        "return": (("proposed",), "draft"),
        # What was put up for comment (案) is public and fixed like what is in force; a changed text is a new version.
        "opening": (("proposed",), "comment"),
        "publication": (("proposed", "comment"), "in_force"),
        # The worker, on the day from which a later version is the one to conform to.
        "supersession": (("in_force",), "superseded"),
        "withdrawal": (("comment", "in_force", "superseded"), "withdrawn"),
    },
)

PUBLIC = ("comment", "in_force", "superseded", "withdrawn")
"""The states that everybody sees. The text of a version in one of them never changes."""
EDITABLE = ("draft",)
