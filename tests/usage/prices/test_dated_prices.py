"""Own prices that begin on a day, or that a model has several of."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrice, OwnPrices, load_own_prices
from usage.prices.price_fields import PricesError
from usage.units import Endpoint

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOST = "api.example.com"
PRICED = "input_usd_per_mtok = 1\noutput_usd_per_mtok = 2\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prices.toml"


def own(rate: int, day: date | None = None, endpoint: str | None = None) -> OwnPrice:
    return own_price(rate, 2 * rate, day=day, endpoint=endpoint)


OLD, NEW = own(1), own(2, date(2026, 11, 25))


def test_a_model_may_have_prices_from_several_days(path: Path) -> None:
    path.write_text("""
[[models."x"]]
input_usd_per_mtok = 1
output_usd_per_mtok = 2

[[models."x"]]
from = 2026-11-25
input_usd_per_mtok = 2
output_usd_per_mtok = 4

[[models."x"]]
from = "2027-01-01"
endpoint = "api.example.com"
input_usd_per_mtok = 3
output_usd_per_mtok = 6
""")
    assert load_own_prices(path) == OwnPrices({"x": (OLD, NEW, own(3, date(2027, 1, 1), HOST))})


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_a_price_holds_from_midnight_utc_of_its_day(hours: int) -> None:
    prices = OwnPrices({"x": (NEW, OLD)})
    midnight = datetime(2026, 11, 25, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert prices.find(HOST, "x", midnight - timedelta(microseconds=1)) == OLD
    assert prices.find(HOST, "x", midnight) == NEW


def test_before_its_first_day_a_model_has_no_own_price() -> None:
    prices = OwnPrices({"x": NEW})
    assert prices.find(HOST, "x", AT - timedelta(days=1)) is None
    assert prices.find(HOST, "x", AT) == NEW


def test_the_price_for_a_host_goes_before_a_later_one_for_all() -> None:
    here = own(9, date(2026, 1, 1), HOST)
    prices = OwnPrices({"x": (OLD, here, NEW)})
    assert prices.find("API.example.com", "x", AT) == here
    assert prices.find("other.example.com", "x", AT) == NEW
    assert prices.find(HOST, "x", datetime(2025, 12, 31, tzinfo=UTC)) == OLD


def test_before_an_own_price_begins_the_listed_one_holds() -> None:
    book = PriceBook(OwnPrices({"gpt-4o": own(7, date(2026, 11, 25))}))
    prices = [book.price(Endpoint(HOST, "openai"), "gpt-4o", 1, at) for at in (AT - timedelta(days=1), AT)]
    assert [str(price.input_usd_per_mtok) for price in prices if price] == ["2.5", "7"]


def test_own_reasoning_and_requests_are_charged() -> None:
    price = own_price(1, 2, reasoning_usd_per_mtok=3, per_request_usd="0.01")
    found = PriceBook(OwnPrices({"x": price})).price(Endpoint(HOST), "x", 1, AT)
    assert found is not None
    assert (found.reasoning_usd_per_mtok, found.per_request_usd) == (Decimal(3), Decimal("0.01"))


def test_the_context_window_is_that_of_the_newest_price_that_names_one() -> None:
    first = own_price(1, 1, context_window=1000)
    second = own_price(1, 1, context_window=2000, day=date(2026, 11, 1))
    prices = OwnPrices({"x": (second, first, NEW)})
    assert prices.context_window(HOST, "x") == 2000
    assert prices.context_window(HOST, "y") is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            f"[[models.x]]\n{PRICED}\n# again\n[[models.x]]\n{PRICED}",
            'line 6, [[models."x"]]: a second price without a day (from), expected one',
        ),
        (
            f'[[models.x]]\n{PRICED}from = 2026-11-25\nendpoint = "A.example.com"\n\n'
            f'[[models.x]]\n{PRICED}from = "2026-11-25"\nendpoint = "a.example.com"\n',
            'line 7, [[models."x"]]: a second price from 2026-11-25 for a.example.com, expected one',
        ),
        (
            f"[[models.x]]\n{PRICED}[[models.x]]\n{PRICED}from = 2026-11-25T00:00:00Z\n",
            'line 7, [[models."x"]] from is 2026-11-25 00:00:00+00:00: expected a day such as 2026-11-25',
        ),
        (
            f'[models.x]\n{PRICED}from = "2026-02-30"\n',
            'line 4, [models."x"] from is "2026-02-30": expected a day such as 2026-11-25',
        ),
        (
            f'[models.x]\n{PRICED}from = "20261125"\n',
            'line 4, [models."x"] from is "20261125": expected a day such as 2026-11-25',
        ),
        (
            f"[models.x]\n{PRICED}per_request_usd = 10_001\n",
            'line 4, [models."x"] per_request_usd is 10001: expected 0 to 10,000 USD for each request',
        ),
        (
            "models.x = [1]\n",
            'line 1, [[models."x"]]: expected a table with input_usd_per_mtok and output_usd_per_mtok',
        ),
        ("[[models.x]]\nfrom = 2026-11-25\n", 'line 1, [[models."x"]] input_usd_per_mtok: missing'),
    ],
)
def test_what_is_wrong_is_named_by_line_and_field(path: Path, content: str, reason: str) -> None:
    path.write_text(content)
    with pytest.raises(PricesError) as caught:
        load_own_prices(path)
    assert str(caught.value) == f"{path} {reason}"
