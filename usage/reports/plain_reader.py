"""Reads blocks of plain ledger lines in bulk: numbers by their digits, each different text once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np

from usage.ledger import OPTIONAL_COLUMNS, RowError, parse_field
from usage.reports.call_batch import (
    NAME_COLUMNS,
    RATE_COLUMNS,
    REPORT_COLUMNS,
    TOKEN_COLUMNS,
    CallBatch,
    kind_of,
    picodollar_rate,
)
from usage.reports.call_worth import history_cost, saved_by_cache
from usage.reports.names import Integers
from usage.reports.plain_lines import NotPlainError, PlainLines, require_plain
from usage.reports.plain_numbers import counts, picodollars
from usage.reports.running_table import PlainBatch

_IN_TEXTS = (*NAME_COLUMNS, *RATE_COLUMNS, "corrects", "settled_usd")

# The different values of a column, and for each line the place of its own among them.
Values: TypeAlias = tuple[list[Any], Integers]


def read_plain(data: bytes, header: Sequence[str]) -> PlainBatch:
    """The call ids and the batch of lines that look as Tally writes them, with no quotes among them.

    Raises NotPlainError for whatever this way of reading could get wrong.
    """
    require_plain(set(REPORT_COLUMNS) - OPTIONAL_COLUMNS <= set(header))
    lines = PlainLines(data, len(header))
    places = {name: place for place, name in enumerate(header)}
    values = _values(lines, header)
    tokens = _tokens(lines, places)
    rates = _rates(values, len(tokens))
    unknown = np.full(len(tokens), -1)
    batch = CallBatch(
        minutes=lines.minutes(places["started_at"]),
        names={name: _texts(name, values[name]) for name in NAME_COLUMNS if name in values},
        tokens=tokens,
        picodollars=picodollars(lines, places["cost_usd"]) if "cost_usd" in places else unknown,
        saved=saved_by_cache(tokens, rates),
        history=history_cost(tokens, rates),
        settled=_given(values.get("settled_usd")),
        corrects=_given(values.get("corrects")),
    )
    return lines.fields(places["call_id"]), batch


def _tokens(lines: PlainLines, places: Mapping[str, int]) -> Integers:
    tokens = np.full((len(lines.ends), len(TOKEN_COLUMNS)), -1)
    there = [number for number, name in enumerate(TOKEN_COLUMNS) if name in places]
    tokens[:, there] = counts(lines, [places[TOKEN_COLUMNS[number]] for number in there])
    return tokens


def _rates(values: Mapping[str, Values], lines: int) -> Integers:
    rates = np.full((lines, len(RATE_COLUMNS)), -1)
    for number, name in enumerate(RATE_COLUMNS):
        if name in values:
            amounts, places = values[name]
            rates[:, number] = np.array([picodollar_rate(amount) for amount in amounts])[places]
    return rates


def _values(lines: PlainLines, header: Sequence[str]) -> dict[str, Values]:
    """What stands in columns of few different texts, those side by side looked at as one."""
    found: dict[str, Values] = {}
    for first, columns in _side_by_side(header):
        texts, places = lines.distinct(first, first + len(columns) - 1)
        for column, fields in zip(columns, _fields(texts), strict=True):
            numbers = {field: number for number, field in enumerate(dict.fromkeys(fields))}
            of_text = np.array([numbers[field] for field in fields])
            found[column] = [_parsed(column, field) for field in numbers], of_text[places]
    return found


def _side_by_side(header: Sequence[str]) -> Iterable[tuple[int, list[str]]]:
    """The columns wanted, in runs of neighbours with the place of the first."""
    first = 0
    for wanted, run in groupby(header, lambda name: name in _IN_TEXTS):
        columns = list(run)
        if wanted:
            yield first, columns
        first += len(columns)


def _fields(texts: Sequence[bytes]) -> Iterable[tuple[str, ...]]:
    """The fields of these texts, column by column."""
    try:
        return zip(*(text.split(",") for text in b"\n".join(texts).decode().split("\n")), strict=True)
    except UnicodeDecodeError as exc:
        raise NotPlainError(str(exc)) from exc


def _parsed(column: str, field: str) -> Any:
    try:
        return parse_field(column, field)
    except RowError as exc:
        raise NotPlainError(str(exc)) from exc


def _texts(column: str, values: Values) -> Values:
    texts, places = values
    return [kind_of(text) if column == "note" else text or "" for text in texts], places


def _given(values: Values | None) -> dict[int, Any]:
    """What a rarely filled column has, by line."""
    if values is None or not any(values[0]):
        return {}
    different, places = values
    lines = np.flatnonzero(np.array([bool(value) for value in different])[places])
    return {line: different[places[line]] for line in lines.tolist()}
