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

TWENTY = Decimal(20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


def on(day: str, usd: str | None) -> LedgerEntry:
    """A call at noon that cost so much."""
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    return an_entry(call_id=f"{day} {usd}", started_at=noon, cost_usd=None if usd is None else Decimal(usd))


def note(path: Path, today: str, *calls: LedgerEntry) -> str:
    return months_against(calls_of(path, list(calls)), Filter(), TWENTY, date.fromisoformat(today)).note


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


def test_a_month_without_calls_was_paid_for_all_the_same(path: Path) -> None:
    calls = calls_of(path, [on("2026-09-30", "25"), on("2026-11-01", "1.5")])
    assert months_against(calls, Filter(), TWENTY, date(2026, 11, 2)).rows == [
        ["2026-09", Decimal(25), TWENTY, Decimal(-5), Decimal(-5), 0],
        ["2026-10", Decimal(0), TWENTY, Decimal(20), Decimal(15), 0],
        ["2026-11", Decimal("1.5"), TWENTY, Decimal("18.5"), Decimal("33.5"), 0],
    ]


def test_this_month_is_there_before_its_first_call(path: Path) -> None:
    sheet = months_against(calls_of(path, [on("2025-12-31", "1")]), Filter(), TWENTY, date(2026, 1, 1))
    assert [row[0] for row in sheet.rows] == ["2025-12", "2026-01"]


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


def test_unknown_prices_are_counted_and_payments_are_no_cost(path: Path) -> None:
    paid = settle_entry("local", Decimal(9), datetime(2026, 11, 4, tzinfo=UTC), "paid")
    calls = calls_of(path, [on("2026-11-03", None), paid])
    [row] = months_against(calls, Filter(), TWENTY, date(2026, 11, 9)).rows
    assert row == ["2026-11", Decimal(0), TWENTY, TWENTY, TWENTY, 1]


def test_the_day_on_which_the_price_was_reached_is_named(path: Path) -> None:
    calls = [on("2026-11-02", "19.99"), on("2026-11-05", "0.01"), on("2026-11-06", "1")]
    assert note(path, "2026-11-09", *calls).endswith("the price was reached on 2026-11-05.")


def test_otherwise_the_day_or_the_amount_at_this_rate_is_named(path: Path) -> None:
    assert note(path, "2026-11-10", on("2026-11-02", "7")).endswith(
        "at this rate the price is reached on 2026-11-29."
    )
    assert note(path, "2026-11-15", on("2026-11-02", "10")).endswith(
        "at this rate the price is reached on 2026-11-30."
    )
    assert note(path, "2026-11-15", on("2026-11-02", "9.99")).endswith(
        "at this rate the month comes to $19.98, below the price."
    )


def test_without_any_call_there_is_nothing_to_hold_against_it(path: Path) -> None:
    sheet = months_against(calls_of(path, []), Filter(), TWENTY, date(2026, 11, 9))
    assert (sheet.rows, sheet.total) == ([], None)


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
