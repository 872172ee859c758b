"""Where a prompt becomes dearer or cheaper: above a size, and with the hour."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.helpers.fakes import FakeLedger, FourBytes
from tests.helpers.given_prices import own_price
from usage.forecast import Forecast, PriceChange, PriceStep, Prompt, ReplyLengths, Tokenizer
from usage.forecast.price_changes import price_change, step_ahead, step_passed
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, PriceSteps, price_of

OPENAI = Endpoint("api.openai.com", "openai")
GOOGLE = Endpoint("generativelanguage.googleapis.com", "google")
ANTHROPIC = Endpoint("api.anthropic.com", "anthropic")
OPENROUTER = Endpoint("openrouter.ai", "openrouter")
DEEPSEEK = Endpoint("api.deepseek.com", "deepseek")
LOCAL = Endpoint("localhost", "local")
DEMO = Endpoint("demo", "demo")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
NO_OWN = OwnPrices()


def forecast(
    endpoint: Endpoint, model: str, tokens: int = 8, at: datetime = MONDAY, own: OwnPrices = NO_OWN
) -> Forecast:
    """What a prompt of that many tokens would cost by the built-in list, or by own prices."""
    meter = Meter(FakeLedger(), PriceBook(lambda: own), Tokenizer(FourBytes))
    found = meter.forecast(
        endpoint, model, Prompt.of_texts(("user", "x" * 4 * (tokens - 7))), at, ReplyLengths()
    )
    assert found.tokens.tokens == tokens
    return found


def step(tokens: int, times: str, below_usd: str) -> PriceStep:
    return PriceStep(tokens, Decimal(times), Decimal(below_usd))


@pytest.mark.parametrize(
    ("endpoint", "model", "tokens", "passed", "ahead"),
    [
        (OPENAI, "gpt-5.4", 8, None, step(272_000, "2", "0.00002")),
        (OPENAI, "gpt-5.4", 272_000, None, step(272_000, "2", "0.68")),
        (OPENAI, "gpt-5.4", 272_001, step(272_000, "2", "0.6800025"), None),
        (GOOGLE, "gemini-2.5-pro", 200_000, None, step(200_000, "2", "0.25")),
        (GOOGLE, "gemini-2.5-pro", 200_001, step(200_000, "2", "0.25000125"), None),
        (ANTHROPIC, "claude-haiku-5-5", 100_001, step(100_000, "5", "0.0100001"), None),
        (
            OPENROUTER,
            "bytedance-seed/seed-1.6-flash",
            128_001,
            step(128_000, str(Decimal("0.1") / Decimal("0.075")), "0.009600075"),
            None,
        ),
        (
            OPENROUTER,
            "qwen/qwen3.7-flash",
            32_001,
            step(32_000, str(Decimal("0.1") / Decimal("0.03")), "0.00096003"),
            step(256_000, "2", "0.0032001"),
        ),
    ],
)
def test_a_step_is_passed_by_the_first_token_above_it(
    endpoint: Endpoint, model: str, tokens: int, passed: PriceStep | None, ahead: PriceStep | None
) -> None:
    found = forecast(endpoint, model, tokens)
    assert (found.step_passed, found.step_ahead) == (passed, ahead)


@pytest.mark.parametrize(
    ("endpoint", "model", "own"),
    [
        (DEEPSEEK, "deepseek-v4-pro", NO_OWN),
        (OPENAI, "gpt-5.4", OwnPrices({"gpt-5.4": own_price(1, 2)})),
        (OPENAI, "gpt-99-nobody", NO_OWN),
        (LOCAL, "gpt-5.4", NO_OWN),
        (DEMO, "gpt-5.4", NO_OWN),
    ],
    ids=["one price", "own", "unknown", "local", "demo"],
)
def test_what_has_one_price_for_every_size_has_no_steps(
    endpoint: Endpoint, model: str, own: OwnPrices
) -> None:
    found = forecast(endpoint, model, 272_001, own=own)
    assert (found.step_passed, found.step_ahead) == (None, None)


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("2026-11-23T00:59:00", ("2026-11-23T01:00:00", 1, "2")),  # a Monday
        ("2026-11-23T01:00:00", ("2026-11-23T04:00:00", 180, "0.5")),
        ("2026-11-23T03:59:00", ("2026-11-23T04:00:00", 1, "0.5")),
        ("2026-11-23T04:00:00", ("2026-11-23T06:00:00", 120, "2")),
        ("2026-11-23T06:00:00", ("2026-11-23T10:00:00", 240, "0.5")),
        ("2026-11-23T10:00:00", ("2026-11-24T01:00:00", 900, "2")),
        ("2026-11-27T09:59:00", ("2026-11-27T10:00:00", 1, "0.5")),  # a Friday
        ("2026-11-27T10:00:00", None),
        ("2026-11-28T03:00:00", None),
        ("2026-11-29T23:59:00", ("2026-11-30T01:00:00", 61, "2")),
    ],
)
def test_the_hour_changes_the_price_at_the_edges_of_the_peak(
    at: str, change: tuple[str, int, str] | None
) -> None:
    found = forecast(DEEPSEEK, "deepseek-v4-pro", at=_utc(at)).change
    if change is None:
        assert found is None
    else:
        moment, minutes, times = change
        assert found == PriceChange(_utc(moment), timedelta(minutes=minutes), Decimal(times))


@pytest.mark.parametrize(
    ("endpoint", "model", "own"),
    [
        (OPENAI, "gpt-5.4", NO_OWN),
        (DEEPSEEK, "deepseek-v4-pro", OwnPrices({"deepseek-v4-pro": own_price(1, 2)})),
        (DEEPSEEK, "deepseek-99-nobody", NO_OWN),
        (LOCAL, "deepseek-v4-pro", NO_OWN),
        (DEMO, "deepseek-v4-pro", NO_OWN),
    ],
    ids=["no hours", "own", "unknown", "local", "demo"],
)
def test_a_price_that_goes_by_no_hours_does_not_change(
    endpoint: Endpoint, model: str, own: OwnPrices
) -> None:
    assert forecast(endpoint, model, own=own, at=_utc("2026-11-23T00:59:00")).change is None


def test_of_several_steps_the_highest_below_and_the_lowest_above_count() -> None:
    steps = _steps((0, 1), (10, 2), (20, 6), (30, 12), (40, 24))
    assert step_passed(steps, 25) == step(20, "3", "0.00005")
    assert step_ahead(steps, 25) == step(30, "2", "0.00015")


@pytest.mark.parametrize("rate", [1, "0.5"])
def test_what_costs_no_more_is_no_step(rate: str | int) -> None:
    steps = _steps((0, 1), (10, rate))
    assert (step_passed(steps, 11), step_ahead(steps, 10)) == (None, None)


@pytest.mark.parametrize(("before", "after"), [(1, 1), (0, 1)])
def test_a_change_that_leaves_the_input_as_it_is_or_begins_at_nothing_is_not_told(
    before: int, after: int
) -> None:
    assert price_change(_steps((0, before)), (MONDAY, _steps((0, after))), MONDAY, 8) is None


def _steps(*steps: tuple[int, str | int]) -> PriceSteps:
    return tuple(
        (start, price_of(dict.fromkeys(("input_usd_per_mtok", "output_usd_per_mtok"), Decimal(rate)), "list"))
        for start, rate in steps
    )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
