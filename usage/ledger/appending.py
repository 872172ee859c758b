"""The end of the ledger file: mends a torn last row, and adds whole lines to it or none."""

import errno
import io
import os
from pathlib import Path
from typing import BinaryIO

from usage.ledger.csv_records import is_whole, raw_records

# Far more than a record takes: enough to see whether the last one ends inside quotes.
_TAIL_BYTES = 65_536


def mending(file: BinaryIO, columns: int) -> bytes:
    """Return what ends a last row that a power cut or an editor left without its end; empty if it has one.

    After these bytes the next row is read by itself, and what is left of the torn one costs nothing else.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    lines = tail if size <= _TAIL_BYTES else tail.partition(b"\n")[2]
    last_line = lines[lines.rfind(b"\n", 0, -1) + 1 :]
    torn = _after_last_whole_record(last_line, columns) and _after_last_whole_record(lines, columns)
    if torn.count(b'"') % 2:
        return b'"\n'
    return b"" if tail.endswith(b"\n") else b"\n"


def _after_last_whole_record(lines: bytes, columns: int) -> bytes:
    rest = b""
    for _, raw, fields in raw_records(io.BytesIO(lines), columns, line_number=0):
        rest = b"" if is_whole(raw, fields, columns) else rest + raw
    return rest


def append_durably(file: BinaryIO, data: bytes) -> None:
    """Add all of `data` or nothing, and flush it to the disk. Raises OSError."""
    size = file.seek(0, os.SEEK_END)
    try:
        _write_at_once(file, data)
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


def _write_at_once(file: BinaryIO, data: bytes) -> None:
    written = file.write(data)
    if written != len(data):
        raise OSError(errno.ENOSPC, f"only {written} of {len(data)} bytes fitted, the disk may be full")


def flush_folder(folder: Path) -> None:
    """Flush the names of a folder's files to the disk, where the system lets a folder be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
