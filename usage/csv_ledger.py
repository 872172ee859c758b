"""usage.csv, the default ledger: whole lines appended under a lock, never rewritten."""

import errno
import mmap
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from usage.csv_records import LedgerProblem, RowError, csv_line, parse_header, records
from usage.csv_rows import COLUMNS, OPTIONAL_COLUMNS, entry_of, escaped, line_of
from usage.ledger import LedgerEntry, LedgerError

# Far more than a record takes: enough to see whether the last one ends inside quotes.
_TAIL_BYTES = 65_536


class CsvLedger:
    """Entries in a CSV file that several processes and threads may append to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._file_lock = FileLock(f"{path}.lock")
        self._appended: set[str] = set()

    def append(self, entry: LedgerEntry) -> None:
        """Write one entry and flush it to the disk. Raises LedgerError when that fails.

        A call that this object has appended before is not written again; what an earlier process wrote
        is for `contains` to find.
        """
        with self._mutex:
            if entry.call_id not in self._appended:
                self._write(entry)
                self._appended.add(entry.call_id)

    def check_writable(self) -> None:
        """Make sure that entries can be appended, creating the file. Raises LedgerError if not."""
        with self._mutex:
            self._write(None)

    def contains(self, call_id: str) -> bool:
        """Whether the file has a whole row of this call; looks through all of it. Raises LedgerError."""
        needle = csv_line([escaped(call_id)]).rstrip(b"\n")
        try:
            with self._path.open("rb") as file:
                header = _checked_header(file.readline(), ["call_id"])
                place = header.index("call_id")
                rows = _records_at(needle, file, len(header))
                return any(fields[place] == escaped(call_id) for fields in rows)
        except FileNotFoundError:
            return False
        except OSError as exc:
            raise LedgerError(f"Cannot read {self._path}: {exc.strerror}.") from exc

    def entries(self) -> Iterator[LedgerEntry]:
        """Every readable entry in the order of the file. Raises LedgerError when there is no reading it."""
        return (row for _, row in self.read() if isinstance(row, LedgerEntry))

    def read(self) -> Iterator[tuple[int, LedgerEntry | LedgerProblem]]:
        """Every row with its line number, or what is wrong with it. Raises LedgerError."""
        try:
            with self._path.open("rb") as file:
                header = _checked_header(file.readline(), [*(set(COLUMNS) - OPTIONAL_COLUMNS)])
                for line_number, fields in records(file, len(header), line_number=2):
                    try:
                        yield line_number, entry_of(header, fields)
                    except RowError as exc:
                        yield line_number, LedgerProblem(line_number, str(exc))
        except FileNotFoundError:
            return
        except OSError as exc:
            raise LedgerError(f"Cannot read {self._path}: {exc.strerror}.") from exc

    def _write(self, entry: LedgerEntry | None) -> None:
        try:
            with self._file_lock:
                self._path.touch(mode=0o600)
                with self._path.open("a+b", buffering=0) as file:
                    _append(file, _addition(file, entry))
        except OSError as exc:
            raise LedgerError(f"Cannot write to {self._path}: {exc.strerror or exc}.") from exc


def _addition(file: BinaryIO, entry: LedgerEntry | None) -> bytes:
    """What brings the file to whole lines, then the entry's line in the order of the file's columns."""
    if file.seek(0, os.SEEK_END) == 0:
        header, start = [*COLUMNS], csv_line(COLUMNS)
    else:
        file.seek(0)
        header, start = _checked_header(file.readline(), COLUMNS), _repair(file)
    return start + (line_of(entry, header) if entry else b"")


def _append(file: BinaryIO, data: bytes) -> None:
    """Add all of `data` or nothing of it, and flush it to the disk."""
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


def _repair(file: BinaryIO) -> bytes:
    """What ends a last line that a power cut or an editor left without its end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    if tail.endswith(b"\n"):
        return b""
    whole_lines = tail if size <= _TAIL_BYTES else tail.partition(b"\n")[2]
    return b'"\n' if whole_lines.count(b'"') % 2 else b"\n"


def _checked_header(line: bytes, required: Sequence[str]) -> list[str]:
    try:
        header = parse_header(line)
    except RowError as exc:
        raise LedgerError(f"The first line of the ledger {exc}; it must name the columns.") from exc
    if missing := [name for name in COLUMNS if name in required and name not in header]:
        raise LedgerError(
            f"The ledger's first line lacks the columns {', '.join(missing)}: "
            "put them back, or move the file away and a new one is started."
        )
    return header


def _records_at(needle: bytes, file: BinaryIO, columns: int) -> Iterator[list[str]]:
    """The records after the header that begin in a line with these bytes; the others are not read."""
    start = file.tell()
    if file.seek(0, os.SEEK_END) <= start:
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        while (found := content.find(needle, start)) >= 0:
            content.seek(content.rfind(b"\n", 0, found) + 1)
            _, fields = next(records(iter(content.readline, b""), columns, line_number=0), (0, []))
            if isinstance(fields, list) and len(fields) == columns:
                yield fields
            start = found + len(needle)
