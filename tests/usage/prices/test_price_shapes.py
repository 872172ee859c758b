"""Costs against hand arithmetic, for every shape of price that the list has; a new shape fails here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from genai_prices import data_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, TokenUsage, cost_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
CACHED, WRITTEN, OUTPUT, REASONING = 300, 200, 400, 100
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
    ("in out request", "perplexity", "sonar-pro", 1000, "3 3 3 15 15 14"),
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
        + (OUTPUT - REASONING) * output
        + REASONING * reasoning
    )
    return tokens_cost / 1_000_000 + request / 1000


def models() -> Iterator[ModelInfo]:
    """Every listed model that can answer a chat by its prices."""
    for provider in data_snapshot.get_snapshot().providers:
        for model in provider.models:
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
    shape_name: str, provider: str, model: str, tokens: int, rates: str
) -> None:
    _, info = data_snapshot.get_snapshot().find_provider_model(model, None, provider, None)
    assert shape(info.get_prices(AT)) == shape_name
    price = PriceBook(OwnPrices).price(Endpoint("", provider), model, tokens, AT)
    assert price is not None
    cost = cost_of(price, TokenUsage(tokens, CACHED, WRITTEN, OUTPUT, REASONING))
    assert cost is not None
    assert Fraction(cost) == hand_cost(tokens, rates)


def test_every_shape_of_price_has_its_case() -> None:
    shapes = {shape(rates) for model in models() for rates in prices_of(model)}
    assert shapes - {case[0] for case in CASES} == set()


def test_the_list_prices_nothing_else_that_a_chat_could_have() -> None:
    units = {name for model in models() for rates in prices_of(model) for name in given(rates)}
    assert units - set(TEXT_RATES) - OTHER_UNITS == set()


def test_prices_depend_on_no_other_condition_than_day_and_hour() -> None:
    conditions = {
        frozenset(type(each.constraint).__name__ for each in model.prices if each.constraint)
        for model in models()
        if not isinstance(model.prices, ModelPrice)
    }
    assert conditions - CONDITIONS == set()


def test_prices_vary_by_no_other_context_than_known() -> None:
    variants = [variant for model in models() for variant in model.price_variants or ()]
    assert {tuple(variant.when) for variant in variants} - VARIANTS == set()
    assert {type(each.constraint).__name__ for each in variants} <= {"NoneType", "StartDateConstraint"}
