"""Costs agree with genai-prices' own calculation, for all that it lists, and with hand arithmetic.

Every shape of price that the list has is worked out by hand; a new shape fails here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

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
from usage.prices.mended import entries
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, TokenUsage, cost_of

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday: DeepSeek's peak, as listed, is every day
MOMENT = timedelta(microseconds=1)
OUTPUT, REASONING = 701, 97


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices)


def is_free_route(provider: Provider, model: ModelInfo) -> bool:
    """Whether OpenRouter gives it away: most of these the list has without any price."""
    return provider.id == "openrouter" and model.id.endswith(":free")


def is_mended(provider: Provider, model: ModelInfo) -> bool:
    """Whether the list is wrong about it: test_mended.py has the figures then."""
    kinds = {"request_fees": "models", "missing_rates": "models", "aliases": "names"}
    return any(
        model.id in entry[names] for kind, names in kinds.items() for entry in entries(kind, provider.id)
    )


def listed_models() -> Iterator[tuple[Provider, ModelInfo]]:
    for provider in data_snapshot.get_snapshot().providers:
        for model in provider.models:
            if not is_free_route(provider, model):
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
        if is_mended(provider, model):
            continue
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


def test_what_openrouter_gives_away_costs_nothing(book: PriceBook) -> None:
    given = [
        model.id
        for provider in data_snapshot.get_snapshot().providers
        for model in provider.models
        if is_free_route(provider, model)
    ]
    assert len(given) > 10
    usage = TokenUsage(300_000, 1, 2, 500, 3)
    prices = [book.price(Endpoint("", "openrouter"), model, 300_000, AT) for model in given]
    assert {price and cost_of(price, usage) for price in prices} == {0}


CACHED, WRITTEN, SAID, THOUGHT = 300, 200, 400, 100
TEXT_RATES = {
    "input_mtok": "in",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "written",
    "output_mtok": "out",
    "output_reasoning_mtok": "reasoning",
    "requests_kcount": "request",
}

# The shape, a model that has it, the size of a call at its boundaries, and its rates as published:
# input, cached input, cache write, output, reasoning in USD per million tokens; USD per 1,000 requests.
CASES = [
    ("in out", "openai", "gpt-3.5-turbo", 1000, ".5 .5 .5 1.5 1.5 0"),
    ("in out", "google", "gemini-omni-flash-preview", 1000, "1.5 1.5 1.5 9 9 0"),
    ("in cached out", "openai", "gpt-4o", 1000, "2.5 1.25 2.5 10 10 0"),
    ("in cached out", "openai", "gpt-realtime", 1000, "4 .4 4 16 16 0"),
    ("in cached written out", "anthropic", "claude-opus-5", 1000, "5 .5 6.25 25 25 0"),
    ("in written out", "openrouter", "qwen/qwen-plus-2025-07-28:thinking", 900, ".26 .26 .325 .78 .78 0"),
    ("in out reasoning", "openrouter", "perplexity/sonar-deep-research", 1000, "2 2 2 8 3 0"),
    ("in out reasoning", "perplexity", "sonar-deep-research", 1000, "2 2 2 8 3 0"),
    ("in out request", "perplexity", "sonar-pro", 1000, "3 3 3 15 15 6"),
    ("in:1 out:1", "openai", "gpt-5.4-pro", 272_000, "30 30 30 180 180 0"),
    ("in:1 out:1", "openai", "gpt-5.4-pro", 272_001, "60 60 60 270 270 0"),
    ("in:1 cached:1 out:1", "openai", "gpt-5.4", 272_000, "2.5 .25 2.5 15 15 0"),
    ("in:1 cached:1 out:1", "openai", "gpt-5.4", 272_001, "5 .5 5 22.5 22.5 0"),
    ("in:1 cached out:1", "openrouter", "x-ai/grok-4-fast", 128_000, ".2 .05 .2 .5 .5 0"),
    ("in:1 cached out:1", "openrouter", "x-ai/grok-4-fast", 128_001, ".4 .05 .4 1 1 0"),
    ("in:1 written:1 out:1", "openrouter", "qwen/qwen3.6-flash", 256000, ".1875 .1875 .234375 1.125 1.125 0"),
    ("in:1 written:1 out:1", "openrouter", "qwen/qwen3.6-flash", 256_001, ".75 .75 .9375 3 3 0"),
    ("in:1 written out:1", "openrouter", "google/gemini-3.1-pro-preview:batch", 200_000, "1 1 .1875 6 6 0"),
    ("in:1 written out:1", "openrouter", "google/gemini-3.1-pro-preview:batch", 200_001, "2 2 .1875 9 9 0"),
    ("in:1 cached:1 written out:1", "openrouter", "google/gemini-2.5-pro", 200_000, "1.25 .125 .375 10 10 0"),
    ("in:1 cached:1 written out:1", "openrouter", "google/gemini-2.5-pro", 200_001, "2.5 .25 .375 15 15 0"),
    ("in:1 cached:1 written:1 out:1", "openai", "gpt-6-luna", 272_000, ".1 .01 .125 .5 .5 0"),
    ("in:1 cached:1 written:1 out:1", "openai", "gpt-6-luna", 272_001, ".2 .02 .25 .75 .75 0"),
    ("in:2 cached:2 written:2 out:2", "openrouter", "qwen/qwen3.7-flash", 32_000, ".03 .006 .038 .13 .13 0"),
    ("in:2 cached:2 written:2 out:2", "openrouter", "qwen/qwen3.7-flash", 32_001, ".1 .02 .125 .4 .4 0"),
    ("in:2 cached:2 written:2 out:2", "openrouter", "qwen/qwen3.7-flash", 256_000, ".1 .02 .125 .4 .4 0"),
    ("in:2 cached:2 written:2 out:2", "openrouter", "qwen/qwen3.7-flash", 256_001, ".2 .04 .25 .8 .8 0"),
]  # fmt: skip

# What the list prices besides text; a chat has none of it, so its price is that of its text.
OTHER_UNITS = {
    "audio_hours", "cache_audio_read_mtok", "cache_image_read_mtok", "cache_write_1h_mtok",
    "input_audio_hours", "input_audio_mtok", "input_image_mtok", "input_video_mtok", "output_audio_mtok",
    "output_citation_mtok", "output_image_mtok", "output_video_mtok", "storage_searches_kcount",
    "web_searches_kcount",
}  # fmt: skip
CONDITIONS = {
    frozenset(),
    frozenset({"StartDateConstraint"}),
    frozenset({"TimeOfDateConstraint"}),
    frozenset({"StartDateConstraint", "TimeOfDateConstraint"}),
}
VARIANTS = {("service_tier",), ("processing",), ("speed",), ("route",), ("search_type",)}


def hand_cost(tokens: int, rates: str) -> Fraction:
    """What the call costs, worked out in whole fractions."""
    fresh, cached, written, output, reasoning, request = (Fraction(rate) for rate in rates.split())
    tokens_cost = (
        (tokens - CACHED - WRITTEN) * fresh
        + CACHED * cached
        + WRITTEN * written
        + (SAID - THOUGHT) * output
        + THOUGHT * reasoning
    )
    return tokens_cost / 1_000_000 + request / 1000


def chat_models() -> Iterator[ModelInfo]:
    """Every listed model that can answer a chat by its prices."""
    for _, model in listed_models():
        if all(None not in (rates.input_mtok, rates.output_mtok) for rates in prices_of(model)):
            yield model


def prices_of(model: ModelInfo) -> list[ModelPrice]:
    """All that it has cost, costs and will cost, in every tier."""
    standard = (
        [model.prices] if isinstance(model.prices, ModelPrice) else [each.prices for each in model.prices]
    )
    return standard + [model.get_prices(AT, variant.when) for variant in model.price_variants or ()]


def given(rates: ModelPrice) -> dict[str, Decimal | TieredPrices]:
    return {name: rate for name, rate in vars(rates).items() if rate is not None}


def shape(rates: ModelPrice) -> str:
    """Which text rates there are, each with how often it changes with the size of the call."""
    listed = given(rates)
    return " ".join(
        f"{short}:{len(rate.tiers)}" if isinstance(rate := listed[name], TieredPrices) else short
        for name, short in TEXT_RATES.items()
        if name in listed
    )


@pytest.mark.parametrize(("shape_name", "provider", "model", "tokens", "rates"), CASES)
def test_a_cost_is_what_hand_arithmetic_gives(
    book: PriceBook, shape_name: str, provider: str, model: str, tokens: int, rates: str
) -> None:
    _, info = data_snapshot.get_snapshot().find_provider_model(model, None, provider, None)
    assert shape(info.get_prices(AT)) == shape_name
    price = book.price(Endpoint("", provider), model, tokens, AT)
    assert price is not None
    cost = cost_of(price, TokenUsage(tokens, CACHED, WRITTEN, SAID, THOUGHT))
    assert cost is not None
    assert Fraction(cost) == hand_cost(tokens, rates)


def test_every_shape_of_price_has_its_case() -> None:
    shapes = {shape(rates) for model in chat_models() for rates in prices_of(model)}
    assert shapes - {case[0] for case in CASES} == set()


def test_the_list_prices_nothing_else_that_a_chat_could_have() -> None:
    units = {name for model in chat_models() for rates in prices_of(model) for name in given(rates)}
    assert units - set(TEXT_RATES) - OTHER_UNITS == set()


def test_prices_depend_on_no_other_condition_than_day_and_hour() -> None:
    conditions = {
        frozenset(type(each.constraint).__name__ for each in model.prices if each.constraint)
        for model in chat_models()
        if not isinstance(model.prices, ModelPrice)
    }
    assert conditions - CONDITIONS == set()


def test_prices_vary_by_no_other_context_than_known() -> None:
    variants = [variant for model in chat_models() for variant in model.price_variants or ()]
    assert {tuple(variant.when) for variant in variants} - VARIANTS == set()
    assert {type(each.constraint).__name__ for each in variants} <= {"NoneType", "StartDateConstraint"}
