"""Settling up in the Usage tab: balances, marks of what was paid, statements."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import an_entry
from tests.helpers.usage_tab import EVIL, NOON, SETTLE_UP, tab_of
from usage.ledger import CsvLedger

# What ann and bob have used of a shared key.
SHARED = (
    an_entry(user="ann", cost_usd=Decimal("1.5000000001")),
    an_entry(call_id="2", user="bob", cost_usd=Decimal("0.25")),
)


async def test_the_owner_sees_what_each_has_open(tmp_path: Path) -> None:
    shown = tab_of(tmp_path, *SHARED).refresh(view=SETTLE_UP)
    assert '<th scope="row">ann</th>' in shown["usage-balances"]
    assert 'data-exact="1.7500000001"' in shown["usage-balances"]
    assert shown["usage-person"] == {"choices": ["ann", "bob"], "value": "ann", "__type__": "update"}
    assert shown["usage-amount"] == "1.50"


@pytest.mark.parametrize(
    ("open_usd", "filled_in"),
    [("10.8289954", "10.83"), ("0.125", "0.13"), ("1234.5", "1234.50"), ("0.0049", "")],
)
async def test_the_amount_is_filled_in_as_whole_cents(tmp_path: Path, open_usd: str, filled_in: str) -> None:
    tab = tab_of(tmp_path, an_entry(user="ann", cost_usd=Decimal(open_usd)))
    assert tab.refresh(view=SETTLE_UP)["usage-amount"] == filled_in


async def test_who_is_chosen_stays_chosen(tmp_path: Path) -> None:
    tab = tab_of(tmp_path, *SHARED)
    shown = tab.press("usage-person", {"usage-person": "bob"}, "input")
    assert (shown["usage-person"]["value"], shown["usage-amount"]) == ("bob", "0.25")
    assert 'href="statement?user=bob&amp;by=day"' in shown["usage-statements"]


async def test_what_was_paid_becomes_an_entry(tmp_path: Path) -> None:
    tab = tab_of(tmp_path, *SHARED)
    shown = tab.press("usage-mark-settled", {"usage-person": "ann", "usage-amount": " $1.5000000001 "})
    assert "Recorded: ann paid $1.50." in shown["usage-settled"]
    assert shown["usage-amount"] == ""
    *_, entry = CsvLedger(tmp_path / "usage.csv").entries()
    assert (entry.call.purpose, entry.call.user, entry.settled_usd) == (
        "settlement",
        "ann",
        Decimal("1.5000000001"),
    )
    assert (entry.call.id, entry.recorded_at) == ("1", NOON)


async def test_whose_amount_is_settled_is_escaped(tmp_path: Path) -> None:
    tab = tab_of(tmp_path, an_entry(user=EVIL))
    shown = tab.press("usage-mark-settled", {"usage-person": EVIL, "usage-amount": "1"})
    assert "Recorded: " in shown["usage-settled"]
    assert "<img" not in shown["usage-settled"] + shown["usage-balances"] + shown["usage-statements"]


@pytest.mark.parametrize(
    ("person", "amount", "says"),
    [
        ("ann", "", "Enter the amount that was paid"),
        ("ann", "much", "The amount is “{}”: expected "),
        ("ann", "0", "0 is not a payment"),
        ("ann", "-1", "The amount is “{}”: expected "),
        ("eve", "1", "eve has not used the shared key"),
        ("", "", ""),
    ],
)
async def test_nothing_is_written_without_a_person_and_an_amount(
    tmp_path: Path, person: str, amount: str, says: str
) -> None:
    tab = tab_of(tmp_path, *SHARED)
    before = (tmp_path / "usage.csv").read_bytes()
    shown = tab.press("usage-mark-settled", {"usage-person": person, "usage-amount": amount})
    assert says.format(amount) in shown["usage-settled"]
    assert (tmp_path / "usage.csv").read_bytes() == before


async def test_nobody_but_the_owner_settles_or_sees_others(tmp_path: Path) -> None:
    tab = tab_of(tmp_path, *SHARED, person="bob")
    before = (tmp_path / "usage.csv").read_bytes()
    told = tab.press("usage-mark-settled", {"usage-person": "bob", "usage-amount": "0.25"})["usage-settled"]
    assert "Only the owner" in told
    assert (tmp_path / "usage.csv").read_bytes() == before
    for shown in (tab.refresh(view=SETTLE_UP), tab.press("usage-person", {"usage-person": "ann"}, "input")):
        assert "ann" not in str(shown)
        assert shown["usage-person"]["choices"] == ["bob"]


async def test_without_calls_it_says_what_will_be_here(tmp_path: Path) -> None:
    shown = tab_of(tmp_path).refresh(view=SETTLE_UP)
    assert "who owes how much" in shown["usage-balances"]
    assert (shown["usage-amount"], shown["usage-statements"]) == ("", "")
