"""The prices in use agree with genai-prices' own calculation, for all that it lists at each boundary."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from genai_prices import Usage, data_snapshot
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, TokenUsage, cost_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
OUTPUT, REASONING = 701, 97


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices)


def listed_models() -> Iterator[tuple[Provider, ModelInfo]]:
    for provider in data_snapshot.get_snapshot().providers:
        for model in provider.models:
            yield provider, model


def sizes(rates: ModelPrice) -> set[int]:
    """Input sizes at and just above every tier boundary, and two small ones."""
    starts = {
        tier.start for rate in vars(rates).values() if isinstance(rate, TieredPrices) for tier in rate.tiers
    }
    return {1, 10_007, *starts, *(start + 1 for start in starts)}


def moments(model: ModelInfo) -> set[datetime]:
    """Now, and the first and the last moment of every price that holds for a time."""
    conditions = [] if isinstance(model.prices, ModelPrice) else [each.constraint for each in model.prices]
    conditions += [variant.constraint for variant in model.price_variants or ()]
    first: set[datetime] = set()
    for condition in conditions:
        if isinstance(condition, StartDateConstraint):
            first.add(in_utc(condition.start_date, time()))
        elif isinstance(condition, TimeOfDateConstraint):
            first.update(in_utc(AT.date(), each) for each in (condition.start_time, condition.end_time))
    return {AT, *first, *(moment - MOMENT for moment in first)}


def in_utc(day: date, of_day: time) -> datetime:
    assert of_day.tzinfo in (None, UTC)
    return datetime.combine(day, of_day, UTC)


def tiers(model: ModelInfo, at: datetime) -> list[tuple[str | None, dict[str, str]]]:
    """The service tiers that have a price at that time, each with the context that genai-prices takes."""
    active = [
        variant.when
        for variant in model.price_variants or ()
        if variant.constraint is None or variant.constraint.active(at)
    ]
    named = [(when.get("service_tier") or when.get("processing"), when) for when in active]
    return [(None, {}), *((tier, when) for tier, when in named if tier)]


def their_cost(
    provider: Provider, model: ModelInfo, usage: TokenUsage, at: datetime, context: dict[str, str]
) -> Decimal:
    """What genai-prices calculates."""
    counts = Usage(
        input_tokens=usage.input,
        cache_read_tokens=usage.cached_input,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output,
        output_reasoning_tokens=usage.reasoning,
    )
    snapshot = data_snapshot.get_snapshot()
    return snapshot.calc(counts, model.id, provider.id, None, at, context).total_price


def calls(
    provider: Provider, model: ModelInfo
) -> Iterator[tuple[datetime, str | None, dict[str, str], ModelPrice, int]]:
    """A call at every boundary: when, in which tier and context, by which listed rates, of which size."""
    # An id may be matched by a model that stands before it in the list, or by none.
    found = provider.find_model(model.id)
    if found is None:
        return
    for at in moments(found):
        for tier, context in tiers(found, at):
            rates = found.get_prices(at, context)
            for tokens in sizes(rates):
                yield at, tier, context, rates, tokens


def test_costs_agree_for_every_listed_model_size_moment_and_tier(book: PriceBook) -> None:
    compared = 0
    for provider, model in listed_models():
        for at, tier, context, rates, tokens in calls(provider, model):
            price = book.price(Endpoint("", provider.id), model.id, tokens, at, tier)
            priced = None not in (rates.input_mtok, rates.output_mtok)
            assert (price is not None) == priced, (provider.id, model.id, at, tier)
            if price is None:
                continue
            usage = TokenUsage(tokens, tokens // 3, tokens // 5, OUTPUT, REASONING)
            ours, theirs = cost_of(price, usage), their_cost(provider, model, usage, at, context)
            assert ours is not None
            # Rates are kept to 6 decimals, so each token may differ by half a picodollar.
            allowed = 0 if provider.id == "openai" else (tokens + OUTPUT) * Decimal("5E-13")
            assert abs(ours - theirs) <= allowed, (provider.id, model.id, tokens, at, tier)
            compared += 1
    assert compared > 7_000


def test_every_listed_model_with_rates_for_input_and_output_has_a_price(book: PriceBook) -> None:
    snapshot = data_snapshot.get_snapshot()
    for provider, model in listed_models():
        found = provider.find_model(model.id, all_providers=snapshot.providers)
        rates = found.get_prices(AT) if found else None
        priced = rates is not None and None not in (rates.input_mtok, rates.output_mtok)
        assert (book.price(Endpoint("", provider.id), model.id, 1, AT) is not None) == priced, (
            provider.id,
            model.id,
        )
