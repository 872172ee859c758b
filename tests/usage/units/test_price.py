"""The exact cost of a call."""

from decimal import Decimal

import pytest

from usage.units import Price, TokenUsage, cost_of, free_price, saved_by_cache

LUNA = Price(Decimal("0.1"), Decimal("0.01"), Decimal("0.125"), Decimal("0.5"), "a list")
LONG_LUNA = Price(Decimal("0.2"), Decimal("0.02"), Decimal("0.25"), Decimal("0.75"), "a list")
REASONING = Price(Decimal(2), Decimal(2), Decimal(2), Decimal(8), "a list", Decimal(3), Decimal("0.012"))


def flat(rate: str) -> Price:
    return Price(Decimal(rate), Decimal(rate), Decimal(rate), Decimal(rate), "prices.toml")


@pytest.mark.parametrize(
    ("price", "usage", "cost"),
    [
        (LUNA, TokenUsage(input=272_000, output=1000), "0.0277"),
        (LONG_LUNA, TokenUsage(input=272_001, output=1000), "0.0551502"),
        # 500 × 0.1 + 300 × 0.01 + 200 × 0.125 + 400 × 0.5 millionths
        (LUNA, TokenUsage(1000, 300, 200, 400, 100), "0.000278"),
        # A part that was not reported costs what its whole costs.
        (LUNA, TokenUsage(input=1000, output=400), "0.0003"),
        (LUNA, TokenUsage(input=1000, output=0), "0.0001"),
        (REASONING, TokenUsage(input=0, output=1000, reasoning=400), "0.018"),
        (REASONING, TokenUsage(input=0, output=0), "0.012"),
        (flat("0.000001"), TokenUsage(input=1, output=0), "1E-12"),
        (flat("10"), TokenUsage(input=10_000_000, output=0), "100"),
        (free_price("local"), TokenUsage(), "0"),
    ],
)
def test_a_cost_is_exact_and_has_no_superfluous_zeros(price: Price, usage: TokenUsage, cost: str) -> None:
    assert str(cost_of(price, usage)) == cost


@pytest.mark.parametrize("usage", [TokenUsage(output=1), TokenUsage(input=1), TokenUsage()])
def test_the_cost_of_a_count_that_is_not_known_is_not_known(usage: TokenUsage) -> None:
    assert cost_of(LUNA, usage) is None


@pytest.mark.parametrize(
    ("price", "usage", "saved"),
    [
        (LUNA, TokenUsage(input=1000, cached_input=1000, output=1), "0.00009"),
        (LUNA, TokenUsage(input=1000, cache_write=1000, output=1), "-0.000025"),
        # 300 × (0.1 − 0.01) − 200 × (0.125 − 0.1) millionths
        (LUNA, TokenUsage(1000, 300, 200, 400, 100), "0.000022"),
        (LUNA, TokenUsage(input=1000, cached_input=0, cache_write=0, output=1), "0"),
        (LUNA, TokenUsage(input=1000, cached_input=1000), "0.00009"),
        (flat("2"), TokenUsage(1000, 300, 200, 400), "0"),
        (LUNA, TokenUsage(input=1000, output=1), None),
        (LUNA, TokenUsage(cached_input=1000, output=1), None),
    ],
)
def test_a_cache_saves_its_discount_less_what_writing_costs_more(
    price: Price, usage: TokenUsage, saved: str | None
) -> None:
    assert saved_by_cache(price, usage) == (saved and Decimal(saved))


@pytest.mark.parametrize("usage", [TokenUsage(1000, 300, 200, 400), TokenUsage(1000, None, 200, 400)])
def test_what_a_cache_saved_is_what_the_call_would_have_cost_more_without(usage: TokenUsage) -> None:
    with_cache, without = cost_of(LUNA, usage), cost_of(LUNA, TokenUsage(input=1000, output=400))
    assert with_cache is not None
    assert without is not None
    assert saved_by_cache(LUNA, usage) == without - with_cache
