"""Gives the ledger file of an older version its new columns: a new file in its place, the old one kept."""

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from pathlib import Path

from usage.ledger.appending import flush_folder
from usage.ledger.csv_records import RowError, is_whole, parse_header, raw_records
from usage.ledger.csv_rows import COLUMNS, FIRST_COLUMNS


def upgrade(path: Path, today: date, link: Callable[[Path, Path], None] = os.link) -> Path | None:
    """Add the columns that the file lacks; returns where the old file is kept, None if it lacks none.

    The caller holds the ledger's lock. At any moment `path` is the whole old or the whole new file. Raises
    OSError; then it is the old one. A file that is no ledger, or lacks older columns too, is left alone.
    """
    path = path.resolve()  # what a link points to is replaced, not the link
    if not (missing := _missing_columns(path)):
        return None
    new = path.with_name(f"{path.name}.upgrading")
    try:
        _write_upgraded(path, new, missing)
        kept = _keep(path, today, link)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)
    return kept


def _missing_columns(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            header = parse_header(file.readline())
    except (FileNotFoundError, RowError):
        return []
    if not set(FIRST_COLUMNS) <= set(header):
        return []
    return [name for name in COLUMNS if name not in header]


def _write_upgraded(path: Path, new: Path, missing: Sequence[str]) -> None:
    """Write the records again, each whole one with an empty field for each missing column.

    All bytes of the old file stay as they are; what is no whole record gets nothing more.
    """
    new.touch(mode=0o600)
    with path.open("rb") as old, new.open("wb") as upgraded:
        header = old.readline()
        columns = len(parse_header(header))
        upgraded.write(_longer(header, b"".join(b"," + name.encode() for name in missing)))
        for _, raw, fields in raw_records(old, columns, line_number=2):
            upgraded.write(_longer(raw, b"," * len(missing)) if is_whole(raw, fields, columns) else raw)
        upgraded.flush()
        shutil.copymode(path, new)
        os.fsync(upgraded.fileno())


def _longer(raw: bytes, more: bytes) -> bytes:
    """Return a line with more bytes before its line end, if it has one."""
    text = raw.rstrip(b"\r\n")
    return text + more + raw[len(text) :]


def _keep(path: Path, today: date, link: Callable[[Path, Path], None]) -> Path:
    """Give the old file a second name that nothing has yet, or that an upgrade broken off gave it already."""
    kept = _free_name(path, today)
    if kept.exists():
        return kept
    try:
        link(path, kept)
    except OSError:
        _copy(path, kept)  # some file systems know no second names
    flush_folder(path.parent)
    return kept


def _free_name(path: Path, today: date) -> Path:
    for number in count(1):
        name = f"{path.name}.before-{today.isoformat()}" + (f"-{number}" if number > 1 else "")
        kept = path.with_name(name)
        if not kept.exists() or kept.samefile(path):
            return kept
    raise AssertionError("there is always one more name")


def _copy(path: Path, kept: Path) -> None:
    """Copy a file; the copy has its name only once it is whole."""
    unfinished = path.with_name(f"{path.name}.copying")
    unfinished.touch(mode=0o600)
    with path.open("rb") as old, unfinished.open("wb") as copy:
        shutil.copyfileobj(old, copy)
        copy.flush()
        os.fsync(copy.fileno())
    unfinished.replace(kept)
