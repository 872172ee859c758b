"""What is new in a growing ledger file: whole lines since the last look, in blocks of a bounded size."""

import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from usage.ledger.csv_records import LINES_A_RECORD, RowError, records

_BLOCK_BYTES = 256 * 1024
_MARK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of the file; `line_number` is that of the first, `offset` where in the file it begins."""

    line_number: int
    offset: int
    data: bytes
    lines: int

    @property
    def line_numbers(self) -> range:
        """Return the numbers of these lines."""
        return range(self.line_number, self.line_number + self.lines)

    def records(self, columns: int) -> Iterator[tuple[int, list[str] | RowError]]:
        """Return the records in these lines, as `csv_records.records` does."""
        return records(io.BytesIO(self.data), columns, self.line_number)


class LedgerTail:
    """A place in the file up to which its lines have been taken. `lock` is what the file is written under."""

    def __init__(self, path: Path, lock: AbstractContextManager[object]) -> None:
        self._path = path
        self._lock = lock
        self.offset = 0
        self._line_number = 1
        self._marks = b""
        self._state: tuple[int, int, int] | None = None

    def rewritten(self) -> bool:
        """Return whether the file no longer holds what has been taken: somebody edited it by hand."""
        try:
            with self._path.open("rb") as file:
                state = _state_of(file)
                if self._state is None or state == self._state:
                    return False
                same_file, grown = state[0] == self._state[0], state[1] > self._state[1]
                return not (same_file and grown and self._read_marks(file) == self._marks)
        except FileNotFoundError:
            return self._state is not None

    def unread_bytes(self) -> int:
        """Return how much the file has beyond this place."""
        try:
            return self._path.stat().st_size - self.offset
        except FileNotFoundError:
            return 0

    @property
    def lines(self) -> int:
        """Return how many lines have been taken."""
        return self._line_number - 1

    def new_blocks(self) -> Iterator[Block]:
        """Yield the lines that are new and complete; a line without its end waits for the next look.

        What is written while they are read does too: a look ends, however fast the file grows.
        """
        try:
            with self._path.open("rb") as file:
                state = _state_of(file)
                if state == self._state:
                    return
                file.seek(self.offset)
                _, size, _ = state
                while self.offset < size and (data := self._next_lines(file)):
                    block = Block(self._line_number, self.offset, data, data.count(b"\n"))
                    self.offset += len(data)
                    self._line_number += block.lines
                    yield block
                self._state, self._marks = state, self._read_marks(file)
        except FileNotFoundError:
            return

    def _next_lines(self, file: BinaryIO) -> bytes:
        """Return the next lines, which end outside quotes unless a quote was left open for good."""
        start = file.tell()
        lines, is_open = _lines_at(file, start)
        if is_open:
            # Half of a row that is being written, or a torn one? Who has the lock sees whole rows only;
            # where it cannot be had nobody writes either, and what is there is all there is.
            with ExitStack() as stack:
                with suppress(OSError):
                    stack.enter_context(self._lock)
                lines, _ = _lines_at(file, start)
        return lines

    def _read_marks(self, file: BinaryIO) -> bytes:
        """Return the first bytes and the last ones before the place, which an insertion anywhere shifts."""
        file.seek(0)
        head = file.read(min(_MARK_BYTES, self.offset))
        file.seek(max(0, self.offset - _MARK_BYTES))
        return head + file.read(min(_MARK_BYTES, self.offset))


def _state_of(file: BinaryIO) -> tuple[int, int, int]:
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


def _lines_at(file: BinaryIO, start: int) -> tuple[bytes, bool]:
    """Return whole lines from there on, and whether they end inside quotes; the file stands after them."""
    file.seek(start)
    data = file.read(_BLOCK_BYTES)
    if len(data) == _BLOCK_BYTES:
        data += file.readline()
    data = data[: data.rfind(b"\n") + 1]
    file.seek(start + len(data))
    if data.count(b'"') % 2 == 0:
        return data, False
    more = _lines_to_close_quotes(file)
    return data + more, not more


def _lines_to_close_quotes(file: BinaryIO) -> bytes:
    """Return what is missing to end outside quotes, empty where that is too far."""
    start, more = file.tell(), b""
    for _ in range(LINES_A_RECORD):
        line = file.readline()
        if not line.endswith(b"\n"):
            break
        more += line
        if more.count(b'"') % 2:
            return more
    file.seek(start)
    return b""
