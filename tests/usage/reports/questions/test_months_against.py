"""Subscription or pay as you go: whole months, exact, with the day of break-even."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_of, chosen_entries, costs_of, varied_entries
from tests.helpers.ledger_entries import BERLIN, an_entry
from usage.accounts import settle_entry
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.subscription import cumulative_month, months_against
from usage.reports.sheets import Cell

TWENTY = Decimal(20)


def on(day: str, usd: str | None) -> LedgerEntry:
    """Return a call at noon that cost so much."""
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    return an_entry(call_id=f"{day} {usd}", started_at=noon, cost_usd=None if usd is None else Decimal(usd))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("user", [None, "ann"])
def test_months_are_what_a_plain_loop_adds_up(path: Path, way: Way, user: str | None) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    months: dict[str, Decimal] = defaultdict(Decimal)
    for entry in chosen_entries(entries, Filter(user=user)):
        months[entry.call.started_at.astimezone(BERLIN).strftime("%Y-%m")] += costs.get(
            entry.call.id, Decimal(0)
        )
    months = {month: months[month] for month in sorted(months)}
    sheet = months_against(calls_of(path, entries, way), Filter(user=user), TWENTY, date(2026, 11, 30))
    assert [(row[0], row[1], row[3]) for row in sheet.rows] == [
        (month, cost, TWENTY - cost) for month, cost in months.items()
    ]
    so_far = [
        sum((TWENTY - cost for cost in list(months.values())[: place + 1]), Decimal(0)) for place in range(3)
    ]
    assert [row[4] for row in sheet.rows] == so_far
    assert sheet.total is not None
    assert sheet.total[1:5] == [sum(months.values()), 60, so_far[-1], so_far[-1]]


@pytest.mark.parametrize(
    ("calls", "today", "rows"),
    [
        (  # a month without calls was paid for all the same
            [on("2026-09-30", "25"), on("2026-11-01", "1.5")],
            date(2026, 11, 2),
            [
                ["2026-09", Decimal(25), TWENTY, Decimal(-5), Decimal(-5), 0],
                ["2026-10", Decimal(0), TWENTY, Decimal(20), Decimal(15), 0],
                ["2026-11", Decimal("1.5"), TWENTY, Decimal("18.5"), Decimal("33.5"), 0],
            ],
        ),
        (  # this month is there before its first call
            [on("2025-12-31", "1")],
            date(2026, 1, 1),
            [
                ["2025-12", Decimal(1), TWENTY, Decimal(19), Decimal(19), 0],
                ["2026-01", Decimal(0), TWENTY, Decimal(20), Decimal(39), 0],
            ],
        ),
        (  # unknown prices are counted, and payments are no cost
            [
                on("2026-11-03", None),
                settle_entry("local", Decimal(9), datetime(2026, 11, 4, tzinfo=UTC), "p"),
            ],
            date(2026, 11, 9),
            [["2026-11", Decimal(0), TWENTY, TWENTY, TWENTY, 1]],
        ),
        ([], date(2026, 11, 9), []),
    ],
)
def test_each_month_is_held_against_the_price(
    path: Path, calls: list[LedgerEntry], today: date, rows: list[list[Cell]]
) -> None:
    sheet = months_against(calls_of(path, calls), Filter(), TWENTY, today)
    assert sheet.rows == rows
    assert (sheet.total is None) == (not rows)


@pytest.mark.parametrize(
    ("first", "last", "costs"),
    [
        ("2026-10-31", None, {"2026-10": 3, "2026-11": 4}),
        ("2026-11-01", None, {"2026-11": 4}),
        (None, "2026-10-01", {"2026-09": 1, "2026-10": 3}),
        (None, "2026-09-30", {"2026-09": 1}),
    ],
)
def test_months_count_whole_wherever_the_choice_begins_or_ends(
    path: Path, first: str | None, last: str | None, costs: dict[str, int]
) -> None:
    first_day, last_day = (day if day is None else date.fromisoformat(day) for day in (first, last))
    calls = [on("2026-09-30", "1"), on("2026-10-01", "1"), on("2026-10-31", "2"), on("2026-11-03", "4")]
    sheet = months_against(calls_of(path, calls), Filter(first_day, last_day), TWENTY, date(2026, 11, 9))
    assert {row[0]: row[1] for row in sheet.rows} == costs


@pytest.mark.parametrize(
    ("today", "costs", "note"),
    [
        (9, {2: "19.99", 5: "0.01", 6: "1"}, "the cost reached the full $20.00 on Nov 5, 2026."),
        (10, {2: "7"}, "at this rate the cost will reach the full $20.00 on Nov 29, 2026."),
        (15, {2: "10"}, "at this rate the cost will reach the full $20.00 on Nov 30, 2026."),
        (15, {2: "9.99"}, "at this rate the month will cost $19.98, less than the full $20.00."),
    ],
)
def test_the_day_on_which_the_price_is_reached_is_named(
    path: Path, today: int, costs: dict[int, str], note: str
) -> None:
    calls = calls_of(path, [on(f"2026-11-{day:02}", usd) for day, usd in costs.items()])
    start = "Nov 2026 so far: "
    assert months_against(calls, Filter(), TWENTY, date(2026, 11, today)).note == start + note


@pytest.mark.parametrize("way", WAYS)
def test_this_month_day_by_day_is_what_a_plain_loop_adds_up(path: Path, way: Way) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    calls = calls_of(path, entries, way)
    found = cumulative_month(calls, Filter(user="bob"), date(2026, 10, 31))
    assert [day.day for day, _ in found] == list(range(1, 32))
    for day, cost in found:
        chosen = chosen_entries(entries, Filter(date(2026, 10, 1), day, "bob"))
        assert cost == sum((costs.get(entry.call.id, Decimal(0)) for entry in chosen), Decimal(0))
