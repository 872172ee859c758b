from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.fakes import NOW, FakeLedger
from usage.forecast import Prompt, Tokenizer
from usage.forecast.worst_case import WorstCase, worst_case
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, Price, TokenUsage, cost_of

OPENAI = Endpoint("api.openai.com", "openai")

PRICE = Price(Decimal(1), Decimal("0.1"), Decimal("1.25"), Decimal(10), "a list")
PROMPT = Prompt.of_texts(("system", "Be short."), ("user", "Why? 😀"))
LUNA, ASTRA, SOL = "gpt-6-luna", "gpt-6-astra", "gpt-6.1-sol"


@pytest.fixture(scope="module")
def meter() -> Meter:
    """A meter with the built-in prices and OpenAI's vocabulary."""
    return Meter(FakeLedger(), PriceBook(OwnPrices), Tokenizer())


def priced(**rates: str) -> Price:
    """The price with other rates."""
    changes: dict[str, Any] = {f"{name}_usd_per_mtok": Decimal(rate) for name, rate in rates.items()}
    return replace(PRICE, **changes)


@pytest.mark.parametrize(
    ("prices", "tokens", "prompt_usd", "output"),
    [
        # The dearest way to bill a prompt counts, and a fee for each request once.
        ([PRICE], 1_000_000, "1.25", 10),
        ([priced(cache_write="0.5")], 1_000_000, "1", 10),
        ([priced(cached_input="3")], 1_000_000, "3", 10),
        ([replace(PRICE, per_request_usd=Decimal("0.01"))], 1_000_000, "1.26", 10),
        # So does reasoning that costs more than output.
        ([priced(reasoning="20")], 0, "0", 20),
        ([priced(reasoning="3")], 0, "0", 10),
        ([priced(output_image="30")], 0, "0", 30),
        # Nobody sends audio, but a cache may be written for an hour.
        ([priced(input_audio="7")], 1_000_000, "1.25", 10),
        ([priced(cache_write_1h="2")], 1_000_000, "2", 10),
        # The dearest of all models that may answer, for the prompt and for the reply.
        ([PRICE, priced(cache_write="9", output="1")], 1_000_000, "9", 10),
    ],
)
def test_the_worst_case_takes_the_dearest_of_everything(
    prices: list[Price], tokens: int, prompt_usd: str, output: int
) -> None:
    worst = worst_case([((0, price),) for price in prices] + [()], tokens, 5)
    assert worst == WorstCase(Decimal(prompt_usd), Decimal(output), room_tokens=5)


@pytest.mark.parametrize(
    ("start", "above", "tokens", "prompt_usd", "output"),
    [
        (272_000, priced(cache_write="2.5", output="15"), 272_000, "0.34", 10),
        (272_000, priced(cache_write="2.5", output="15"), 272_001, "0.6800025", 15),
        # A step that makes calls cheaper does not make the worst case cheaper.
        (100, priced(cache_write="0.1", output="1"), 1_000_000, "1.25", 10),
    ],
)
def test_the_size_step_that_the_prompt_can_reach_counts(
    start: int, above: Price, tokens: int, prompt_usd: str, output: int
) -> None:
    worst = worst_case([((0, PRICE), (start, above))], tokens, None)
    assert worst == WorstCase(Decimal(prompt_usd), Decimal(output))


def test_a_real_list_jumps_above_272_000_tokens(meter: Meter) -> None:
    def output_rate(size: int) -> Decimal:
        worst = meter.worst_case(OPENAI, LUNA, Prompt.of_texts(("user", "a" * size)), NOW)
        assert worst is not None
        return worst.output_usd_per_mtok

    assert (output_rate(100_000), output_rate(273_000)) == (Decimal(1), Decimal("1.5"))


def test_a_vocabulary_that_is_assumed_is_not_trusted(meter: Meter) -> None:
    text = Prompt.of_texts(("user", "many words " * 1000))
    known = meter.worst_case(OPENAI, "gpt-5.4", text, NOW)
    assumed = meter.worst_case(OPENAI, LUNA, text, NOW)
    assert known is not None
    assert assumed is not None
    assert known.prompt_usd == (2001 + 7 + 4 + 16) * Decimal(5) / 10**6
    assert assumed.prompt_usd == (11_000 + 4 + 16 + 256) * Decimal("0.25") / 10**6


def test_models_that_may_answer_are_looked_up_in_every_tier(meter: Meter) -> None:
    def rate(*stand_ins: str) -> Decimal:
        worst = meter.worst_case(OPENAI, LUNA, PROMPT, NOW, stand_ins)
        assert worst is not None
        return worst.output_usd_per_mtok

    assert rate() == Decimal(1)
    assert rate(ASTRA) == Decimal(100)
    assert rate(SOL, "nobody-knows") == Decimal(20)
    assert rate(f"openai/{SOL}") == Decimal(20)


def test_whichever_tier_the_reply_names_is_within_the_worst_case(meter: Meter) -> None:
    book = PriceBook(OwnPrices)
    usage = TokenUsage(input=1000, output=1000)
    for model in (LUNA, ASTRA, SOL, "gpt-5.4", "gpt-4o"):
        worst = meter.worst_case(OPENAI, model, Prompt.of_texts(("user", "a " * 1000)), NOW)
        assert worst is not None
        for tier in (None, "default", "flex", "priority", "fast", "batch"):
            price = book.price(OPENAI, model, 1000, NOW, tier)
            cost = cost_of(price, usage) if price else None
            assert cost is None or cost <= worst.cost(1000), (model, tier)


def test_without_a_price_there_is_no_worst_case(meter: Meter) -> None:
    assert meter.worst_case(OPENAI, "gpt-99-nobody", PROMPT, NOW, [LUNA]) is None


def test_what_is_free_is_free_in_the_worst_case_too(meter: Meter) -> None:
    worst = meter.worst_case(Endpoint("127.0.0.1", "local"), "any", PROMPT, NOW)
    assert worst == WorstCase(Decimal(0), Decimal(0))
    assert worst.is_free
