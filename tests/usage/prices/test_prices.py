from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import __version__

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, Price, TokenUsage, cost_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


OPENAI = Endpoint("api.openai.com", "openai")


LUNA = Price(
    input_usd_per_mtok=Decimal("0.1"),
    cached_input_usd_per_mtok=Decimal("0.01"),
    cache_write_usd_per_mtok=Decimal("0.125"),
    output_usd_per_mtok=Decimal("0.5"),
    source=f"genai-prices {__version__}",
)


LONG_LUNA = Price(
    input_usd_per_mtok=Decimal("0.2"),
    cached_input_usd_per_mtok=Decimal("0.02"),
    cache_write_usd_per_mtok=Decimal("0.25"),
    output_usd_per_mtok=Decimal("0.75"),
    source=f"genai-prices {__version__}",
)


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices())


def flat(rate: str, source: str) -> Price:
    return Price(Decimal(rate), Decimal(rate), Decimal(rate), Decimal(rate), source)


def free(source: str) -> Price:
    return flat("0", source)


def test_a_listed_model_has_its_listed_rates(book: PriceBook) -> None:
    assert book.price(OPENAI, "gpt-6-luna", 1234, AT) == LUNA


def test_272_000_tokens_are_the_last_at_the_lower_rates(book: PriceBook) -> None:
    assert book.price(OPENAI, "gpt-6-luna", 272_000, AT) == LUNA
    assert book.price(OPENAI, "gpt-6-luna", 272_001, AT) == LONG_LUNA


def test_every_token_of_a_long_call_costs_more() -> None:
    assert cost_of(LUNA, TokenUsage(input=272_000, output=1000)) == Decimal("0.0277")
    assert cost_of(LONG_LUNA, TokenUsage(input=272_001, output=1000)) == Decimal("0.0551502")


def test_each_part_costs_its_own_rate() -> None:
    usage = TokenUsage(input=1000, cached_input=300, cache_write=200, output=400, reasoning=100)
    # 500 × 0.1 + 300 × 0.01 + 200 × 0.125 + 400 × 0.5 millionths
    assert cost_of(LUNA, usage) == Decimal("0.000278")


def test_one_token_costs_a_whole_number_of_picodollars() -> None:
    cost = cost_of(flat("0.000001", "prices.toml"), TokenUsage(input=1, output=0))
    assert cost == Decimal("0.000000000001")


def test_a_part_that_was_not_reported_costs_what_its_whole_costs() -> None:
    assert cost_of(LUNA, TokenUsage(input=1000, output=400)) == Decimal("0.0003")


def test_reasoning_has_a_rate_of_its_own_where_one_is_listed(book: PriceBook) -> None:
    price = book.price(Endpoint("api.perplexity.ai", "perplexity"), "sonar-deep-research", 10, AT)
    assert price is not None
    assert (price.output_usd_per_mtok, price.reasoning_usd_per_mtok) == (Decimal(8), Decimal(3))
    assert cost_of(price, TokenUsage(input=0, output=1000, reasoning=400)) == Decimal("0.006")


def test_a_request_has_a_price_of_its_own_where_one_is_listed(book: PriceBook) -> None:
    price = book.price(Endpoint("api.perplexity.ai", "perplexity"), "sonar", 10, AT)
    assert price is not None
    assert price.per_request_usd == Decimal("0.012")
    assert cost_of(price, TokenUsage(input=0, output=0)) == Decimal("0.012")


@pytest.mark.parametrize("usage", [TokenUsage(output=1), TokenUsage(input=1), TokenUsage()])
def test_the_cost_of_a_count_that_is_not_known_is_not_known(usage: TokenUsage) -> None:
    assert cost_of(LUNA, usage) is None


def test_what_is_free_needs_no_counts() -> None:
    assert cost_of(free("local"), TokenUsage()) == Decimal(0)


def test_a_cost_has_no_superfluous_zeros() -> None:
    assert str(cost_of(LUNA, TokenUsage(input=1000, output=0))) == "0.0001"
    assert str(cost_of(flat("10", "prices.toml"), TokenUsage(input=10_000_000, output=0))) == "100"


def test_float_noise_in_the_list_is_cut_off(book: PriceBook) -> None:
    model = "Qwen/Qwen3-VL-8B-Instruct"
    price = book.price(Endpoint("router.huggingface.co", "huggingface_together"), model, 1, AT)
    assert price is not None
    assert price.input_usd_per_mtok == Decimal("0.18")


@pytest.mark.parametrize(
    "model", ["gpt-6.2-sol", "ft:gpt-4.1:org::id", "openai/gpt-4o", "llama3.2", "whisper-1", "moderation", ""]
)
def test_a_model_that_is_not_listed_has_no_price(book: PriceBook, model: str) -> None:
    assert book.price(OPENAI, model, 1, AT) is None


def test_a_model_without_a_price_for_output_has_no_price(book: PriceBook) -> None:
    assert book.price(OPENAI, "text-embedding-3-small", 1, AT) is None


def test_at_an_unknown_endpoint_a_known_name_tells_nothing(book: PriceBook) -> None:
    assert book.price(Endpoint("llm.example.com"), "gpt-6-luna", 1, AT) is None


def test_a_dated_name_has_the_price_of_its_model(book: PriceBook) -> None:
    assert book.price(OPENAI, "gpt-6-luna-2026-09-01", 1, AT) == LUNA


def test_a_price_holds_from_its_first_day(book: PriceBook) -> None:
    before = book.price(OPENAI, "o3", 1, datetime(2025, 6, 9, 23, 59, tzinfo=UTC))
    after = book.price(OPENAI, "o3", 1, datetime(2025, 6, 10, tzinfo=UTC))
    assert before is not None
    assert after is not None
    assert (before.input_usd_per_mtok, after.input_usd_per_mtok) == (Decimal(10), Decimal(2))


def test_the_demo_model_and_local_endpoints_are_free(book: PriceBook) -> None:
    assert book.price(Endpoint("demo", "demo"), "demo", 1, AT) == free("demo")
    assert book.price(Endpoint("localhost", "local"), "gpt-6-luna", 1, AT) == free("local")


def test_own_prices_win_over_the_list_and_over_local_but_not_over_the_demo() -> None:
    own = own_price("1.5", 3)
    book = PriceBook(OwnPrices({"gpt-6-luna": own}))
    expected = Price(Decimal("1.5"), Decimal("1.5"), Decimal("1.5"), Decimal(3), "prices.toml")
    prices = [
        book.price(Endpoint("host", provider), "gpt-6-luna", 300_000, AT)
        for provider in ("openai", "local", "demo")
    ]
    assert prices == [expected, expected, free("demo")]


def test_own_cache_prices_hold_when_given_also_for_nothing() -> None:
    own = own_price(2, 4, cached_input_usd_per_mtok=0, cache_write_usd_per_mtok=3)
    price = PriceBook(OwnPrices({"x": own})).price(Endpoint("host"), "x", 1, AT)
    assert price == Price(Decimal(2), Decimal(0), Decimal(3), Decimal(4), "prices.toml")


def test_the_context_window_is_the_own_one_or_the_listed_one() -> None:
    own = OwnPrices({"mine": own_price(0, 0, context_window=4096)})
    book = PriceBook(own)
    windows = [
        book.context_window(OPENAI, "mine"),
        book.context_window(OPENAI, "gpt-6-luna"),
        book.context_window(OPENAI, "gpt-6.2-sol"),
        book.context_window(Endpoint("localhost", "local"), "gpt-6-luna"),
    ]
    assert windows == [4096, 1_050_000, None, None]


def test_the_cheapest_chat_model_is_one_of_the_newest_generation(book: PriceBook) -> None:
    available = [
        "gpt-6-sol",
        "text-embedding-3-small",
        "gpt-5-nano",
        "gpt-6-luna-2026-09-01",
        "gpt-6-luna",
        "o3",
    ]
    assert book.cheapest_chat_model(OPENAI, available, AT) == "gpt-6-luna"


def test_without_generations_the_cheapest_chat_model_is_the_cheapest(book: PriceBook) -> None:
    available = ["openai/gpt-6-sol", "openai/gpt-6-luna"]
    assert (
        book.cheapest_chat_model(Endpoint("openrouter.ai", "openrouter"), available, AT)
        == "openai/gpt-6-luna"
    )


def test_no_chat_model_is_the_cheapest_when_no_price_is_known(book: PriceBook) -> None:
    assert book.cheapest_chat_model(Endpoint("llm.example.com"), ["gpt-6-luna"], AT) is None
    assert book.cheapest_chat_model(OPENAI, [], AT) is None


def test_warming_makes_no_difference_to_prices(book: PriceBook) -> None:
    book.warm()
    assert book.price(OPENAI, "gpt-6-luna", 1234, AT) == LUNA
