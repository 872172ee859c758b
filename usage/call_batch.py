"""Calls as columns, ready to be added up, and how to make them from rows one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from usage.csv_records import LedgerProblem, RowError, records
from usage.csv_rows import parse_row
from usage.rollup import Integers

TOKEN_COLUMNS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
NAME_COLUMNS = ("user", "model", "conversation_id")
REPORT_COLUMNS = ("call_id", "started_at", *NAME_COLUMNS, *TOKEN_COLUMNS, "usage_source", "cost_usd")
EPOCH = date(1970, 1, 1)
PICODOLLARS = 10**12
# Costs from here on (1,126 USD) are summed one by one: a 64-bit float could miss a picodollar of them.
PICODOLLAR_LIMIT = 2**50

# Different texts, and for each call the place of its own among them.
Texts: TypeAlias = tuple[Sequence[str], Integers]


@dataclass(frozen=True, slots=True)
class CallBatch:
    """Some calls: `minutes` since 1970 UTC, `tokens` as in TOKEN_COLUMNS, `picodollars` -1 where unknown.

    `odd_costs` are known costs that are no whole number of picodollars or very large, by place; there
    `picodollars` is 0.
    """

    minutes: Integers
    names: dict[str, Texts]
    tokens: Integers
    picodollars: Integers
    estimated: npt.NDArray[np.bool_]
    odd_costs: dict[int, Decimal] = field(default_factory=dict)


def batch_of_rows(rows: Sequence[dict[str, Any]]) -> CallBatch:
    """The batch that these rows make, values as `parse_row` gives them."""
    places = np.arange(len(rows))
    costs = [_picodollars(row["cost_usd"]) for row in rows]
    tokens = [[row[name] or 0 for name in TOKEN_COLUMNS] for row in rows]
    return CallBatch(
        minutes=np.array([int(row["started_at"].timestamp()) // 60 for row in rows], dtype=np.int64),
        names={name: ([row[name] for row in rows], places) for name in NAME_COLUMNS},
        tokens=np.array(tokens, dtype=np.int64),
        picodollars=np.array([cost or 0 for cost in costs], dtype=np.int64),
        estimated=np.array([row["usage_source"] == "estimated" for row in rows], dtype=np.bool_),
        odd_costs={place: rows[place]["cost_usd"] for place, cost in enumerate(costs) if cost is None},
    )


def _picodollars(cost_usd: Decimal | None) -> int | None:
    """-1 for an unknown cost, None for one that must be summed by itself."""
    if cost_usd is None:
        return -1
    numerator, denominator = cost_usd.as_integer_ratio()
    whole, rest = divmod(numerator * PICODOLLARS, denominator)
    return whole if rest == 0 and whole < PICODOLLAR_LIMIT else None


def read_rows(
    lines: Iterable[bytes], header: Sequence[str], line_number: int
) -> Iterator[tuple[int, dict[str, Any]] | LedgerProblem]:
    """Rows one by one, each with its line number, and what is wrong with those that cannot be read."""
    for number, fields in records(lines, len(header), line_number):
        try:
            yield number, parse_row(header, fields, REPORT_COLUMNS)
        except RowError as exc:
            yield LedgerProblem(number, str(exc))


def local_days(minutes: Integers, zone: ZoneInfo) -> Integers:
    """The local day of each minute, both counted from 1970-01-01 (UTC minutes)."""
    utc_days = np.unique(minutes // 1440)
    days = np.unique(np.concatenate([utc_days - 1, utc_days, utc_days + 1]))
    starts = [_midnight(day, zone) for day in days.tolist()]
    return days[np.searchsorted(starts, minutes, side="right") - 1]


def _midnight(day: int, zone: ZoneInfo) -> int:
    """The UTC minute at which this local day starts; where a clock skips midnight, when it does so."""
    midnight = datetime.combine(EPOCH + timedelta(days=day), time(), zone)
    return int(midnight.timestamp()) // 60
