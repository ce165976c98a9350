"""What may stand in a text for one vendor: nobody else's name, and never 予定価格. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_AMOUNT = re.compile(r"[0-9][0-9,.]*\s*(?:千|百万|万|億)?円")
_SCORE = re.compile(r"[0-9][0-9.]*\s*(?:点|位)")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[,_\s'](?=[0-9])")
_SHORTEST_NAME = 2


def folded(text: str) -> str:
    """Compatibility forms as one, without case: ＡＢＣ and abc are the same name."""
    return unicodedata.normalize("NFKC", text).casefold()


def names_in(text: str, others: Collection[str], own: Collection[str]) -> list[str]:
    """Which of the others' names the text has. A name that is only part of an own one does not count."""
    rest = folded(text)
    for name in sorted((folded(name) for name in own if name), key=len, reverse=True):
        rest = rest.replace(name, "\n")
    kept = {folded(name) for name in own}
    return sorted(
        name
        for name in set(others)
        if len(name) >= _SHORTEST_NAME and folded(name) not in kept and folded(name) in rest
    )


def tells_amount(text: str, amount: int) -> bool:
    """Whether the text has this sum of yen, however its digits are written, or in 千円 or 万円."""
    plain = _BETWEEN_DIGITS.sub("", folded(text))
    shapes = [str(amount)]
    for unit, word in ((1_000, "千円"), (10_000, "万"), (100_000_000, "億")):
        whole, rest = divmod(amount, unit)
        if whole:
            part = f".{rest:0{len(str(unit)) - 1}d}".rstrip("0").rstrip(".")
            shapes.append(f"{whole}{part}{word}")
    if amount >= 10_000 and amount % 10_000:
        shapes.append(f"{amount // 10_000}万{amount % 10_000}")
    return any(re.search(rf"(?<![0-9.]){re.escape(shape)}(?![0-9])", plain) for shape in shapes)


def doubts(text: str) -> tuple[str, ...]:
    """What the officer should look at once more: sums and scores, which must be this vendor's own."""
    plain = folded(text)
    found = [pattern.search(plain) for pattern in (_AMOUNT, _SCORE)]
    return tuple(
        f"「{match.group()}」と書かれています。この事業者自身の{what}であることを確かめてください。"
        for match, what in zip(found, ("金額", "点数・順位"), strict=True)
        if match
    )
