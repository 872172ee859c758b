"""Reads blocks of plain ledger lines in bulk: numbers by pandas, texts once for each that is different."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from usage.call_batch import (
    NAME_COLUMNS,
    PICODOLLAR_LIMIT,
    PICODOLLARS,
    RATE_COLUMNS,
    REPORT_COLUMNS,
    TOKEN_COLUMNS,
    CallBatch,
    Texts,
    names_of,
    picodollar_rate,
)
from usage.call_worth import history_cost, saved_by_cache
from usage.csv_records import RowError
from usage.csv_rows import OPTIONAL_COLUMNS, parse_row
from usage.names import Integers
from usage.plain_lines import NotPlainError, distinct, field_bounds, fields, minutes, require_plain
from usage.running_table import PlainBatch
from usage.tokens import COUNT_LIMIT

_NUMBERS = (*TOKEN_COLUMNS, "cost_usd")
_IN_TEXTS = (*NAME_COLUMNS, *RATE_COLUMNS, "corrects", "settled_usd")
# Decimals of so few characters have at most 15 digits: a 64-bit float tells any two of them apart.
_FLOAT_EXACT_CHARACTERS = 16

_RARE = ("settled_usd", "corrects")

Bounds: TypeAlias = Mapping[str, tuple[Integers, Integers]]


@dataclass(frozen=True, slots=True)
class _Texts:
    """`names` as in a batch, `rates` as in RATE_COLUMNS, and by place the values of rarely filled columns."""

    rates: Integers
    names: dict[str, Texts] = field(default_factory=dict)
    rare: dict[str, dict[int, Any]] = field(default_factory=lambda: {name: {} for name in _RARE})


def read_plain(data: bytes, header: Sequence[str]) -> PlainBatch:
    """The call ids and the batch of lines that look as Tally writes them, with no quotes among them.

    Raises NotPlainError for whatever this way of reading could get wrong.
    """
    require_plain(set(REPORT_COLUMNS) - OPTIONAL_COLUMNS <= set(header))
    starts, ends = field_bounds(data, len(header))
    bounds = {name: (starts[:, place], ends[:, place]) for place, name in enumerate(header)}
    if "cost_usd" in bounds:
        require_plain(bool((np.subtract(*bounds["cost_usd"]) >= -_FLOAT_EXACT_CHARACTERS).all()))
    numbers = _numbers(data, header)
    tokens = np.column_stack([_counts(numbers[name]) for name in TOKEN_COLUMNS])
    texts = _texts(data, header, bounds)
    batch = CallBatch(
        minutes=minutes(data, *bounds["started_at"]),
        names=texts.names,
        tokens=tokens,
        picodollars=_picodollars(numbers["cost_usd"]),
        saved=saved_by_cache(tokens, texts.rates),
        history=history_cost(tokens, texts.rates),
        settled=texts.rare["settled_usd"],
        corrects=texts.rare["corrects"],
    )
    return fields(data, *bounds["call_id"]), batch


def _numbers(data: bytes, header: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    """The columns of numbers, NaN where nothing stands; also for those that the file does not have."""
    there = [name for name in _NUMBERS if name in header]
    try:
        frame = pd.read_csv(
            io.BytesIO(data),
            header=None,
            names=list(header),
            usecols=there,
            dtype=dict.fromkeys(there, np.float64),
            keep_default_na=False,
            na_values={name: [""] for name in there},
            quoting=csv.QUOTE_NONE,
            lineterminator="\n",
            skip_blank_lines=False,
            low_memory=False,
        )
    except ValueError as exc:
        raise NotPlainError(str(exc)) from exc
    nothing = np.full(len(frame), np.nan)
    return {name: frame[name].to_numpy() if name in there else nothing for name in _NUMBERS}


def _texts(data: bytes, header: Sequence[str], bounds: Bounds) -> _Texts:
    """What stands in columns of few different texts, those side by side looked at as one."""
    found = _Texts(np.full((len(bounds["call_id"][0]), len(RATE_COLUMNS)), -1, dtype=np.int64))
    for columns in _side_by_side(header):
        texts, places = distinct(data, bounds[columns[0]][0], bounds[columns[-1]][1])
        rows = [_parsed(columns, text) for text in texts]
        found.names.update(names_of(rows, places))
        for number, name in enumerate(RATE_COLUMNS):
            if name in columns:
                of_row = np.array([picodollar_rate(row[name]) for row in rows], dtype=np.int64)
                found.rates[:, number] = of_row[places]
        for name in _RARE:
            if name in columns:
                found.rare[name] = _where_given([row[name] for row in rows], places)
    return found


def _side_by_side(header: Sequence[str]) -> Iterable[list[str]]:
    """The columns wanted, in runs of neighbours."""
    return (list(run) for wanted, run in groupby(header, lambda name: name in _IN_TEXTS) if wanted)


def _parsed(columns: Sequence[str], text: bytes) -> dict[str, Any]:
    try:
        return parse_row(columns, text.decode().split(","), columns)
    except (RowError, UnicodeDecodeError) as exc:
        raise NotPlainError(str(exc)) from exc


def _where_given(values: Sequence[Any], places: Integers) -> dict[int, Any]:
    """What is given at all, by the place of its call; `places` are those of the values."""
    given = np.array([bool(value) for value in values], dtype=np.bool_)
    return {place: values[places[place]] for place in np.flatnonzero(given[places]).tolist()}


def _counts(numbers: npt.NDArray[np.float64]) -> Integers:
    known = np.where(np.isnan(numbers), -1.0, numbers)
    is_count = (known >= 0) & (known < COUNT_LIMIT) & (known == np.floor(known))
    require_plain(bool((is_count | np.isnan(numbers)).all()))
    return known.astype(np.int64)


def _picodollars(costs_usd: npt.NDArray[np.float64]) -> Integers:
    """Costs of at most 15 digits as whole picodollars, which all of them must be; -1 where unknown."""
    unknown = np.isnan(costs_usd)
    picodollars = np.where(unknown, 0.0, costs_usd) * PICODOLLARS
    require_plain(bool((picodollars < PICODOLLAR_LIMIT).all()))
    whole = np.rint(picodollars)
    # Read and multiplied, a float is off by at most one part in 2**52, less than half a picodollar below
    # the limit; a digit after the twelfth decimal changes a number of 15 digits by one part in 10**15.
    require_plain(bool((np.abs(picodollars - whole) <= whole * 2.0**-51).all()))
    return np.where(unknown, -1.0, whole).astype(np.int64)
