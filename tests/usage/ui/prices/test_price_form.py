from datetime import date

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.price_fields import PricesError
from usage.ui.prices.price_form import read_price

TYPED = {"model": "x", "input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}


def test_every_field_is_read() -> None:
    typed = {
        "model": " gpt-x ",
        "endpoint": "https://API.example.com:8080/v1",
        "from": "2026-11-25",
        "input_usd_per_mtok": "0.1",
        "cached_input_usd_per_mtok": "$0.01",
        "cache_write_usd_per_mtok": "$ 0,125",
        "output_usd_per_mtok": "10",
        "reasoning_usd_per_mtok": "3",
        "per_request_usd": ".01",
        "context_window": "128,000",
    }
    price = own_price(
        "0.1",
        10,
        date(2026, 11, 25),
        cached_input_usd_per_mtok="0.01",
        cache_write_usd_per_mtok="0.125",
        context_window=128_000,
        endpoint="api.example.com",
        reasoning_usd_per_mtok=3,
        per_request_usd="0.01",
    )
    assert read_price(typed) == ("gpt-x", price)


def test_what_is_left_empty_is_left_out() -> None:
    assert read_price(TYPED | {"cached_input_usd_per_mtok": " "}) == ("x", own_price(1, 2))


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("model", " ", "Model is missing: expected its name as the endpoint calls it"),
        ("input_usd_per_mtok", "", "Input price is missing: expected a number, 0 if it is free"),
        ("output_usd_per_mtok", " ", "Output price is missing: expected a number, 0 if it is free"),
        ("input_usd_per_mtok", "abc", 'Input price is "abc": expected an amount in USD such as 12.50'),
        (
            "input_usd_per_mtok",
            "1,250",
            'Input price is "1,250": expected 1250 or 1.250, as a comma could mean either',
        ),
        (
            "cached_input_usd_per_mtok",
            "0.0000001",
            "Cached input price is 0.0000001: expected at most 6 decimals",
        ),
        (
            "cache_write_usd_per_mtok",
            "10000.01",
            "Cache write price is 10000.01: expected 0 to 10,000 USD",
        ),
        ("per_request_usd", "x", 'Request price is "x": expected an amount in USD such as 12.50'),
        ("endpoint", "a/b", 'Endpoint is "a/b": expected a host such as api.example.com'),
        ("endpoint", "https://", 'Endpoint is "": expected a host such as api.example.com'),
        ("from", "25.11.2026", 'Valid from is "25.11.2026": expected a day such as 2026-11-25'),
        ("context_window", "0", "Context window is 0: expected a whole number of tokens, 1 or more"),
        ("context_window", "8k", 'Context window is "8k": expected a whole number of tokens, 1 or more'),
    ],
)
def test_what_is_wrong_is_named_by_its_field(field: str, typed: str, reason: str) -> None:
    with pytest.raises(PricesError) as refused:
        read_price(TYPED | {field: typed})
    assert str(refused.value) == reason
