"""Gives a ledger file the columns that it lacks: a new file in its place, the old one kept."""

import filecmp
import os
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import BinaryIO

from usage.ledger.appending import flush_folder
from usage.ledger.csv_records import RowError, csv_line, is_whole, parse_header, raw_records
from usage.ledger.csv_rows import COLUMNS, REQUIRED_COLUMNS


def upgrade(path: Path) -> None:
    """Add the columns that the file lacks at its end. The caller holds the ledger's lock.

    At any moment `path` is the whole old or the whole new file. Raises OSError; then it is the old one.
    A file that is no ledger is left alone.
    """
    path = path.resolve()  # what a link points to is replaced, not the link
    if not (missing := _missing_columns(path)):
        return
    new, copy = path.with_name(f"{path.name}.upgrading"), path.with_name(f"{path.name}.copying")
    try:
        _write_upgraded(path, new, missing)
        _keep(path, copy)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def _missing_columns(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            line = file.readline()
        header = parse_header(line)
    except (FileNotFoundError, RowError):
        return []
    if csv_line(COLUMNS).startswith(line) or not set(REQUIRED_COLUMNS) <= set(header):
        return []  # nothing, a header that a power cut left unfinished, a whole one, or no ledger
    return [name for name in COLUMNS if name not in header]


def _keep(path: Path, copy: Path) -> None:
    """Copy the file to a name that nothing has yet, unless an upgrade that was broken off has done so."""
    for number in count(1):
        kept = path.with_name(f"{path.name}.before-{number}")
        if not kept.exists():
            break
        if filecmp.cmp(path, kept, shallow=False):
            return
    copy.touch(mode=0o600)
    with path.open("rb") as old, copy.open("wb") as file:
        shutil.copyfileobj(old, file)
        _finish(file, path)
    copy.rename(kept)


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
        _finish(upgraded, path)


def _finish(file: BinaryIO, path: Path) -> None:
    """Give the file the mode of the ledger and flush it to the disk."""
    file.flush()
    shutil.copymode(path, file.name)
    os.fsync(file.fileno())


def _longer(raw: bytes, more: bytes) -> bytes:
    """Return a line with more bytes before its line end, if it has one."""
    text = raw.rstrip(b"\r\n")
    return text + more + raw[len(text) :]
