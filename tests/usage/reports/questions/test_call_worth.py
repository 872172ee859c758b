"""What history cost and the cache saved, call by call, at the edges of what is known."""

import random
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.insight_entries import calls_of
from tests.helpers.ledger_entries import an_entry
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.cache import cache_savings
from usage.reports.questions.history import history_tax
from usage.reports.sheets import Cell
from usage.units import TokenUsage

MOST, DEAREST = 2**30 - 1, Decimal("4294.967295")


def a_call(
    sent: int | None = 1234,
    cached: int | None = 1000,
    written: int | None = 0,
    estimated: int | None = 1240,
    history: int | None = 1100,
    rates: str = "0.10 0.01 0.125",
    call_id: str = "1",
) -> LedgerEntry:
    """Return a call of these tokens, at rates of input, cached input and cache writes; - for none known."""
    names = ("input_usd_per_mtok", "cached_input_usd_per_mtok", "cache_write_usd_per_mtok")
    known: dict[str, Any] = {
        name: None if rate == "-" else Decimal(rate) for name, rate in zip(names, rates.split(), strict=True)
    }
    return an_entry(
        call_id=call_id,
        usage=TokenUsage(sent, cached, written, 400, 100),
        estimated_input_tokens=estimated,
        history_tokens=history,
        **known,
    )


def worth(path: Path, *calls: LedgerEntry) -> tuple[Cell, Cell]:
    """Return in micro-USD what history cost, None where they are left out, and what the cache saved."""
    asked = calls_of(path, calls)
    history, cache = history_tax(asked, Filter()).total, cache_savings(asked, Filter()).total
    assert history is not None
    assert cache is not None
    saved = Decimal(str(cache[5])).scaleb(6)
    return (Decimal(str(history[3])).scaleb(6) if history[1] else None), saved


@pytest.mark.parametrize(
    ("changes", "history", "saved"),
    [
        ({}, "19.5", "90"),  # 1,095 old tokens, 1,000 of them cached
        ({"cached": None}, "109.5", "0"),
        ({"rates": "0.10 - 0.125"}, "109.5", "0"),
        ({"rates": "0.10 0.01 -"}, "19.5", "90"),
        ({"cached": 100, "written": 200}, "100.5", "4"),
        ({"cached": 0, "written": 200}, "109.5", "-5"),
        ({"cached": 0, "written": 200, "rates": "0.10 0.01 -"}, "109.5", "0"),
        ({"history": 0}, "0", "90"),
        ({"history": 1240}, "33.4", "90"),
        ({"sent": 1, "cached": 0, "estimated": 2, "history": 1}, "0.1", "0"),  # half a token is one
        ({"sent": 1, "cached": 0, "estimated": 1001, "history": 500}, "0", "0"),
        ({"estimated": None}, None, "90"),
        ({"estimated": 0, "history": 0}, None, "90"),
        ({"estimated": MOST + 1}, None, "90"),
        ({"history": None}, None, "90"),
        ({"history": 1241}, None, "90"),
        ({"sent": None, "cached": None, "written": None}, None, "0"),
        ({"sent": MOST + 1}, None, "0"),
        ({"sent": MOST + 1, "cached": MOST + 1}, None, "0"),
        ({"rates": "- 0.01 0.125"}, None, "0"),
        ({"rates": "4294.967296 0.01 0.125"}, None, "0"),
        ({"rates": "0.1234567 0.01 0.125"}, None, "0"),
    ],
)
def test_a_call_is_worth_what_is_known_of_it(
    path: Path, changes: dict[str, Any], history: str | None, saved: str
) -> None:
    expected = None if history is None else Decimal(history)
    assert worth(path, a_call(**changes)) == (expected, Decimal(saved))


def test_the_largest_calls_are_exact(path: Path) -> None:
    largest = a_call(sent=MOST, cached=0, estimated=MOST, history=MOST, rates=f"{DEAREST} 0 0")
    assert worth(path, largest)[0] == MOST * DEAREST
    assert worth(path, a_call(sent=MOST, cached=MOST, rates=f"{DEAREST} 0 0"))[1] == MOST * DEAREST
    four = [a_call(sent=MOST, cached=MOST, rates=f"{DEAREST} 0 0", call_id=each) for each in "1234"]
    assert worth(path, *four)[1] == 4 * MOST * DEAREST
    assert 4 * MOST * DEAREST.scaleb(6) > 2**63
    writing = a_call(sent=MOST, cached=0, written=MOST, rates=f"0 0 {DEAREST}")
    assert worth(path, writing)[1] == -MOST * DEAREST


def test_many_calls_are_together_what_exact_arithmetic_has(path: Path) -> None:
    chance = random.Random(5)  # noqa: S311
    calls, expected = [], Decimal(0)
    for number in range(1000):
        sent, estimated = chance.randrange(2**30), chance.randrange(1, 2**30)
        cached, old = chance.randrange(sent + 1), chance.randrange(estimated + 1)
        rate, cached_rate = (Decimal(chance.randrange(2**32)).scaleb(-6) for _ in range(2))
        rates = f"{rate:f} {cached_rate:f} 0"
        calls.append(a_call(sent, cached, 0, estimated, old, rates, call_id=str(number)))
        share = int((Decimal(old) * sent / estimated).quantize(Decimal(1), ROUND_HALF_UP))
        expected += min(share, cached) * cached_rate + (share - min(share, cached)) * rate
    assert worth(path, *calls)[0] == expected
