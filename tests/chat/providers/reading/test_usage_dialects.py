"""Counts in the dialects of endpoints come to what the call cost, to the last digit."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chat.providers.reading.usage_dialects import token_usage
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage, cost_of

OFF_PEAK = datetime(2026, 11, 26, 12, tzinfo=UTC)


def usage(prompt: int, completion: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    """Counts by the names of the protocol; without a total it is their sum."""
    total = prompt + completion if total is None else total
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def cached(tokens: int) -> dict[str, Any]:
    """Details as OpenAI has them."""
    return {"prompt_tokens_details": {"cached_tokens": tokens}}


def reasoned(tokens: int) -> dict[str, Any]:
    """Details of the output as OpenAI has them."""
    return {"completion_tokens_details": {"reasoning_tokens": tokens}}


def anthropic(read: int, created: int) -> dict[str, int]:
    """A cache's counts by Anthropic's names."""
    return {"cache_read_input_tokens": read, "cache_creation_input_tokens": created}


LITELLM: dict[str, Any] = {
    "prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 17_102},
    **anthropic(0, 17_102),
}


CLAUDE = "anthropic", "claude-sonnet-5"


@pytest.mark.parametrize(
    ("listed", "said", "counts", "cost_usd"),
    [
        # Anthropic behind gateways: the prompt without its cache, which the total may have or not.
        (
            CLAUDE,
            usage(20, 100, 10_120, **cached(10_000), **anthropic(10_000, 0)),
            TokenUsage(10_020, 10_000, 0, 100),
            "0.00304",
        ),
        (
            CLAUDE,
            usage(20, 100, 10_120, **anthropic(10_000, 0)),
            TokenUsage(10_020, 10_000, 0, 100),
            "0.00304",
        ),
        (
            CLAUDE,
            usage(3, 100, **anthropic(20_000, 1_500)),
            TokenUsage(21_503, 20_000, 1_500, 100),
            "0.008756",
        ),
        (CLAUDE, usage(17_111, 100, **LITELLM), TokenUsage(17_111, 0, 17_102, 100), "0.043773"),
        (
            CLAUDE,
            {"input_tokens": 20, "output_tokens": 100, **anthropic(10_000, 0)},
            TokenUsage(10_020, 10_000, 0, 100),
            "0.00304",
        ),
        (
            ("deepseek", "deepseek-v4-pro"),
            usage(10_000, 100, prompt_cache_hit_tokens=9_600, prompt_cache_miss_tokens=400),
            TokenUsage(10_000, 9_600, None, 100),
            "0.0006732",
        ),
        (
            ("moonshotai", "kimi-k3"),
            usage(29_567, 100, cached_tokens=29_000),
            TokenUsage(29_567, 29_000, None, 100),
            "0.011901",
        ),
        (
            ("mistral", "mistral-medium-latest"),
            usage(801, 2, num_cached_tokens=768, prompt_token_details={"cached_tokens": 768}),
            TokenUsage(801, 768, None, 2),
            "0.0001797",
        ),
        (
            ("openai", "gpt-6-luna"),
            {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500},
            TokenUsage(1000, None, None, 500),
            "0.00035",
        ),
    ],
)
def test_a_call_costs_what_it_costs_in_any_dialect(
    listed: tuple[str, str], said: dict[str, Any], counts: TokenUsage, cost_usd: str
) -> None:
    assert token_usage(said) == counts
    provider, model = listed
    price = PriceBook(OwnPrices).price(Endpoint("", provider), model, counts.input or 0, OFF_PEAK)
    assert price is not None
    assert cost_of(price, counts) == Decimal(cost_usd)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        # Amazon counts beside the cache; OpenAI's newer interface within it, by the same name for the prompt.
        (
            {"inputTokens": 20, "outputTokens": 100, "totalTokens": 10_120, "cacheReadInputTokens": 10_000},
            TokenUsage(10_020, 10_000, None, 100),
        ),
        (
            {"inputTokens": 20, "outputTokens": 9, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 4},
            TokenUsage(27, 3, 4, 9),
        ),
        (
            {
                "input_tokens": 120,
                "output_tokens": 50,
                "total_tokens": 170,
                "input_tokens_details": {"cached_tokens": 100},
                "output_tokens_details": {"reasoning_tokens": 40},
            },
            TokenUsage(120, 100, None, 50, 40),
        ),
        # A cache whose tokens are counted within the prompt, by names that others use beside it.
        (usage(12_000, 100, **anthropic(10_000, 500)), TokenUsage(12_000, 10_000, 500, 100)),
        (usage(12_000, 100, **cached(10_000), **anthropic(10_000, 0)), TokenUsage(12_000, 10_000, 0, 100)),
        # Beside a prompt that is longer: the total tells.
        (usage(12_000, 100, 22_100, **anthropic(10_000, 0)), TokenUsage(22_000, 10_000, 0, 100)),
        # Read within the prompt, written beside it.
        (
            usage(12_000, 100, 12_600, **cached(10_000), **anthropic(10_000, 500)),
            TokenUsage(12_500, 10_000, 500, 100),
        ),
        # Written for five minutes and for an hour.
        (
            {
                "input_tokens": 20,
                "output_tokens": 100,
                "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 7},
            },
            TokenUsage(57, None, 37, 100, cache_write_1h=7),
        ),
        # All of the prompt out of the cache.
        (
            {"input_tokens": 0, "output_tokens": 100, **anthropic(10_000, 0)},
            TokenUsage(10_000, 10_000, 0, 100),
        ),
        # Hidden reasoning in the total only, beside a cache in either way.
        (usage(5_000, 100, 11_100, **cached(4_000)), TokenUsage(5_000, 4_000, None, 6_100)),
        (
            usage(5_000, 100, 5_700, **cached(4_000), **reasoned(600)),
            TokenUsage(5_000, 4_000, None, 700, 600),
        ),
        (usage(20, 100, 10_620, **anthropic(10_000, 0)), TokenUsage(10_020, 10_000, 0, 600)),
        # Google's own names.
        (
            {
                "promptTokenCount": 50,
                "candidatesTokenCount": 7,
                "thoughtsTokenCount": 90,
                "cachedContentTokenCount": 40,
                "totalTokenCount": 147,
            },
            TokenUsage(50, 40, None, 97, 90),
        ),
        # Qwen's.
        (
            usage(
                2_100,
                5,
                prompt_tokens_details={
                    "cached_tokens": 0,
                    "cache_creation": {"ephemeral_5m_input_tokens": 2_004},
                    "cache_creation_input_tokens": 2_004,
                },
            ),
            TokenUsage(2_100, 0, 2_004, 5),
        ),
        # The same count by two names, one of them a nought.
        (usage(100, 5, cached_tokens=60, **cached(0)), TokenUsage(100, 60, None, 5)),
        (usage(100, 5, prompt_cache_hit_tokens=0, prompt_cache_miss_tokens=0), TokenUsage(100, 0, None, 5)),
        (usage(100, 5, prompt_cache_hit_tokens=60, **cached(60)), TokenUsage(100, 60, None, 5)),
        # By two names at once, as some gateways report it.
        (usage(10_020, 100, input_tokens=20, **anthropic(10_000, 0)), TokenUsage(10_020, 10_000, 0, 100)),
        (usage(20, 100, input_tokens=20, **anthropic(10_000, 0)), TokenUsage(10_020, 10_000, 0, 100)),
        (usage(100, 5, input_tokens=0, output_tokens=0), TokenUsage(100, None, None, 5)),
        # As other kinds of numbers.
        (usage(12, 3) | {"prompt_tokens": 12.0}, TokenUsage(input=12, output=3)),
        (usage(12, 3) | {"prompt_tokens": "12"}, TokenUsage(input=12, output=3)),
        (usage(10**9, 3, 15), TokenUsage(input=10**9, output=3)),
        (usage(12, 0), TokenUsage(input=12, output=0)),
        # Reasoning within the output, or in the total only.
        (usage(12, 3, **reasoned(1)), TokenUsage(12, None, None, 3, 1)),
        (usage(279, 600, 968, **reasoned(89)), TokenUsage(279, None, None, 689, 89)),
        (usage(20, 424, 1_016), TokenUsage(20, None, None, 996)),
        (usage(20, 424, 444, **reasoned(400)), TokenUsage(20, None, None, 424, 400)),
        # A total that cannot be is passed over.
        (usage(20, 424, 100), TokenUsage(20, None, None, 424)),
        (usage(20, 424, 10**10), TokenUsage(20, None, None, 424)),
        (usage(20, 424) | {"total_tokens": "many"}, TokenUsage(20, None, None, 424)),
        (usage(20, 424) | {"total_tokens": None}, TokenUsage(20, None, None, 424)),
        # Not counted at all.
        (usage(12, 3) | {"prompt_tokens": None}, None),
        (usage(0, 3, 15), None),
        (usage(0, 0), None),
        ({"prompt_tokens": True, "completion_tokens": True, "total_tokens": 2}, None),
        (usage(100, 5, cached_tokens=True), TokenUsage(100, None, None, 5)),
        ({"prompt_tokens": 100}, None),
        ({"total_tokens": 105}, None),
        ({}, None),
    ],
)
def test_where_the_cache_is_counted_shows_in_names_and_total(
    said: dict[str, Any], counts: TokenUsage | None
) -> None:
    assert token_usage(said) == counts


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (usage(100, 5, **cached(101)), "cannot be more than the total"),
        (usage(0, 5, cached_tokens=101), "cannot be more than the total"),
        (usage(100, 5, cached_tokens=101), "cannot be more than the total"),
        (usage(100, 5, cached_tokens=50, **cached(60)), "cached_tokens is 50 and 60"),
        (usage(100, 5, **cached(60), cache_read_input_tokens=50), "cached_tokens is 50 and 60"),
        (
            usage(100, 5, **anthropic(0, 50), cache_creation={"ephemeral_5m_input_tokens": 60}),
            "cache_write_tokens is 50 and 60",
        ),
        (
            usage(100, 5, prompt_cache_hit_tokens=60, prompt_cache_miss_tokens=60),
            "cache hits and misses are 120 of 100 input tokens",
        ),
        (usage(100, 5, input_tokens=90), "prompt_tokens is 100 and input_tokens 90"),
        (usage(12, 3) | {"completion_tokens": 1.5}, "completion_tokens is 1.5"),
        (usage(12, 10**9 + 1), "completion_tokens is 1000000001"),
        (usage(12, 3) | {"completion_tokens": float("nan")}, "completion_tokens is nan"),
        (usage(12, 3) | {"prompt_tokens": "x" * 99}, f"prompt_tokens is {'x' * 40}$"),
        (usage(12, 3, prompt_tokens_details={"cached_tokens": []}), "cached_tokens is "),
        (usage(12, 3, **reasoned(4)), r"reasoning tokens \(4\) cannot be more than the total \(3\)"),
        (usage(100, 5, output_tokens=6), "completion_tokens is 5 and 6"),
        (usage(100, 5, **anthropic(-1, 0)), "cannot be negative"),
        (usage(100, 5, cache_read_input_tokens="some"), "cache_read_input_tokens is some"),
    ],
)
def test_counts_that_contradict_each_other_are_not_believed(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        token_usage(said)
