from datetime import date
from decimal import Decimal

import pytest

from usage.prices import OwnPrice
from usage.prices.own_prices import PricesError
from usage.ui.prices.price_form import read_price_form


def test_every_field_is_read() -> None:
    typed = (
        " gpt-x ",
        "0.1",
        "$0.01",
        "$ 0,125",
        "10",
        "https://API.example.com:8080/v1",
        "2026-11-25",
        "3",
        ".01",
    )
    assert read_price_form(*typed, "128,000") == (
        "gpt-x",
        OwnPrice(
            input_usd_per_mtok=Decimal("0.1"),
            output_usd_per_mtok=Decimal(10),
            cached_input_usd_per_mtok=Decimal("0.01"),
            cache_write_usd_per_mtok=Decimal("0.125"),
            context_window=128_000,
            endpoint="api.example.com",
            reasoning_usd_per_mtok=Decimal(3),
            per_request_usd=Decimal("0.01"),
            from_day=date(2026, 11, 25),
        ),
    )


def test_what_is_left_empty_is_left_out() -> None:
    assert read_price_form("x", "0", "", " ", "2") == ("x", OwnPrice(Decimal(0), Decimal(2)))


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("model", " ", "Model is missing: expected its name as the endpoint calls it"),
        ("input_rate", "", "Input price is missing: expected a number, 0 if it is free"),
        ("output_rate", " ", "Output price is missing: expected a number, 0 if it is free"),
        ("input_rate", "abc", 'Input price is "abc": expected an amount in USD such as 12.50'),
        (
            "input_rate",
            "1,250",
            'Input price is "1,250": expected 1250 or 1.250, as a comma could mean either',
        ),
        ("cached_rate", "0.0000001", "Cached input price is 0.0000001: expected at most 6 decimals"),
        (
            "cache_write_rate",
            "10000.01",
            "Cache write price is 10000.01: expected 0 to 10,000 USD per million tokens",
        ),
        ("per_request", "x", 'Price of a request is "x": expected an amount in USD such as 12.50'),
        ("endpoint", "a/b", 'Endpoint is "a/b": expected a host such as api.example.com'),
        ("endpoint", "https://", 'Endpoint is "": expected a host such as api.example.com'),
        ("from_day", "25.11.2026", 'Day is "25.11.2026": expected a day such as 2026-11-25'),
        ("context_window", "0", "Context window is 0: expected a whole number of tokens, 1 or more"),
        ("context_window", "8k", 'Context window is "8k": expected a whole number of tokens, 1 or more'),
    ],
)
def test_what_is_wrong_is_named_by_its_field(field: str, typed: str, reason: str) -> None:
    fields = {"model": "x", "input_rate": "1", "cached_rate": "", "cache_write_rate": "", "output_rate": "2"}
    with pytest.raises(PricesError) as refused:
        read_price_form(**(fields | {field: typed}))
    assert str(refused.value) == reason
