from decimal import Decimal

import pytest

from usage.units.money import format_price, format_rate, format_tokens, format_usd


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        ("0.00111", "$0.00111"),
        ("0.00011", "$0.00011"),
        ("0.000123456", "$0.000123"),
        ("0.00100", "$0.001"),
        ("0.00999", "$0.00999"),
        ("0.009999", "$0.01"),
        ("0.01", "$0.01"),
        ("0.0123", "$0.0123"),
        ("0.01234", "$0.0123"),
        ("0.01235", "$0.0124"),
        ("0.37", "$0.37"),
        ("0.3", "$0.30"),
        ("4.12", "$4.12"),
        ("7", "$7.00"),
        ("1E+3", "$1,000.00"),
        ("1234567.89", "$1,234,567.89"),
    ],
)
def test_a_cost_reads_as_dollars(cost: str, text: str) -> None:
    assert format_usd(Decimal(cost)) == text


def test_the_smallest_cost_is_written_out_and_never_reads_as_nothing() -> None:
    assert format_usd(Decimal("1E-12")) == "$0.000000000001"


def test_a_cost_of_zero_is_free() -> None:
    assert format_usd(Decimal("0.000")) == "free"


def test_an_unknown_cost_is_said_to_be_unknown_also_when_estimated() -> None:
    assert format_usd(None) == "price unknown"
    assert format_usd(None, estimated=True) == "price unknown"


def test_an_estimated_cost_is_marked() -> None:
    assert format_usd(Decimal("0.0012"), estimated=True) == "≈ $0.0012"


def test_an_estimate_of_nothing_is_free() -> None:
    assert format_usd(Decimal(0), estimated=True) == "free"


def test_a_difference_below_zero_keeps_its_sign() -> None:
    assert format_usd(Decimal("-0.00111")) == "-$0.00111"


def test_tokens_have_thousands_separators() -> None:
    assert (format_tokens(0), format_tokens(999), format_tokens(1_234_567)) == ("0", "999", "1,234,567")


def test_a_rate_keeps_every_digit() -> None:
    assert format_rate(Decimal("0.0375")) == "$0.0375"
    assert format_rate(Decimal("0.000001")) == "$0.000001"
    assert format_rate(Decimal("1E+1")) == "$10.00"


def test_an_unknown_rate_is_said_to_be_unknown() -> None:
    assert format_rate(None) == "price unknown"


def test_a_price_names_input_before_output() -> None:
    assert format_price(Decimal("0.1"), Decimal("0.5")) == "$0.10/0.50"


def test_a_price_is_free_only_when_both_rates_are_zero() -> None:
    assert format_price(Decimal(0), Decimal(0)) == "free"
    assert format_price(Decimal(0), Decimal("0.5")) == "$0.00/0.50"


def test_a_price_with_one_rate_unknown_is_unknown() -> None:
    assert format_price(Decimal("0.1"), None) == "price unknown"
