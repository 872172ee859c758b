"""What caching saved: cached tokens at the input rate less what they cost, less what writing cost more."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_among, calls_of, chosen_entries, varied_entries
from tests.helpers.ledger_entries import PLAIN, an_entry
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.cache import cache_savings
from usage.reports.sheets import percent
from usage.units import TokenUsage, saved_by_cache


def saved_by(entry: LedgerEntry) -> Decimal:
    """Return what the cache saved of one call, as its receipt says it."""
    saved = saved_by_cache(entry.price, entry.usage) if entry.price else None
    return saved or Decimal(0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chosen", [Filter(), Filter(user="bob")])
def test_it_is_what_the_receipts_add_up_to(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(3000)
    groups: dict[str, list[LedgerEntry]] = defaultdict(list)
    for call in calls_among(chosen_entries(entries, chosen)):
        if call.usage.cached_input is not None:
            groups[call.call.model].append(call)

    def figures(calls: list[LedgerEntry]) -> list[object]:
        sent = sum(call.usage.input or 0 for call in calls)
        read = sum(call.usage.cached_input or 0 for call in calls)
        return [len(calls), sent, read, percent(read, sent), sum(map(saved_by, calls))]

    sheet = cache_savings(calls_of(path, entries, way), chosen)
    rows = [[model, *figures(calls)] for model, calls in groups.items()]
    assert sheet.rows == sorted(rows, key=lambda row: (-Decimal(str(row[5])), str(row[0])))
    assert sheet.total == ["total", *figures([call for calls in groups.values() for call in calls])]


@pytest.mark.parametrize("cached", [0, None])
def test_a_cache_that_was_written_and_not_read_cost_money(path: Path, cached: int | None) -> None:
    written = an_entry(usage=TokenUsage(input=1000, cached_input=cached, cache_write=1000, output=1))
    [row] = cache_savings(calls_of(path, [written]), Filter()).rows
    assert row == ["gpt-6-luna", 1, 1000, 0, Decimal("0.0"), Decimal("-0.000025")]


def test_calls_that_do_not_tell_and_those_of_unknown_price_are_counted(path: Path) -> None:
    silent = an_entry(call_id="2", usage=TokenUsage(input=10, output=1), cost_usd=None)
    rates = ("input_usd_per_mtok", "cached_input_usd_per_mtok", "cache_write_usd_per_mtok", "cost_usd")
    unpriced = an_entry(call_id="3", **dict.fromkeys(rates))
    sheet = cache_savings(calls_of(path, [PLAIN, silent, unpriced]), Filter())
    assert sheet.total == ["total", 2, 2468, 2000, Decimal("81.0"), Decimal("0.00009")]
    assert sheet.note.endswith(
        "Left out: 1 call whose endpoint did not say what was cached. "
        "Not in the savings: 1 call without a price at the time."
    )
