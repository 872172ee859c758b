"""What each field of a price may hold, in `prices.toml` as well as in the page's form."""

import json
import re
from datetime import date
from decimal import Decimal

_HIGHEST_RATE = Decimal(10_000)
_MOST_DECIMALS = 6
_LARGEST_CONTEXT_WINDOW = 1_000_000_000
_LONGEST_NUMBER = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class PricesError(Exception):
    """A price or a price list cannot be used; the text says which and why, in one line."""


def read_rate(value: object, unit: str = "USD per million tokens") -> Decimal:
    """A rate from 0 on with at most 6 decimals. Raises PricesError, beginning with "is"."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PricesError(f"is {as_written(value)}: expected a number, {unit}")
    rate = Decimal(value)
    if not rate.is_finite() or not 0 <= rate <= _HIGHEST_RATE:
        raise PricesError(f"is {as_written(value)}: expected 0 to {_HIGHEST_RATE:,} {unit}")
    if rate != round(rate, _MOST_DECIMALS):
        raise PricesError(f"is {as_written(value)}: expected at most {_MOST_DECIMALS} decimals")
    return rate


def read_request_price(value: object) -> Decimal:
    """The same for what each request costs."""
    return read_rate(value, "USD for each request")


def read_context_window(value: object) -> int:
    """A number of tokens. Raises PricesError, beginning with "is"."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_CONTEXT_WINDOW:
        raise PricesError(f"is {as_written(value)}: expected a whole number of tokens, 1 or more")
    return value


def read_endpoint(value: object) -> str:
    """A host, in lower case. Raises PricesError, beginning with "is"."""
    if not isinstance(value, str) or not value or "/" in value or value != value.strip():
        raise PricesError(f"is {as_written(value)}: expected a host such as api.example.com")
    return value.lower()


def read_day(value: object) -> date:
    """A day, as such or as text. Raises PricesError, beginning with "is"."""
    if type(value) is date:  # a datetime is a date too
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PricesError(f"is {as_written(value)}: expected a day such as 2026-11-25")


def as_written(value: object) -> str:
    """A value as it stands in a TOML file, in one line."""
    match value:
        case str() | bool():
            return json.dumps(value, ensure_ascii=False)
        case Decimal() if abs(value.adjusted()) < _LONGEST_NUMBER:
            return f"{value:f}".lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return str(value)
