"""What people paid for a shared key is an entry too."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import BERLIN
from usage.accounts.payments import settle_entry
from usage.ledger import CsvLedger
from usage.reports import Calls, Filter, total

NOW = datetime(2026, 11, 25, 9, 0, 0, 5_000, UTC)
SETTLEMENT = settle_entry("ann", Decimal("4.20"), NOW, "s-1")


def test_a_settlement_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    CsvLedger(path).append(SETTLEMENT)
    assert path.read_text().splitlines()[1] == (
        "s-1,2026-11-25T09:00:00.005Z,ann,,,settlement,,app,,,completed,,,,,,none,,,,,0,,,,,,,,,,,4.20,"
        "2026-11-25T09:00:00.005Z,,,,,,,,,,,,,,"
    )
    assert list(CsvLedger(path).entries()) == [SETTLEMENT]
    assert (SETTLEMENT.call.started_at, SETTLEMENT.recorded_at, SETTLEMENT.settled_usd) == (
        NOW,
        NOW,
        Decimal("4.20"),
    )


def test_a_settlement_is_no_call_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    CsvLedger(path).append(SETTLEMENT)
    spent = total(Calls(CsvLedger(path), BERLIN), Filter())
    assert (spent.calls, spent.cost_usd, spent.unknown_price_calls) == (0, Decimal(0), 0)


@pytest.mark.parametrize("amount", ["0.000000000001", "999999999999999"])
def test_any_amount_that_a_row_can_hold_is_settled(tmp_path: Path, amount: str) -> None:
    entry = settle_entry("ann", Decimal(amount), NOW, "s-1")
    CsvLedger(tmp_path / "usage.csv").append(entry)
    assert list(CsvLedger(tmp_path / "usage.csv").entries()) == [entry]


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000000000001", "1000000000000000", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^{amount if amount != '0.0000000000001' else '1E-13'} is not a payment"
    ):
        settle_entry("ann", Decimal(amount), NOW, "s-1")
