from decimal import Decimal

import pytest

from usage.units.money import (
    AmountError,
    column_decimals,
    editable_usd,
    format_amount,
    format_price,
    format_rate,
    format_tokens,
    format_usd,
    read_usd,
)


@pytest.mark.parametrize(
    ("typed", "usd"),
    [
        ("5", "5"),
        (" 0.50 ", "0.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0,5", "0.5"),
        ("0,125", "0.125"),
        ("12,50", "12.50"),
        ("1,2345", "1.2345"),
        ("1.250", "1.250"),
        ("0010", "10"),
        ("$5", "5"),
        (" $ 0.25", "0.25"),
        ("0", "0"),
        ("0.000000000001", "0.000000000001"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_an_amount_is_read_to_its_last_digit(typed: str, usd: str) -> None:
    assert str(read_usd(typed)) == str(Decimal(usd))


SUCH_AS = "expected an amount in USD such as 12.50"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        *((text, SUCH_AS) for text in ("", " ", "$", ".", ",", "-", "lots", "nan", "inf", "0x10", "٥")),
        *((text, SUCH_AS) for text in ("+1", "1e3", "1_0", "5 EUR", "€5", "1.2.3", "1.000,50", "1 000")),
        ("-1", "expected an amount in USD of 0 or more"),
        ("$-0.01", "expected an amount in USD of 0 or more"),
        ("1,000", "expected 1000 or 1.000, as a comma could mean either"),
        ("$12,345", "expected 12345 or 12.345, as a comma could mean either"),
        ("1,000.5", "expected 1000.5, without commas between thousands"),
        ("1,000,000", "expected 1000000, without commas between thousands"),
        ("1000000000000000", "expected at most 15 digits before the point"),
        ("0.0000000000001", "expected at most 12 decimals"),
    ],
)
def test_any_other_text_is_refused_and_says_what_to_write(typed: str, reason: str) -> None:
    with pytest.raises(AmountError) as refused:
        read_usd(typed)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("5", "5.00"),
        ("0", "0.00"),
        ("0.5", "0.50"),
        ("1234.5", "1234.50"),
        ("0.000001", "0.000001"),
        ("1.250000", "1.25"),
    ],
)
def test_an_amount_for_editing_can_be_read_again(usd: str, text: str) -> None:
    assert editable_usd(Decimal(usd)) == text
    assert read_usd(text) == Decimal(usd)


def test_no_amount_leaves_its_field_empty() -> None:
    assert editable_usd(None) == ""


@pytest.mark.parametrize(
    ("amounts", "texts"),
    [
        (["4.12", "0.00111", "0", "-1234.5"], ["$4.12000", "$0.00111", "$0.00000", "-$1,234.50000"]),
        (["7", "0.3"], ["$7.00", "$0.30"]),
        (["0.01235", "2"], ["$0.0124", "$2.0000"]),
        (["0"], ["$0.00"]),
        ([], []),
    ],
)
def test_the_amounts_of_a_column_have_the_decimals_that_its_finest_one_shows(
    amounts: list[str], texts: list[str]
) -> None:
    column = [*map(Decimal, amounts)]
    decimals = column_decimals(column)
    assert [format_amount(amount, decimals) for amount in column] == texts


@pytest.mark.parametrize(("amounts", "decimals"), [(["1.23456789", "2"], 8), (["1", "2.500"], 2), ([], 2)])
def test_an_exact_column_has_all_decimals(amounts: list[str], decimals: int) -> None:
    assert column_decimals(map(Decimal, amounts), exact=True) == decimals


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
