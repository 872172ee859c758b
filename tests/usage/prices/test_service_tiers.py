"""Prices of the service tiers that replies name."""

from datetime import UTC, datetime

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, Price

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPENAI = Endpoint("api.openai.com", "openai")


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices())


def rates(price: Price | None) -> tuple[str, ...] | None:
    """Input, cached input, cache write and output."""
    if price is None:
        return None
    values = (
        price.input_usd_per_mtok,
        price.cached_input_usd_per_mtok,
        price.cache_write_usd_per_mtok,
        price.output_usd_per_mtok,
    )
    return tuple(str(value) for value in values)


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("flex", ("0.05", "0.005", "0.0625", "0.25")),
        ("Flex", ("0.05", "0.005", "0.0625", "0.25")),
        ("priority", ("0.2", "0.02", "0.25", "1")),
        ("fast", ("0.2", "0.02", "0.25", "1")),
        ("batch", ("0.05", "0.005", "0.0625", "0.25")),
    ],
)
def test_a_tier_has_the_rates_that_are_listed_for_it(
    book: PriceBook, tier: str, expected: tuple[str, ...]
) -> None:
    assert rates(book.price(OPENAI, "gpt-6-luna", 272_000, AT, tier)) == expected


def test_a_tier_has_its_own_rates_for_long_calls_too(book: PriceBook) -> None:
    price = book.price(OPENAI, "gpt-6-luna", 272_001, AT, "flex")
    assert rates(price) == ("0.1", "0.01", "0.125", "0.375")


@pytest.mark.parametrize("tier", [None, "", "auto", "default", "standard", "Default"])
def test_the_standard_tier_has_the_standard_price(book: PriceBook, tier: str | None) -> None:
    standard = book.price(OPENAI, "gpt-6-luna", 1, AT)
    assert standard is not None
    assert book.price(OPENAI, "gpt-6-luna", 1, AT, tier) == standard


def test_the_standard_tier_of_a_provider_without_tiers_has_the_standard_price(book: PriceBook) -> None:
    standard = book.price(Endpoint("api.groq.com", "groq"), "openai/gpt-oss-120b", 1, AT)
    assert standard is not None
    assert book.price(Endpoint("api.groq.com", "groq"), "openai/gpt-oss-120b", 1, AT, "on_demand") == standard


@pytest.mark.parametrize("tier", ["scale", "flexible", "priority "])
def test_a_tier_that_is_not_listed_has_no_price(book: PriceBook, tier: str) -> None:
    assert book.price(OPENAI, "gpt-6-luna", 1, AT, tier) is None


def test_a_tier_that_is_listed_for_other_models_has_no_price(book: PriceBook) -> None:
    assert book.price(OPENAI, "gpt-4o", 1, AT, "priority") is not None
    assert book.price(OPENAI, "gpt-4o", 1, AT, "flex") is None


def test_a_tier_has_no_price_before_its_first_day(book: PriceBook) -> None:
    before = datetime(2026, 10, 11, 23, 59, 59, tzinfo=UTC)
    first = datetime(2026, 10, 12, tzinfo=UTC)
    assert book.price(OPENAI, "gpt-6-luna", 1, before, "flex") is None
    assert rates(book.price(OPENAI, "gpt-6-luna", 1, first, "flex")) is not None


def test_a_rate_that_a_tier_leaves_out_is_the_standard_one(book: PriceBook) -> None:
    price = book.price(OPENAI, "gpt-4o", 1, AT, "batch")
    assert rates(price) == ("1.25", "1.25", "1.25", "5")


def test_a_model_taken_over_from_another_list_has_no_price_for_its_tiers(book: PriceBook) -> None:
    azure = "mine.openai.azure.com"
    standard = book.price(Endpoint(azure, "azure"), "gpt-6-luna", 1, AT)
    assert standard is not None
    assert book.price(Endpoint(azure, "azure"), "gpt-6-luna", 1, AT, "default") == standard
    assert book.price(Endpoint(azure, "azure"), "gpt-6-luna", 1, AT, "flex") is None


def test_own_prices_and_what_is_free_hold_in_every_tier() -> None:
    book = PriceBook(OwnPrices({"mine": own_price(1, 2)}))
    assert rates(book.price(OPENAI, "mine", 1, AT, "flex")) == ("1", "1", "1", "2")
    assert rates(book.price(Endpoint("localhost", "local"), "other", 1, AT, "flex")) == ("0", "0", "0", "0")
    assert rates(book.price(Endpoint("demo", "demo"), "demo", 1, AT, "flex")) == ("0", "0", "0", "0")
