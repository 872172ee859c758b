"""What earlier messages cost: by the row's own rates, exact, and only where it is known."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_among, calls_of, chosen_entries, varied_entries
from tests.helpers.ledger_entries import PLAIN, an_entry
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.history import history_tax
from usage.reports.sheets import Cell, percent
from usage.units import TokenUsage


def history_of(entry: LedgerEntry) -> Decimal | None:
    """Return how much of a call's cost is history, worked out for this call alone."""
    sent, estimated, history = entry.usage.input, entry.call.estimated_input_tokens, entry.call.history_tokens
    price = entry.price
    if sent is None or price is None or not estimated or history is None or history > estimated:
        return None
    old = (2 * history * sent + estimated) // (2 * estimated)
    cached = min(old, entry.usage.cached_input or 0)
    return (cached * price.cached_input_usd_per_mtok + (old - cached) * price.input_usd_per_mtok) / 10**6


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chosen", [Filter(), Filter(date(2026, 10, 20), date(2026, 11, 3), "ann")])
def test_it_is_what_a_plain_loop_adds_up(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(3000)
    groups: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    left_out = 0
    for call in calls_among(chosen_entries(entries, chosen)):
        history = history_of(call)
        corrected = f"{call.call.id}:price" in {entry.call.id for entry in entries}
        if history is not None and call.cost_usd:
            groups[call.call.conversation_id].append((call.cost_usd, history))
        elif call.cost_usd or call.cost_usd is None or corrected:
            left_out += 1
    rows = [
        (name, len(calls), sum(cost for cost, _ in calls), sum(history for _, history in calls))
        for name, calls in groups.items()
    ]
    rows.sort(key=lambda row: (-row[3], row[0]))
    sheet = history_tax(calls_of(path, entries, way), chosen)
    assert sheet.rows == [[*row, percent(row[3], row[2])] for row in rows]
    cost, old = sum(row[2] for row in rows), sum(row[3] for row in rows)
    assert sheet.total == ["total", sum(row[1] for row in rows), cost, old, percent(old, cost)]
    assert sheet.note.endswith(
        f"Left out: {left_out:,} calls without that count or without a price at the time."
    )


def test_cached_tokens_count_as_earlier_ones_first(path: Path) -> None:
    [row] = history_tax(calls_of(path, [PLAIN]), Filter()).rows
    # 1,100 of 1,240 expected tokens are 1,095 of the 1,234 reported; 1,000 of them came from the cache.
    history = (1000 * Decimal("0.01") + 95 * Decimal("0.10")) / 10**6
    assert row == ["chat-1", 1, Decimal("0.0002334"), history, Decimal("8.4")]


@pytest.mark.parametrize(
    "changes",
    [
        {"history_tokens": None},
        {"estimated_input_tokens": None},
        {"history_tokens": 1241},
        {"usage": TokenUsage(output=1)},
        {"input_usd_per_mtok": None},
        {"cost_usd": None},
    ],
)
def test_a_call_without_what_it_takes_is_left_out_and_counted(path: Path, changes: dict[str, object]) -> None:
    sheet = history_tax(calls_of(path, [PLAIN, an_entry(call_id="2", **changes)]), Filter())
    assert (sheet.total or [])[1] == 1
    assert "Left out: 1 call without" in sheet.note


@pytest.mark.parametrize(
    ("entries", "rows", "total"),
    [
        (
            [an_entry(history_tokens=0)],  # a first message
            [["chat-1", 1, Decimal("0.0002334"), Decimal(0), Decimal("0.0")]],
            ["total", 1, Decimal("0.0002334"), Decimal(0), Decimal("0.0")],
        ),
        ([an_entry(cost_usd=Decimal(0))], [], ["total", 0, Decimal(0), Decimal(0), None]),
    ],
)
def test_no_history_and_no_cost_are_no_gaps(
    path: Path, entries: list[LedgerEntry], rows: list[list[Cell]], total: list[Cell]
) -> None:
    sheet = history_tax(calls_of(path, entries), Filter())
    assert (sheet.rows, sheet.total) == (rows, total)
    assert "Left out" not in sheet.note


def test_a_picodollar_is_in_the_sum(path: Path) -> None:
    odd = an_entry(call_id="2", cost_usd=Decimal("0.000000000001"))
    sheet = history_tax(calls_of(path, [PLAIN, odd], "row by row"), Filter())
    assert (sheet.total or [])[:3] == ["total", 2, Decimal("0.000233400001")]
