"""The same tokens at other prices: call by call as `cost_of` has it, at every size."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import (
    WAYS,
    Way,
    a_price,
    calls_among,
    calls_of,
    chosen_entries,
    costs_of,
    varied_entries,
)
from tests.helpers.ledger_entries import PLAIN, an_entry
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.what_if import Alternative, what_if
from usage.reports.sheets import AS_PAID, percent
from usage.units import TokenUsage, cost_of

CHEAP = a_price("0.10 0.01 0.125 0.50")
DEAR = a_price("5 0.5 6.25 30", reasoning="35", per_request="0.002")
STEPPED = Alternative("stepped", ((0, CHEAP), (4000, DEAR)))
OTHER_STEP = Alternative("other step", ((0, a_price("3 1 3 7")), (200, CHEAP), (7000, DEAR)))
FLAT = Alternative("flat", ((0, DEAR),))


def cost_on(alternative: Alternative, calls: list[LedgerEntry]) -> Decimal:
    """Return what the calls cost there, one by one."""
    total = Decimal(0)
    for call in calls:
        price = [
            price for start, price in alternative.steps if start == 0 or start < (call.usage.input or 0)
        ][-1]
        cost = cost_of(price, call.usage)
        assert cost is not None
        total += cost
    return total


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chosen", [Filter(), Filter(user="ann")])
def test_it_is_what_a_plain_loop_adds_up(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    calls = calls_among(chosen_entries(entries, chosen))
    compared = [
        call
        for call in calls
        if call.call.id in costs and call.usage.input is not None and call.usage.output is not None
    ]
    refused = [call for call in calls if call.usage_source == "none"]
    paid = sum((costs[call.call.id] for call in compared), Decimal(0))
    others = [(cost_on(each, compared), each.model) for each in (STEPPED, OTHER_STEP, FLAT)]
    sheet = what_if(calls_of(path, entries, way), chosen, [STEPPED, OTHER_STEP, FLAT])
    assert sheet.rows == [
        [AS_PAID, paid, None, None],
        *([model, cost, cost - paid, percent(cost - paid, paid)] for cost, model in sorted(others)),
    ]
    left_out = len(calls) - len(compared) - len(refused)
    assert sheet.note.endswith(
        f"Compared: {len(compared):,} calls. Left out: {left_out:,} calls without a price or token counts."
    )


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        # A step holds above its size.
        *((TokenUsage(sent, sent, output=1, reasoning=1), None) for sent in (3999, 4000, 4001)),
        # Parts that were not reported are billed as the whole.
        (TokenUsage(input=5000, output=100), Decimal("0.025") + Decimal("0.003") + Decimal("0.002")),
    ],
)
def test_a_call_costs_what_its_size_costs(path: Path, usage: TokenUsage, cost: Decimal | None) -> None:
    [_, row] = what_if(calls_of(path, [an_entry(usage=usage)]), Filter(), [STEPPED]).rows
    price = DEAR if (usage.input or 0) > 4000 else CHEAP
    assert row[1] == (cost or cost_of(price, usage))


@pytest.mark.parametrize(
    "changes",
    [
        {"cost_usd": None},
        {"usage": TokenUsage(input=5)},
        {"usage": TokenUsage(output=5)},
    ],
)
def test_what_cannot_be_compared_is_left_out_on_both_sides(path: Path, changes: dict[str, object]) -> None:
    sheet = what_if(calls_of(path, [PLAIN, an_entry(call_id="2", **changes)]), Filter(), [FLAT])
    assert sheet.rows[0] == [AS_PAID, Decimal("0.0002334"), None, None]
    assert sheet.rows[1][1] == cost_on(FLAT, [PLAIN])
    assert sheet.note.endswith("Compared: 1 call. Left out: 1 call without a price or token counts.")


def test_counts_that_no_call_can_have_are_left_out(path: Path) -> None:
    calls = calls_of(path, [PLAIN])
    path.write_bytes(path.read_bytes().replace(b",1000,", b",1235,"))  # as an edit by hand could have it
    sheet = what_if(calls, Filter(), [FLAT])
    assert (sheet.rows[0][1], sheet.rows[1][1]) == (Decimal(0), Decimal(0))


def test_a_refused_call_costs_nothing_anywhere_and_is_no_gap(path: Path) -> None:
    refused = an_entry(call_id="2", usage=TokenUsage(), usage_source="none", cost_usd=Decimal(0))
    assert what_if(calls_of(path, [PLAIN, refused]), Filter(), [FLAT]).note.endswith("Compared: 1 call.")


def test_without_calls_nothing_is_compared(path: Path) -> None:
    sheet = what_if(calls_of(path, []), Filter(), [FLAT])
    assert sheet.rows == [[AS_PAID, Decimal(0), None, None], ["flat", Decimal(0), Decimal(0), None]]
