"""The last committed figures (`figures.json`), and whether new ones have fallen too far below them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.relevance.measuring import ALL, Figures

FILE = Path(__file__).parent / "figures.json"
DROP = 0.01
"""How far a mean over all queries of a half may fall below the committed one."""
DROP_OF_A_KIND = 0.03
"""The same for one kind, where a single query weighs about a tenth."""

Half = Mapping[str, Figures]
Measured = Mapping[str, Mapping[str, Half]]
"""Engine, half, kind."""


def write(corpus: str, measured: Measured, file: Path = FILE) -> None:
    """Commit figures: those of engines that were not measured this time stay, unless they are of another corpus."""
    kept = _read(file)
    engines = kept["engines"] if kept.get("corpus") == corpus else {}
    for engine, halves in measured.items():
        engines.setdefault(engine, {}).update(
            {half: {kind: asdict(figures) for kind, figures in rows.items()} for half, rows in halves.items()}
        )
    content = {"corpus": corpus, "engines": engines}
    file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def committed(engine: str, half: str, file: Path = FILE) -> dict[str, Figures]:
    """The committed figures of one half, by kind; empty where there are none."""
    rows = _read(file).get("engines", {}).get(engine, {}).get(half, {})
    return {kind: Figures(**figures) for kind, figures in rows.items()}


def faults(corpus: str, measured: Measured, file: Path = FILE) -> list[str]:
    """What has become worse beyond the bounds, in words; empty where all is well."""
    if _read(file).get("corpus") != corpus:
        return [
            "the committed figures are of another corpus: measure again with --commit and look at the difference"
        ]
    found = []
    for engine, halves in measured.items():
        for half, rows in halves.items():
            before = committed(engine, half, file)
            if {kind: row.queries for kind, row in before.items()} != {k: r.queries for k, r in rows.items()}:
                found.append(f"{engine}, {half}: the committed figures are of other queries")
                continue
            for kind, figures in rows.items():
                found += [
                    f"{engine}, {half}, {kind}: {fault}" for fault in _worse(kind, before[kind], figures)
                ]
    return found


def _worse(kind: str, before: Figures, now: Figures) -> list[str]:
    bound = DROP if kind == ALL else DROP_OF_A_KIND
    found = []
    for name in ("ndcg", "recall", "mrr"):
        was, is_ = getattr(before, name), getattr(now, name)
        if was is not None and is_ is not None and is_ < was - bound:
            found.append(f"{name} fell from {was:.3f} to {is_:.3f}, by more than {bound:g}")
    if kind == "none":
        if now.plain > before.plain + bound:
            found.append(f"false answers rose from {before.plain:.3f} to {now.plain:.3f}")
    elif now.zero > before.zero:
        found.append(f"searches without a hit rose from {before.zero:.3f} to {now.zero:.3f}")
    return found


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}
