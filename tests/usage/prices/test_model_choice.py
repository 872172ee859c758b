from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.model_choice import (
    Alternatives,
    alternatives_to,
    chat_generation,
    is_chat_model,
    is_same_model,
    names_behind,
)
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPENAI = Endpoint("api.openai.com", "openai")
# In + out then: luna 0.6, terra 6, 6.1-sol 12, astra 60; older: 5.6-luna 1.4, 4o 12.5, 5.5 35.
OFFERED = [
    "gpt-4o",
    "gpt-5.5",
    "gpt-5.6-luna",
    "gpt-6-astra",
    "gpt-6-luna",
    "gpt-6-luna-2026-09-01",
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6.2-sol",
    "text-embedding-3-small",
    "whisper-1",
]


def choices(**prices: str) -> dict[str, Decimal]:
    return {name: Decimal(price) for name, price in prices.items()}


@pytest.mark.parametrize("order", [1, -1])
def test_two_next_cheaper_and_the_next_dearer_are_suggested(order: int) -> None:
    found = PriceBook(OwnPrices).alternatives(OPENAI, "gpt-6.1-sol", OFFERED[::order], AT)
    assert found == Alternatives(cheaper=("gpt-6.1-terra", "gpt-6-luna"), better="gpt-6-astra")


def test_older_models_only_make_up_the_number_of_cheaper_ones() -> None:
    found = PriceBook(OwnPrices).alternatives(OPENAI, "gpt-6.1-terra", OFFERED, AT)
    assert found == Alternatives(cheaper=("gpt-5.6-luna", "gpt-6-luna"), better="gpt-6.1-sol")


def test_the_cheapest_has_nothing_cheaper_and_the_dearest_nothing_better() -> None:
    book = PriceBook(OwnPrices)
    assert book.alternatives(OPENAI, "gpt-6-luna", OFFERED, AT) == Alternatives((), "gpt-6.1-terra")
    assert book.alternatives(OPENAI, "gpt-6-astra", OFFERED, AT).better is None


def test_an_older_dearer_model_is_not_better() -> None:
    assert alternatives_to("gpt-6", {"gpt-6": Decimal(2), "gpt-5": Decimal(9)}).better is None
    assert alternatives_to("gpt-5", {"gpt-5": Decimal(2), "gpt-6": Decimal(9)}).better == "gpt-6"


def test_a_model_with_the_same_price_is_neither_cheaper_nor_better() -> None:
    assert alternatives_to("b", choices(a="1", b="1", c="1")) == Alternatives()


def test_of_models_with_the_same_price_the_plainest_name_stands_for_all() -> None:
    found = alternatives_to("m", choices(m="5", dated="3", old="3", new="3", dear="7", posh="7", cheap="1"))
    assert found == Alternatives(cheaper=("new", "cheap"), better="dear")


def test_a_model_need_not_be_on_offer_to_have_alternatives() -> None:
    found = PriceBook(OwnPrices).alternatives(OPENAI, "gpt-6.1-sol", ["gpt-6-luna"], AT)
    assert found == Alternatives(cheaper=("gpt-6-luna",))


def test_without_a_known_price_nothing_is_suggested() -> None:
    book = PriceBook(OwnPrices)
    assert book.alternatives(OPENAI, "gpt-6.2-sol", OFFERED, AT) == Alternatives()
    assert book.alternatives(Endpoint("llm.example.com"), "gpt-6-luna", OFFERED, AT) == Alternatives()


def test_where_everything_is_free_nothing_is_suggested() -> None:
    book = PriceBook(OwnPrices)
    assert book.alternatives(Endpoint("localhost", "local"), "llama", ["llama", "qwen"], AT) == Alternatives()


def test_own_prices_count_from_their_day() -> None:
    own = own_price("0.01", "0.01", day=date(2026, 11, 22))
    book = PriceBook(lambda: OwnPrices({"gpt-6.1-sol": own}))
    found = book.alternatives(OPENAI, "gpt-6-luna", OFFERED, AT)
    assert found == Alternatives(cheaper=("gpt-6.1-sol",), better="gpt-6.1-terra")
    yesterday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert book.alternatives(OPENAI, "gpt-6-luna", OFFERED, yesterday).cheaper == ()


@pytest.mark.parametrize(
    "model",
    [
        "gpt-6-luna",
        "gpt-4o-mini",
        "gpt-chat-latest",
        "o3",
        "gemini-2.5-pro",
        "meta-llama/Llama-3.3-70B-Instruct",
        "claude-sonnet-5",
        "deepseek-chat",
        "qwen3-vl-8b",
        "sonar-pro",
        "ministral-oliver",
    ],
)
def test_these_models_chat(model: str) -> None:
    assert is_chat_model(model)


@pytest.mark.parametrize(
    "model",
    [
        "text-embedding-3-small",
        "nomic-embed-text",
        "whisper-1",
        "tts-1-hd",
        "gpt-4o-transcribe",
        "gpt-audio-mini",
        "gpt-realtime-2",
        "gpt-live-1",
        "GPT-Image-1",
        "dall-e-3",
        "sora-2",
        "omni-moderation-latest",
        "gpt-5-search-api",
        "computer-use-preview",
        "o3-deep-research",
        "gpt-3.5-turbo-instruct",
        "babbage-002",
        "gpt-5.2-pro",
        "o1-pro",
        "openai/gpt-5.4-pro",
        "gpt-5.3-codex",
        "codex-mini-latest",
    ],
)
def test_these_models_do_something_else(model: str) -> None:
    assert not is_chat_model(model)


def test_the_generation_is_the_whole_number_in_the_name() -> None:
    models = ["gpt-6-luna", "GPT-6.1-sol", "gpt-4o", "gpt-10", "o3", "gpt-oss-20b"]
    assert [chat_generation(model) for model in models] == [6, 6, 4, 10, 0, 0]


@pytest.mark.parametrize(
    ("answered", "asked"),
    [
        ("gpt-6-luna", "gpt-6-luna"),
        ("GPT-6-Luna", "gpt-6-luna"),
        ("gpt-6-luna-2026-11-01", "gpt-6-luna"),
        ("gpt-6-luna-20261101", "gpt-6-luna"),
        ("gpt-6-luna-1101", "gpt-6-luna"),
        ("gpt-6-luna@20261101", "gpt-6-luna"),
        ("gpt-6-luna-2024-02-29", "gpt-6-luna"),
        ("openai/gpt-6-luna", "gpt-6-luna"),
        ("openai/gpt-6-luna-2026-11-01", "gpt-6-luna"),
        ("openrouter/openai/gpt-6-luna", "openai/gpt-6-luna"),
        ("gpt-6-luna", "openai/gpt-6-luna"),
        ("gpt-6-luna-2026-11-01", "openai/gpt-6-luna"),
    ],
)
def test_a_model_is_the_same_with_a_date_or_behind_a_vendor(answered: str, asked: str) -> None:
    assert is_same_model(answered, asked)


@pytest.mark.parametrize(
    ("answered", "asked"),
    [
        ("gpt-6-luna-pro", "gpt-6-luna"),
        ("gpt-6-luna-pro-2026-11-01", "gpt-6-luna"),
        ("gpt-6-luna-2026-11-01-pro", "gpt-6-luna"),
        ("gpt-6-luna-latest", "gpt-6-luna"),
        ("gpt-6-luna-16384", "gpt-6-luna"),
        ("gpt-6-luna-2048", "gpt-6-luna"),
        ("gpt-6-luna-2026-13-01", "gpt-6-luna"),
        ("gpt-6-luna-2023-02-29", "gpt-6-luna"),
        ("gpt-6-luna-2026-1101", "gpt-6-luna"),
        ("gpt-6-luna-2026-12-01", "gpt-6-luna-2026-11-01"),
        ("gpt-6-luna", "gpt-6-luna-2026-11-01"),
        ("gpt-6", "gpt-6-luna"),
        ("agpt-6-luna", "gpt-6-luna"),
        ("gpt-6-luna/other", "gpt-6-luna"),
        ("azure/gpt-6-luna", "openai/gpt-6-luna"),
        ("gpt-6-luna:free", "gpt-6-luna"),
        ("luna", "gpt-6-luna"),
        ("openai/", "gpt-6-luna"),
    ],
)
def test_any_other_name_is_another_models(answered: str, asked: str) -> None:
    assert not is_same_model(answered, asked)


def test_behind_a_prefix_there_may_be_another() -> None:
    assert names_behind("a/b/c") == ("a/b/c", "b/c", "c")
    assert names_behind("c") == ("c",)
    assert names_behind("a/") == ()


def test_a_number_too_long_to_be_a_generation_is_none() -> None:
    assert chat_generation("gpt-9999") == 9999
    assert chat_generation("gpt-" + "9" * 5000) == 0
