"""What the endpoints' caches saved, by model."""

import numpy as np

from usage.reports.call_table import CallTable, Filter
from usage.reports.sheets import TOTAL, Cell, Column, Sheet, percent
from usage.reports.table_sums import picodollar_sums, sums, usd
from usage.reports.words import calls_text

_COLUMNS = (
    Column("model", "Model"),
    Column("calls", "Calls", "count"),
    Column("input_tokens", "Input", "count"),
    Column("cached_input_tokens", "Cached", "count"),
    Column("cached_percent", "Share of input", "percent"),
    Column("saved_usd", "Saved", "usd"),
)
_HOW = (
    "Saved: cached tokens at the input rate less what they cost, less what writing to the cache cost more "
    "than plain input. Below zero, the cache was written and hardly read."
)


def cache_savings(table: CallTable, chosen: Filter) -> Sheet:
    """How much input came from a cache and what that saved, by model, most saved first.

    Only calls whose endpoint reported cached or cache-write tokens are in any of the figures.
    """
    places = table.calls(chosen)
    cached, written = table.at("cached_input_tokens", places), table.at("cache_write_tokens", places)
    tells = np.flatnonzero(((cached >= 0) | (written >= 0)) & (table.at("input_tokens", places) >= 0))
    numbers, size = table.at("model", places)[tells], len(table.names["model"])
    calls = np.bincount(numbers, minlength=size).tolist()
    sent = sums(numbers, table.at("input_tokens", places)[tells], size).tolist()
    read = sums(numbers, np.maximum(cached[tells], 0), size).tolist()
    saved = picodollar_sums(numbers, table.at("saved", places)[tells], size)
    groups = [(-saved[number], table.names["model"].text(number), number) for number in range(size)]
    rows = [
        _row(name, calls[number], sent[number], read[number], saved[number])
        for _, name, number in sorted(groups)
        if calls[number]
    ]
    unpriced = int(np.count_nonzero(table.at("picodollars", places)[tells] < 0))  # corrected or not
    return Sheet(
        name="cache",
        title="What caching saved",
        columns=_COLUMNS,
        rows=rows,
        total=_row(TOTAL, sum(calls), sum(sent), sum(read), sum(saved)),
        note=_HOW + _left_out(len(places) - len(tells), unpriced),
    )


def _row(name: str, calls: int, sent: int, read: int, saved: int) -> list[Cell]:
    return [name, calls, sent, read, percent(read, sent), usd(saved)]


def _left_out(silent: int, unpriced: int) -> str:
    text = f" Left out: {calls_text(silent)} that did not report what was cached." if silent else ""
    if unpriced:
        text += f" What {calls_text(unpriced)} saved is not known: the price was unknown at the time."
    return text
