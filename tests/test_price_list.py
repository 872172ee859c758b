"""The prices in use agree with genai-prices' own calculation, for every model that it lists."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, data_snapshot
from genai_prices.types import ModelInfo, Provider, TieredPrices

from usage.own_prices import OwnPrices
from usage.prices import PriceBook, cost_of
from usage.tokens import TokenUsage

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OUTPUT, REASONING = 701, 97


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices())


def listed_models() -> Iterator[tuple[Provider, ModelInfo]]:
    for provider in data_snapshot.get_snapshot().providers:
        for model in provider.models:
            yield provider, model


def sizes(model: ModelInfo) -> set[int]:
    """Input sizes at and just above every tier boundary, and two small ones."""
    rates = vars(model.get_prices(AT)).values()
    starts = {tier.start for rate in rates if isinstance(rate, TieredPrices) for tier in rate.tiers}
    return {1, 10_007, *starts, *(start + 1 for start in starts)}


def their_cost(provider: Provider, model: ModelInfo, usage: TokenUsage) -> Decimal:
    """What genai-prices calculates."""
    counts = Usage(
        input_tokens=usage.input,
        cache_read_tokens=usage.cached_input,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output,
        output_reasoning_tokens=usage.reasoning,
    )
    return data_snapshot.get_snapshot().calc(counts, model.id, provider.id, None, AT).total_price


def test_costs_agree_for_every_listed_model_and_tier(book: PriceBook) -> None:
    compared = 0
    for provider, model in listed_models():
        for tokens in sizes(model):
            if price := book.price(provider.id, "", model.id, tokens, AT):
                usage = TokenUsage(tokens, tokens // 3, tokens // 5, OUTPUT, REASONING)
                ours, theirs = cost_of(price, usage), their_cost(provider, model, usage)
                assert ours is not None
                # Rates are kept to 6 decimals, so each token may differ by half a picodollar.
                allowed = 0 if provider.id == "openai" else (tokens + OUTPUT) * Decimal("5E-13")
                assert abs(ours - theirs) <= allowed, (provider.id, model.id, tokens)
                compared += 1
    assert compared > 2000


def test_every_listed_model_with_rates_for_input_and_output_has_a_price(book: PriceBook) -> None:
    snapshot = data_snapshot.get_snapshot()
    for provider, model in listed_models():
        found = provider.find_model(model.id, all_providers=snapshot.providers)
        rates = found.get_prices(AT) if found else None
        priced = rates is not None and None not in (rates.input_mtok, rates.output_mtok)
        assert (book.price(provider.id, "", model.id, 1, AT) is not None) == priced, (provider.id, model.id)
