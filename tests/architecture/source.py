"""The project's own source files, for tests that read them."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "search", "catalogue_schema", "migrations", "tests", "benchmarks", "scripts", "examples")


def files(*endings: str, folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    """The files with these endings (`.py`), sorted. Fails where there is none: a rule over nothing proves nothing."""
    found = sorted(
        path
        for folder in folders
        for ending in endings
        for path in (ROOT / folder).rglob(f"*{ending}")
        if "__pycache__" not in path.parts
    )
    assert found, f"no {' or '.join(endings)} files under {', '.join(folders)}"
    return found


def name(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()
