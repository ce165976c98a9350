"""Run by the tests as a process of its own: writes batches and says after each that it is committed.

Arguments: folder, number of the first batch. Each line of output is a batch that `apply` has returned from.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from search.embedded import open_writer
from tests.search.contract.adapters import SETTINGS, document

BATCH = 20


def main(directory: Path, first: int) -> None:
    """Write batch after batch until killed."""
    with open_writer(directory, SETTINGS) as writer:
        for batch in itertools.count(first):
            names = [f"d{number}" for number in range(batch * BATCH, (batch + 1) * BATCH)]
            upserts = [document(name, "住民票", revision=batch) for name in names]
            upserts.append(document("latest", "税務", revision=batch))
            writer.apply(upserts, [f"d{(batch - 1) * BATCH}"])
            print(batch, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
