"""The prices for calls of every size."""

from datetime import UTC, datetime

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, PriceSteps

OPENAI = Endpoint("api.openai.com", "openai")

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices({"mine": own_price(1, 2)}))


def inputs(steps: PriceSteps) -> list[tuple[int, str]]:
    return [(start, str(price.input_usd_per_mtok)) for start, price in steps]


def test_a_flat_price_is_one_step(book: PriceBook) -> None:
    price = book.price(OPENAI, "gpt-4o", 1, AT)
    assert book.steps(OPENAI, "gpt-4o", AT) == ((0, price),)


def test_each_size_from_which_calls_cost_more_is_a_step(book: PriceBook) -> None:
    assert inputs(book.steps(OPENAI, "gpt-6-luna", AT)) == [(0, "0.1"), (272_000, "0.2")]
    three = book.steps(Endpoint("", "openrouter"), "qwen/qwen3.7-flash", AT)
    assert [start for start, _ in three] == [0, 32_000, 256_000]


def test_each_step_is_the_price_of_the_calls_up_to_the_next(book: PriceBook) -> None:
    steps = book.steps(OPENAI, "gpt-6-luna", AT)
    assert [price for _, price in steps] == [
        book.price(OPENAI, "gpt-6-luna", tokens, AT) for tokens in (272_000, 272_001)
    ]


def test_steps_follow_the_tier_and_the_time(book: PriceBook) -> None:
    assert inputs(book.steps(OPENAI, "gpt-6-luna", AT, "flex")) == [
        (0, "0.05"),
        (272_000, "0.1"),
    ]
    night, morning = (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (0, 1))
    assert inputs(book.steps(Endpoint("", "deepseek"), "deepseek-flash", night)) == [(0, "0.15")]
    assert inputs(book.steps(Endpoint("", "deepseek"), "deepseek-flash", morning)) == [(0, "0.3")]


def test_each_tier_that_is_listed_has_its_steps_after_the_standard_ones(book: PriceBook) -> None:
    asked = (OPENAI, "gpt-6-luna", AT)
    tiers = [book.steps(*asked, tier) for tier in ("default", "fast", "flex", "priority")]
    standard, *others = book.in_every_tier(*asked)
    assert standard == book.steps(*asked)
    assert sorted(map(inputs, others)) == sorted(map(inputs, tiers))
    assert [inputs(steps) for steps in book.in_every_tier(Endpoint("", "local"), "other", AT)] == [[(0, "0")]]
    assert book.in_every_tier(Endpoint(""), "gpt-6-luna", AT) == []


def test_a_tier_that_is_listed_later_has_no_steps_yet(book: PriceBook) -> None:
    before = datetime(2026, 10, 11, 23, 59, 59, tzinfo=UTC)
    assert set(book.in_every_tier(OPENAI, "gpt-6-luna", before)) == {book.steps(OPENAI, "gpt-6-luna", before)}


def test_an_own_price_and_what_is_free_are_one_step(book: PriceBook) -> None:
    assert inputs(book.steps(OPENAI, "mine", AT)) == [(0, "1")]
    assert inputs(book.steps(Endpoint("", "local"), "other", AT)) == [(0, "0")]
    assert inputs(book.steps(Endpoint("", "demo"), "demo", AT)) == [(0, "0")]


def test_an_unknown_price_has_no_steps(book: PriceBook) -> None:
    assert book.steps(OPENAI, "gpt-6.2-sol", AT) == ()
    assert book.steps(OPENAI, "text-embedding-3-small", AT) == ()
    assert book.steps(OPENAI, "gpt-6-luna", AT, "scale") == ()
    assert book.steps(Endpoint(""), "gpt-6-luna", AT) == ()
