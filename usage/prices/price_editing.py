"""Changes to `prices.toml` that keep the rest of it as the person wrote it: comments, order, spelling."""

from collections.abc import Callable, Set
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from filelock import FileLock
from tomlkit import TOMLDocument

from usage.prices.own_prices import FIELDS, OwnPrice, OwnPrices, PricesError, parse_own_prices
from usage.prices.price_tables import NotTablesError, put_table, remove_table
from usage.prices.whole_file import replace_file

# How an edit changes the document, and which prices the file has to hold then.
Edit = Callable[[TOMLDocument, OwnPrices], Set[tuple[str, OwnPrice]]]


def set_own_price(path: Path, model: str, price: OwnPrice) -> None:
    """Write a price into the file, in place of the one for the same host and day if there is one.

    A context window that the file gives stays unless the price has another. Raises PricesError, and
    leaves the file alone, when the file is wrong or its form does not allow the change.
    """

    price = _checked(price)

    def edit(document: TOMLDocument, before: OwnPrices) -> Set[tuple[str, OwnPrice]]:
        index, old = _place(before, model, price.endpoint, price.from_day)
        new = price
        if old and price.context_window is None:
            new = replace(price, context_window=old.context_window)
        put_table(document, model, index, old, new)
        return ({*before} - {(model, old)}) | {(model, new)}

    _change(path, edit)


def remove_own_price(path: Path, model: str, endpoint: str | None, from_day: date | None) -> None:
    """Take the price for this host and day out of the file. Raises PricesError as above."""

    def edit(document: TOMLDocument, before: OwnPrices) -> Set[tuple[str, OwnPrice]]:
        index, old = _place(before, model, endpoint, from_day)
        if old is None:
            raise PricesError(f"{path} has no such price of {model}: it may have been removed meanwhile")
        remove_table(document, model, index)
        return {*before} - {(model, old)}

    _change(path, edit)


def _checked(price: OwnPrice) -> OwnPrice:
    """The price as it will be read from the file."""
    values: dict[str, Any] = {}
    for name, (attribute, read) in FIELDS.items():
        value = getattr(price, attribute)
        try:
            values[attribute] = None if value is None else read(value)
        except PricesError as exc:
            raise PricesError(f"{name} {exc}") from exc
    return OwnPrice(**values)


def _place(
    prices: OwnPrices, model: str, endpoint: str | None, from_day: date | None
) -> tuple[int, OwnPrice | None]:
    """Which of the model's prices is for this host and day; where a new one goes if none is."""
    for index, price in enumerate(prices.of(model)):
        if (price.endpoint, price.from_day) == (endpoint, from_day):
            return index, price
    return len(prices.of(model)), None


def _change(path: Path, edit: Edit) -> None:
    """Read, edit, check that nothing else has changed, and put the new file in place of the old."""
    try:
        with FileLock(f"{path}.lock", mode=0o600):
            text, line_end = _read(path)
            before = parse_own_prices(text, str(path))
            document = tomlkit.parse(text)
            expected = edit(document, before)
            changed = tomlkit.dumps(document)
            _check(path, changed, expected)
            replace_file(path, changed.replace("\n", line_end).encode())
    except NotTablesError as exc:
        raise _cannot_be_changed(path) from exc
    except OSError as exc:
        raise PricesError(f"{path} cannot be changed: {exc.strerror}") from exc


def _check(path: Path, changed: str, expected: Set[tuple[str, OwnPrice]]) -> None:
    try:
        prices = {*parse_own_prices(changed, str(path))}
    except PricesError as exc:
        raise _cannot_be_changed(path) from exc
    if prices != expected:
        raise _cannot_be_changed(path)


def _cannot_be_changed(path: Path) -> PricesError:
    return PricesError(
        f'{path} is not written in tables named [models."NAME"], so it cannot be changed here: '
        "change it in an editor"
    )


def _read(path: Path) -> tuple[str, str]:
    """The text of the file with plain ends of lines, and what its lines end with."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return "", "\n"
    except UnicodeDecodeError as exc:
        raise PricesError(f"{path} is not a TOML file: {exc}") from exc
    return text.replace("\r\n", "\n"), "\r\n" if "\r\n" in text else "\n"
