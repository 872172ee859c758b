"""What a call costs, to the last digit, in the shapes of usage in which other programs got it wrong."""

from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.billed_calls import THREE_WORDS, counts, entry_of, with_usage
from tests.helpers.provider_calls import chunk, stream

LUNA, CLAUDE, HAIKU = "gpt-6-luna", "claude-sonnet-5", "anthropic/claude-haiku-4.5"
FREE, SONNET = "meta-llama/llama-3.3-70b-instruct:free", "anthropic/claude-sonnet-4.5"
WRITTEN = {"cache_creation_input_tokens": 17102, "cache_read_input_tokens": 0}
IN_CACHE = {"cache_read_input_tokens": 10_000, "cache_creation_input_tokens": 0}
TOTAL = {"total_tokens": 10_120}
NO_COUNTS = {"prompt_tokens": True, "completion_tokens": True, "total_tokens": 2}
PERPLEXITY = {"search_context_size": "low", "cost": {"request_cost": 0.006, "total_cost": 0.006342}}
GROQ = chunk(index=0, delta={}, finish_reason="stop") | {"x_groq": {"usage": counts(23, 19)}}


@pytest.mark.parametrize(
    ("billed_by", "model", "usage", "cost"),
    [
        ("openai", LUNA, counts(), "0.00035"),
        ("openai", LUNA, counts(service_tier="flex"), "0.000175"),
        ("openai", LUNA, {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500}, "0.00035"),
        # A cache beside the prompt: in the details too, in the total only, and in neither.
        (
            "anthropic",
            CLAUDE,
            counts(20, 100, **IN_CACHE, prompt_tokens_details={"cached_tokens": 10_000})
            | {"total_tokens": 10_120},
            "0.00304",
        ),
        ("anthropic", CLAUDE, counts(20, 100, **IN_CACHE) | TOTAL, "0.00304"),
        (
            "anthropic",
            CLAUDE,
            counts(3, 100, cache_read_input_tokens=20_000, cache_creation_input_tokens=1500),
            "0.008756",
        ),
        ("anthropic", CLAUDE, {"input_tokens": 20, "output_tokens": 100, **IN_CACHE}, "0.00304"),
        # Within the prompt, by other names.
        (
            "anthropic",
            CLAUDE,
            counts(17111, 100, **WRITTEN, prompt_tokens_details={"cache_creation_tokens": 17102}),
            "0.043773",
        ),
        (
            "deepseek",
            "deepseek-v4-pro",
            counts(10_000, 100, prompt_cache_hit_tokens=9600, prompt_cache_miss_tokens=400),
            "0.0006732",
        ),
        ("moonshotai", "kimi-k3", counts(29_567, 100, cached_tokens=29_000), "0.011901"),
        (
            "mistral",
            "mistral-medium-latest",
            counts(801, 2, prompt_token_details={"cached_tokens": 768}, num_cached_tokens=768),
            "0.0001797",
        ),
        ("mistral", "mistral-large-latest", counts(), "0.00125"),
        ("openrouter", HAIKU, counts(13_559, 122, cost=0.017558, is_byok=False), "0.017558"),
        ("openrouter", FREE, counts(cost=0, is_byok=False), "0"),
        ("openrouter", f"{SONNET}:nitro", counts(cost=0.0105, is_byok=False), "0.0105"),
        ("perplexity", "sonar-pro", counts(14, 20, **PERPLEXITY), "0.006342"),
    ],
)
async def test_a_call_costs_what_its_usage_says(billed_by: str, model: str, usage: Any, cost: str) -> None:
    entry = await entry_of(billed_by, model, with_usage(usage, model=model))
    assert (entry.cost_usd, entry.usage_source) == (Decimal(cost), "reported")


@pytest.mark.parametrize(
    ("billed_by", "model", "answered", "usage", "cost"),
    [
        ("openai", LUNA, "gpt-5-search-api-2025-10-14", counts(), None),
        ("openai", LUNA, "daybreak-blue-latest", counts(), None),
        ("openai", LUNA, "gpt-6-luna-pro", counts(), None),
        ("openai", LUNA, "gpt-6-luna-2026-11-01", counts(), "0.00035"),
        ("openai", LUNA, "openai/gpt-6-luna", counts(), "0.00035"),
        ("openai", LUNA, "gpt-6-astra", counts(), "0.035"),
        ("openrouter", f"{SONNET}:online", SONNET, counts(cost=0.0305), "0.0305"),
    ],
)
async def test_the_model_that_answers_is_billed_and_no_other(
    billed_by: str, model: str, answered: str, usage: Any, cost: str | None
) -> None:
    entry = await entry_of(billed_by, model, with_usage(usage, model=answered))
    assert entry.cost_usd == (None if cost is None else Decimal(cost))
    assert entry.resolved_model == answered


async def test_usage_may_come_with_the_end_under_a_name_of_its_own() -> None:
    chunks = [{**each, "model": "openai/gpt-oss-120b"} for each in (*THREE_WORDS, GROQ)]
    entry = await entry_of("groq", "openai/gpt-oss-120b", stream(*chunks))
    assert (entry.cost_usd, entry.usage_source) == (Decimal("0.00001485"), "reported")


@pytest.mark.parametrize(
    "usage", [{"prompt_tokens": True, "completion_tokens": True, "total_tokens": 2}, {}, None]
)
async def test_what_is_no_count_is_estimated(usage: Any) -> None:
    entry = await entry_of("openai", LUNA, with_usage(usage, model=LUNA))
    assert (entry.usage_source, entry.usage.input, entry.usage.output) == ("estimated", 40, 4)
