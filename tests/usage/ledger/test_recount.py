"""Recount: every row looked at, each kind counted by itself, what does not fit named by its line."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.helpers.ledger_entries import BERLIN, an_entry, changed, many_entries, summed
from usage.accounts import settle_entry
from usage.ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem, csv_line
from usage.ledger.csv_rows import COLUMNS, line_of
from usage.ledger.entry import LedgerEntry
from usage.ledger.recount import Recount, recount, recount_text
from usage.reports import Calls, Filter, total
from usage.units import TokenUsage

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
UNKNOWN = an_entry(call_id="unknown", cost_usd=None)
CORRECTION = changed(
    UNKNOWN,
    call_id="unknown:price",
    purpose="correction",
    usage=TokenUsage(),
    cost_usd=Decimal("0.000000000001"),
    corrects="unknown",
)
SETTLEMENT = settle_entry("local", Decimal("20.00"), NOW, "settled")


def written(path: Path, *entries: LedgerEntry) -> Recount:
    """What recount finds in a ledger of these."""
    path.write_bytes(csv_line(COLUMNS) + b"".join(line_of(entry, COLUMNS) for entry in entries))
    return recount(CsvLedger(path))


def test_calls_corrections_and_settlements_are_counted_by_themselves(path: Path) -> None:
    other = an_entry(call_id="other", cost_usd=None)
    assert written(path, an_entry(), UNKNOWN, SETTLEMENT, CORRECTION, other) == Recount(
        calls=3,
        corrections=1,
        settlements=1,
        cost_usd=Decimal("0.000233400001"),
        settled_usd=Decimal("20.00"),
        unknown_price_calls=1,
    )


def test_a_call_may_come_after_its_correction(path: Path) -> None:
    found = written(path, CORRECTION, UNKNOWN)
    assert (found.calls, found.unknown_price_calls, found.misfits) == (1, 0, [])


def test_corrections_that_correct_nothing_are_named_and_stay_in_the_total(path: Path) -> None:
    stray = changed(CORRECTION, call_id="stray", corrects="gone")
    priced = changed(CORRECTION, call_id="priced", corrects="call-1")
    again = changed(CORRECTION, call_id="again")
    found = written(path, an_entry(), stray, UNKNOWN, CORRECTION, priced, again)
    assert found.misfits == [
        LedgerProblem(3, "corrects call 'gone', which is not there"),
        LedgerProblem(6, "corrects call call-1, whose cost is in line 2"),
        LedgerProblem(7, "corrects call unknown, whose cost is in line 5"),
    ]
    assert (found.corrections, found.unknown_price_calls) == (4, 0)
    reported = total(Calls(CsvLedger(path), BERLIN), Filter())
    assert found.cost_usd == reported.cost_usd == Decimal("0.000233400004")


def test_a_correction_that_is_in_twice_is_a_duplicate_and_counts_once(path: Path) -> None:
    found = written(path, UNKNOWN, CORRECTION, CORRECTION)
    assert found.duplicates == [LedgerProblem(4, "call unknown:price is in line 3 already")]
    assert (found.corrections, found.cost_usd, found.misfits) == (1, Decimal("0.000000000001"), [])


def test_the_total_of_many_rows_is_exact(path: Path) -> None:
    entries = many_entries(3000)
    found, total = written(path, *entries), summed(entries)
    assert (found.calls, found.cost_usd) == (total.calls, total.cost_usd)
    assert found.unknown_price_calls == total.unknown_price_calls


def test_the_text_has_one_finding_a_line_and_the_total_last() -> None:
    found = Recount(
        calls=12_345,
        corrections=2,
        settlements=1,
        cost_usd=Decimal("1234.500000000001"),
        settled_usd=Decimal("20.00"),
        unknown_price_calls=1,
        unreadable=[LedgerProblem(4, f"has 1 fields, expected {len(COLUMNS)}")],
        misfits=[LedgerProblem(9, "corrects call 'gone', which is not there")],
    )
    assert recount_text(found) == (
        "unreadable rows: 1\n"
        f"  line 4: has 1 fields, expected {len(COLUMNS)}\n"
        "duplicate rows: 0\n"
        "corrections that correct nothing: 1\n"
        "  line 9: corrects call 'gone', which is not there\n"
        "calls: 12,345, without a price: 1\n"
        "corrections: 2\n"
        "settlements: 1, 20 USD in all\n"
        "total: 1234.500000000001 USD\n"
    )


def test_no_ledger_yet_is_an_empty_one(path: Path) -> None:
    found = recount(CsvLedger(path))
    assert (found.calls, found.cost_usd, found.unreadable) == (0, Decimal(0), [])
