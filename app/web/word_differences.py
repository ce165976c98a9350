"""Two texts side by side with what differs marked, word by word."""

from app.kit import word_differences as words

Parts = list[tuple[str, bool]]
"""Pieces of a text in order, and whether each differs."""


def word_differences(before: str, after: str) -> tuple[Parts, Parts]:
    """The two texts in pieces; the marked ones of the first are gone, those of the second are new."""
    found: tuple[Parts, Parts] = [], []
    for old, new, same in words.word_differences(before, after):
        for side, piece in zip(found, (old, new), strict=True):
            if piece:
                side.append((piece, not same))
    return found
