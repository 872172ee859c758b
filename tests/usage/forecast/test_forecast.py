"""What a call would cost: with no reply, the usual one and the longest one, and with other models."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.helpers.fakes import MODEL, NOW, FakeLedger, FourBytes, meter_for
from tests.helpers.given_prices import own_price
from usage.forecast import Image, Message, Prompt, Text, longest_reply
from usage.forecast.forecast import CachedPrompt, Forecast, OtherModel, ReplyLengths, sum_of
from usage.forecast.tokenizer import TokenCount, Tokenizer
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint

OPENAI = Endpoint("api.openai.com", "openai")

PROMPT = Prompt.of_texts(("user", "Why?"))  # 8 tokens at most, in 8 + 16 + 256 bytes
CACHING = own_price(
    "0.10", 5, cached_input_usd_per_mtok="0.01", cache_write_usd_per_mtok="0.125", context_window=10_000
)
LISTED_AT = datetime(2026, 11, 22, tzinfo=UTC)


def listed() -> Meter:
    """A meter with the built-in prices."""
    return Meter(FakeLedger(), PriceBook(OwnPrices), Tokenizer(FourBytes))


def own(reply: ReplyLengths, prompt: Prompt = PROMPT) -> Forecast:
    """The forecast at $1 in and $10 out per million, with a context of 1,000 tokens."""
    return meter_for(FakeLedger()).forecast(Endpoint("api.example.com"), MODEL, prompt, NOW, reply)


def test_outlook_has_the_prompt_the_usual_and_the_longest_reply() -> None:
    assert own(ReplyLengths(wanted=500, usual=40)) == Forecast(
        model=MODEL,
        tokens=TokenCount(8, exact=False),
        context_window=1000,
        prompt_usd=Decimal("0.000008"),
        likely_usd=Decimal("0.000408"),
        most_usd=Decimal("0.00528"),  # 280 bytes and 500 tokens
        usual_tokens=40,
        longest_tokens=500,
    )


@pytest.mark.parametrize(
    ("cached", "rest_is_written", "usual", "usd"),
    [
        (1000, False, 40, "0.00041"),  # 1,000 read at 0.01, 2,000 at 0.10, 40 of the reply at 5
        (1000, True, 40, "0.00046"),  # the 2,000 written at 0.125
        (1000, False, None, "0.00021"),
        (3000, True, 40, "0.00023"),
        (9999, True, 40, "0.00023"),
        (0, False, 40, None),
        (100, True, 40, None),
    ],
)
def test_what_is_likely_cached_costs_less(
    cached: int, rest_is_written: bool, usual: int | None, usd: str | None
) -> None:
    prices = OwnPrices({MODEL: CACHING})
    meter = Meter(FakeLedger(), PriceBook(lambda: prices), Tokenizer(FourBytes))
    prompt = Prompt.of_texts(("user", "x" * 4 * 2993))
    lengths, likely = ReplyLengths(usual=usual), CachedPrompt(cached, NOW, rest_is_written)
    forecast = meter.forecast(Endpoint("api.example.com"), MODEL, prompt, NOW, lengths, likely)
    assert (forecast.tokens.tokens, forecast.cached_usd) == (3000, usd and Decimal(usd))
    without = meter.forecast(Endpoint("api.example.com"), MODEL, prompt, NOW, lengths)
    assert replace(forecast, cached_usd=None) == without


@pytest.mark.parametrize(
    ("wanted", "room", "longest"),
    [
        (None, None, 128_000),
        (0, None, 128_000),
        (1, None, 1),
        (None, 992, 992),
        (992, 992, 992),
        (993, 992, 992),
        (None, 0, 1),
    ],
)
def test_longest_reply_is_what_was_asked_for_and_fits(
    wanted: int | None, room: int | None, longest: int
) -> None:
    assert longest_reply(wanted, room) == longest


@pytest.mark.parametrize(
    ("reply", "usual", "likely_usd"),
    [(ReplyLengths(wanted=30, usual=40), 30, "0.000308"), (ReplyLengths(wanted=500), None, None)],
)
def test_usual_reply_is_known_from_earlier_ones_and_no_longer_than_the_longest(
    reply: ReplyLengths, usual: int | None, likely_usd: str | None
) -> None:
    forecast = own(reply)
    assert forecast.prompt_usd == Decimal("0.000008")
    assert (forecast.usual_tokens, forecast.likely_usd) == (usual, likely_usd and Decimal(likely_usd))


@pytest.mark.parametrize(
    ("tokens", "usd"),
    [
        (272_000, Decimal("0.68") + Decimal("0.015")),  # gpt-5.4: $2.50 in, $15 out
        (272_001, Decimal("1.360005") + Decimal("0.0225")),  # above 272,000 twice that, and half more out
    ],
)
def test_prices_are_those_of_the_prompts_size(tokens: int, usd: Decimal) -> None:
    prompt = Prompt.of_texts(("user", "x" * 4 * (tokens - 7)))
    lengths = ReplyLengths(usual=1000)
    forecast = listed().forecast(OPENAI, "gpt-5.4", prompt, LISTED_AT, lengths)
    assert (forecast.tokens.tokens, forecast.likely_usd) == (tokens, usd)


@pytest.mark.parametrize(
    ("endpoint", "model", "usd"),
    [(OPENAI, "gpt-99-nobody", None), (Endpoint("localhost", "local"), "llama", Decimal(0))],
)
def test_what_is_unknown_or_free_is_so_in_every_amount(
    endpoint: Endpoint, model: str, usd: Decimal | None
) -> None:
    forecast = listed().forecast(endpoint, model, PROMPT, LISTED_AT, ReplyLengths(usual=40))
    assert (forecast.prompt_usd, forecast.likely_usd, forecast.most_usd) == (usd, usd, usd)


def test_the_same_tokens_are_priced_on_two_cheaper_models_and_a_better_one() -> None:
    meter = listed()
    here = meter.forecast(OPENAI, "gpt-6.1-terra", PROMPT, LISTED_AT, ReplyLengths(usual=1000))
    offered = ("gpt-6-luna", "gpt-5.6-luna", "gpt-6.1-sol", "gpt-6-astra", "whisper-1")
    assert meter.other_models(OPENAI, here, offered, LISTED_AT) == (
        OtherModel("gpt-5.6-luna", False, Decimal("0.0000016"), Decimal("0.0012016")),
        OtherModel("gpt-6-luna", False, Decimal("0.0000008"), Decimal("0.0005008")),
        OtherModel("gpt-6.1-sol", True, Decimal("0.000016"), Decimal("0.010016")),
    )


def test_pictures_are_counted_by_the_rule_of_each_model() -> None:
    meter, image = listed(), Image("key", "image/png", 1024, 1024, "high", bytes)
    prompt = Prompt((Message("user", (Text("Why?"), image)),))
    here = meter.forecast(OPENAI, "gpt-4o", prompt, LISTED_AT, ReplyLengths())
    [mini] = meter.other_models(OPENAI, here, ["gpt-4o-mini"], LISTED_AT)
    assert here.prompt_usd == (8 + 765) * Decimal("2.50") / 1_000_000
    assert mini.prompt_usd == (8 + 25_501) * Decimal("0.15") / 1_000_000


def test_other_models_need_no_usual_reply_and_no_models_on_offer() -> None:
    meter = listed()
    here = meter.forecast(OPENAI, "gpt-6.1-terra", PROMPT, LISTED_AT, ReplyLengths())
    assert meter.other_models(OPENAI, here, ["gpt-6-luna"], LISTED_AT) == (
        OtherModel("gpt-6-luna", False, Decimal("0.0000008"), None),
    )
    assert meter.other_models(OPENAI, here, [], LISTED_AT) == ()


def test_a_sum_says_how_many_amounts_it_leaves_out() -> None:
    assert sum_of([Decimal("0.1"), None, Decimal("0.2"), None]) == (Decimal("0.3"), 2)
    assert sum_of([]) == (Decimal(0), 0)


@pytest.mark.parametrize(
    ("model", "wanted", "asked", "times"),
    [
        ("gpt-6-luna", "flex", "flex", Decimal("0.5")),
        ("gpt-6-luna", "priority", "priority", Decimal(2)),
        ("gpt-6-luna", "batch", None, Decimal(1)),
        ("gpt-4o", "flex", None, Decimal(1)),
        ("gpt-99-nobody", "flex", None, Decimal(1)),
    ],
)
def test_a_prompt_costs_what_the_tier_costs_that_is_asked_for_and_at_most_the_dearer_one(
    model: str, wanted: str, asked: str | None, times: Decimal
) -> None:
    standard, tier = (
        listed().forecast(OPENAI, model, PROMPT, LISTED_AT, ReplyLengths(usual=40), wanted_tier=each)
        for each in (None, wanted)
    )
    assert (standard.service_tier, tier.service_tier) == (None, asked)
    amounts = (standard.prompt_usd, standard.likely_usd, standard.most_usd)
    expected = [
        usd and usd * by for usd, by in zip(amounts, (times, times, max(times, Decimal(1))), strict=True)
    ]
    assert [tier.prompt_usd, tier.likely_usd, tier.most_usd] == expected


def test_other_models_are_asked_for_the_same_tier_where_they_have_it() -> None:
    meter, offered = listed(), ("gpt-6-luna", "gpt-5-nano", "gpt-4.1-nano")
    here = meter.forecast(
        OPENAI, "gpt-6-luna", PROMPT, LISTED_AT, ReplyLengths(usual=1000), wanted_tier="flex"
    )
    assert here.likely_usd == Decimal("0.0002504")
    # gpt-4.1-nano, which has no flex, is cheaper than gpt-6-luna only without it.
    assert meter.other_models(OPENAI, here, offered, LISTED_AT) == (
        OtherModel("gpt-5-nano", False, Decimal("0.0000002"), Decimal("0.0002002")),
    )
