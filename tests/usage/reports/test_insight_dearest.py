"""The dearest calls: the right ones in the right order, whatever their costs look like."""

from datetime import UTC, date, datetime
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
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.dearest import dearest_calls
from usage.reports.sheets import Cell
from usage.units import TokenUsage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


def costing(*costs: str | None) -> list[LedgerEntry]:
    """Calls of these costs, named after their places."""
    return [
        an_entry(
            call_id=f"{place}", conversation_id=f"{place}", cost_usd=None if cost is None else Decimal(cost)
        )
        for place, cost in enumerate(costs)
    ]


def order(path: Path, *costs: str | None, number: int = 10) -> list[Cell]:
    """The places of the dearest calls of these costs."""
    return [
        row[1] for row in dearest_calls(calls_of(path, costing(*costs), "row by row"), Filter(), number).rows
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chosen", [Filter(), Filter(date(2026, 10, 20), date(2026, 11, 3), "ann")])
def test_they_are_those_that_a_plain_loop_finds(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    calls = [entry for entry in calls_among(chosen_entries(entries, chosen)) if costs.get(entry.call.id)]
    calls.sort(key=lambda call: -costs[call.call.id])
    assert dearest_calls(calls_of(path, entries, way), chosen, 25).rows == [
        [
            call.call.started_at.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M"),
            call.call.conversation_id,
            call.call.model,
            call.call.user,
            call.usage.input,
            call.usage.output,
            costs[call.call.id],
        ]
        for call in calls[:25]
    ]


def test_of_equally_dear_calls_the_earlier_comes_first(path: Path) -> None:
    assert order(path, "0.1", "0.3", "0.2", "0.3", "0.3", "0.3", number=3) == ["1", "3", "4"]


def test_a_picodollar_is_enough_to_be_dearer(path: Path) -> None:
    costs = ("0.2", "0.200000000001", "5000", "0.199999999999", "0.3")
    assert order(path, *costs) == ["2", "4", "1", "0", "3"]
    assert order(path, *costs, number=2) == ["2", "4"]


def test_what_is_free_is_not_dear(path: Path) -> None:
    assert order(path, "0", "0.1", "0") == ["1"]


def test_calls_of_unknown_price_are_counted_not_listed(path: Path) -> None:
    sheet = dearest_calls(calls_of(path, costing(None, "0.1", None), "row by row"), Filter())
    assert ([row[1] for row in sheet.rows], sheet.note) == (
        ["1"],
        "2 calls of unknown price cannot be among them.",
    )


def test_a_corrected_call_has_its_own_tokens_and_the_corrections_cost(path: Path) -> None:
    correction = an_entry(
        call_id="0:price",
        conversation_id="0",
        purpose="correction",
        corrects="0",
        cost_usd=Decimal("0.5"),
        usage=TokenUsage(),
    )
    [row] = dearest_calls(calls_of(path, [*costing(None), correction]), Filter()).rows
    assert row[4:] == [1234, 400, Decimal("0.5")]


def test_a_correction_of_a_picodollar_counts(path: Path) -> None:
    correction = an_entry(
        call_id="0:price", purpose="correction", corrects="0", cost_usd=Decimal("0.000000000001")
    )
    [row] = dearest_calls(calls_of(path, [*costing(None), correction], "row by row"), Filter()).rows
    assert row[6] == Decimal("0.000000000001")


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "2026-10-25 03:30"),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(path: Path, time: datetime, shown: str) -> None:
    [row] = dearest_calls(calls_of(path, [an_entry(started_at=time)]), Filter()).rows
    assert row[0] == shown


def test_an_empty_ledger_has_none(path: Path) -> None:
    assert dearest_calls(calls_of(path, []), Filter()).rows == []
