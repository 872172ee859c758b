"""The prices that a person gives for models: reading `prices.toml`, and naming what is wrong by its line."""

import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from texts import _
from usage.prices.price_fields import FIELDS, SAME_AS, PricesError, as_written, no_toml, unreadable
from usage.units import RATES, Price, price_of

OWN_PRICES = "prices.toml"  # how a row of the ledger names them
_FIELDS = {field.name: field for field in FIELDS}
_AMOUNTS = [field.name for field in FIELDS if field.kind == "rate"]
_REQUIRED = [field.name for field in FIELDS if field.is_required]


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What a person gives for a model: values by the names of FIELDS, without those that are left out.

    Without an endpoint (a host) the price holds everywhere, without a day it has held for ever; a day
    begins at midnight UTC. It has rates, or the name of a model that costs the same.
    """

    values: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash(frozenset(self.values.items()))

    @property
    def endpoint(self) -> str | None:
        """Return the host that it is for, None for all."""
        return self.values.get("endpoint")

    @property
    def from_day(self) -> date | None:
        """Return the day from which it holds, None for ever."""
        return self.values.get("from")

    @property
    def context_window(self) -> int | None:
        """Return how many tokens the model takes at most, None if it does not say."""
        return self.values.get("context_window")

    @property
    def same_as(self) -> str | None:
        """Return the model that costs the same, None if the price has rates of its own."""
        return self.values.get(SAME_AS)

    @property
    def price(self) -> Price:
        """Return the rates of its own."""
        rates = {rate.name: self.values.get(rate.name) for rate in RATES}
        return price_of(rates, OWN_PRICES, self.values.get("per_request_usd"))


@dataclass(frozen=True, slots=True)
class OwnPrices:
    """Own prices by model name: one, or several that hold from different days or at different hosts."""

    by_model: Mapping[str, OwnPrice | tuple[OwnPrice, ...]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, OwnPrice]]:
        """Iterate over every price with its model's name."""
        return ((model, price) for model in self.by_model for price in self.of(model))

    def of(self, model: str) -> tuple[OwnPrice, ...]:
        """Return all prices of a model."""
        prices = self.by_model.get(model, ())
        return (prices,) if isinstance(prices, OwnPrice) else prices

    def find(self, endpoint: str, model: str, at: datetime) -> OwnPrice | None:
        """Return the price of a model at a host at that time: the latest that has begun, or None.

        One for this host alone goes before those that hold everywhere.
        """
        today = at.astimezone(UTC).date()
        begun = [price for price in self._at_host(endpoint, model) if _first_day(price) <= today]
        return max(begun, key=lambda price: (price.endpoint is not None, _first_day(price)), default=None)

    def context_window(self, endpoint: str, model: str) -> int | None:
        """Return the context window of the newest price that names one, or None."""
        naming = [price for price in self._at_host(endpoint, model) if price.context_window]
        newest = max(naming, key=lambda price: (price.endpoint is not None, _first_day(price)), default=None)
        return newest.context_window if newest else None

    def _at_host(self, endpoint: str, model: str) -> list[OwnPrice]:
        return [price for price in self.of(model) if price.endpoint in (None, endpoint.lower())]


def _first_day(price: OwnPrice) -> date:
    return price.from_day or date.min


def load_own_prices(path: Path) -> OwnPrices:
    """Read the prices in a TOML file; none when there is no such file. Raises PricesError."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return OwnPrices()
    except OSError as exc:
        raise unreadable(path, exc) from exc
    except UnicodeDecodeError as exc:
        raise no_toml(path, exc) from exc
    return parse_own_prices(text, str(path))


def parse_own_prices(text: str, name: str) -> OwnPrices:
    """Read the text of a file of that name. Raises PricesError with the line and the field."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as exc:
        raise no_toml(name, exc) from exc
    try:
        return OwnPrices(dict(_read_models(document)))
    except _WrongError as exc:
        where = _("{path} line {number}, {reason}")
        raise PricesError(where.format(path=name, number=line_of(text, exc.keys), reason=exc)) from exc


class _WrongError(Exception):
    """Something is wrong with the value at the end of these keys."""

    def __init__(self, keys: tuple[str | int, ...], reason: str) -> None:
        super().__init__(reason)
        self.keys = keys


def _read_models(document: Mapping[str, object]) -> Iterator[tuple[str, OwnPrice | tuple[OwnPrice, ...]]]:
    for name in document:
        if name != "models":
            reason = _('"{name}": not known here, prices go into tables named [models."NAME"]')
            raise _WrongError((name,), reason.format(name=name))
    models = document.get("models", {})
    if not isinstance(models, dict):
        raise _WrongError(("models",), _('"models": expected tables named [models."NAME"]'))
    for name, value in models.items():
        keys = ("models", name)
        if isinstance(value, list):
            yield name, _read_prices(keys, f"[[models.{as_written(name)}]]", value)
        else:
            yield name, _read_price(keys, f"[models.{as_written(name)}]", value)


def _read_prices(keys: tuple[str, ...], where: str, tables: list[object]) -> tuple[OwnPrice, ...]:
    prices: list[OwnPrice] = []
    for index, table in enumerate(tables):
        price = _read_price((*keys, index), where, table)
        if any((price.endpoint, price.from_day) == (each.endpoint, each.from_day) for each in prices):
            reason = _("{table}: a second price for the same endpoint and day, expected one")
            raise _WrongError((*keys, index), reason.format(table=where))
        prices.append(price)
    return tuple(prices)


def _read_price(keys: tuple[str | int, ...], where: str, table: object) -> OwnPrice:
    if not isinstance(table, dict):
        reason = _("{table}: expected a table with {names}")
        raise _WrongError(keys, reason.format(table=where, names=", ".join(_REQUIRED)))
    values = {}
    for name, value in table.items():
        if name not in _FIELDS:
            reason = _("{table} {name}: not a known field, expected one of {names}")
            if isinstance(value, dict):
                reason = _(
                    "{table} {name}: not a known field, expected one of {names}; "
                    "a model name with dots needs quotes"
                )
            raise _WrongError((*keys, name), reason.format(table=where, name=name, names=", ".join(_FIELDS)))
        try:
            values[name] = _FIELDS[name].read(value)
        except PricesError as exc:
            raise _WrongError((*keys, name), f"{where} {name} {exc}") from exc
    price = OwnPrice(values)
    for name in _REQUIRED:
        if name not in table and price.same_as is None:
            raise _WrongError(keys, _("{table} {name}: missing").format(table=where, name=name))
    for name in _AMOUNTS:
        if name in table and price.same_as is not None:
            reason = _("{table} {name}: expected no rates beside {same_as}")
            raise _WrongError((*keys, name), reason.format(table=where, name=name, same_as=SAME_AS))
    return price


def line_of(text: str, keys: Sequence[str | int]) -> int:
    """Return the line (from 1) where the value at the end of these keys and indices begins.

    The text is valid and has the value, which begins after the longest text from the top that lacks it.
    """
    lines = text.replace("\r\n", "\n").split("\n")

    def has_value(count: int) -> bool:
        return _contains(_readable(lines[:count])[1], keys)

    complete = bisect_left(range(len(lines) + 1), True, key=has_value)
    return _readable(lines[: complete - 1])[0] + 1


def _readable(lines: Sequence[str]) -> tuple[int, object]:
    """Return how many of the lines, from the first on, are TOML by themselves, and what they say."""
    for count in range(len(lines), 0, -1):
        try:
            return count, tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
    return 0, {}


def _contains(value: object, keys: Sequence[str | int]) -> bool:
    for key in keys:
        match value:
            case dict() if key in value:
                value = value[key]
            case list() if isinstance(key, int) and key < len(value):
                value = value[key]
            case _:
                return False
    return True
