"""One ledger file that several processes write while another reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import BERLIN, HEADER, ONE_PLAIN, an_entry
from tests.helpers.processes import ROWS_A_THREAD, THREADS, rows_of
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.csv_rows import COLUMNS, line_of
from usage.ledger.ledger_tail import Block, LedgerTail
from usage.reports import Calls, Filter, total


class Writer:
    """Has written some of a row and holds the lock until it has written the rest."""

    def __init__(self, path: Path, row: bytes, written: int) -> None:
        path.write_bytes(HEADER.encode() + row[:written])
        self._path = path
        self._rest = row[written:]

    def __enter__(self) -> None:
        with self._path.open("ab") as file:
            file.write(self._rest)
        self._rest = b""

    def __exit__(self, *_: object) -> None:
        pass


def test_a_row_that_is_half_written_is_seen_once_it_is_whole(path: Path) -> None:
    row = line_of(an_entry(note='two\n"lines"\n,'), COLUMNS)
    for written in range(len(row) + 1):
        writer = Writer(path, row, written)
        tail = LedgerTail(path, writer)
        blocks = list(tail.new_blocks())
        assert blocks[0].data in (HEADER.encode(), HEADER.encode() + row)
        with writer:
            blocks += tail.new_blocks()
        assert b"".join(block.data for block in blocks) == HEADER.encode() + row
        assert blocks[-1].line_number == (1 if len(blocks) == 1 else 2)


class NoLock:
    """A lock that cannot be had."""

    def __enter__(self) -> None:
        raise PermissionError

    def __exit__(self, *_: object) -> None:
        pass


def test_where_nobody_can_write_a_torn_row_is_taken_as_it_is(path: Path) -> None:
    path.write_bytes(b'a,b\n1,"torn\n')
    assert list(LedgerTail(path, NoLock()).new_blocks()) == [Block(1, 0, b'a,b\n1,"torn\n', 2)]


@pytest.mark.slow
def test_ten_thousand_rows_of_two_processes_are_all_in_once_and_never_seen_torn(path: Path) -> None:
    calls = Calls(CsvLedger(path), BERLIN)
    command = [sys.executable, "-m", "tests.helpers.processes", str(path)]
    writers = [subprocess.Popen([*command, name]) for name in "ab"]
    looks = set()
    while None in [writer.poll() for writer in writers]:
        seen = total(calls, Filter())
        assert seen.cost_usd == ONE_PLAIN.cost_usd * seen.calls
        looks.add(seen.calls)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(looks) > 10
    expected = {
        row.call.id: row for name in "ab" for thread in range(THREADS) for row in rows_of(name, thread)
    }
    found = [row for _, row in CsvLedger(path).read()]
    assert [row for row in found if isinstance(row, LedgerProblem)] == []
    assert len(found) == len(expected) == 2 * THREADS * ROWS_A_THREAD == 10_000
    assert {row.call.id: row for row in found if not isinstance(row, LedgerProblem)} == expected
    assert (total(calls, Filter()).calls, calls.problems()) == (10_000, ())
