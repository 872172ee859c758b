"""From the bytes of a reply to its entry: amounts that the endpoint names, and counts without an end."""

import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from chat.providers import ChatError
from tests.helpers.billed_calls import FINISH, THREE_WORDS, Endless, counts, entry_of, with_usage
from tests.helpers.given_prices import own_price
from tests.helpers.provider_calls import URL, provider_at, stream, transport
from usage.prices import OwnPrices

HAIKU, SONNET = "anthropic/claude-haiku-4.5", "anthropic/claude-sonnet-4.5"
FREE = "meta-llama/llama-3.3-70b-instruct:free"
OWN_KEY: dict[str, Any] = {"is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}
IN_ROUTER_PRICE: dict[str, Any] = {"is_byok": False, "cost_details": {"upstream_inference_cost": 0.02}}
LUNA = counts(cost=0.5)
IMPOSSIBLE = {"prompt_tokens": -1, "completion_tokens": 5, "cost": 0.25}


@pytest.mark.parametrize(
    ("billed_by", "model", "usage", "cost", "source", "listed"),
    [
        ("openrouter", HAIKU, counts(13559, 122, cost=0.017558), "0.017558", "reported", "0.014169"),
        ("openrouter", HAIKU, counts(cost=0.001, **OWN_KEY), "0.021", "reported", "0.0035"),
        ("openrouter", HAIKU, counts(cost=0.021, **IN_ROUTER_PRICE), "0.021", "reported", "0.0035"),
        ("openrouter", HAIKU, counts(cost=0, is_byok=True), "0.0035", "listed", "0.0035"),
        ("openrouter", HAIKU, counts(cost="0.0105"), "0.0105", "reported", "0.0035"),
        ("openrouter", f"{SONNET}:online", counts(cost=0.0305), "0.0305", "reported", None),
        ("openrouter", f"{SONNET}:nitro", counts(cost=0.0105), "0.0105", "reported", "0.0105"),
        ("openrouter", "in/no-list", counts(cost=0.0105), "0.0105", "reported", None),
        ("openrouter", FREE, counts(cost=0), "0", "reported", "0"),
        ("openrouter", FREE, counts(), "0", "free", "0"),
        ("openrouter", HAIKU, counts(), "0.0035", "listed", "0.0035"),
        ("openrouter", HAIKU, IMPOSSIBLE, "0.25", "reported", None),
        ("x-ai", "grok-4", counts(cost_in_usd_ticks=105_000_000), "0.0105", "reported", "0.0105"),
        ("perplexity", "sonar-pro", counts(cost={"total_cost": 0.006342}), "0.006342", "reported", None),
        # No amounts: the list counts.
        *(
            ("openrouter", HAIKU, counts(cost=cost), "0.0035", "listed", "0.0035")
            for cost in (True, -1, "much", None, 10**7, [1], {"total_cost": "?"})
        ),
        # Elsewhere an amount counts only where nothing better is known, and 0 says nothing at all.
        ("openai", "gpt-6-luna", LUNA, "0.00035", "listed", "0.00035"),
        ("openai", "in-no-list", LUNA, "0.5", "reported", None),
        ("unknown", "m", LUNA, "0.5", "reported", None),
        ("unknown", "m", counts(cost=0), None, "none", None),
        ("unknown", "m", counts(), None, "none", None),
        ("unknown", "m", IMPOSSIBLE, "0.25", "reported", None),
        ("openai", "gpt-6-luna", {**IMPOSSIBLE, "cost": 0}, None, "none", None),
        # A gateway in one's own network is free only as long as it names no charge.
        ("local", "m", LUNA, "0.5", "reported", None),
        ("local", "m", counts(cost=0), "0", "free", None),
    ],
)
async def test_an_amount_that_the_endpoint_names_counts_where_it_is_known_to_be_one(
    billed_by: str, model: str, usage: Any, cost: str | None, source: str, listed: str | None
) -> None:
    entry = await entry_of(billed_by, model, with_usage(usage, model=model.partition(":online")[0]))
    assert (entry.cost_usd, entry.cost_source) == (Decimal(cost) if cost else None, source)
    if listed is not None:
        assert entry.listed_cost_usd == Decimal(listed)
    assert json.loads(entry.usage_json) == usage


@pytest.mark.parametrize("billed_by", ["openrouter", "openai", "local", "unknown"])
async def test_a_persons_own_price_goes_before_what_the_endpoint_says(billed_by: str) -> None:
    prices = OwnPrices({"gpt-6-luna": own_price(Decimal(1), Decimal(2))})
    entry = await entry_of(billed_by, "gpt-6-luna", with_usage(LUNA, model="gpt-6-luna"), prices)
    assert (entry.cost_usd, entry.cost_source) == (Decimal("0.002"), "own")
    assert entry.reported_cost_usd == Decimal("0.5")


async def test_zeros_that_trail_a_report_change_nothing() -> None:
    zeros = {"choices": [], "usage": counts(0, 0, cost=0)}
    entry = await entry_of("openrouter", HAIKU, with_usage(counts(cost=0.0105), zeros))
    assert (entry.usage.input, entry.usage.output, entry.cost_usd) == (1000, 500, Decimal("0.0105"))


def growing(usage: dict[str, Any]) -> list[dict[str, Any]]:
    """Three words, each with the counts so far."""
    return [
        {**word, "usage": {**usage, "completion_tokens": number}}
        for number, word in enumerate(THREE_WORDS, start=1)
    ]


USED = counts(1000, 1, prompt_tokens_details={"cached_tokens": 900})
BEFORE_END = [
    # Counts that grow with the reply, counts at its beginning only, and none: 13 letters are 4 tokens here.
    (growing(USED), 1000, 900, 4),
    ([{"choices": [], "usage": USED}, *THREE_WORDS], 1000, 900, 4),
    ([*THREE_WORDS, {"choices": [], "usage": counts(1000, 500)}], 1000, None, 500),
    (THREE_WORDS, 40, None, 4),
]


@pytest.mark.parametrize("is_stopped", [True, False], ids=["stopped", "cut"])
@pytest.mark.parametrize(("chunks", "read", "cached", "written"), BEFORE_END)
async def test_counts_that_came_before_a_stop_or_a_cut_are_kept_and_completed(
    chunks: list[Any], read: int, cached: int | None, written: int, is_stopped: bool
) -> None:
    body = Endless(chunks, None if is_stopped else httpx2.ReadError("cut"))
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=body)
    entry = await entry_of("openai", "gpt-6-luna", answer, stop_after=body.all_said if is_stopped else None)
    assert entry.status == ("stopped" if is_stopped else "failed")
    assert (entry.usage.input, entry.usage.cached_input, entry.usage.output) == (read, cached, written)
    assert entry.usage_source == "estimated"
    assert entry.is_estimated


async def test_what_was_charged_stays_exact_when_only_the_last_word_of_the_protocol_is_missing() -> None:
    chunks = [*THREE_WORDS, FINISH, {"choices": [], "usage": counts(cost=0.0105)}]
    body = Endless(chunks, None)
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=body)
    entry = await entry_of("openrouter", HAIKU, answer, stop_after=body.all_said)
    assert (entry.usage_source, entry.cost_usd) == ("reported", Decimal("0.0105"))


async def test_an_amount_that_comes_before_the_end_is_said_is_the_whole() -> None:
    chunks = [*THREE_WORDS, {"choices": [], "usage": counts(cost=0.0105)}, FINISH]
    entry = await entry_of("openrouter", HAIKU, stream(*({**each, "model": HAIKU} for each in chunks)))
    assert (entry.cost_usd, entry.cost_source) == (Decimal("0.0105"), "reported")


async def test_an_amount_of_the_beginning_is_not_that_of_counts_that_follow() -> None:
    begun = {"choices": [], "usage": counts(1000, 1, cost=0.0001)}
    over = {**FINISH, "usage": {"completion_tokens": 500}}
    chunks = [begun, *THREE_WORDS, over]
    entry = await entry_of("openrouter", HAIKU, stream(*({**each, "model": HAIKU} for each in chunks)))
    assert (entry.cost_usd, entry.cost_source, entry.usage_source) == (
        Decimal("0.0035"),
        "listed",
        "reported",
    )


async def test_an_amount_that_more_words_followed_is_not_the_whole() -> None:
    chunks = [{"choices": [], "usage": counts(1000, 1, cost=0.0001)}, *THREE_WORDS, FINISH]
    entry = await entry_of("openrouter", HAIKU, stream(*({**each, "model": HAIKU} for each in chunks)))
    assert (entry.cost_source, entry.reported_cost_usd, entry.usage_source) == ("listed", None, "estimated")
    assert (entry.usage.input, entry.usage.output) == (1000, 4)


@pytest.mark.parametrize(
    ("usage", "kept"),
    [
        (counts(note="x" * 3000), counts()),
        (counts(note="a;=1+1"), counts(note="a;=1+1")),
        (counts(note='"é\n\u2028'), counts(note='"é\n\u2028')),
        ({**counts(), **{f"field_{n}": n for n in range(1000)}}, None),
    ],
)
async def test_the_raw_report_is_kept_as_far_as_it_fits_one_line(usage: Any, kept: Any) -> None:
    entry = await entry_of("openai", "gpt-6-luna", with_usage(usage))
    assert len(entry.usage_json.encode()) <= 2048
    assert entry.usage_json.isascii()
    assert ";" not in entry.usage_json
    assert json.loads(entry.usage_json) == kept or kept is None


def account(**told: Any) -> httpx2.Response:
    return httpx2.Response(200, json={"data": {"id": "gen-1", **told}})


@pytest.mark.parametrize(
    ("answer", "usd"),
    [
        (account(total_cost=0.0015), "0.0015"),
        (account(total_cost=0), "0"),
        (account(total_cost=0.001, is_byok=True, upstream_inference_cost=0.02), "0.021"),
        (account(total_cost=0.021, is_byok=False, upstream_inference_cost=0.02), "0.021"),
        (account(total_cost=0, is_byok=True, upstream_inference_cost=None), None),
        (account(total_cost=None), None),
        (account(total_cost=True), None),
        (account(), None),
        (httpx2.Response(200, json=[]), None),
        (httpx2.Response(200, json={"data": None}), None),
        (httpx2.Response(404, json={"error": {"message": "not yet"}}), None),
    ],
)
async def test_openrouter_says_afterwards_what_a_reply_was_charged(
    answer: httpx2.Response, usd: str | None
) -> None:
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return answer

    mock = httpx2.MockTransport(handle)
    async with provider_at(URL, transport=mock, billed_by="openrouter") as provider:
        assert provider.names_charges_later
        charged = await provider.charge_of("gen-1&x=2")
    assert charged == (None if usd is None else Decimal(usd))
    assert str(asked[0].url) == f"{URL}/generation?id=gen-1%26x%3D2"


async def test_an_account_that_cannot_be_had_is_an_error() -> None:
    answer = httpx2.Response(500, json={"error": {"message": "down"}})
    async with provider_at(URL, transport=transport(answer), billed_by="openrouter") as provider:
        with pytest.raises(ChatError):
            await provider.charge_of("gen-1")


HOUR = {"cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000}}


def details(**counts: Any) -> dict[str, Any]:
    return {"prompt_tokens_details": counts}


@pytest.mark.parametrize(
    ("billed_by", "model", "usage", "cost"),
    [
        # 10 plain at 2, 1,000 written at 2.5, 2,000 for an hour at 4, 100 out at 10
        (
            "anthropic",
            "claude-sonnet-5",
            {"input_tokens": 10, "output_tokens": 100, "cache_creation_input_tokens": 3000, **HOUR},
            "0.01152",
        ),
        ("anthropic", "claude-sonnet-5", {"input_tokens": 10, "output_tokens": 100, **HOUR}, "0.01152"),
        # Audio at its own rate (1 in place of 0.3), where it is not read from the cache, and images as text.
        ("google", "gemini-2.5-flash", counts(1000, 0, **details(audio_tokens=400)), "0.00058"),
        ("google", "gemini-2.5-flash", counts(1000, 0, **details(image_tokens=400)), "0.0003"),
        (
            "google",
            "gemini-2.5-flash",
            counts(
                1000,
                0,
                **details(cached_tokens=400, audio_tokens=400, cached_tokens_details={"audio_tokens": 400}),
            ),
            "0.000192",
        ),
        # More than there is room for is no count.
        ("google", "gemini-2.5-flash", counts(1000, 0, **details(audio_tokens=1001)), "0.0003"),
        *(
            ("google", "gemini-2.5-flash", counts(1000, 0, **details(audio_tokens=odd)), "0.0003")
            for odd in (0, "n/a", 1.5, -4)
        ),
    ],
)
async def test_what_has_a_rate_of_its_own_is_billed_at_it(
    billed_by: str, model: str, usage: Any, cost: str
) -> None:
    entry = await entry_of(billed_by, model, with_usage(usage, model=model))
    assert (entry.cost_usd, entry.usage_source) == (Decimal(cost), "reported")
