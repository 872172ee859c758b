"""The dearest calls: the right ones in the right order, whatever their costs look like."""

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
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.dearest import dearest_calls, dearest_conversations
from usage.units import TokenUsage

ODD = ("0.2", "0.200000000001", "5000", "0.199999999999", "0.3")


def costing(*costs: str | None) -> list[LedgerEntry]:
    """Calls of these costs, named after their places."""
    return [
        an_entry(call_id=f"{place}", conversation_id=f"{place}", cost_usd=cost and Decimal(cost))
        for place, cost in enumerate(costs)
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
            call.call.turn_id,
        ]
        for call in calls[:25]
    ]


@pytest.mark.parametrize(
    ("costs", "number", "places", "note"),
    [
        (("0.1", "0.3", "0.2", "0.3", "0.3", "0.3"), 3, "134", ""),  # of equally dear ones the earlier first
        (ODD, 10, "24103", ""),
        (ODD, 2, "24", ""),
        (("0", "0.1", "0"), 10, "1", ""),
        ((None, "0.1", None), 10, "1", "2 calls have no price and are not listed."),
        ((), 10, "", ""),
    ],
)
def test_the_dearest_comes_first(
    path: Path, costs: tuple[str | None, ...], number: int, places: str, note: str
) -> None:
    sheet = dearest_calls(calls_of(path, costing(*costs), "row by row"), Filter(), number)
    assert ([row[1] for row in sheet.rows], sheet.note) == ([*places], note)


@pytest.mark.parametrize("usd", ["0.5", "0.000000000001"])
def test_a_corrected_call_has_its_own_tokens_and_the_corrections_cost(path: Path, usd: str) -> None:
    correction = an_entry(
        call_id="0:price", purpose="correction", corrects="0", cost_usd=Decimal(usd), usage=TokenUsage()
    )
    [row] = dearest_calls(calls_of(path, [*costing(None), correction]), Filter()).rows
    assert row[4:7] == [1234, 400, Decimal(usd)]


@pytest.mark.parametrize("way", WAYS)
def test_conversations_are_summed_up_and_the_most_expensive_comes_first(path: Path, way: Way) -> None:
    entries = [
        an_entry(call_id=f"{place}", conversation_id=name, cost_usd=cost and Decimal(cost), user=user)
        for place, (name, cost, user) in enumerate(
            [
                ("a", "0.2", "ann"),
                ("b", "0.25", "bob"),
                ("a", "0.1", "ann"),
                ("c", None, "bob"),
                ("", "9", "bob"),
                ("b", None, "bob"),
                ("d", "0", "ann"),
            ]
        )
    ]
    day = entries[0].call.started_at.astimezone(BERLIN).date().isoformat()
    sheet = dearest_conversations(calls_of(path, entries, way), Filter())
    assert sheet.rows == [["a", Decimal("0.3"), 2, day, "ann"], ["b", Decimal("0.25"), 2, day, "bob"]]
    assert sheet.note == "2 calls have no price and are not listed."
    assert len(dearest_conversations(calls_of(path, entries, way), Filter(), 1).rows) == 1
    assert dearest_conversations(calls_of(path, entries, way), Filter(user="eve")).rows == []
