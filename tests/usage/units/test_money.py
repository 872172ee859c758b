from decimal import Decimal

import pytest

from usage.units.money import (
    AmountError,
    decimals_of,
    editable_usd,
    format_amount,
    format_exact,
    format_percent,
    format_price,
    format_rate,
    format_tokens,
    format_usd,
    read_usd,
    rounded_usd,
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
    assert editable_usd(None) == ""


def amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("cost", "estimated", "text"),
    [
        ("0.00111", False, "$0.0011"),
        ("0.00115", False, "$0.0012"),
        ("0.00011", False, "$0.00011"),
        ("0.0000258", False, "$0.000026"),
        ("0.00100", False, "$0.001"),
        ("0.00994", False, "$0.0099"),
        ("0.00999", False, "$0.01"),
        ("0.01", False, "$0.01"),
        ("0.0149", False, "$0.01"),
        ("0.015", False, "$0.02"),
        ("0.37", False, "$0.37"),
        ("0.3", False, "$0.30"),
        ("9.2508", False, "$9.25"),
        ("7", False, "$7.00"),
        ("1E+3", False, "$1,000.00"),
        ("1234567.894", False, "$1,234,567.89"),
        # The smallest cost is written out and never reads as nothing; a difference keeps its sign.
        ("1E-12", False, "$0.000000000001"),
        ("-0.00111", False, "−$0.0011"),
        ("-2.345", False, "−$2.35"),
        ("0.0012", True, "≈ $0.0012"),
        *(("0.000", estimated, "free") for estimated in (False, True)),
        *((None, estimated, "price unknown") for estimated in (False, True)),
    ],
)
def test_a_cost_reads_as_dollars_free_or_unknown(cost: str | None, estimated: bool, text: str) -> None:
    assert format_usd(amount(cost), estimated) == text


@pytest.mark.parametrize(
    ("usd", "rounded", "shown", "exact"),
    [
        ("0.00111234", "0.0011", "$0.0011", "$0.00111234"),
        ("10.8289954", "10.83", "$10.83", "$10.8289954"),
        ("-1234.50", "-1,234.50", "−$1,234.50", "−$1,234.50"),
        ("0.000", "0.00", "$0.00", "$0.00"),
    ],
)
def test_an_amount_is_rounded_by_one_rule_and_exact_beside_it(
    usd: str, rounded: str, shown: str, exact: str
) -> None:
    amount = Decimal(usd)
    assert (rounded_usd(amount), format_amount(amount), format_exact(amount)) == (rounded, shown, exact)
    assert decimals_of(shown) == len(rounded.partition(".")[2])


@pytest.mark.parametrize(
    ("percent", "text"), [("12.5", "12.5%"), ("-0.3", "−0.3%"), ("-0.04", "0.0%"), ("1234", "1,234.0%")]
)
def test_a_share_that_is_nothing_has_no_sign(percent: str, text: str) -> None:
    assert format_percent(Decimal(percent)) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (999, "999"), (1_234_567, "1,234,567")])
def test_tokens_have_thousands_separators(count: int, text: str) -> None:
    assert format_tokens(count) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [("0.0375", "$0.0375"), ("0.000001", "$0.000001"), ("1E+1", "$10.00"), (None, "price unknown")],
)
def test_a_rate_keeps_every_digit(rate: str | None, text: str) -> None:
    assert format_rate(amount(rate)) == text


@pytest.mark.parametrize(
    ("input_rate", "output_rate", "text"),
    [
        ("0.1", "0.5", "$0.10 in / $0.50 out per 1M"),
        ("0", "0", "free"),
        ("0", "0.5", "$0.00 in / $0.50 out per 1M"),
        ("0.1", None, "price unknown"),
    ],
)
def test_a_price_names_input_before_output(input_rate: str, output_rate: str | None, text: str) -> None:
    assert format_price(amount(input_rate), amount(output_rate)) == text
