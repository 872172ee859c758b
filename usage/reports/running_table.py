"""The table of calls, in step with the ledger file: each new row is taken once, fast where rows are plain."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

from usage.ledger import OPTIONAL_COLUMNS, LedgerProblem, RowError, escaped, parse_header
from usage.reports.call_batch import REPORT_COLUMNS, CallBatch, batch_of_rows, read_rows
from usage.reports.call_table import CallTable
from usage.reports.ledger_tail import Block, LedgerTail
from usage.reports.plain_lines import NotPlainError

# Below this, row by row is as fast as setting up anything faster.
_SMALL_BLOCK_BYTES = 32 * 1024

PlainBatch: TypeAlias = tuple[Sequence[bytes], CallBatch]
PlainReader: TypeAlias = Callable[[bytes, Sequence[str]], PlainBatch]


class RunningTable:
    """`table` and `problems` of the file as it was at the last `catch_up`."""

    def __init__(self, path: Path, zone: ZoneInfo, read_plain: PlainReader) -> None:
        """`read_plain` gives the call ids and the batch of a block's lines, or raises NotPlainError."""
        self._path = path
        self._zone = zone
        self._read_plain = read_plain
        self._restart()

    def catch_up(self) -> None:
        """Take in what is new; all of it again where the file has been edited by hand."""
        if self._tail.rewritten():
            self._restart()
        try:
            for block in self._tail.new_blocks():
                if block.line_number == 1:
                    block = self._without_header(block)
                if self._header:
                    self._take(block)
        except BaseException:
            self._restart()  # whatever it was, no row is passed over at the next look
            raise

    def has(self, call_id: str) -> bool:
        """Whether an entry of this id has been taken."""
        return _call_id(call_id) in self._call_ids

    def _restart(self) -> None:
        self._tail = LedgerTail(self._path)
        self._header: list[str] = []
        self._call_ids: set[bytes] = set()
        # Calls without a cost, and corrections without their calls, by the calls' ids: either may come first.
        self._unpriced: dict[bytes, int] = {}
        self._corrections: dict[bytes, int] = {}
        self.table = CallTable(self._zone)
        self.problems: list[LedgerProblem] = []

    def _without_header(self, block: Block) -> Block:
        line, _, rest = block.data.partition(b"\n")
        try:
            self._header = _report_header(line)
        except RowError as exc:
            self.problems.append(LedgerProblem(1, str(exc)))
        return Block(2, rest)

    def _take(self, block: Block) -> None:
        """A block at once if it is plain, else its halves: an odd row slows down its neighbours only."""
        if len(block.data) < _SMALL_BLOCK_BYTES or _must_be_parsed(block.data):
            self._take_rows(block)
            return
        try:
            self._take_plain(block)
        except NotPlainError:
            first, second = block.halves()
            if not second.data:  # the last row is longer than all before it
                self._take_rows(block)
                return
            self._take(first)
            self._take(second)

    def _take_plain(self, block: Block) -> None:
        call_ids, batch = self._read_plain(block.data, self._header)
        if not self._call_ids.isdisjoint(call_ids):
            raise NotPlainError("calls that are in already")
        before = len(self._call_ids)
        self._call_ids.update(call_ids)
        if len(self._call_ids) - before != len(call_ids):
            self._call_ids.difference_update(call_ids)
            raise NotPlainError("a call twice")
        self._add(call_ids, batch)

    def _take_rows(self, block: Block) -> None:
        rows: list[dict[str, Any]] = []
        for item in read_rows(io.BytesIO(block.data), self._header, block.line_number):
            if isinstance(item, LedgerProblem):
                self.problems.append(item)
            elif self._is_new(item[1]["call_id"]):
                rows.append(item[1])
            else:
                self.problems.append(LedgerProblem(item[0], "is a call that is in the ledger already"))
        if rows:
            self._add([_call_id(row["call_id"]) for row in rows], batch_of_rows(rows))

    def _add(self, call_ids: Sequence[bytes], batch: CallBatch) -> None:
        """Add entries to the table, corrections with the calls that they are about."""
        start = len(self.table)
        self.table.add(batch)
        for place in np.flatnonzero(batch.picodollars < 0).tolist():
            self._unpriced[call_ids[place]] = start + place
        for place, corrected in batch.corrects.items():
            if batch.picodollars[place] >= 0:
                self._corrections.setdefault(_call_id(corrected), start + place)
        for call_id in self._unpriced.keys() & self._corrections.keys():
            self.table.pair(self._unpriced.pop(call_id), self._corrections.pop(call_id))

    def _is_new(self, call_id: str) -> bool:
        field = _call_id(call_id)
        if field in self._call_ids:
            return False
        self._call_ids.add(field)
        return True


def _call_id(text: str) -> bytes:
    """A call's id as it stands in the file."""
    return escaped(text).encode("utf-8", "replace")


def _report_header(line: bytes) -> list[str]:
    header = parse_header(line)
    required = [name for name in REPORT_COLUMNS if name not in OPTIONAL_COLUMNS]
    if missing := [name for name in required if name not in header]:
        raise RowError(f"must name the columns, and lacks {', '.join(missing)}")
    return header


def _must_be_parsed(data: bytes) -> bool:
    """Whether quotes or stray control characters hide where rows and fields end."""
    if b'"' in data or b"\0" in data:
        return True
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")
