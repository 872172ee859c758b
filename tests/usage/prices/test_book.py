"""Which price the book has for a call: by its endpoint, model, size, time and service tier."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from genai_prices import __version__

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, Price, PriceSteps

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPENAI = Endpoint("api.openai.com", "openai")
LOCAL, DEMO, UNKNOWN = Endpoint("localhost", "local"), Endpoint("demo", "demo"), Endpoint("llm.example.com")
LUNA, LONG_LUNA = "0.1 0.01 0.125 0.5", "0.2 0.02 0.25 0.75"
FLEX, DOUBLE = "0.05 0.005 0.0625 0.25", "0.2 0.02 0.25 1"
OPENROUTER = Endpoint("", "openrouter")
SECOND = timedelta(seconds=1)


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(lambda: OwnPrices({"mine": own_price(1, 2)}))


def rates(price: Price | None) -> str:
    """Return the rates of input, cached input, cache write and output."""
    if price is None:
        return "unknown"
    given = (price.input_usd_per_mtok, price.cached_input_usd_per_mtok, price.cache_write_usd_per_mtok)
    return " ".join(map(str, (*given, price.output_usd_per_mtok)))


def test_a_listed_price_names_its_list(book: PriceBook) -> None:
    assert book.price(OPENAI, "gpt-6-luna", 1234, AT) == Price(
        input_usd_per_mtok=Decimal("0.1"),
        cached_input_usd_per_mtok=Decimal("0.01"),
        cache_write_usd_per_mtok=Decimal("0.125"),
        output_usd_per_mtok=Decimal("0.5"),
        source=f"genai-prices {__version__}",
    )


@pytest.mark.parametrize(
    ("endpoint", "model", "tokens", "expected"),
    [
        (OPENAI, "gpt-6-luna", 272_000, LUNA),
        (OPENAI, "gpt-6-luna", 272_001, LONG_LUNA),
        (OPENAI, "gpt-6-luna-2026-09-01", 1, LUNA),
        (OPENAI, "mine", 1, "1 1 1 2"),
        # The list has float noise here.
        (Endpoint("", "huggingface_together"), "Qwen/Qwen3-VL-8B-Instruct", 1, "0.18 0.18 0.18 0.68"),
        *((OPENAI, name, 1, "unknown") for name in ("gpt-6.2-sol", "ft:gpt-4.1:org::id", "openai/gpt-4o")),
        *((OPENAI, name, 1, "unknown") for name in ("llama3.2", "whisper-1", "moderation", "")),
        (OPENAI, "text-embedding-3-small", 1, "unknown"),
        (UNKNOWN, "gpt-6-luna", 1, "unknown"),
        (LOCAL, "gpt-6-luna", 1, "0 0 0 0"),
        (DEMO, "demo", 1, "0 0 0 0"),
    ],
)
def test_a_price_is_that_of_the_model_at_its_endpoint(
    book: PriceBook, endpoint: Endpoint, model: str, tokens: int, expected: str
) -> None:
    assert rates(book.price(endpoint, model, tokens, AT)) == expected


def test_reasoning_and_requests_have_prices_of_their_own_where_they_are_listed(book: PriceBook) -> None:
    perplexity = Endpoint("api.perplexity.ai", "perplexity")
    research, sonar = (book.price(perplexity, name, 10, AT) for name in ("sonar-deep-research", "sonar"))
    assert research is not None
    assert sonar is not None
    assert (research.output_usd_per_mtok, research.reasoning_usd_per_mtok) == (Decimal(8), Decimal(3))
    assert sonar.per_request_usd == Decimal("0.005")


@pytest.mark.parametrize(
    ("endpoint", "source", "expected"),
    [
        (OPENAI, "prices.toml", "1.5 1.5 1.5 3"),
        (LOCAL, "prices.toml", "1.5 1.5 1.5 3"),
        (DEMO, "demo", "0 0 0 0"),
    ],
)
def test_own_prices_win_over_the_list_and_over_local_but_not_over_the_demo(
    endpoint: Endpoint, source: str, expected: str
) -> None:
    book = PriceBook(lambda: OwnPrices({"gpt-6-luna": own_price("1.5", 3)}))
    price = book.price(endpoint, "gpt-6-luna", 300_000, AT)
    assert price is not None
    assert (price.source, rates(price)) == (source, expected)


def test_own_prices_of_parts_hold_when_given_also_for_nothing() -> None:
    own = own_price(
        2,
        4,
        cached_input_usd_per_mtok=0,
        cache_write_usd_per_mtok=3,
        reasoning_usd_per_mtok=5,
        per_request_usd="0.01",
    )
    assert PriceBook(lambda: OwnPrices({"x": own})).price(UNKNOWN, "x", 1, AT) == Price(
        Decimal(2), Decimal(0), Decimal(3), Decimal(4), "prices.toml", Decimal(5), Decimal("0.01")
    )


def test_the_context_window_is_the_own_one_or_the_listed_one() -> None:
    book = PriceBook(lambda: OwnPrices({"mine": own_price(0, 0, context_window=4096)}))
    asked = ((OPENAI, "mine"), (OPENAI, "gpt-6-luna"), (OPENAI, "gpt-6.2-sol"), (LOCAL, "gpt-6-luna"))
    assert [book.context_window(*each) for each in asked] == [4096, 1_050_000, None, None]


@pytest.mark.parametrize(
    ("endpoint", "available", "cheapest"),
    [
        (
            OPENAI,
            "gpt-6-sol text-embedding-3-small gpt-5-nano gpt-6-luna-2026-09-01 gpt-6-luna o3",
            "gpt-6-luna",
        ),
        # Names without a generation are all of one.
        (OPENROUTER, "openai/gpt-6-sol openai/gpt-6-luna", "openai/gpt-6-luna"),
        (UNKNOWN, "gpt-6-luna", None),
        (OPENAI, "", None),
    ],
)
def test_the_cheapest_chat_model_is_one_of_the_newest_generation(
    book: PriceBook, endpoint: Endpoint, available: str, cheapest: str | None
) -> None:
    assert book.cheapest_chat_model(endpoint, available.split(), AT) == cheapest


@pytest.mark.parametrize(
    ("provider", "model", "boundary", "before", "after"),
    [
        ("openai", "o3", "2025-06-10", "10 0.5 10 40", "2 0.5 2 8"),
        ("openai", "gpt-5.6-luna", "2026-07-30", "1 0.1 1.25 6", "0.2 0.02 0.25 1.2"),
        ("openrouter", "google/gemini-2.5-pro", "2026-10-19", "1.25 0.31 1.625 10", "1.25 0.125 0.375 10"),
        ("mistral", "voxtral-small-24b-2507", "2026-08-11", "0.1 0.01 0.1 0.3", "0.1 0.01 0.1 0.4"),
        # Prices of certain hours.
        ("deepseek", "deepseek-chat", "2026-11-22T00:30", "0.135 0.035 0.135 0.55", "0.27 0.07 0.27 1.1"),
        ("deepseek", "deepseek-chat", "2026-11-22T16:30", "0.27 0.07 0.27 1.1", "0.135 0.035 0.135 0.55"),
        ("deepseek", "deepseek-flash", "2026-11-23T01:00", "0.15 0.003 0.15 0.6", "0.3 0.006 0.3 1.2"),
        ("deepseek", "deepseek-flash", "2026-11-23T04:00", "0.3 0.006 0.3 1.2", "0.15 0.003 0.15 0.6"),
        ("deepseek", "deepseek-flash", "2026-11-23T06:00", "0.15 0.003 0.15 0.6", "0.3 0.006 0.3 1.2"),
        ("deepseek", "deepseek-flash", "2026-11-23T10:00", "0.3 0.006 0.3 1.2", "0.15 0.003 0.15 0.6"),
        # Days and hours together.
        ("deepseek", "deepseek-v4-flash", "2026-08-17", "0.14 0.0028 0.14 0.28", "0.22 0.007 0.22 0.66"),
        ("deepseek", "deepseek-v4-flash", "2026-08-17T01:00", "0.22 0.007 0.22 0.66", "0.3 0.006 0.3 1.2"),
        ("deepseek", "deepseek-v4-flash", "2026-08-17T04:00", "0.3 0.006 0.3 1.2", "0.22 0.007 0.22 0.66"),
        ("deepseek", "deepseek-v4-flash", "2026-09-10", "0.22 0.007 0.22 0.66", "0.15 0.003 0.15 0.6"),
        ("deepseek", "deepseek-v4-flash", "2026-09-10T10:00", "0.3 0.006 0.3 1.2", "0.15 0.003 0.15 0.6"),
        # A tier that comes later than its model, and one whose price doubles on the same day as the model's.
        ("openai", "gpt-6-luna flex", "2026-10-12", "unknown", FLEX),
        ("google", "gemini-3.8-flash-lite-tts flex", "2027-01-01", "0.25 0.25 0.25 3", "0.5 0.5 0.5 6"),
    ],
)
@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_a_price_holds_from_the_first_second_of_its_time_in_utc(
    book: PriceBook, provider: str, model: str, boundary: str, before: str, after: str, hours: int
) -> None:
    first = datetime.fromisoformat(boundary).replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    name, _, tier = model.partition(" ")
    asked = Endpoint("", provider), name, 1000
    assert [rates(book.price(*asked, at, tier)) for at in (first - SECOND, first)] == [before, after]


@pytest.mark.parametrize(
    ("endpoint", "model", "tokens", "tier", "expected"),
    [
        (OPENAI, "gpt-6-luna", 272_000, "flex", FLEX),
        (OPENAI, "gpt-6-luna", 272_000, "Flex", FLEX),
        (OPENAI, "gpt-6-luna", 272_000, "batch", FLEX),
        (OPENAI, "gpt-6-luna", 272_000, "priority", DOUBLE),
        (OPENAI, "gpt-6-luna", 272_000, "fast", DOUBLE),
        (OPENAI, "gpt-6-luna", 272_001, "flex", "0.1 0.01 0.125 0.375"),
        *(
            (OPENAI, "gpt-6-luna", 1, tier, LUNA)
            for tier in (None, "", "auto", "default", "standard", "Default")
        ),
        *((OPENAI, "gpt-6-luna", 1, tier, "unknown") for tier in ("scale", "flexible", "priority ")),
        (Endpoint("", "groq"), "openai/gpt-oss-120b", 1, "on_demand", "0.15 0.075 0.15 0.6"),
        # A tier that is listed for other models.
        (OPENAI, "gpt-4o", 1, "priority", "4.25 2.125 4.25 17"),
        (OPENAI, "gpt-4o", 1, "flex", "unknown"),
        # A rate that the tier leaves out is the standard one.
        (OPENAI, "gpt-4o", 1, "batch", "1.25 1.25 1.25 5"),
        # A model that is taken over from another list has only the standard price there.
        (Endpoint("mine.openai.azure.com", "azure"), "gpt-6-luna", 1, "default", LUNA),
        (Endpoint("mine.openai.azure.com", "azure"), "gpt-6-luna", 1, "flex", "unknown"),
        (OPENAI, "mine", 1, "flex", "1 1 1 2"),
        (LOCAL, "other", 1, "flex", "0 0 0 0"),
        (DEMO, "demo", 1, "flex", "0 0 0 0"),
    ],
)
def test_a_tier_has_the_rates_that_are_listed_for_it(
    book: PriceBook, endpoint: Endpoint, model: str, tokens: int, tier: str | None, expected: str
) -> None:
    assert rates(book.price(endpoint, model, tokens, AT, tier)) == expected


def inputs(steps: PriceSteps) -> list[tuple[int, str]]:
    """Return the input rate of each step."""
    return [(start, str(price.input_usd_per_mtok)) for start, price in steps]


@pytest.mark.parametrize(
    ("endpoint", "model", "tier", "expected"),
    [
        (OPENAI, "gpt-4o", None, [(0, "2.5")]),
        (OPENAI, "gpt-6-luna", None, [(0, "0.1"), (272_000, "0.2")]),
        (OPENAI, "gpt-6-luna", "flex", [(0, "0.05"), (272_000, "0.1")]),
        (OPENROUTER, "qwen/qwen3.7-flash", None, [(0, "0.03"), (32_000, "0.1"), (256_000, "0.2")]),
        (OPENAI, "mine", None, [(0, "1")]),
        (LOCAL, "other", None, [(0, "0")]),
        (DEMO, "demo", None, [(0, "0")]),
        (OPENAI, "gpt-6.2-sol", None, []),
        (OPENAI, "text-embedding-3-small", None, []),
        (OPENAI, "gpt-6-luna", "scale", []),
        (UNKNOWN, "gpt-6-luna", None, []),
    ],
)
def test_each_size_from_which_calls_cost_more_is_a_step(
    book: PriceBook, endpoint: Endpoint, model: str, tier: str | None, expected: list[tuple[int, str]]
) -> None:
    assert inputs(book.steps(endpoint, model, AT, tier)) == expected


def test_each_tier_that_is_listed_by_then_has_its_steps_after_the_standard_ones(book: PriceBook) -> None:
    asked = (OPENAI, "gpt-6-luna", AT)
    standard, *others = book.in_every_tier(*asked)
    assert standard == book.steps(*asked)
    tiers = [book.steps(*asked, tier) for tier in ("default", "fast", "flex", "priority")]
    assert sorted(map(inputs, others)) == sorted(map(inputs, tiers))
    before = datetime(2026, 10, 11, 23, 59, 59, tzinfo=UTC)
    assert set(book.in_every_tier(OPENAI, "gpt-6-luna", before)) == {book.steps(OPENAI, "gpt-6-luna", before)}
    assert [inputs(steps) for steps in book.in_every_tier(LOCAL, "other", AT)] == [[(0, "0")]]
    assert book.in_every_tier(UNKNOWN, "gpt-6-luna", AT) == []


@pytest.mark.parametrize(
    ("endpoint", "model", "at", "tiers"),
    [
        (OPENAI, "gpt-6-luna", AT, {"flex": FLEX, "priority": DOUBLE}),
        (OPENAI, "gpt-6-luna", datetime(2026, 10, 11, tzinfo=UTC), {}),  # the day before they came
        (OPENAI, "gpt-4o", AT, {"priority": "4.25 2.125 4.25 17"}),
        (OPENAI, "gpt-5-nano", AT, {"flex": "0.025 0.0025 0.025 0.2"}),
        (OPENAI, "gpt-3.5-turbo", AT, {}),
        (OPENAI, "nobody-knows", AT, {}),
        # An own price holds in every tier, and other endpoints have no such tiers.
        (OPENAI, "mine", AT, {}),
        (Endpoint("mine.openai.azure.com", "azure"), "gpt-6-luna", AT, {}),
        *((endpoint, "gpt-6-luna", AT, {}) for endpoint in (OPENROUTER, LOCAL, DEMO, UNKNOWN)),
    ],
)
def test_the_tiers_that_can_be_asked_for_are_those_with_a_listed_price(
    book: PriceBook, endpoint: Endpoint, model: str, at: datetime, tiers: dict[str, str]
) -> None:
    asked = book.asked_tiers(endpoint, model, at)
    assert {tier: rates(price) for tier, price in asked.items()} == tiers
    for wanted in (None, "", "flex", "priority", "batch", "default", "fast", "nobody-knows"):
        assert book.tier_to_ask(endpoint, model, at, wanted) == (wanted if wanted in tiers else None)


def test_an_own_price_of_a_listed_model_leaves_no_tier_to_choose() -> None:
    book = PriceBook(lambda: OwnPrices({"gpt-6-luna": own_price(1, 2)}))
    assert book.asked_tiers(OPENAI, "gpt-6-luna", AT) == {}
