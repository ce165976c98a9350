"""A search word: it counts, or it was retired; nothing is deleted, since old searches were made with it."""

from __future__ import annotations

from app.kit.lifecycle import Lifecycle

WORD = Lifecycle(
    "search_word",
    ("active", "retired"),
    {
        "edit": (("active",), "active"),
        "retirement": (("active",), "retired"),
        "restoration": (("retired",), "active"),
    },
)
