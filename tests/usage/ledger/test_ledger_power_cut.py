"""A power cut while rows are written: the file ends at any byte of its last two rows, and goes on there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import BERLIN, an_entry, changed
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import csv_line
from usage.ledger.csv_rows import COLUMNS, line_of
from usage.ledger.entry import LedgerEntry
from usage.ledger.recount import recount
from usage.reports import Calls, Filter, total
from usage.units import TokenUsage

NASTY = an_entry(call_id="call-3", model='"luna"', resolved_model="two\nlines", note='\n"and", so on\n')
CORRECTION = an_entry(
    call_id="call-2:price",
    purpose="correction",
    usage=TokenUsage(),
    cost_usd=Decimal("0.000000000001"),
    note="a, b",
    corrects="call-2",
    recorded_at=datetime(2026, 11, 23, 7, 0, 0, 1_000, UTC),
)
MOVED = [name for name in COLUMNS if name != "note"] + ["note"]
FIRST = an_entry(call_id="call-1", note="a\nb")
NEXT = [an_entry(call_id="call-8"), an_entry(call_id="call-9", turn_id='"two"\nlines')]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("last_two", "columns"),
    [
        ([an_entry(call_id="call-2"), an_entry(call_id="call-3")], COLUMNS),
        ([NASTY, changed(NASTY, call_id="call-4")], COLUMNS),
        ([an_entry(call_id="call-2"), CORRECTION], COLUMNS),
        ([changed(NASTY, call_id="call-4"), NASTY], MOVED),
    ],
    ids=["plain", "quotes", "correction", "note last"],
)
def test_cut_at_any_byte_every_other_row_reads_and_the_next_append_is_sound(
    path: Path, last_two: Sequence[LedgerEntry], columns: Sequence[str]
) -> None:
    entries = [FIRST, *last_two]
    lines = [csv_line(columns), *(line_of(entry, columns) for entry in entries)]
    whole = b"".join(lines)
    ends = [*accumulate(map(len, lines))]
    for cut in range(ends[1], ends[-1] + 1):
        path.write_bytes(whole[:cut])
        for entry in NEXT:
            CsvLedger(path).append(entry)
        rows = sum(cut >= end - 1 for end in ends[1:])  # what lacks only its line's end is whole
        from_line = whole[: ends[rows]].count(b"\n") + 1
        check(path, whole[:cut], entries[:rows], entries[rows:], from_line)
        if cut % 20 == 0 or cut in ends:  # each look fills a database, with what the same reader gives
            check_calls(path, entries[rows:], from_line)


def check(
    path: Path, before: bytes, whole: Sequence[LedgerEntry], torn: Sequence[LedgerEntry], from_line: int
) -> None:
    """Whole rows read, before the cut and after it; a torn one is named, or torn in its last field only."""
    content = path.read_bytes()
    assert content.startswith(before)
    found = list(CsvLedger(path).entries())
    half = found[len(whole) : -len(NEXT)]
    assert found == [*whole, *half, *NEXT]
    assert [but_for_last(entry) for entry in half] == [but_for_last(entry) for entry in torn[: len(half)]]
    to_line = content[: content.index(b"call-8")].count(b"\n")
    for problem in recount(CsvLedger(path)).unreadable:
        assert from_line <= problem.line_number <= to_line


def check_calls(path: Path, torn: Sequence[LedgerEntry], from_line: int) -> None:
    """Questions have the whole rows as well, and name what is torn."""
    calls, content = Calls(CsvLedger(path), BERLIN), path.read_bytes()
    to_line = content[: content.index(b"call-8")].count(b"\n")
    for problem in calls.problems():
        assert from_line <= problem.line_number <= to_line
    # Reports do not look at the last column, so a row that is torn there counts.
    cost = sum(entry.cost_usd or 0 for entry in CsvLedger(path).entries())
    assert total(calls, Filter()).cost_usd in (cost, cost + sum(entry.cost_usd or 0 for entry in torn[:1]))


def but_for_last(entry: LedgerEntry) -> LedgerEntry:
    """The entry without what is in the last column of one of the files."""
    return replace(entry, recorded_at=None, note="")
