"""Currencies beside USD: which there are, at which rate, and how amounts read in them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from currency_converter import CurrencyConverter

from usage.units import (
    AmountError,
    Currency,
    CurrencyError,
    currency_of,
    ecb_currencies,
    read_code,
    read_currency,
    read_rate,
)
from usage.units.currency import currencies_in

FRIDAY = date(2026, 10, 30)
EURO = Currency("EUR", Decimal("0.895095"), FRIDAY)
BY_HAND = Currency("UAH", Decimal("41.50"))


def test_the_list_of_a_day_gives_what_one_dollar_is(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("Date, USD, JPY, GBP, IDR, \n30 October 2026, 1.1172, 175.68, 0.83380, 20275.17, \n")
    assert currencies_in(CurrencyConverter(str(file), decimal=True)) == {
        "EUR": EURO,
        "GBP": Currency("GBP", Decimal("0.746330"), FRIDAY),
        "IDR": Currency("IDR", Decimal("18148.2"), FRIDAY),
        "JPY": Currency("JPY", Decimal("157.250"), FRIDAY),
    }


def test_the_list_that_comes_with_tally_is_of_one_day_and_has_no_usd() -> None:
    listed = ecb_currencies()
    assert {"CHF", "CNY", "EUR", "GBP", "INR", "JPY"} <= listed.keys()
    assert "USD" not in listed
    [day] = {currency.day for currency in listed.values()}
    assert day
    assert day >= FRIDAY
    assert all(isinstance(currency.rate, Decimal) for currency in listed.values())


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("9.25", "EUR 8.28"),
        ("1234567", "EUR 1,105,054.75"),
        ("0.0017", "EUR 0.0015"),
        ("0.0112", "EUR 0.01"),
        ("0.0111", "EUR 0.0099"),
        ("0", "EUR 0.00"),
        ("-9.25", "−EUR 8.28"),
    ],
)
def test_an_amount_reads_by_the_rule_for_all_money(usd: str, text: str) -> None:
    assert EURO.format(Decimal(usd)) == text


def test_what_is_estimated_says_so() -> None:
    assert EURO.format(Decimal("9.25"), estimated=True) == "≈ EUR 8.28"


def test_an_amount_is_rounded_to_the_decimals_of_the_ledger() -> None:
    assert EURO.of(Decimal("0.000000000001")) == Decimal("0.000000000001")
    assert EURO.of(Decimal("999999999999999.999999999999")) == Decimal("895094999999999.999999999999")
    assert str(BY_HAND.of(Decimal(2))) == "83.000000000000"


def test_a_rate_says_where_it_is_from() -> None:
    assert EURO.basis == "1 USD = 0.895095 EUR, the ECB rate of 2026-10-30"
    assert BY_HAND.note == "At 1 USD = 41.5 UAH, set by hand; the ledger is in USD."


@pytest.mark.parametrize("currency", [*(ecb_currencies()[code] for code in ("EUR", "JPY")), BY_HAND])
def test_an_address_names_a_currency_that_is_read_again(currency: Currency) -> None:
    asked = currency.query
    assert ("rate" in asked) == (currency.day is None)
    assert read_currency(asked["currency"], asked.get("rate", "")) == currency


@pytest.mark.parametrize(("code", "rate"), [("", ""), (" ", "0.92"), ("USD", ""), ("usd", "2")])
def test_no_code_and_usd_are_no_other_currency(code: str, rate: str) -> None:
    assert read_currency(code, rate) is None


def test_a_typed_rate_counts_before_the_ecbs() -> None:
    assert read_currency(" eur ", "0,92") == Currency("EUR", Decimal("0.92"))
    assert read_currency("eur", "") == ecb_currencies()["EUR"]
    assert currency_of("EUR", Decimal(1)) == Currency("EUR", Decimal(1))


@pytest.mark.parametrize("text", ["€", "EURO", "E", "EU1", "E R", "ΕUR", "¥"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(CurrencyError, match=r"^expected a currency code, such as EUR$"):
        read_code(text)


def test_a_code_that_the_ecb_does_not_list_needs_a_rate() -> None:
    with pytest.raises(
        CurrencyError, match=r"^expected one of AUD, .*, ZAR; any other needs a rate of its own$"
    ):
        read_currency("UAH", "")
    assert read_currency("UAH", "41.50") == BY_HAND


SUCH_AS = "expected the value of 1 USD, such as 0.92"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(
            (text, SUCH_AS)
            for text in ("0", "0.0", "-1", "-0", "nan", "NaN", "inf", "1e3", "$1", "0.92 EUR", "٥")
        ),
        *((text, SUCH_AS) for text in ("0.0000009", "10000000.01")),
        ("18,148", "expected 18148 or 18.148, as a comma could mean either"),
        ("1000000000000000", "expected at most 15 digits before the point"),
        ("0.1234567890123", "expected at most 12 decimals"),
    ],
)
def test_what_is_no_rate_is_refused(text: str, reason: str) -> None:
    with pytest.raises(AmountError) as refused:
        read_rate(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize("text", ["0.000001", "10000000"])
def test_the_lowest_and_the_highest_rate_are_read(text: str) -> None:
    assert read_rate(text) == Decimal(text)
