"""The prices a person gives for models: reading `prices.toml` and naming what is wrong in it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

_REQUIRED_RATES = ("input_usd_per_mtok", "output_usd_per_mtok")
_OPTIONAL_RATES = ("cached_input_usd_per_mtok", "cache_write_usd_per_mtok")
_FIELDS = (*_REQUIRED_RATES, *_OPTIONAL_RATES, "context_window", "endpoint")
_HIGHEST_RATE = Decimal(10_000)
_MOST_DECIMALS = 6
_LARGEST_CONTEXT_WINDOW = 1_000_000_000


class PricesError(Exception):
    """A price or a price list cannot be used; the text says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """Rates for one model in USD per million tokens; a cache rate of None is the same as input.

    Without an endpoint (a host) the price holds everywhere.
    """

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    cached_input_usd_per_mtok: Decimal | None = None
    cache_write_usd_per_mtok: Decimal | None = None
    context_window: int | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class OwnPrices:
    """Own prices by model name."""

    by_model: Mapping[str, OwnPrice] = field(default_factory=dict)

    def find(self, endpoint: str, model: str) -> OwnPrice | None:
        """The own price of this model at this host, or None."""
        price = self.by_model.get(model)
        if price is None or price.endpoint in (None, endpoint.lower()):
            return price
        return None


def load_own_prices(path: Path) -> OwnPrices:
    """The prices in a TOML file; none when there is no such file. Raises PricesError."""
    try:
        document = tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        return OwnPrices()
    except OSError as exc:
        raise PricesError(f"{path} cannot be read: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise PricesError(f"{path} is not a TOML file: {exc}") from exc
    try:
        return OwnPrices(_read_models(document))
    except PricesError as exc:
        raise PricesError(f"{path}, {exc}") from exc


def _read_models(document: Mapping[str, object]) -> dict[str, OwnPrice]:
    for name in document:
        if name != "models":
            raise PricesError(f'"{name}": not known here, prices go into tables named [models."NAME"]')
    tables = document.get("models", {})
    if not isinstance(tables, dict):
        raise PricesError('"models": expected tables named [models."NAME"]')
    return {name: _read_price(f'[models."{name}"]', table) for name, table in tables.items()}


def _read_price(where: str, table: object) -> OwnPrice:
    if not isinstance(table, dict):
        raise PricesError(f"{where}: expected a table with {' and '.join(_REQUIRED_RATES)}")
    for name in table:
        if name not in _FIELDS:
            hint = (
                ": a model name with dots needs quotes, or expected" if isinstance(table[name], dict) else ":"
            )
            raise PricesError(f"{where} {name}: not a known field{hint} one of {', '.join(_FIELDS)}")
    for name in _REQUIRED_RATES:
        if name not in table:
            raise PricesError(f"{where} {name}: missing")
    rates = {name: _rate(f"{where} {name}", table[name]) for name in table if name.endswith("_usd_per_mtok")}
    return OwnPrice(
        **rates,
        context_window=_context_window(f"{where} context_window", table.get("context_window")),
        endpoint=_endpoint(f"{where} endpoint", table.get("endpoint")),
    )


def _rate(where: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PricesError(f"{where} is {value!r}: expected a number, USD per million tokens")
    rate = Decimal(value)
    if not rate.is_finite() or not 0 <= rate <= _HIGHEST_RATE:
        raise PricesError(f"{where} is {value}: expected 0 to {_HIGHEST_RATE:,} USD per million tokens")
    if rate != round(rate, _MOST_DECIMALS):
        raise PricesError(f"{where} is {value}: expected at most {_MOST_DECIMALS} decimals")
    return rate


def _context_window(where: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_CONTEXT_WINDOW:
        raise PricesError(f"{where} is {value!r}: expected a whole number of tokens, 1 or more")
    return value


def _endpoint(where: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value or "/" in value:
        raise PricesError(f"{where} is {value!r}: expected a host such as api.example.com")
    return value.lower()
