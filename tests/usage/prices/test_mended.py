"""The published list is mended where it is wrong: one part for each kind of entry in mended.toml."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices.data_snapshot import DataSnapshot, get_snapshot
from genai_prices.types import ClauseEquals, ModelInfo, ModelPrice, Provider

from tests.helpers.published import published
from usage.prices.book import PriceBook
from usage.prices.hosts import endpoint_of
from usage.prices.mended import all_entries, entries, mended, times_at
from usage.prices.model_choice import is_chat_model
from usage.prices.own_prices import OwnPrices
from usage.prices.price_updates import FILE_NAME, PriceUpdates
from usage.prices.published import built_in_list
from usage.units import Endpoint, Price

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOOK = PriceBook(OwnPrices)
SEVEN = ("openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "groq")


def price_at(base_url: str, model: str, tier: str | None = None) -> Price | None:
    return BOOK.price(endpoint_of(base_url, None), model, 1000, NOON, tier)


def price(provider: str, model: str, at: datetime = NOON, tier: str | None = None) -> Price | None:
    return BOOK.price(Endpoint("", provider), model, 1000, at, tier)


def rates(found: Price | None) -> str:
    """Input, cached input and output."""
    if found is None:
        return "unknown"
    return f"{found.input_usd_per_mtok} {found.cached_input_usd_per_mtok} {found.output_usd_per_mtok}"


# Hours

PEAK, OFF_PEAK = "1.32 0.044 3.96", "0.66 0.022 1.98"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T00:59:59.999999+00:00", OFF_PEAK),  # a Monday
        ("2026-11-23T01:00:00+00:00", PEAK),
        ("2026-11-23T03:59:59.999999+00:00", PEAK),
        ("2026-11-23T04:00:00+00:00", OFF_PEAK),
        ("2026-11-23T06:00:00+00:00", PEAK),
        ("2026-11-23T10:00:00+00:00", OFF_PEAK),
        ("2026-11-27T09:59:59.999999+00:00", PEAK),  # Friday
        ("2026-11-28T01:00:00+00:00", OFF_PEAK),  # Saturday
        ("2026-11-28T08:00:00+00:00", OFF_PEAK),
        ("2026-11-29T03:00:00+00:00", OFF_PEAK),  # Sunday
        ("2026-11-29T09:59:59+00:00", OFF_PEAK),
        ("2026-11-29T21:00:00-05:00", PEAK),  # Monday 02:00 in UTC
        ("2026-11-28T08:30:00+14:00", OFF_PEAK),  # Friday 18:30 in UTC
        ("2026-11-27T15:00:00+08:00", PEAK),  # Friday 07:00 in UTC
    ],
)
def test_deepseek_has_a_peak_from_monday_to_friday_only(moment: str, expected: str) -> None:
    assert rates(price("deepseek", "deepseek-v4-pro", datetime.fromisoformat(moment))) == expected


@pytest.mark.parametrize("model", ["deepseek-flash", "deepseek-v4-flash", "deepseek-v4-flash-vision-exp"])
def test_every_model_that_has_a_peak_has_none_at_the_weekend(model: str) -> None:
    weekend = [NOON + timedelta(days=days, hours=-10) for days in (1, 2, 3, 4)]
    assert [rates(price("deepseek", model, at)) for at in weekend] == [
        "0.3 0.006 1.2",
        "0.15 0.003 0.6",
        "0.15 0.003 0.6",
        "0.3 0.006 1.2",
    ]


# Regions

VERTEX = "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi"


@pytest.mark.parametrize(
    ("base_url", "model", "expected"),
    [
        ("https://eu.api.openai.com/v1", "gpt-6-luna", "0.11 0.011 0.55"),
        ("https://us.api.openai.com/v1", "gpt-5.4-mini-2026-03-17", "0.825 0.0825 4.95"),
        ("https://jp.api.openai.com/v1", "gpt-6-luna", "0.11 0.011 0.55"),
        ("https://api.openai.com/v1", "gpt-6-luna", "0.1 0.01 0.5"),
        ("https://eu.api.openai.com/v1", "gpt-4.1", "2 0.5 8"),
        ("https://eu.api.openai.com/v1", "gpt-5-mini", "0.25 0.025 2"),
        ("https://eu.api.openai.com/v1", "gpt-5.2", "1.75 0.175 14"),
        ("https://us-east5-aiplatform.googleapis.com/v1", "claude-sonnet-4-6", "3.3 0.33 16.5"),
        ("https://us-east5-aiplatform.googleapis.com/v1", "claude-sonnet-5", "2.2 0.22 11"),
        ("https://europe-west1-aiplatform.googleapis.com/v1", "gemini-3.8-flash", "0.825 0.0825 4.125"),
        ("https://aiplatform.eu.rep.googleapis.com/v1", "claude-haiku-4-5@20251001", "1.1 0.11 5.5"),
        ("https://us-east5-aiplatform.googleapis.com/v1", "claude-opus-4-1@20250805", "15 1.5 75"),
        ("https://us-east5-aiplatform.googleapis.com/v1", "claude-3-7-sonnet@20250219", "3 0.3 15"),
        ("https://us-central1-aiplatform.googleapis.com/v1", "gemini-2.5-pro", "1.25 0.125 10"),
        (VERTEX, "claude-sonnet-4-6", "3 0.3 15"),
        ("https://global-aiplatform.googleapis.com/v1", "gemini-3.8-flash", "0.75 0.075 3.75"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini-3.8-flash", "0.75 0.075 3.75"),
        ("https://api.eu.mistral.ai/v1", "mistral-medium-latest", "1.65 0.165 8.25"),
        ("https://api.mistral.ai/v1", "mistral-medium-latest", "1.5 0.15 7.5"),
    ],
)
def test_a_region_costs_a_tenth_more_where_the_provider_says_so(
    base_url: str, model: str, expected: str
) -> None:
    assert rates(price_at(base_url, model)) == expected


def test_a_region_is_dearer_in_every_size_tier_and_kind_of_tokens() -> None:
    eu, world = Endpoint("eu.api.openai.com", "openai"), Endpoint("api.openai.com", "openai")
    for tier in (None, "flex", "priority"):
        there, here = (BOOK.steps(endpoint, "gpt-6-luna", NOON, tier) for endpoint in (eu, world))
        assert [start for start, _ in there] == [0, 272_000]
        assert [kinds(each) for _, each in there] == [
            [rate * Decimal("1.1") for rate in kinds(each)] for _, each in here
        ]


def kinds(found: Price) -> list[Decimal]:
    return [
        found.input_usd_per_mtok,
        found.cached_input_usd_per_mtok,
        found.cache_write_usd_per_mtok,
        found.output_usd_per_mtok,
    ]


def test_a_rate_of_a_region_has_six_decimals_at_most() -> None:
    region = built_in_list().steps("mistral", "mistral-small-2603", NOON, None, "api.us.mistral.ai")
    assert [rates(each) for _, each in region] == ["0.165 0.0165 0.66"]
    many = built_in_list().steps("google", "gemini-2.5-pro", NOON, None, "us-x-aiplatform.googleapis.com")
    for host, provider in (("eu.api.openai.com", "openai"), ("us-x-aiplatform.googleapis.com", "google")):
        for model in built_in_list().models(provider):
            for _, each in built_in_list().steps(provider, model, NOON, None, host):
                assert all(rate == round(rate, 6) for rate in kinds(each)), model
    assert many


def test_a_gateway_that_bills_like_openai_has_its_list_prices() -> None:
    gateway = Endpoint("eu.gateway.example.com", "openai")
    assert rates(BOOK.price(gateway, "gpt-6-luna", 1000, NOON)) == "0.1 0.01 0.5"
    assert times_at("api.openai.com", "openai", "gpt-6-luna") == 1


# Names

VARIANTS = """
pro lite max mini ultra turbo search audio nano fast thinking image live tts code cyber plus flash large 8b
"""
EDITIONS = ("", "-latest", "-preview", "-20260101", "-2026-01-01", "@20260101", "-001", "-preview-09-2025")


def chat_models(provider: str) -> Iterator[str]:
    for model in built_in_list().models(provider):
        if is_chat_model(model) and price(provider, model) and not model.endswith("-"):
            yield model.lower()


def editions_of(names: set[str]) -> set[str]:
    return {f"{name}{edition}" for name in names for edition in EDITIONS[:4]}


def spelled_out(provider: Provider) -> set[str]:
    """All names, and parts of names, that the list itself has."""
    logic = " ".join(str(model.match) for model in provider.models)
    return {*re.findall(r"'([^']+)'", logic), *(model.id.lower() for model in provider.models)}


@pytest.mark.parametrize("provider", SEVEN)
def test_a_made_up_variant_of_a_model_has_no_price(provider: str) -> None:
    listed = set().union(*(spelled_out(each) for each in get_snapshot().providers if each.id in SEVEN))
    variants = {f"{model}-{word}" for model in chat_models(provider) for word in VARIANTS.split()}
    made_up = editions_of(variants) - editions_of(listed)
    assert len(made_up) > 100
    assert sorted(name for name in made_up if price(provider, name)) == []


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("google", "gemini-3.8-flash-lite"),
        ("google", "gemini-3.8-flash-cyber"),
        ("google", "gemini-2.5-pro-max"),
        ("google", "gemini-1.5-flash-8b-turbo"),
        ("google", "publishers/anthropic/models/claude-opus-5-mini"),
        ("openai", "gpt-6-luna-pro"),
        ("openai", "gpt-5-nano-turbo"),
        ("openai", "ft:gpt-4o-2024-08-06-max:acme::id"),
        ("anthropic", "claude-haiku-4-5-lite-20260101"),
        ("anthropic", "claude-opus-4-10"),
        ("anthropic", "claude-3-opus-opus"),
        ("deepseek", "deepseek-v4-pro-max"),
        ("deepseek", "deepseek-r1-distill-llama-70b"),
        ("azure", "o4-mini-ultra"),
        ("moonshotai", "kimi-k2.5-lite"),
    ],
)
def test_a_name_that_only_resembles_a_listed_one_has_no_price(provider: str, name: str) -> None:
    assert price(provider, name) is None


@pytest.mark.parametrize(
    ("provider", "name", "expected"),
    [
        ("google", "gemini-2.5-pro-preview-05-06", "1.25 0.125 10"),
        ("google", "gemini-2.5-flash-lite-preview-09-2025", "0.1 0.01 0.4"),
        ("google", "gemini-2.0-flash-001", "0.1 0.025 0.4"),
        ("google", "gemini-3.1-pro-preview-customtools", "2 0.2 12"),
        ("google", "claude-3-5-sonnet-v2@20241022", "3 0.3 15"),
        ("google", "claude-opus-5@default", "5 0.5 25"),
        ("google", "publishers/anthropic/models/claude-opus-4-5@20251101", "5 0.5 25"),
        ("openai", "gpt-6-luna-2026-11-01", "0.1 0.01 0.5"),
        ("openai", "gpt-5-nano-2025-08-07", "0.05 0.005 0.4"),
        ("openai", "gpt-4o-audio-preview-2024-12-17", "2.5 2.5 10"),
        ("openai", "ft:gpt-4o-2024-08-06:acme:support:id123", "3.75 1.875 15"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::id", "0.3 0.15 1.2"),
        ("openai", "gpt-4o-mini-2024-07-18.ft-0123abc", "0.3 0.3 1.2"),
        ("anthropic", "claude-opus-4-1-20250805", "15 1.5 75"),
        ("anthropic", "claude-3-5-haiku-latest", "0.8 0.08 4"),
        ("anthropic", "claude-4-sonnet-20250514", "3 0.3 15"),
        ("mistral", "magistral-medium-2509", "2 2 5"),
        ("deepseek", "deepseek-r1-0528", "0.55 0.14 2.19"),
        ("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3 0.33 16.5"),
        ("minimax", "minimax-m2.7-highspeed", "0.6 0.06 2.4"),
    ],
)
def test_a_listed_name_with_a_date_or_an_edition_is_found(provider: str, name: str, expected: str) -> None:
    assert rates(price(provider, name)) == expected


@pytest.mark.parametrize("provider", SEVEN)
def test_no_edition_of_a_listed_model_is_lost(provider: str) -> None:
    raw, ours = (
        DataSnapshot(each.providers, from_auto_update=False)
        for each in (get_snapshot(), built_in_list().snapshot)
    )
    aliases = {name for entry in entries("aliases", provider) for name in entry["names"]}
    names = {
        f"{model}{edition}" for model in chat_models(provider) for edition in EDITIONS if model not in aliases
    } - aliases
    for name in names:
        assert found_in(ours, provider, name) == found_in(raw, provider, name), name


def found_in(snapshot: DataSnapshot, provider: str, name: str) -> str | None:
    [listing] = [each for each in snapshot.providers if each.id == provider]
    found = listing.find_model(name, all_providers=snapshot.providers)
    return found.id if found else None


# Aliases and missing rates


@pytest.mark.parametrize(
    ("provider", "name", "expected"),
    [
        ("mistral", "mistral-large-latest", "0.5 0.05 1.5"),
        ("mistral", "mistral-large-2411", "2 2 6"),
        ("mistral", "mistral-medium", "1.5 0.15 7.5"),
        ("mistral", "mistral-medium-2508", "0.4 0.04 2"),
        ("mistral", "magistral-medium-latest", "1.5 0.15 7.5"),
        ("mistral", "magistral-small-latest", "0.15 0.015 0.6"),
        ("mistral", "codestral-latest", "0.3 0.03 0.9"),
        ("x-ai", "grok-latest", "2 0.5 6"),
        ("x-ai", "grok-4.5", "2 0.3 6"),
        ("x-ai", "grok-code-fast", "1 0.2 2"),
        ("x-ai", "grok-code-fast-1", "1 0.2 2"),
    ],
)
def test_a_name_costs_what_it_means_today(provider: str, name: str, expected: str) -> None:
    assert rates(price(provider, name)) == expected


# Fees for requests


@pytest.mark.parametrize(
    ("model", "size", "fee"),
    [
        *(("sonar", size, fee) for size, fee in ((None, 5), ("low", 5), ("medium", 8), ("high", 12))),
        *(("sonar-pro", size, fee) for size, fee in ((None, 6), ("low", 6), ("Medium", 10), ("high", 14))),
        *(("sonar-reasoning-pro", size, fee) for size, fee in ((None, 6), ("high", 14))),
        ("sonar-deep-research", "medium", 0),
        ("sonar-pro", "default", 6),
    ],
)
def test_a_request_costs_what_the_size_of_its_search_costs(model: str, size: str | None, fee: int) -> None:
    found = price("perplexity", model, tier=size)
    assert found is not None
    assert found.per_request_usd == Decimal(fee) / 1000


def test_a_size_of_search_changes_no_price_but_that_of_a_request() -> None:
    assert price("perplexity", "sonar-pro", tier="huge") is None
    assert price("openrouter", "perplexity/sonar", tier="medium") == price("openrouter", "perplexity/sonar")


def test_the_worst_case_has_the_largest_search() -> None:
    perplexity = Endpoint("api.perplexity.ai", "perplexity")
    fees = {steps[0][1].per_request_usd for steps in BOOK.in_every_tier(perplexity, "sonar-pro", NOON)}
    assert fees == {Decimal("0.006"), Decimal("0.01"), Decimal("0.014")}


# The entries


def every_price(snapshot: DataSnapshot) -> dict[tuple[str, str], object]:
    return {
        (provider.id, model.id): (model.prices, model.price_variants)
        for provider in snapshot.providers
        for model in provider.models
    }


def test_mending_changes_nothing_that_is_right() -> None:
    once = mended(get_snapshot())
    assert every_price(mended(once)) == every_price(once)


def with_model(provider: str, model: str, change: Callable[[ModelInfo], ModelInfo]) -> DataSnapshot:
    """The built-in list with one model in another state."""
    return DataSnapshot(
        [
            replace(each, models=[change(it) if it.id == model else it for it in each.models])
            if each.id == provider
            else each
            for each in get_snapshot().providers
        ],
        from_auto_update=False,
    )


def test_a_newer_list_that_knows_an_alias_better_is_believed() -> None:
    newer = with_model(
        "mistral", "mistral-large-4", lambda it: replace(it, match=ClauseEquals("mistral-large-latest"))
    )
    providers = [
        replace(each, models=sorted(each.models, key=lambda it: it.id != "mistral-large-4"))
        for each in newer.providers
    ]
    assert found_in(
        mended(DataSnapshot(providers, from_auto_update=False)), "mistral", "mistral-large-latest"
    ) == ("mistral-large-4")


def test_a_newer_fee_is_believed() -> None:
    newer = with_model(
        "perplexity", "sonar", lambda it: replace(it, prices=ModelPrice(requests_kcount=Decimal(7)))
    )
    fees = every_price(mended(newer))["perplexity", "sonar"]
    assert fees == (ModelPrice(requests_kcount=Decimal(7)), None)


def test_a_rate_that_is_no_longer_missing_is_believed() -> None:
    listed = ModelPrice(cache_read_mtok=Decimal(1))
    newer = with_model("openai", "ft:gpt-4o", lambda it: replace(it, prices=listed))
    assert every_price(mended(newer))["openai", "ft:gpt-4o"] == (listed, None)


def test_every_entry_has_its_source_and_its_day() -> None:
    for kind in all_entries().values():
        for entry in kind:
            assert entry["source"]
            assert date(2026, 11, 27) <= entry["day"]


def test_every_entry_has_something_to_mend() -> None:
    before, after = every_price(get_snapshot()), every_price(mended(get_snapshot()))
    for kind in ("hours", "request_fees", "missing_rates"):
        for entry in all_entries()[kind]:
            for model in entry["models"]:
                key = entry["provider"], model
                assert after[key] != before[key], key
    for entry in all_entries()["aliases"]:
        for name in entry["names"]:
            assert found_in(mended(get_snapshot()), entry["provider"], name) == name, name


def test_the_list_that_came_with_the_package_stays_as_it_was() -> None:
    before = every_price(get_snapshot())
    mended(get_snapshot())
    assert every_price(get_snapshot()) == before
    assert found_in(get_snapshot(), "mistral", "mistral-large-latest") == "mistral-large"


def test_a_fetched_list_is_mended_too(tmp_path: Path) -> None:
    large = {"id": "mistral-large", "match": {"equals": "mistral-large-latest"}, "prices": both(2)}
    newest = {"id": "mistral-large-2512", "match": {"equals": "mistral-large-2512"}, "prices": both(1)}
    luna = {"id": "gpt-9-luna", "match": {"starts_with": "gpt-9-luna"}, "prices": both(3)}
    openai, mistral, *others = published(luna)
    mistral |= {"id": "mistral", "models": [large, newest]}
    fetched = {"fetched_at": NOON.isoformat(), "providers": [openai, mistral, *others]}
    (tmp_path / FILE_NAME).write_text(json.dumps(fetched))
    book = PriceBook(OwnPrices, PriceUpdates(tmp_path).current)
    asked = {
        "mistral-large-latest": Endpoint("", "mistral"),
        "gpt-9-luna-2026-12-01": Endpoint("eu.api.openai.com", "openai"),
        "gpt-9-luna-pro": Endpoint("", "openai"),
    }
    assert [rates(book.price(endpoint, name, 1, NOON)) for name, endpoint in asked.items()] == [
        "1 1 1",
        "3.3 3.3 3.3",
        "unknown",
    ]


def both(rate: int) -> dict[str, int]:
    return {"input_mtok": rate, "output_mtok": rate}
