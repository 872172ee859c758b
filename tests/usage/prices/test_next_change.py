"""When the hour changes what a model costs: DeepSeek's peak, from Monday to Friday."""

from datetime import UTC, datetime

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint

DEEPSEEK = Endpoint("api.deepseek.com", "deepseek")
BOOK = PriceBook(OwnPrices)
PEAK, OFF_PEAK = "1.32", "0.66"


def next_change(
    at: str, model: str = "deepseek-v4-pro", endpoint: Endpoint = DEEPSEEK, book: PriceBook = BOOK
) -> tuple[str, str] | None:
    """The moment, and the rate for input from then on."""
    found = book.next_change(endpoint, model, datetime.fromisoformat(at))
    return found and (found[0].isoformat(), str(found[1][0][1].input_usd_per_mtok))


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("2026-11-23T00:20:00+00:00", ("2026-11-23T01:00:00+00:00", PEAK)),  # a Monday
        ("2026-11-23T00:59:59+00:00", ("2026-11-23T01:00:00+00:00", PEAK)),
        ("2026-11-23T01:00:00+00:00", ("2026-11-23T04:00:00+00:00", OFF_PEAK)),
        ("2026-11-23T03:20:00+00:00", ("2026-11-23T04:00:00+00:00", OFF_PEAK)),
        ("2026-11-23T04:00:00+00:00", ("2026-11-23T06:00:00+00:00", PEAK)),
        ("2026-11-23T05:59:59+00:00", ("2026-11-23T06:00:00+00:00", PEAK)),
        ("2026-11-23T06:00:00+00:00", ("2026-11-23T10:00:00+00:00", OFF_PEAK)),
        ("2026-11-23T09:59:59+00:00", ("2026-11-23T10:00:00+00:00", OFF_PEAK)),
        ("2026-11-23T10:00:00+00:00", ("2026-11-24T01:00:00+00:00", PEAK)),
        ("2026-11-23T23:30:00+00:00", ("2026-11-24T01:00:00+00:00", PEAK)),
        # The same moments elsewhere.
        ("2026-11-23T09:20:00+08:00", ("2026-11-23T04:00:00+00:00", OFF_PEAK)),
        ("2026-11-22T22:20:00-05:00", ("2026-11-23T04:00:00+00:00", OFF_PEAK)),
        # From Friday to Monday.
        ("2026-11-27T09:59:59+00:00", ("2026-11-27T10:00:00+00:00", OFF_PEAK)),
        ("2026-11-27T10:00:00+00:00", None),
        ("2026-11-28T00:30:00+00:00", None),
        ("2026-11-28T08:00:00+00:00", None),
        ("2026-11-29T00:59:59+00:00", None),
        ("2026-11-29T01:00:00+00:00", ("2026-11-30T01:00:00+00:00", PEAK)),
        ("2026-11-29T12:00:00+00:00", ("2026-11-30T01:00:00+00:00", PEAK)),
    ],
)
def test_the_next_change_is_told_with_what_holds_then(at: str, change: tuple[str, str] | None) -> None:
    assert next_change(at) == change


@pytest.mark.parametrize(
    ("endpoint", "model"),
    [
        (Endpoint("api.openai.com", "openai"), "gpt-6-luna"),
        (Endpoint("api.openai.com", "openai"), "gpt-9"),
        (Endpoint("llm.example.com"), "deepseek-v4-pro"),
        (Endpoint("localhost", "local"), "deepseek-v4-pro"),
        (Endpoint("demo", "demo"), "demo"),
    ],
)
def test_a_price_that_goes_by_no_hours_has_no_next_change(endpoint: Endpoint, model: str) -> None:
    assert next_change("2026-11-23T00:20:00+00:00", model, endpoint) is None


def test_an_own_price_goes_by_no_hours() -> None:
    book = PriceBook(lambda: OwnPrices({"deepseek-v4-pro": own_price(1, 2)}))
    assert next_change("2026-11-23T00:20:00+00:00", book=book) is None


def test_the_moment_is_in_utc() -> None:
    found = BOOK.next_change(DEEPSEEK, "deepseek-flash", datetime(2026, 11, 23, 3, 20, tzinfo=UTC))
    assert found is not None
    assert found[0].tzinfo is UTC
    assert found[1] == BOOK.steps(DEEPSEEK, "deepseek-flash", found[0])
