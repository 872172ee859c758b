"""What was used and what it cost, kept up to date with a growing ledger."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Lock
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from usage.call_batch import (
    NAME_COLUMNS,
    PICODOLLAR_LIMIT,
    PICODOLLARS,
    REPORT_COLUMNS,
    TOKEN_COLUMNS,
    CallBatch,
    Texts,
)
from usage.csv_rows import COUNT_LIMIT, unescaped
from usage.ledger import LedgerError, UsageSource
from usage.ledger_sums import Filter
from usage.plain_lines import NotPlainError, field_bounds, fields, minutes, require_plain
from usage.rollup import Integers
from usage.running_sums import PlainBatch, RunningSums
from usage.totals import Grouping, ModelDay, Report, ReportRow, Spend, Totals

_TIMES: tuple[Grouping, ...] = ("day", "week", "month")
_FLOATS = (*TOKEN_COLUMNS, "cost_usd")
_TEXTS = (*NAME_COLUMNS, "usage_source")
# Decimals of so few characters have at most 15 digits: a 64-bit float tells any two of them apart.
_FLOAT_EXACT_CHARACTERS = 16


class UsageReports:
    """Reports on one ledger file. Every question first takes in what is new; threads may ask at once.

    Any of them raises LedgerError when the file cannot be read; a missing one is an empty ledger.
    """

    def __init__(self, ledger_path: Path, timezone: ZoneInfo) -> None:
        self.timezone = timezone
        self._running = RunningSums(ledger_path, timezone, read_plain)
        self._lock = Lock()

    def report(
        self,
        by: Grouping,
        *,
        first_day: date | None = None,
        last_day: date | None = None,
        user: str | None = None,
    ) -> Report:
        """Totals by day, week, month, model, conversation or user; of all users for None."""
        chosen = Filter(first_day, last_day, user)
        with self._up_to_date() as running:
            groups = running.sums.by(by, chosen)
            total = running.sums.total(chosen)
            problems = tuple(running.problems)
        rows = [ReportRow(key, totals) for key, totals in groups.items()]
        rows.sort(key=lambda row: row.key if by in _TIMES else (-row.totals.cost_usd, row.key))
        return Report(by, tuple(rows), total, problems)

    def spend(self, *, today: date, user: str | None = None, conversation_id: str | None = None) -> Spend:
        """What this day, its month so far and this conversation cost; cheap enough for every reply."""
        with self._up_to_date() as running:
            total = running.sums.total
            conversation = Filter(user=user, conversation_id=conversation_id)
            return Spend(
                today=total(Filter(today, today, user)),
                month=total(Filter(today.replace(day=1), today, user)),
                conversation=total(conversation) if conversation_id else Totals(),
            )

    def daily_cost_by_model(
        self, *, first_day: date | None = None, last_day: date | None = None, user: str | None = None
    ) -> list[ModelDay]:
        """What each model cost on each day that had calls, in order of days and models."""
        with self._up_to_date() as running:
            groups = running.sums.by_day_and_model(Filter(first_day, last_day, user))
        return [ModelDay(day, model, groups[day, model].cost_usd) for day, model in sorted(groups)]

    def models(self) -> list[str]:
        """Every model that the ledger names, oldest first: a model's place in it never changes."""
        with self._up_to_date() as running:
            return running.sums.models()

    @contextmanager
    def _up_to_date(self) -> Iterator[RunningSums]:
        with self._lock:
            try:
                self._running.catch_up()
            except OSError as exc:
                raise LedgerError(f"Cannot read {exc.filename}: {exc.strerror}.") from exc
            yield self._running


def read_plain(data: bytes, header: Sequence[str]) -> PlainBatch:
    """The call ids and the batch of lines that look as Tally writes them, with no quotes among them.

    Raises NotPlainError for whatever this way of reading could get wrong.
    """
    if not set(REPORT_COLUMNS) <= set(header):
        raise NotPlainError("missing columns")
    starts, ends = field_bounds(data, len(header))
    bounds = {name: (starts[:, place], ends[:, place]) for place, name in enumerate(header)}
    require_plain(bool((np.subtract(*bounds["cost_usd"]) >= -_FLOAT_EXACT_CHARACTERS).all()))
    frame = _frame(data, header)
    sources, source_places = _texts(frame["usage_source"])
    require_plain(set(sources) <= set(get_args(UsageSource)))
    batch = CallBatch(
        minutes=minutes(data, *bounds["started_at"]),
        names={name: _texts(frame[name]) for name in NAME_COLUMNS},
        tokens=_counts(frame[list(TOKEN_COLUMNS)].to_numpy()),
        picodollars=_picodollars(frame["cost_usd"].to_numpy()),
        estimated=np.array([source == "estimated" for source in sources])[source_places],
    )
    return fields(data, *bounds["call_id"]), batch


def _frame(data: bytes, header: Sequence[str]) -> pd.DataFrame:
    """The columns that are numbers or few different texts."""
    types: dict[str, type[np.float64] | str] = dict.fromkeys(_FLOATS, np.float64)
    types |= dict.fromkeys(_TEXTS, "category")
    try:
        return pd.read_csv(
            io.BytesIO(data),
            header=None,
            names=list(header),
            usecols=list(types),
            dtype=types,
            keep_default_na=False,
            na_values={name: [""] for name in _FLOATS},
            quoting=csv.QUOTE_NONE,
            lineterminator="\n",
            skip_blank_lines=False,
            low_memory=False,
        )
    except ValueError as exc:
        raise NotPlainError(str(exc)) from exc


def _texts(column: "pd.Series[str]") -> Texts:
    """The different texts in the order in which they come: pandas sorts its categories."""
    places, order = pd.factorize(column.cat.codes)
    texts = column.cat.categories[order].tolist()
    return [unescaped(text) for text in texts], places.astype(np.int64)


def _counts(numbers: npt.NDArray[np.float64]) -> Integers:
    known = np.where(np.isnan(numbers), 0.0, numbers)
    require_plain(bool(((known >= 0) & (known < COUNT_LIMIT) & (known == np.floor(known))).all()))
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
