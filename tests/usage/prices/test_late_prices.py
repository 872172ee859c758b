"""Prices of past calls: the ones in force when they were made, by whoever bills their endpoint."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.ledger_entries import an_entry
from usage.ledger import LedgerEntry
from usage.prices.book import LatePrices, PriceBook
from usage.prices.own_prices import OwnPrices, parse_own_prices
from usage.units import Endpoint

OPENAI = "https://api.openai.com/v1"
LUNA = Decimal("0.1")
NO_PRICES = OwnPrices()


def input_rate(
    call: LedgerEntry, own: OwnPrices = NO_PRICES, base_url: str = OPENAI, provider: str | None = None
) -> Decimal | None:
    """What a million tokens of the call's input cost, as it turns out later."""
    price = LatePrices(PriceBook(lambda: own), base_url, provider).of(call)
    return None if price is None else price.input_usd_per_mtok


@pytest.mark.parametrize(
    ("changes", "base_url", "provider", "rate"),
    [
        # A listed model has the price of its endpoint's list, wherever the app points now.
        ({}, OPENAI, None, LUNA),
        ({}, "http://localhost:11434/v1", None, LUNA),
        # The model that answered is what was billed.
        ({"resolved_model": "gpt-6.1-sol"}, OPENAI, None, 2),
        ({"resolved_model": "gpt-99"}, OPENAI, None, None),
        ({"resolved_model": "gpt-6-luna-1101"}, OPENAI, None, LUNA),
        ({"model": "gpt-99", "resolved_model": None}, OPENAI, None, None),
        ({"service_tier": "a tier of its own"}, OPENAI, None, None),
        # What the person says of the app's endpoint is said of no other.
        ({"endpoint": "gateway.example"}, OPENAI, "openai", None),
        ({"endpoint": "gateway.example"}, OPENAI, "local", None),
        ({}, "https://gateway.example/v1", "local", LUNA),
    ],
)
def test_a_late_price_is_that_of_whoever_billed_the_call(
    changes: dict[str, Any], base_url: str, provider: str | None, rate: Decimal | None
) -> None:
    assert input_rate(an_entry(**changes), base_url=base_url, provider=provider) == rate


@pytest.mark.parametrize(("day", "rate"), [(21, None), (22, 3)])
def test_an_own_price_holds_for_calls_from_its_day_on(day: int, rate: int | None) -> None:
    own = parse_own_prices(
        '[[models."gpt-99"]]\nfrom = 2026-11-22\ninput_usd_per_mtok = 3\noutput_usd_per_mtok = 4\n', "prices"
    )
    call = an_entry(model="gpt-99", resolved_model=None, started_at=datetime(2026, 11, day, 12, tzinfo=UTC))
    assert input_rate(call, own) == rate


@pytest.mark.parametrize("endpoint", ["litellm", "localhost", "10.0.0.5"])
def test_a_host_of_ones_own_is_not_taken_for_free_unless_the_person_says_so(endpoint: str) -> None:
    call, address = an_entry(endpoint=endpoint), f"http://{endpoint}:4000/v1"
    assert input_rate(call) is None
    assert input_rate(call, base_url=address) is None
    assert input_rate(call, base_url=address, provider="local") == 0
    assert input_rate(call, base_url=address, provider="openai") == LUNA


def test_a_call_at_another_endpoint_that_is_known_has_the_price_of_its_list() -> None:
    call, gateway = an_entry(endpoint="gateway.example"), Endpoint("gateway.example", "openai")
    book = PriceBook(lambda: NO_PRICES)
    found = [LatePrices(book, OPENAI, None, known.copy).of(call) for known in ([], [gateway])]
    assert [price and price.input_usd_per_mtok for price in found] == [None, LUNA]
