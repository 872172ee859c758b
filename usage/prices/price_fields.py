"""The fields of an own price, listed once: what each is called, and how it is read from a file or a form."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from texts import N_, _
from usage.units import RATES, AmountError, read_usd

_HIGHEST_RATE = Decimal(10_000)
_MOST_DECIMALS = 6
_LARGEST_CONTEXT_WINDOW = 1_000_000_000
_LONGEST_NUMBER = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_NUMBER = re.compile(r"\d{1,10}", re.ASCII)


class PricesError(Exception):
    """A price or a price list cannot be used; the text says which and why, in one line."""


def unreadable(path: Path, exc: OSError) -> PricesError:
    """Return the error about a file that is there and cannot be read."""
    return PricesError(_("{path} cannot be read: {reason}").format(path=path, reason=exc.strerror))


def no_toml(path: object, exc: ValueError) -> PricesError:
    """Return the error about a file that is no TOML at all."""
    return PricesError(_("{path} is not a TOML file: {reason}").format(path=path, reason=exc))


@dataclass(frozen=True, slots=True)
class PriceField:
    """A field of an own price: its name in `prices.toml`, its label on the page, and how it is read.

    `hint` is what an empty field of the form says, or what it means. `read` takes a value of the file,
    `read_typed` a text that a person typed; both raise PricesError, beginning with "is".
    `label` and `hint` are marked texts.
    """

    name: str
    label: str
    hint: str
    read: Callable[[object], Any]
    read_typed: Callable[[str], Any]
    kind: Literal["text", "time", "count", "rate"] = "text"
    is_required: bool = False

    @property
    def subject(self) -> str:
        """Return what a message calls it."""
        label = _(self.label)
        return _("{label} price").format(label=label) if self.kind == "rate" else label


def _odd(value: object, expected: str) -> PricesError:
    return PricesError(
        _("is {value}: expected {expected}").format(value=as_written(value), expected=expected)
    )


def _read_rate(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _odd(value, _("a number"))
    rate = Decimal(value)
    if not rate.is_finite() or not 0 <= rate <= _HIGHEST_RATE:
        raise _odd(value, _("0 to 10,000 USD"))
    if rate != round(rate, _MOST_DECIMALS):
        raise _odd(value, _("at most 6 decimals"))
    return rate


def _read_context_window(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_CONTEXT_WINDOW:
        raise _odd(value, _("a whole number of tokens, 1 or more"))
    return value


def _read_typed_count(text: str) -> int:
    digits = text.replace(",", "")
    return _read_context_window(int(digits) if _WHOLE_NUMBER.fullmatch(digits) else text)


def _read_endpoint(value: object) -> str:
    if not isinstance(value, str) or not value or "/" in value or value != value.strip():
        raise _odd(value, _("a host such as api.example.com"))
    return value.lower()


def _read_model(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _odd(value, _("the name of a model"))
    return value.strip()


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
    raise _odd(value, _("a day such as 2026-11-25"))


def _read_typed_rate(text: str) -> Decimal:
    try:
        return _read_rate(read_usd(text))
    except AmountError as exc:
        raise PricesError(_("is {value}: {reason}").format(value=as_written(text), reason=exc)) from exc


def _money(name: str, label: str, hint: str, *, is_required: bool = False) -> PriceField:
    return PriceField(name, label, hint, _read_rate, _read_typed_rate, "rate", is_required=is_required)


_HINTS = {
    "input": N_("as input"),
    "output": N_("as output"),
    "cache_write": N_("as cache write"),
    None: N_("USD per million"),
}

SAME_AS = "same_as"
FIELDS = (
    PriceField("endpoint", N_("Endpoint"), N_("everywhere"), _read_endpoint, _read_typed_endpoint),
    PriceField("from", N_("Valid from"), N_("from the start"), read_day, read_day, "time"),
    *(
        _money(rate.name, rate.label, _HINTS[rate.part_of], is_required=rate.part_of is None)
        for rate in RATES
        if rate.is_text
    ),
    PriceField(SAME_AS, N_("Costs the same as"), N_("another model"), _read_model, _read_model),
    _money("per_request_usd", N_("Per request"), N_("USD; none if empty")),
    PriceField(
        "context_window", N_("Context window"), N_("tokens"), _read_context_window, _read_typed_count, "count"
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
            return _("a table")
        case list():
            return _("a list")
        case _:
            return str(value)
