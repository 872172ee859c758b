"""An own price out of what a person typed into the page."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from usage.prices import (
    OwnPrice,
    PricesError,
    as_written,
    host_of,
    read_context_window,
    read_day,
    read_endpoint,
    read_rate,
    read_request_price,
)
from usage.units import AmountError, read_usd

Value = TypeVar("Value")


def read_price_form(
    model: str,
    input_rate: str,
    cached_rate: str,
    cache_write_rate: str,
    output_rate: str,
    endpoint: str = "",
    from_day: str = "",
    reasoning_rate: str = "",
    per_request: str = "",
    context_window: str = "",
) -> tuple[str, OwnPrice]:
    """The model's name and its price; empty texts are what was left out. Raises PricesError by field.

    An endpoint may be its whole address; a rate may have a "$" before it and a decimal comma in it.
    """
    name = model.strip()
    if not name:
        raise PricesError("Model is missing: expected its name as the endpoint calls it")
    price = OwnPrice(
        input_usd_per_mtok=_required("Input price", input_rate, _rate),
        output_usd_per_mtok=_required("Output price", output_rate, _rate),
        cached_input_usd_per_mtok=_optional("Cached input price", cached_rate, _rate),
        cache_write_usd_per_mtok=_optional("Cache write price", cache_write_rate, _rate),
        context_window=_optional("Context window", context_window, _context_window),
        endpoint=_optional("Endpoint", endpoint, _endpoint),
        reasoning_usd_per_mtok=_optional("Reasoning price", reasoning_rate, _rate),
        per_request_usd=_optional("Price of a request", per_request, _request_price),
        from_day=_optional("Day", from_day, read_day),
    )
    return name, price


def _required(label: str, typed: str, read: Callable[[str], Value]) -> Value:
    value = _optional(label, typed, read)
    if value is None:
        raise PricesError(f"{label} is missing: expected a number, 0 if it is free")
    return value


def _optional(label: str, typed: str, read: Callable[[str], Value]) -> Value | None:
    text = typed.strip()
    if not text:
        return None
    try:
        return read(text)
    except PricesError as exc:
        raise PricesError(f"{label} {exc}") from exc


def _rate(text: str) -> Decimal:
    return read_rate(_usd(text))


def _request_price(text: str) -> Decimal:
    return read_request_price(_usd(text))


def _usd(text: str) -> Decimal:
    try:
        return read_usd(text)
    except AmountError as exc:
        raise PricesError(f"is {as_written(text)}: {exc}") from exc


def _endpoint(text: str) -> str:
    return read_endpoint(host_of(text) if "://" in text else text)


def _context_window(text: str) -> int:
    digits = text.replace(",", "")
    if not re.fullmatch(r"\d{1,10}", digits, re.ASCII):
        raise PricesError(f"is {as_written(text)}: expected a whole number of tokens, 1 or more")
    return read_context_window(int(digits))
