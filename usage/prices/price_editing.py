"""Changes to `prices.toml` that leave the rest as the person wrote it: comments, order, spelling."""

from collections.abc import Set
from datetime import date
from decimal import Decimal
from pathlib import Path

import tomlkit
from filelock import FileLock
from tomlkit import TOMLDocument
from tomlkit.items import AoT, Comment, Table, Whitespace

from texts import _
from usage.prices.own_prices import OwnPrice, OwnPrices, parse_own_prices
from usage.prices.price_fields import FIELDS, PricesError, no_toml
from usage.prices.price_file import replace_file


def set_own_price(path: Path, model: str, price: OwnPrice) -> None:
    """Write a price into the file, in place of the one for the same host and day if there is one.

    A context window that the file gives stays unless the price has another. Raises PricesError, and
    leaves the file alone, when the file is wrong or its form does not allow the change.
    """
    _change(path, model, price.endpoint, price.from_day, price)


def remove_own_price(path: Path, model: str, endpoint: str | None, from_day: date | None) -> None:
    """Remove the price for a host and day from the file. Raises PricesError as `set_own_price` does."""
    _change(path, model, endpoint, from_day, None)


def _change(
    path: Path, model: str, endpoint: str | None, from_day: date | None, new: OwnPrice | None
) -> None:
    """Put the new file in place of the old one, once it says what it has to and nothing else has changed."""
    try:
        with FileLock(f"{path}.lock", mode=0o600):
            text, line_end = _read(path)
            before = parse_own_prices(text, str(path))
            index, old = _place(before, model, endpoint, from_day)
            document, expected = tomlkit.parse(text), {*before} - {(model, old)}
            if new is not None:
                if old and old.context_window:
                    new = OwnPrice({"context_window": old.context_window, **new.values})
                _put_table(document, model, index, old, new)
                expected.add((model, new))
            elif old is not None:
                _remove_table(document, model, index)
            else:
                reason = _(
                    "{path} no longer has this price for {model}: it may have been removed in the meantime"
                )
                raise PricesError(reason.format(path=path, model=model))
            changed = tomlkit.dumps(document)
            _check(changed, expected)
            replace_file(path, changed.replace("\n", line_end).encode())
    except _NotTablesError as exc:
        reason = _(
            '{path} is not written in tables named [models."NAME"], so it cannot be changed here: '
            "change it in an editor"
        )
        raise PricesError(reason.format(path=path)) from exc
    except OSError as exc:
        reason = _("{path} cannot be changed: {reason}")
        raise PricesError(reason.format(path=path, reason=exc.strerror)) from exc


def _place(
    prices: OwnPrices, model: str, endpoint: str | None, from_day: date | None
) -> tuple[int, OwnPrice | None]:
    """Return the price for a host and day and its place among the model's, else the place of a new one."""
    for index, price in enumerate(prices.of(model)):
        if (price.endpoint, price.from_day) == (endpoint, from_day):
            return index, price
    return len(prices.of(model)), None


def _check(text: str, prices: Set[tuple[str, OwnPrice]]) -> None:
    """Raise _NotTablesError unless the text says these prices and no others."""
    try:
        found = {*parse_own_prices(text, "")}
    except PricesError as exc:
        raise _NotTablesError from exc
    if found != prices:
        raise _NotTablesError


def _read(path: Path) -> tuple[str, str]:
    """Return the text of the file with plain ends of lines, and what its lines end with."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return "", "\n"
    except UnicodeDecodeError as exc:
        raise no_toml(path, exc) from exc
    return text.replace("\r\n", "\n"), "\r\n" if "\r\n" in text else "\n"


class _NotTablesError(Exception):
    """The prices are not written as tables."""


def _put_table(document: TOMLDocument, model: str, index: int, old: OwnPrice | None, new: OwnPrice) -> None:
    """Put `new` at this place among the model's tables: in place of `old`, or after all if there is none."""
    if "models" not in document:
        document["models"] = tomlkit.table(is_super_table=True)
    models = _models(document)
    if model not in models:
        _end_with_blank_line(document, models)
        models[model] = _filled(tomlkit.table(), None, new)
        return
    tables = _tables(models, model)
    if index < len(tables):
        tail = _cut_tail(tables[index])
        _extend(_filled(tables[index], old, new), tail)
        return
    # What stands after the last table, such as a comment on the next model, stays there.
    tail = _cut_tail(tables[-1])
    added = _extend(_filled(tomlkit.table(), None, new), tail)
    prices = models[model]
    if isinstance(prices, AoT):
        tables[-1].add(tomlkit.nl())
        prices.append(added)
    else:
        models[model] = AoT([*tables, added])  # this puts a blank line between them


def _remove_table(document: TOMLDocument, model: str, index: int) -> None:
    """Remove the table at this place among the model's, but not the comments after it."""
    models = _models(document)
    prices, tables = models[model], _tables(models, model)
    everything = [table for name in models for table in _tables(models, name)]
    place = next(i for i, table in enumerate(everything) if table is tables[index])
    tail = _cut_tail(tables[index])
    if isinstance(prices, AoT) and len(tables) > 1:
        del prices[index]
    else:
        del models[model]
    if place > 0:
        _cut_blank_end(everything[place - 1])
        _extend(everything[place - 1], tail)
    elif len(everything) > 1:
        after = everything[1].trivia
        after.indent = "".join(item.as_string() for item in tail).lstrip("\n") + after.indent
    else:
        for item in tail:
            document.add(item)


def _models(document: TOMLDocument) -> Table:
    models = document["models"]
    if not isinstance(models, Table):
        raise _NotTablesError
    return models


def _tables(models: Table, model: str) -> list[Table]:
    prices = models[model]
    if isinstance(prices, AoT):
        return list(prices)
    if isinstance(prices, Table):
        return [prices]
    raise _NotTablesError


def _filled(table: Table, old: OwnPrice | None, new: OwnPrice) -> Table:
    """Give the table the fields of `new`; those that are the same as before stay as they are written."""
    for name in (field.name for field in FIELDS):
        value = new.values.get(name)
        if value is None:
            table.pop(name, None)
        elif old is None or old.values.get(name) != value:
            table[name] = tomlkit.value(f"{value:f}") if isinstance(value, Decimal) else tomlkit.item(value)
    return table


def _cut_tail(table: Table) -> list[Comment | Whitespace]:
    """Take off what stands after the table's last field: blank lines and comments."""
    body = table.value.body
    tail: list[Comment | Whitespace] = []
    while body and isinstance(item := body[-1][1], Comment | Whitespace):
        tail.insert(0, item)
        body.pop()
    return tail


def _cut_blank_end(table: Table) -> None:
    body = table.value.body
    while body and isinstance(body[-1][1], Whitespace):
        body.pop()


def _extend(table: Table, items: list[Comment | Whitespace]) -> Table:
    for item in items:
        table.add(item)
    return table


def _end_with_blank_line(document: TOMLDocument, models: Table) -> None:
    written = document.as_string()
    if written and not written.endswith("\n\n"):
        tables = [table for name in models for table in _tables(models, name)]
        (tables[-1] if tables else document).add(tomlkit.nl())
