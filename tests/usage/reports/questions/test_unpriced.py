"""Calls without a price: which, how many, since when, and which of them can never be priced."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import (
    WAYS,
    Way,
    calls_among,
    calls_of,
    chosen_entries,
    costs_of,
    varied_entries,
)
from tests.helpers.ledger_entries import BERLIN, an_entry
from usage.ledger import IMPOSSIBLE, LedgerEntry
from usage.reports import Filter
from usage.reports.questions.unpriced import unpriced_calls
from usage.reports.sheets import Cell
from usage.units import TokenUsage

UNKNOWN = an_entry(cost_usd=None)
CORRECTION = an_entry(
    call_id="call-1:price", purpose="correction", corrects="call-1", cost_usd=Decimal(1), usage=TokenUsage()
)


def figures(calls: list[LedgerEntry]) -> list[Cell]:
    days = sorted(call.call.started_at.astimezone(BERLIN).date().isoformat() for call in calls)
    return [
        len(calls),
        sum(call.usage.input is None or call.usage.output is None for call in calls),
        sum(call.usage.input or 0 for call in calls),
        sum(call.usage.output or 0 for call in calls),
        days[0],
        days[-1],
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chosen", [Filter(), Filter(date(2026, 10, 1), None, "bob")])
def test_they_are_those_that_a_plain_loop_finds(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    calls = [call for call in calls_among(chosen_entries(entries, chosen)) if call.call.id not in costs]
    groups: dict[tuple[str, str], list[LedgerEntry]] = defaultdict(list)
    for call in calls:
        groups[call.call.endpoint.host, call.resolved_model or call.call.model].append(call)
    rows = [[*key, *figures(group)] for key, group in groups.items()]
    sheet = unpriced_calls(calls_of(path, entries, way), chosen)
    assert sheet.rows == sorted(rows, key=lambda row: (-int(str(row[2])), str(row[0]), str(row[1])))
    assert sheet.total == ["total", None, *figures(calls)]


@pytest.mark.parametrize("way", WAYS)
def test_a_corrected_call_is_no_longer_among_them_whichever_comes_first(path: Path, way: Way) -> None:
    other = an_entry(call_id="2", cost_usd=None)
    for entries in ([UNKNOWN, other, CORRECTION], [CORRECTION, UNKNOWN, other]):
        sheet = unpriced_calls(calls_of(path, entries, way), Filter())
        assert [row[2] for row in sheet.rows] == [1]


def test_they_are_named_by_the_model_that_answered(path: Path) -> None:
    calls = [
        an_entry(call_id=str(number), cost_usd=None, model="gpt-6-luna", resolved_model=answered)
        for number, answered in enumerate([None, "daybreak", "daybreak"])
    ]
    sheet = unpriced_calls(calls_of(path, calls), Filter())
    assert [row[1:3] for row in sheet.rows] == [["daybreak", 2], ["gpt-6-luna", 1]]


def test_impossible_counts_and_none_at_all_can_never_be_priced(path: Path) -> None:
    calls = [
        UNKNOWN,
        an_entry(call_id="2", cost_usd=None, usage=TokenUsage(input=5)),
        an_entry(call_id="3", cost_usd=None, note=f"{IMPOSSIBLE}: -5 input tokens"),
    ]
    sheet = unpriced_calls(calls_of(path, calls), Filter())
    assert [row[2:4] for row in sheet.rows] == [[3, 2]]
    assert sheet.note.startswith("2 calls cannot be priced: the token counts are")
    known = [an_entry(), an_entry(call_id="2", cost_usd=Decimal(0))]
    sheet = unpriced_calls(calls_of(path, known), Filter())
    assert (sheet.rows, sheet.total, sheet.note) == ([], None, "")
