"""Fills the tables of calls from the ledger file: in bulk at first, then with each new row."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from usage.ledger import Block, CsvLedger, LedgerProblem, RowError, parse_row, read_header
from usage.reports.call_tables import REPORT_COLUMNS, CallTables

# Up to this many new bytes, nothing is faster than row by row.
BULK_BYTES = 256 * 1024
_LONGEST_LINE = 1024 * 1024
_COPIED_BYTES = 1024 * 1024

# Text whose quotes all belong to whole fields, `,"a ""b"", c",`: each line of it is a record of its own.
_WELL_QUOTED = re.compile(
    rb"""(?: [^"]++ | "(?<![^,\n]") [^"\n]*+ (?:"" [^"\n]*+)*+ "(?=[,\r\n]) )*+""", re.VERBOSE
)
_BLANK_LINE = re.compile(rb"\n\r?\n")  # begins with one certain byte, which makes the search quick

_REPEATED = "is a call that is in the ledger already"

Row = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _OddBlock:
    """Where in the file a block was that DuckDB must not read."""

    offset: int
    size: int
    line_numbers: range


class LedgerReading:
    """`tables` and `problems` of the file as it was at the last `catch_up`."""

    def __init__(self, ledger: CsvLedger, zone: ZoneInfo, bulk_bytes: int) -> None:
        self.tables = CallTables(zone)
        self.problems: list[LedgerProblem] = []
        self._ledger = ledger
        self._bulk_bytes = bulk_bytes
        self._tail = ledger.tail()
        self._header: list[str] = []
        self._lines_of: dict[str, int] = {}
        self._last_correction = 0
        self._corrected: set[str] = set()  # calls that a correction is about, whether they are there or not

    @property
    def lines(self) -> int:
        """How many lines of the file have been taken."""
        return self._tail.lines

    def state_of(self, user: str) -> object:
        """Return what stands for all that was taken of this person's: it is another as soon as more is.

        A correction may be about anybody's calls.
        """
        return self._lines_of.get(user, 0), self._last_correction

    def is_outdated(self) -> bool:
        """Say whether the file should be read again: it was edited by hand, or has grown by very much."""
        return self._tail.rewritten() or self._is_large()

    def catch_up(self) -> bool:
        """Take in what is new. Return False where reading in bulk cannot: the file changed meanwhile.

        Raises LedgerError where the first line is no ledger's.
        """
        if self._is_large():
            return self._read_in_bulk()
        for block in self._blocks():
            self._add(self._rows_of(block.records(len(self._header))))
        return True

    def _is_large(self) -> bool:
        return self._tail.unread_bytes() > self._bulk_bytes

    def _read_in_bulk(self) -> bool:
        """Let DuckDB read all but odd blocks. Those, and the lines that it refuses, are read row by row."""
        odd = []
        for block in self._blocks():
            if not _is_plain(block.data):
                self.tables.add(self._rows_of(block.records(len(self._header))))
                odd.append(_OddBlock(block.offset, len(block.data), block.line_numbers))
        if not self._header:
            return True
        with self._readable(odd) as path:
            if self.tables.read(path, self._header) != self._tail.lines - 1:
                return False
        self._read_refused({line for block in odd for line in block.line_numbers})
        repeated = self.tables.leave_out_repeated()
        self.problems += [LedgerProblem(line, _REPEATED) for line in repeated]
        self.tables.correct()
        self._corrected = self.tables.corrected()
        return True

    def _read_refused(self, lines_of_blocks: set[int]) -> None:
        """Read the lines that DuckDB refused, but for those of blocks that were read already."""
        refused = self.tables.refused_lines() - lines_of_blocks
        blocks = self._ledger.tail().new_blocks() if refused else iter(())
        for block in blocks:
            if not refused.isdisjoint(block.line_numbers):
                found = (record for record in block.records(len(self._header)) if record[0] in refused)
                self.tables.add(self._rows_of(found))

    def _blocks(self) -> Iterator[Block]:
        """Return new blocks, without the header. Raises LedgerError where that cannot be used."""
        for block in self._tail.new_blocks():
            if block.line_number == 1:
                line, _, data = block.data.partition(b"\n")
                self._header = read_header(line)
                block = Block(2, len(line) + 1, data, block.lines - 1)
            yield block

    def _rows_of(self, found: Iterable[tuple[int, list[str] | RowError]]) -> list[Row]:
        rows = []
        for line, fields in found:
            try:
                rows.append((line, parse_row(self._header, fields, REPORT_COLUMNS)))
            except RowError as exc:
                self.problems.append(LedgerProblem(line, str(exc)))
        return rows

    def _add(self, rows: list[Row]) -> None:
        """Add rows that come after all others."""
        if not rows:
            return
        known = self.tables.known([row["call_id"] for _, row in rows])
        new: list[Row] = []
        for line, row in rows:
            if row["call_id"] in known:
                self.problems.append(LedgerProblem(line, _REPEATED))
            else:
                known.add(row["call_id"])
                new.append((line, row))
        self.tables.add(new)
        corrections = {row["corrects"] for _, row in new} - {""}
        self._corrected |= corrections
        for line, row in new:
            self._lines_of[row["user"]] = line
            self._last_correction = line if row["corrects"] else self._last_correction
        if corrections or not self._corrected.isdisjoint(row["call_id"] for _, row in new):
            self.tables.correct()

    @contextmanager
    def _readable(self, odd: Sequence[_OddBlock]) -> Iterator[Path]:
        """Give the file itself, or a copy of what was taken, with dashes for the lines of odd blocks."""
        if not odd and not self._tail.unread_bytes():
            yield self._ledger.path
            return
        with tempfile.TemporaryDirectory(prefix="tally-") as folder:
            copy = Path(folder) / "usage.csv"
            with self._ledger.path.open("rb") as source, copy.open("wb") as target:
                for block in odd:
                    _copy(source, target, block.offset - source.tell())
                    target.write(b"-\n" * len(block.line_numbers))
                    source.seek(block.size, os.SEEK_CUR)
                _copy(source, target, self._tail.offset - source.tell())
            yield copy


def _is_plain(data: bytes) -> bool:
    """Say whether each line of a block is a record of its own, in UTF-8, and none is blank."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return not (
        len(data) > _LONGEST_LINE
        or b"\0" in data
        or b"\x01" in data  # the mark of a field that is not there, as DuckDB is told
        or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n"))
        or data.startswith((b"\n", b"\r"))
        or _BLANK_LINE.search(data)
        or (b'"' in data and not _WELL_QUOTED.fullmatch(data))
    )


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (part := source.read(min(size, _COPIED_BYTES))):
        target.write(part)
        size -= len(part)
