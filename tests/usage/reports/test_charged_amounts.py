"""Where what an endpoint charged is not what the price list says, and corrections by what it charged."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_of, read
from tests.helpers.ledger_entries import an_entry, written
from usage.ledger import LedgerEntry
from usage.reports import Filter, charges, surcharge, total


def charged(number: int, model: str, reported: str | None, listed: str | None, **more: str) -> LedgerEntry:
    """A call that cost what the endpoint says, beside what the list says."""
    amounts = [None if usd is None else Decimal(usd) for usd in (reported, listed)]
    return an_entry(
        call_id=f"call-{number}",
        model=model,
        cost_usd=amounts[0],
        cost_source="reported",
        reported_cost_usd=amounts[0],
        listed_cost_usd=amounts[1],
        **more,
    )


CALLS = [
    charged(1, "a", "0.5", "0.4"),
    charged(2, "a", "0.3", "0.31"),
    charged(3, "a", "0.300001", "0.3"),  # rounding
    charged(4, "b", "1", "2"),
    charged(5, "b", "1", None),
    charged(6, "b", None, "1"),
    charged(7, "b", "1", "2", usage_source="estimated"),
    charged(8, "c", "1", "1"),
]


@pytest.mark.parametrize("way", WAYS)
def test_differences_are_added_up_by_model_the_greatest_first(path: Path, way: Way) -> None:
    sheet = charges(calls_of(path, CALLS, way), Filter())
    assert sheet.rows == [
        ["b", 1, Decimal(1), Decimal(2), Decimal(-1)],
        ["a", 2, Decimal("0.8"), Decimal("0.71"), Decimal("0.09")],
    ]
    assert sheet.total == ["total", 3, Decimal("1.8"), Decimal("2.71"), Decimal("-0.91")]
    assert surcharge(sheet) == Decimal("-0.91")


def test_without_a_difference_there_is_nothing_to_say(path: Path) -> None:
    sheet = charges(calls_of(path, CALLS[-1:]), Filter())
    assert (sheet.rows, surcharge(sheet)) == ([], Decimal(0))


def exact(call_id: str, usd: str) -> LedgerEntry:
    """What a stopped call costs more than was estimated, once the endpoint has told."""
    return an_entry(
        call_id=f"{call_id}:price",
        purpose="correction",
        corrects=call_id,
        cost_usd=Decimal(usd),
        cost_source="reported",
    )


@pytest.mark.parametrize("way", WAYS)
def test_an_exact_amount_takes_the_place_of_an_estimate_and_of_nothing_else(path: Path, way: Way) -> None:
    entries = [
        an_entry(call_id="less", usage_source="estimated", cost_usd=Decimal(5)),
        exact("less", "-1.5"),
        exact("more", "0.25"),
        an_entry(call_id="more", usage_source="estimated", cost_usd=Decimal(1)),
        an_entry(call_id="unpriced", usage_source="estimated", cost_usd=None),
        exact("unpriced", "2"),
        an_entry(call_id="guessed", usage_source="estimated", cost_usd=Decimal(7)),
    ]
    calls = calls_of(path, entries, way)
    known = calls.ask("SELECT call_id, known_usd, is_estimated FROM calls ORDER BY call_id")
    assert known.to_numpy().tolist() == [
        ["guessed", Decimal(7), True],
        ["less", Decimal("3.5"), False],
        ["more", Decimal("1.25"), False],
        ["unpriced", Decimal(2), False],
    ]
    spent = total(calls, Filter())
    assert (spent.calls, spent.cost_usd, spent.estimated_usd) == (4, Decimal("13.75"), Decimal(7))
    assert (spent.unknown_price_calls, calls.problems()) == (0, ())


@pytest.mark.parametrize("way", WAYS)
def test_an_amount_of_the_endpoint_is_exact_whatever_the_counts_are(path: Path, way: Way) -> None:
    entries = [charged(1, "a", "0.5", "0.4", usage_source="estimated"), charged(2, "a", "0.5", None)]
    spent = total(calls_of(path, entries, way), Filter())
    assert (spent.cost_usd, spent.estimated_usd) == (Decimal(1), Decimal(0))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("column", ["reported_cost_usd", "listed_cost_usd", "settled_usd"])
def test_no_other_amount_is_negative(path: Path, way: Way, column: str) -> None:
    odd = an_entry(call_id="2", purpose="correction", corrects="1", **{column: Decimal("-0.5")})
    written(path, an_entry(call_id="1"), odd)
    [problem] = read(path, way).problems()
    assert problem.reason == f"{column} is not a plain decimal: '-0.5'"


@pytest.mark.parametrize("way", WAYS)
def test_only_a_correction_can_cost_less_than_nothing(path: Path, way: Way) -> None:
    written(path, an_entry(call_id="1"), an_entry(call_id="2", cost_usd=Decimal(-1)))
    calls = read(path, way)
    assert [problem.reason for problem in calls.problems()] == ["cost_usd is negative: '-1'"]
