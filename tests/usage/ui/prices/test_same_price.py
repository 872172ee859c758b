"""Calls that a model without a price answered in place of another: a click gives it the other's price."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ledger_entries import an_entry
from tests.helpers.usage_tab import PRICES, tab_of
from usage.ledger import CsvLedger, LedgerEntry
from usage.prices.own_prices import OwnPrice, load_own_prices
from usage.units import TokenUsage

BLUE = "daybreak-blue-latest"
NAMES = {"endpoint": "api.openai.com", "answered": BLUE, "asked": "gpt-6-luna"}


def answered(
    call_id: str, resolved: str | None = BLUE, asked: str = "gpt-6-luna", **more: Any
) -> LedgerEntry:
    """A call of unknown price, of 1,000 tokens in and 500 out."""
    unknown: dict[str, Any] = {
        "cost_usd": None,
        "price_source": "unknown",
        "service_tier": None,
        "usage": TokenUsage(input=1000, output=500),
    }
    return an_entry(call_id=call_id, resolved_model=resolved, model=asked, **(unknown | more))


async def test_it_is_offered_for_models_that_answered_for_one_whose_price_is_known(tmp_path: Path) -> None:
    calls = [
        answered("1"),
        answered("2"),
        answered("3", '<b>&"'),
        answered("4", asked="in-no-list"),
        answered("5", None, asked="in-no-list"),
        answered("6", BLUE, endpoint="api.example.com"),
        answered("7", "priced", cost_usd=Decimal(1)),
        answered("8", "odd", note="impossible counts: -1"),
    ]
    html = tab_of(tmp_path, *calls).refresh(view=PRICES)["usage-same-price"]
    assert html.count("<li>") == 2
    assert f"{BLUE} answered in place of gpt-6-luna at api.openai.com: 2 calls." in html
    assert "&lt;b&gt;&amp;&quot; answered in place of gpt-6-luna at api.openai.com: 1 call." in html
    assert f'data-answered="{BLUE}"' in html
    assert tab_of(tmp_path, *calls[3:], person="ann").refresh(view=PRICES)["usage-same-price"] == ""


async def test_a_click_gives_it_the_price_of_the_other_for_those_calls_and_from_now_on(
    tmp_path: Path,
) -> None:
    prices = tab_of(tmp_path, answered("1"), answered("2"), answered("3", "other-blue"))
    shown = prices.press("usage-same-price", data=NAMES)
    assert (
        f"{BLUE} now has the same price as gpt-6-luna. 2 calls now have a price: $0.0007 in total."
        in shown["usage-same-price-told"]
    )
    assert BLUE not in shown["usage-same-price"]
    corrections = [each for each in CsvLedger(tmp_path / "usage.csv").entries() if each.corrects]
    assert [(each.corrects, each.cost_usd, each.cost_source) for each in corrections] == [
        ("1", Decimal("0.00035"), "own"),
        ("2", Decimal("0.00035"), "own"),
    ]
    given = OwnPrice({"endpoint": "api.openai.com", "same_as": "gpt-6-luna"})
    assert load_own_prices(tmp_path / "prices.toml").of(BLUE) == (given,)


@pytest.mark.parametrize(
    "data",
    [NAMES | {"asked": "gpt-6.1-sol"}, NAMES | {"answered": "other"}, {"endpoint": None}, {}, [1], "x"],
    ids=str,
)
async def test_what_is_not_offered_cannot_be_had(tmp_path: Path, data: Any) -> None:
    tab_of(tmp_path, answered("1")).press("usage-same-price", data=data)
    assert not (tmp_path / "prices.toml").exists()


async def test_only_the_owner_can_do_it(tmp_path: Path) -> None:
    shown = tab_of(tmp_path, answered("1", user="ann"), person="ann").press("usage-same-price", data=NAMES)
    assert "Only the owner of this app can do this." in shown["usage-same-price-told"]
    assert not (tmp_path / "prices.toml").exists()
