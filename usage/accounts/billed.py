"""The endpoint's own bill: what it charged for each model on each UTC day, read from its line items."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext

from texts import _
from usage.ledger import RowError

NO_LINE_ITEM = "(no line item)"
_CURRENCY = "usd"
# "gpt-6-astra, input_tokens", "priority | gpt-6.1-sol, output, long context"; what a tool cost has no comma.
_MODEL_ITEM = re.compile(r"(?:[^,|]*\|)?\s*([^\s,|]+)\s*,.*", re.DOTALL)
# A nothing may be written as 0E-6176, and an amount with 39 decimals of which most are zeros.
_AMOUNT = re.compile(r"[+-]?(\d{1,20}(\.\d{0,80})?|\.\d{1,80})([eE][+-]?\d{1,4})?", re.ASCII)
_MOST_DECIMALS = 60
_MOST_WHOLE_DIGITS = 12
# Room for a billion such amounts; should a sum not fit all the same, it is an error and never rounded.
_EXACT = Context(prec=100, traps=[Inexact])


class BillError(Exception):
    """A bill cannot be read or fetched; the text says why and what to do, and is fit to show."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What the endpoint charged for one model on one UTC day, in USD; below 0 it gave money back."""

    day: date
    model: str
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """The charges of all UTC days from the first to the last, both included, by day and model.

    A day in between without charges is one on which nothing was billed, or not yet.
    """

    first_day: date
    last_day: date
    charges: tuple[Billed, ...]


class LineItems:
    """Adds line items up by day and model. What cannot be added raises RowError, which says why."""

    def __init__(self) -> None:
        self._amounts: dict[tuple[date, str], list[Decimal]] = {}
        self.days: set[date] = set()

    def add(self, day: date, line_item: str, amount: str, currency: str) -> None:
        """Add a line item of a day. Without a name and an amount it only says that the day is covered."""
        self.days.add(day)
        if not amount.strip():
            if line_item.strip():
                raise RowError(_("{item} has no amount").format(item=repr(line_item.strip()[:80])))
            return
        usd = parse_billed_amount(amount)
        if currency.strip().lower() != _CURRENCY:
            text = _("the currency is {currency}, and only a bill in USD can be compared")
            raise RowError(text.format(currency=repr(currency.strip()[:40])))
        if usd or line_item.strip():
            self._amounts.setdefault((day, model_of(line_item)), []).append(usd)

    @property
    def tell_no_models(self) -> bool:
        """Whether there are amounts of which none says what it is for."""
        return {model for _, model in self._amounts} == {NO_LINE_ITEM}

    def charges(self) -> tuple[Billed, ...]:
        """Return the sums by day and model."""
        return tuple(Billed(*key, exact_sum(self._amounts[key])) for key in sorted(self._amounts))


def model_of(line_item: str) -> str:
    """Return the model that a line item is for; one that is for something else keeps its whole name."""
    name = line_item.strip()
    found = _MODEL_ITEM.fullmatch(name)
    return found[1] if found else name or NO_LINE_ITEM


def parse_billed_amount(text: str) -> Decimal:
    """Read a decimal with a point and no separators; it may have a sign and an exponent. Raises RowError."""
    text = text.strip()
    if not _AMOUNT.fullmatch(text):
        raise RowError(_("the amount is not a plain decimal: {text}").format(text=repr(text[:40])))
    amount = _EXACT.normalize(Decimal(text))
    if not amount:
        return Decimal(0)
    decimals = -int(amount.as_tuple().exponent)
    if amount.adjusted() >= _MOST_WHOLE_DIGITS or decimals > _MOST_DECIMALS:
        raise RowError(_("the amount is not one that a bill can have: {text}").format(text=repr(text[:40])))
    return amount


def day_of_bucket(start: datetime, end: datetime | None) -> date:
    """Return the UTC day that a time bucket lies in; without an end, starts on. Raises RowError."""
    day = start.astimezone(UTC).date()
    if end is not None and (end <= start or (end - timedelta(microseconds=1)).astimezone(UTC).date() != day):
        text = _("{start} to {end} is not within one UTC day, so its amount belongs to no single day")
        raise RowError(text.format(start=f"{start:%Y-%m-%d %H:%M}", end=f"{end:%Y-%m-%d %H:%M}"))
    return day


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum with every digit, whatever precision is set elsewhere, without zeros at its end."""
    with localcontext(_EXACT):
        total = sum(amounts, Decimal(0)).normalize()
    return Decimal(format(total, "f"))
