"""The fields of an own price, listed once: what each is called, and how it is read from a file or a form."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from usage.units import RATES, AmountError, Rate, read_usd

_HIGHEST_RATE = Decimal(10_000)
_MOST_DECIMALS = 6
_LARGEST_CONTEXT_WINDOW = 1_000_000_000
_LONGEST_NUMBER = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_NUMBER = re.compile(r"\d{1,10}", re.ASCII)


class PricesError(Exception):
    """A price or a price list cannot be used; the text says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class PriceField:
    """A field of an own price: its name in `prices.toml`, its label on the page, and how it is read.

    `hint` is what an empty field of the form says, or what it means. `read` takes a value of the file,
    `read_typed` a text that a person typed; both raise PricesError, beginning with "is".
    """

    name: str
    label: str
    hint: str
    read: Callable[[object], Any]
    read_typed: Callable[[str], Any]
    kind: Literal["text", "count", "usd"] = "text"
    is_required: bool = False

    @property
    def subject(self) -> str:
        """Return what a message calls it."""
        return f"{self.label} price" if self.kind == "usd" else self.label


def _read_rate(value: object, unit: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PricesError(f"is {as_written(value)}: expected a number, {unit}")
    rate = Decimal(value)
    if not rate.is_finite() or not 0 <= rate <= _HIGHEST_RATE:
        raise PricesError(f"is {as_written(value)}: expected 0 to {_HIGHEST_RATE:,} {unit}")
    if rate != round(rate, _MOST_DECIMALS):
        raise PricesError(f"is {as_written(value)}: expected at most {_MOST_DECIMALS} decimals")
    return rate


def _read_context_window(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_CONTEXT_WINDOW:
        raise PricesError(f"is {as_written(value)}: expected a whole number of tokens, 1 or more")
    return value


def _read_typed_count(text: str) -> int:
    digits = text.replace(",", "")
    return _read_context_window(int(digits) if _WHOLE_NUMBER.fullmatch(digits) else text)


def _read_endpoint(value: object) -> str:
    if not isinstance(value, str) or not value or "/" in value or value != value.strip():
        raise PricesError(f"is {as_written(value)}: expected a host such as api.example.com")
    return value.lower()


def _read_typed_endpoint(text: str) -> str:
    """Read a host, or the whole address of an endpoint."""
    return _read_endpoint((urlsplit(text).hostname or "") if "://" in text else text)


def read_day(value: object) -> date:
    """Read a day, given as such or as text. Raises PricesError, beginning with "is"."""
    if type(value) is date:  # a datetime is a date too
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PricesError(f"is {as_written(value)}: expected a day such as 2026-11-25")


def _money(name: str, label: str, hint: str, unit: str, *, is_required: bool = False) -> PriceField:
    def read(value: object) -> Decimal:
        return _read_rate(value, unit)

    def read_typed(text: str) -> Decimal:
        try:
            return read(read_usd(text))
        except AmountError as exc:
            raise PricesError(f"is {as_written(text)}: {exc}") from exc

    return PriceField(name, label, hint, read, read_typed, "usd", is_required=is_required)


def _rate(rate: Rate) -> PriceField:
    hint = f"as {rate.part_of}" if rate.part_of else "USD per million"
    is_required = rate.part_of is None
    return _money(rate.name, rate.label, hint, "USD per million tokens", is_required=is_required)


FIELDS = (
    PriceField("endpoint", "Endpoint", "everywhere", _read_endpoint, _read_typed_endpoint),
    PriceField("from", "Valid from", "always", read_day, read_day),
    *map(_rate, RATES),
    _money("per_request_usd", "Request", "USD, nothing", "USD for each request"),
    PriceField(
        "context_window", "Context window", "tokens", _read_context_window, _read_typed_count, "count"
    ),
)


def as_written(value: object) -> str:
    """Return a value as it stands in a TOML file, in one line."""
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
