"""Which price a call has when the reply names the model that answered, and what budgets make of it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from chat.conversation import Turn
from chat.providers import Answered, Completed, NotSent, Parameters, TextDelta
from tests.helpers.fakes import NOW, Rig, rig_in
from tests.helpers.given_prices import own_price
from tests.helpers.ledger_entries import price_source
from usage.budgets import Limit
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint, TokenUsage

OPENAI = Endpoint("api.openai.com", "openai")
LUNA, SOL, ASTRA = Decimal("0.10"), Decimal(2), Decimal(10)  # what their input costs in the list
OWN = Decimal(7)
SAME = ("gpt-6-luna", "gpt-6-luna-2026-11-01", "gpt-6-luna-1101", "openai/gpt-6-luna")
DEARER = ("gpt-6-astra", "openai/gpt-6-astra", "openai/gpt-6-astra-2026-11-01")
UNLISTED = (
    *("gpt-6-luna-pro", "gpt-6-luna-latest", "daybreak-blue-latest", "openai/daybreak-blue-latest"),
    *("gpt-5-search-api-2025-10-14", "openai/"),
)
CLAUDE, WAYS = "anthropic/claude-sonnet-4.5", ("", ":nitro", ":floor")
FREE = "meta-llama/llama-3.3-70b-instruct:free"
REPORTED = Completed(TokenUsage(input=1000, output=500))


def input_rate(
    asked: str,
    answered: str | None,
    provider: str = "openai",
    own: str = "",
    tier: str | None = None,
) -> Decimal | None:
    """What a million tokens of input cost in a call that was answered so."""
    prices = OwnPrices({own: own_price(OWN, OWN)} if own else {})
    endpoint = Endpoint("host.example", provider)
    answer = PriceBook(lambda: prices).prices_of_answer(endpoint, asked, answered, 1000, NOW, tier)
    price = answer.in_force
    return price.input_usd_per_mtok if price else None


@pytest.mark.parametrize(
    ("provider", "own", "asked", "answered", "rate"),
    [
        # The price is that of the model that answered.
        *(("openai", "", "gpt-6-luna", answered, LUNA) for answered in (None, *SAME)),
        ("openai", "", "openai/gpt-6-luna", "gpt-6-luna", LUNA),
        *(("openai", "", "gpt-6-luna", answered, ASTRA) for answered in DEARER),
        ("openai", "", "gpt-6-astra", "gpt-6-luna", LUNA),
        ("openai", "", "prod-chat", "gpt-6.1-sol", SOL),
        ("openai", "", "prod-chat", "prod-chat", None),
        *(("openai", "", "gpt-6-luna", answered, None) for answered in UNLISTED),
        # By a route OpenRouter asks the same model, and what is free there stays free.
        *(("openrouter", "", f"{CLAUDE}{way}", answered, 3) for way in WAYS for answered in (None, CLAUDE)),
        *(("openrouter", "", CLAUDE, f"{CLAUDE}{way}", 3) for way in WAYS),
        *(("openrouter", "", FREE, answered, 0) for answered in (None, FREE, CLAUDE, "other")),
        ("openrouter", FREE, FREE, None, OWN),
        ("openai", "", "gpt-6-luna:free", None, None),
        ("openai", "", "gpt-6-luna:nitro", None, None),
        # Whose list it is matters.
        ("demo", "", "demo", "other", 0),
        ("local", "", "gpt-6-luna", "daybreak-blue-latest", 0),
        ("unknown", "", "gpt-6-luna", "gpt-6-luna", None),
        ("azure", "", "prod-chat", "gpt-4o-2024-08-06", Decimal("2.5")),
        ("openrouter", "", "openrouter/auto", "anthropic/claude-haiku-4.5", 1),
        ("groq", "", "openai/gpt-oss-120b", "groq/openai/gpt-oss-120b", Decimal("0.15")),
        # An own price of the model that answered, or of the same one by another name, goes before all.
        ("openai", "gpt-6-astra", "gpt-6-luna", "gpt-6-astra", OWN),
        ("openai", "gpt-6-luna", "gpt-6-luna", "openai/gpt-6-luna-2026-11-01", OWN),
        ("openai", "openai/gpt-6-luna", "openai/gpt-6-luna", "gpt-6-luna", OWN),
        ("local", "gpt-6-luna", "gpt-6-luna", "x/gpt-6-luna", OWN),
        # That of a listed model says nothing of another that answered.
        ("openai", "gpt-6-luna", "gpt-6-luna", "gpt-6-astra", ASTRA),
        ("openai", "gpt-6-luna", "gpt-6-luna", "daybreak-blue-latest", None),
        # A name of one's own stands for whatever answers: somebody knows what asking by it costs.
        ("azure", "prod-chat", "prod-chat", "gpt-4o-2024-08-06", OWN),
        ("unknown", "prod-chat", "prod-chat", "other", OWN),
        ("local", "prod-chat", "prod-chat", "other", OWN),
        ("demo", "demo", "demo", "demo", 0),
    ],
)
def test_the_price_is_that_of_the_answer(
    provider: str, own: str, asked: str, answered: str | None, rate: Decimal | None
) -> None:
    assert input_rate(asked, answered, provider, own) == rate


def test_the_tier_is_that_of_the_model_that_answered() -> None:
    assert input_rate("gpt-6-luna", "gpt-6-astra", tier="flex") == ASTRA / 2
    assert input_rate("gpt-6-luna", "gpt-6-astra", tier="nobody-knows") is None


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A budget for one call of gpt-6-luna with a reply of at most 1,000 tokens."""
    rig = rig_in(tmp_path, [Limit(Decimal("0.00112"), "day")])
    rig.provider.endpoint = OPENAI
    yield rig
    rig.store.close()


async def reply_of(rig: Rig, answered: str) -> Turn:
    """Ask gpt-6-luna, and let somebody answer."""
    rig.provider.tell(TextDelta("Because."), Answered(answered), REPORTED)
    asked = rig.ask(model="gpt-6-luna", parameters=Parameters(max_output_tokens=1000))
    return await rig.end_of(await rig.start(asked))


@pytest.mark.parametrize("answered", ["daybreak-blue-latest", "gpt-6-luna-pro"])
async def test_what_nobody_can_price_stays_set_aside(rig: Rig, answered: str) -> None:
    ended = await reply_of(rig, answered)
    assert ended.entry is not None
    assert (ended.entry.cost_usd, price_source(ended.entry)) == (None, "unknown")
    with pytest.raises(NotSent, match="budget"):
        await reply_of(rig, answered)


async def test_what_the_model_that_was_asked_costs_is_spent_and_no_more(rig: Rig) -> None:
    for _ in range(2):
        ended = await reply_of(rig, "gpt-6-luna-2026-11-01")
        assert ended.entry is not None
        assert ended.entry.cost_usd == Decimal("0.00035")


async def test_a_dearer_model_that_answered_uses_the_budget_up(rig: Rig) -> None:
    ended = await reply_of(rig, "openai/gpt-6-astra")
    assert ended.entry is not None
    assert ended.entry.cost_usd == Decimal("0.035")
    with pytest.raises(NotSent, match="budget"):
        await reply_of(rig, "gpt-6-luna")


@pytest.mark.parametrize(
    ("asked", "answered", "cost"),
    [
        ("flex", "flex", "0.000175"),
        ("flex", "default", "0.00035"),
        ("flex", None, "0.00035"),
        ("priority", "default", "0.00035"),
        (None, "flex", "0.000175"),
        (None, "priority", "0.0007"),
    ],
)
async def test_the_tier_that_answered_is_billed_whatever_was_asked_for(
    rig: Rig, asked: str | None, answered: str | None, cost: str
) -> None:
    rig.provider.tell(TextDelta("Because."), Answered("gpt-6-luna", answered), REPORTED)
    parameters = Parameters(max_output_tokens=1000, service_tier=asked)
    ended = await rig.end_of(await rig.start(rig.ask(model="gpt-6-luna", parameters=parameters)))
    [request] = rig.provider.requests
    assert (request.parameters.service_tier, rig.stored(ended).parameters.service_tier) == (asked, asked)
    assert ended.entry is not None
    assert (ended.entry.service_tier, ended.entry.cost_usd) == (answered, Decimal(cost))
