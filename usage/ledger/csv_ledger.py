"""usage.csv, the default ledger: whole lines appended under a lock, never rewritten."""

import io
import os
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from texts import _
from usage.ledger.appending import append_durably, flush_folder, mending
from usage.ledger.csv_records import LedgerProblem, RowError, csv_line, records
from usage.ledger.csv_rows import COLUMNS, entry_of, escaped, line_of, read_header, unescaped
from usage.ledger.entry import LedgerEntry, LedgerError
from usage.ledger.ledger_tail import LedgerTail
from usage.ledger.upgrade import upgrade

LOCK_TIMEOUT_S = 30.0
# Who reads a line that is still being written waits no longer than this for its end.
_TAIL_TIMEOUT_S = 5.0
# A row takes about a millisecond to write: who waits longer than this between two looks waits for nothing.
_LOOK_EVERY_S = 0.005
_HEADER_LINE = csv_line(COLUMNS)
_HEADER_BYTES = 65_536
_PART_BYTES = 256 * 1024


class CsvLedger:
    """Entries in a CSV file that several processes and threads may append to.

    Writing waits for others that write, but no longer than `lock_timeout_s`: a copy of the app that hangs
    must not make all others hang. Without file locks (`has_locks`) only one object in one process may write.
    """

    def __init__(self, path: Path, lock_timeout_s: float = LOCK_TIMEOUT_S, *, has_locks: bool = True) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._file_lock: AbstractContextManager[object] = nullcontext()
        self._tail_lock: AbstractContextManager[object] = self._mutex
        if has_locks:
            self._file_lock, self._tail_lock = lock_of(path, lock_timeout_s), lock_of(path, _TAIL_TIMEOUT_S)
        self._lock_timeout_s = lock_timeout_s
        self._appended: set[str] = set()

    def append(self, entry: LedgerEntry) -> None:
        """Write one entry and flush it to the disk. Raises LedgerError when that fails.

        A call that this object has appended before is not written again; what an earlier process wrote
        is for `find` to tell.
        """
        with self._alone():
            if entry.call.id not in self._appended:
                self._write([entry])

    def append_missing(self, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        """Write the entries that the file lacks, all or none, and return them. Raises LedgerError.

        Nobody else can write between the look and the writing; the look is one pass over the file.
        """
        wanted = {entry.call.id: entry for entry in entries}
        if not wanted:
            return []
        with self._alone():
            there = self.find(wanted)
            missing = [entry for call_id, entry in wanted.items() if call_id not in there]
            self._write(missing)
            return missing

    def check_writable(self) -> None:
        """Make sure that entries can be appended, creating the file. Raises LedgerError if not."""
        with self._alone():
            self._write([])

    def find(self, call_ids: Collection[str]) -> dict[str, LedgerEntry]:
        """Return the entries of these calls by their ids, after a look through the whole file.

        Raises LedgerError.
        """
        found: dict[str, LedgerEntry] = {}
        with self._reading() as (file, header):
            for fields in _candidates(file, header, call_ids):
                try:
                    entry = entry_of(header, fields)
                except RowError:
                    continue
                if entry.call.id in call_ids:
                    found.setdefault(entry.call.id, entry)
        return found

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield every readable entry in the order of the file. Raises LedgerError if it cannot be read."""
        return (row for _line, row in self.read() if isinstance(row, LedgerEntry))

    def read(self) -> Iterator[tuple[int, LedgerEntry | LedgerProblem]]:
        """Yield every row with its line number, or what is wrong with it. Raises LedgerError."""
        with self._reading() as (file, header):
            for line_number, fields in records(file, len(header), line_number=2):
                try:
                    yield line_number, entry_of(header, fields)
                except RowError as exc:
                    yield line_number, LedgerProblem(line_number, str(exc))

    def tail(self) -> LedgerTail:
        """Return a look at the file from its beginning, which goes on with what is appended."""
        return LedgerTail(self.path, self._tail_lock)

    def as_csv(self, user: str | None = None) -> Iterator[bytes]:
        """Return the file in parts, as long as it is now; for a `user` the header and that user's rows only.

        Rows that cannot be read are nobody's. Raises LedgerError, at once and not in the middle.
        """
        if user is not None:
            with self._reading():
                pass
        return self._parts(user)

    def _parts(self, user: str | None) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                yield from _parts(file) if user is None else _rows_of(file, user)
        except FileNotFoundError:
            yield _HEADER_LINE

    @contextmanager
    def _reading(self) -> Iterator[tuple[BinaryIO, list[str]]]:
        """Open the file after its header and give its columns; no file yet is one without rows.

        Raises LedgerError.
        """
        try:
            with self._opened() as file:
                yield file, read_header(file.readline() or _HEADER_LINE)
        except OSError as exc:
            text = _("Cannot read {path}: {reason}.")
            raise LedgerError(text.format(path=self.path, reason=exc.strerror)) from exc

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except FileNotFoundError:
            return io.BytesIO()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes from writing. Raises LedgerError, the body's too."""
        if not self._mutex.acquire(timeout=self._lock_timeout_s):
            raise self._held()
        try:
            with self._file_lock:
                yield
        except Timeout as exc:
            raise self._held() from exc
        except OSError as exc:
            text = _("Cannot write to {path}: {reason}.")
            raise LedgerError(text.format(path=self.path, reason=exc.strerror or exc)) from exc
        finally:
            self._mutex.release()

    def _held(self) -> LedgerError:
        text = _(
            "Cannot write to {path}: for {seconds} seconds something else has held {path}.lock. "
            "Stop the copy of Tally that no longer answers, then try again."
        )
        return LedgerError(text.format(path=self.path, seconds=f"{self._lock_timeout_s:g}"))

    def _write(self, entries: Sequence[LedgerEntry]) -> None:
        upgrade(self.path)
        self.path.touch(mode=0o600)
        with self.path.open("a+b", buffering=0) as file:
            start, header = _beginning(file)
            append_durably(file, start + b"".join(line_of(entry, header) for entry in entries))
        if start == _HEADER_LINE:
            flush_folder(self.path.parent)
        self._appended.update(entry.call.id for entry in entries)


def lock_of(ledger_path: Path, timeout_s: float) -> FileLock:
    """Return the lock to write a ledger under, which the system drops when its holder dies.

    Entering it may raise Timeout.
    """
    return FileLock(f"{ledger_path}.lock", mode=0o600, timeout=timeout_s, poll_interval=_LOOK_EVERY_S)


def _candidates(
    file: BinaryIO, header: Sequence[str], call_ids: Collection[str]
) -> Iterator[list[str] | RowError]:
    """Yield records, among them all of these calls: most others are passed over without being parsed."""
    beginnings = {csv_line([escaped(call_id)]).rstrip(b"\n") for call_id in call_ids}
    if header[0] != "call_id" or any(beginning.startswith(b'"') for beginning in beginnings):
        yield from (fields for _line, fields in records(file, len(header), line_number=2))
        return
    while line := file.readline():
        if line.partition(b",")[0].strip(b'"') in beginnings:  # a spreadsheet may have quoted every field
            after = file.tell()
            yield next(fields for _line, fields in records(chain([line], file), len(header), line_number=0))
            file.seek(after)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    left = os.fstat(file.fileno()).st_size
    while left and (part := file.read(min(_PART_BYTES, left))):
        left -= len(part)
        yield part


def _rows_of(file: BinaryIO, user: str) -> Iterator[bytes]:
    header = read_header(file.readline())
    place = header.index("user")
    part = csv_line(header)
    for _line, fields in records(file, len(header), line_number=2):
        if isinstance(fields, RowError) or len(fields) != len(header):
            continue
        if unescaped(fields[place]) == user:
            part += csv_line(fields)
        if len(part) >= _PART_BYTES:
            yield part
            part = b""
    yield part


def _beginning(file: BinaryIO) -> tuple[bytes, list[str]]:
    """Return what must come before the next row, and the columns of the file."""
    file.seek(0)
    first_line = file.read(_HEADER_BYTES).partition(b"\n")[0]
    if file.seek(0, os.SEEK_END) == len(first_line) and _HEADER_LINE.startswith(first_line):
        # A new file, or one whose header a power cut left unfinished.
        return _HEADER_LINE[len(first_line) :], [*COLUMNS]
    header = read_header(first_line)
    return mending(file, len(header)), header
