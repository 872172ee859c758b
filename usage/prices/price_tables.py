"""The tables of `prices.toml` as tomlkit holds them: adding, changing and removing one of a model's."""

from decimal import Decimal

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT, Comment, Table, Whitespace

from usage.prices.own_prices import FIELDS, OwnPrice

_ORDER = ("from", "endpoint", *(name for name in FIELDS if name not in ("from", "endpoint")))


class NotTablesError(Exception):
    """The prices are written in another form than tables."""


def put_table(document: TOMLDocument, model: str, index: int, old: OwnPrice | None, new: OwnPrice) -> None:
    """Make the table at this place among the model's say `new`; it says `old`, or is not there yet."""
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


def remove_table(document: TOMLDocument, model: str, index: int) -> None:
    """Take away the table at this place among the model's, but not the comments after it."""
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
        raise NotTablesError
    return models


def _tables(models: Table, model: str) -> list[Table]:
    prices = models[model]
    if isinstance(prices, AoT):
        return list(prices)
    if isinstance(prices, Table):
        return [prices]
    raise NotTablesError


def _filled(table: Table, old: OwnPrice | None, new: OwnPrice) -> Table:
    """The table with the fields of `new`; those that are the same as before stay as they are written."""
    for name in _ORDER:
        attribute, _ = FIELDS[name]
        value = getattr(new, attribute)
        if value is None:
            table.pop(name, None)
        elif old is None or getattr(old, attribute) != value:
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
