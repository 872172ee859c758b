"""Rates agree with LiteLLM's table for the chat models of seven providers; each difference has its reason.

`litellm_rates.csv` says of which version. For a newer one, take the same columns from the file it names.
"""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint

TABLE = Path(__file__).with_name("litellm_rates.csv")
PEAK = datetime(2026, 11, 24, 2, tzinfo=UTC)  # DeepSeek's

# What our list has instead, as "input cached_input output".
DIFFERENT = {
    # These names end in an error since July 24, 2026: nothing can cost anything by them.
    ("deepseek", "deepseek-chat"): "0.27 0.07 1.1",
    ("deepseek", "deepseek-reasoner"): "0.55 0.14 2.19",
    # Nobody can tell: DeepSeek's own endpoint never had a model of this name.
    ("deepseek", "deepseek-v3.2"): "0.2288 0.2288 0.3432",
    # Half the input's rate, as Groq says of all its caches; LiteLLM rounds it to $0.037.
    ("groq", "openai/gpt-oss-safeguard-20b"): "0.075 0.0375 0.3",
    # LiteLLM has the price of the model's first weeks; it has been $0.15 since September 2024.
    ("mistral", "open-mistral-nemo"): "0.15 0.15 0.15",
    # Retired. LiteLLM gives all of Mistral's a cached rate of a tenth. Nobody can tell; ours is not too low.
    ("mistral", "devstral-small-latest"): "0.1 0.1 0.3",
    ("mistral", "mistral-tiny"): "0.25 0.25 0.25",
    ("mistral", "pixtral-large-latest"): "2 2 6",
    # LiteLLM leaves the cached rate out, which OpenAI's page has.
    ("openai", "ft:gpt-4o-2024-11-20"): "3.75 1.875 15",
}

# Names that genai-prices does not have: their price is unknown here, which is no wrong price.
UNLISTED = {
    "anthropic": """
        claude-fable-latest claude-haiku-latest claude-mythos-5 claude-mythos-5-1 claude-mythos-preview
        claude-opus-latest claude-sonnet-latest
    """,
    "deepseek": """
        deepseek-coder deepseek-flash-latest deepseek-pro-latest deepseek-v3
    """,
    "google": """
        gemini-4-hydrogen gemini-gemma-2-27b-it gemini-gemma-2-9b-it gemini-omni-1.2-flash
    """,
    "mistral": """
        codestral-mamba-latest devstral-latest devstral-medium-latest glm-5-2 ministral-14b-latest
        ministral-3-14b-2512 ministral-3-3b-2512 ministral-3-8b-2512 ministral-3b-latest
        mistral-code-agent-latest mistral-code-fim-latest mistral-code-latest mistral-large-3
        mistral-small mistral-vibe-cli-fast mistral-vibe-cli-latest mistral-vibe-cli-with-tools zai-glm-5
        zai-glm-5-2 zai-glm-latest
    """,
    "openai": """
        daybreak-blue-latest daybreak-red-latest ft:gpt-4.1-2025-04-14 ft:gpt-4.1-mini-2025-04-14
        ft:gpt-4.1-nano-2025-04-14 ft:o4-mini-2025-04-16 gpt-5.5-cyber-preview gpt-6-astra-law
        gpt-astra-latest gpt-luna-latest gpt-mini-latest gpt-sol-latest gpt-terra-latest
    """,
    "x-ai": """
        grok-4.20-0309 grok-4.20-beta grok-4.20-beta-0309 grok-4.20-beta-0309-non-reasoning
        grok-4.20-beta-0309-reasoning grok-4.20-beta-latest grok-4.20-beta-latest-non-reasoning
        grok-4.20-beta-latest-reasoning grok-4.20-beta-non-reasoning grok-4.20-beta-reasoning
        grok-4.20-experimental-beta-0304 grok-4.20-experimental-beta-0304-non-reasoning
        grok-4.20-experimental-beta-0304-reasoning grok-4.20-experimental-beta-latest
        grok-4.20-experimental-beta-non-reasoning-latest grok-4.20-experimental-beta-reasoning-latest
        grok-4.20-non-reasoning grok-4.20-non-reasoning-gv2 grok-4.20-non-reasoning-latest
        grok-4.20-reasoning grok-4.20-reasoning-gv2 grok-4.20-reasoning-latest grok-build-latest
    """,
}


def table() -> dict[tuple[str, str], str]:
    """LiteLLM's rates by provider and model; cached input without a rate costs what input does."""
    lines = (line for line in TABLE.read_text().splitlines() if not line.startswith("#"))
    return {
        (
            row["provider"],
            row["model"],
        ): f"{row['input']} {row['cached_input'] or row['input']} {row['output']}"
        for row in csv.DictReader(lines)
    }


def ours(provider: str, model: str) -> str:
    price = PriceBook(OwnPrices).price(Endpoint("", provider), model, 1000, PEAK)
    if price is None:
        return "unknown"
    return f"{price.input_usd_per_mtok} {price.cached_input_usd_per_mtok} {price.output_usd_per_mtok}"


def test_every_difference_from_the_other_table_has_its_reason() -> None:
    found = {model: mine for model, theirs in table().items() if (mine := ours(*model)) != theirs}
    unlisted = {(provider, model): "unknown" for provider in UNLISTED for model in UNLISTED[provider].split()}
    assert found == DIFFERENT | unlisted


def test_most_of_the_other_table_is_compared() -> None:
    same = [model for model, theirs in table().items() if ours(*model) == theirs]
    assert len(same) > 150
    assert {provider for provider, _ in same} == {
        *("openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "groq")
    }


def test_the_other_table_is_named_with_its_version_licence_and_day() -> None:
    assert TABLE.read_text().startswith("# LiteLLM 1.110.2 (MIT, https://")
    assert all(Decimal(rate) >= 0 for rates in table().values() for rate in rates.split())
