"""Calls as columns, ready for the table of calls, and how to make them from rows one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np

from usage.ledger import LedgerProblem, RowError, parse_row, records
from usage.reports.call_worth import history_cost, saved_by_cache
from usage.reports.names import Integers

TOKEN_COLUMNS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "estimated_input_tokens",
    "history_tokens",
)
NAME_COLUMNS: tuple[str, ...] = (
    "user",
    "model",
    "resolved_model",
    "conversation_id",
    "purpose",
    "endpoint",
    "key_owner",
    "status",
    "usage_source",
    "note",
)
RATE_COLUMNS: tuple[str, ...] = (
    "input_usd_per_mtok",
    "cached_input_usd_per_mtok",
    "cache_write_usd_per_mtok",
)
REPORT_COLUMNS = (
    *("call_id", "started_at", "cost_usd", "corrects", "settled_usd"),
    *(*NAME_COLUMNS, *TOKEN_COLUMNS, *RATE_COLUMNS),
)
PICODOLLARS = 10**12
# Costs from here on (1,126 USD) are summed one by one: a 64-bit float could miss a picodollar of them.
PICODOLLAR_LIMIT = 2**50
_PICODOLLARS_A_TOKEN = 10**6  # at a rate of 1 USD per million tokens

# Different texts, and for each call the place of its own among them.
Texts: TypeAlias = tuple[Sequence[str], Integers]


@dataclass(frozen=True, slots=True)
class CallBatch:
    """Some entries of the ledger: `minutes` since 1970 UTC; `tokens` as in TOKEN_COLUMNS, -1 where unknown.

    `picodollars` is the cost, -1 where unknown. `odd_costs` are known costs that are no whole number of
    picodollars or very large, by place; there `picodollars` is 0. `saved` and `history` are what the cache
    saved and what sending earlier messages again cost (-1 unknown), in picodollars. `settled` has the
    settlements, by place, in USD; `corrects` the ids of the calls that corrections are about. Of a note
    only its kind, before the colon, is kept.
    """

    minutes: Integers
    names: dict[str, Texts]
    tokens: Integers
    picodollars: Integers
    saved: Integers
    history: Integers
    odd_costs: dict[int, Decimal] = field(default_factory=dict)
    settled: dict[int, Decimal] = field(default_factory=dict)
    corrects: dict[int, str] = field(default_factory=dict)


def batch_of_rows(rows: Sequence[dict[str, Any]]) -> CallBatch:
    """The batch that these rows make, values as `parse_row` gives them."""
    costs = [_picodollars(row["cost_usd"]) for row in rows]
    tokens = np.array(
        [[-1 if row[name] is None else row[name] for name in TOKEN_COLUMNS] for row in rows], dtype=np.int64
    )
    rates = np.array([[picodollar_rate(row[name]) for name in RATE_COLUMNS] for row in rows], dtype=np.int64)
    return CallBatch(
        minutes=np.array([int(row["started_at"].timestamp()) // 60 for row in rows], dtype=np.int64),
        names=names_of(rows, np.arange(len(rows))),
        tokens=tokens,
        picodollars=np.array([cost or 0 for cost in costs], dtype=np.int64),
        saved=saved_by_cache(tokens, rates),
        history=history_cost(tokens, rates),
        odd_costs={place: rows[place]["cost_usd"] for place, cost in enumerate(costs) if cost is None},
        settled={place: row["settled_usd"] for place, row in enumerate(rows) if row["settled_usd"]},
        corrects={place: row["corrects"] for place, row in enumerate(rows) if row["corrects"]},
    )


def names_of(rows: Sequence[dict[str, Any]], places: Integers) -> dict[str, Texts]:
    """The texts of these rows, one of which each call has by its place."""
    return {
        name: ([kind_of(row[name]) if name == "note" else row[name] or "" for row in rows], places)
        for name in NAME_COLUMNS
        if name in rows[0]
    }


def read_rows(
    lines: Iterable[bytes], header: Sequence[str], line_number: int
) -> Iterator[tuple[int, dict[str, Any]] | LedgerProblem]:
    """Rows one by one, each with its line number, and what is wrong with those that cannot be read."""
    for number, fields in records(lines, len(header), line_number):
        try:
            yield number, parse_row(header, fields, REPORT_COLUMNS)
        except RowError as exc:
            yield LedgerProblem(number, str(exc))


def kind_of(note: str) -> str:
    """What kind of note it is: "fate unknown", "impossible counts"."""
    return note.partition(":")[0]


def picodollar_rate(usd_per_mtok: Decimal | None) -> int:
    """A rate in picodollars a token, -1 for one that is unknown or no whole number of them."""
    if usd_per_mtok is None:
        return -1
    numerator, denominator = usd_per_mtok.as_integer_ratio()
    whole, rest = divmod(numerator * _PICODOLLARS_A_TOKEN, denominator)
    return whole if rest == 0 and whole < PICODOLLAR_LIMIT else -1


def _picodollars(cost_usd: Decimal | None) -> int | None:
    """-1 for an unknown cost, None for one that must be summed by itself."""
    if cost_usd is None:
        return -1
    numerator, denominator = cost_usd.as_integer_ratio()
    whole, rest = divmod(numerator * PICODOLLARS, denominator)
    return whole if rest == 0 and whole < PICODOLLAR_LIMIT else None
