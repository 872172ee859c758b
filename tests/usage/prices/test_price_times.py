"""Listed prices that depend on the day and the hour of a call, at each boundary."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.units import Endpoint

SECOND = timedelta(seconds=1)


@pytest.fixture
def book() -> PriceBook:
    return PriceBook(OwnPrices())


def rates(book: PriceBook, provider: str, model: str, at: datetime) -> str:
    """Input, cached input and output."""
    price = book.price(Endpoint("", provider), model, 1000, at)
    assert price is not None
    return f"{price.input_usd_per_mtok} {price.cached_input_usd_per_mtok} {price.output_usd_per_mtok}"


@pytest.mark.parametrize(
    ("provider", "model", "day", "before", "after"),
    [
        ("openai", "o3", "2025-06-10", "10 0.5 40", "2 0.5 8"),
        ("openai", "gpt-5.6-luna", "2026-07-30", "1 0.1 6", "0.2 0.02 1.2"),
        ("openrouter", "google/gemini-2.5-pro", "2026-10-19", "1.25 0.31 10", "1.25 0.125 10"),
        ("mistral", "voxtral-small-24b-2507", "2026-08-11", "0.1 0.01 0.3", "0.1 0.01 0.4"),
    ],
)
def test_a_price_holds_from_the_first_second_of_its_day(
    book: PriceBook, provider: str, model: str, day: str, before: str, after: str
) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert rates(book, provider, model, midnight - SECOND) == before
    assert rates(book, provider, model, midnight) == after


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_the_day_is_that_of_utc_wherever_the_call_was_made(book: PriceBook, hours: int) -> None:
    first = datetime(2025, 6, 10, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert rates(book, "openai", "o3", first - SECOND) == "10 0.5 40"
    assert rates(book, "openai", "o3", first) == "2 0.5 8"


@pytest.mark.parametrize(
    ("model", "time", "before", "after"),
    [
        ("deepseek-chat", "00:30", "0.135 0.035 0.55", "0.27 0.07 1.1"),
        ("deepseek-chat", "16:30", "0.27 0.07 1.1", "0.135 0.035 0.55"),
        ("deepseek-flash", "01:00", "0.15 0.003 0.6", "0.3 0.006 1.2"),
        ("deepseek-flash", "04:00", "0.3 0.006 1.2", "0.15 0.003 0.6"),
        ("deepseek-flash", "06:00", "0.15 0.003 0.6", "0.3 0.006 1.2"),
        ("deepseek-flash", "10:00", "0.3 0.006 1.2", "0.15 0.003 0.6"),
    ],
)
def test_a_price_of_certain_hours_begins_and_ends_with_them(
    book: PriceBook, model: str, time: str, before: str, after: str
) -> None:
    boundary = datetime.fromisoformat(f"2026-11-22T{time}").replace(tzinfo=UTC)
    assert rates(book, "deepseek", model, boundary - SECOND) == before
    assert rates(book, "deepseek", model, boundary) == after
    assert rates(book, "deepseek", model, boundary.astimezone(timezone(timedelta(hours=8)))) == after


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-08-16T23:59:59", "0.14 0.0028 0.28"),
        ("2026-08-17T00:00:00", "0.22 0.007 0.66"),
        ("2026-08-17T01:00:00", "0.3 0.006 1.2"),
        ("2026-08-17T04:00:00", "0.22 0.007 0.66"),
        ("2026-09-09T23:59:59", "0.22 0.007 0.66"),
        ("2026-09-10T00:00:00", "0.15 0.003 0.6"),
        ("2026-09-10T09:59:59", "0.3 0.006 1.2"),
        ("2026-09-10T10:00:00", "0.15 0.003 0.6"),
    ],
)
def test_days_and_hours_go_together(book: PriceBook, moment: str, expected: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert rates(book, "deepseek", "deepseek-v4-flash", at) == expected


def test_a_tier_follows_the_day_too(book: PriceBook) -> None:
    # Its flex price is announced for the same day on which its standard price doubles.
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    for at, expected in ((new_year - SECOND, "0.25"), (new_year, "0.5")):
        price = book.price(Endpoint("", "google"), "gemini-3.8-flash-lite-tts", 1, at, "flex")
        assert price is not None
        assert str(price.input_usd_per_mtok) == expected
