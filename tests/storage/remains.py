"""What a store on files keeps, to be searched for what should be gone."""

from pathlib import Path


def at_rest(folder: Path) -> bytes:
    """Every byte of the files in a folder: a database, its log and the index of the log."""
    return b"".join(path.read_bytes() for path in folder.iterdir())
