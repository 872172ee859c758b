"""The calls whose price is still unknown, by endpoint and model."""

import numpy as np

from usage.reports.call_table import CallTable, Filter, Places, day_of
from usage.reports.our_days import billed_models
from usage.reports.sheets import TOTAL, Cell, Column, Sheet
from usage.reports.words import calls_text

_IMPOSSIBLE = "impossible counts"
_COLUMNS = (
    Column("endpoint", "Endpoint"),
    Column("model", "Model"),
    Column("calls", "Calls", "count"),
    Column("without_counts", "Without counts", "count"),
    Column("input_tokens", "Input", "count"),
    Column("output_tokens", "Output", "count"),
    Column("first_day", "First"),
    Column("last_day", "Last"),
)


def unpriced_calls(table: CallTable, chosen: Filter) -> Sheet:
    """Calls without a cost that no correction has priced since, by endpoint and model, most calls first."""
    places = table.calls(chosen)
    places = places[(table.at("picodollars", places) < 0) & (table.at("partner", places) < 0)]
    endpoints = table.names["endpoint"]
    # Listed by the model that answered, if the reply named it: its price is the missing one.
    numbered, models = billed_models(table, places)
    numbers = table.at("endpoint", places).astype(np.int64) * len(models) + numbered
    keys, groups, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    found = [
        (-size, endpoints.text(key // len(models)), models.text(key % len(models)), group)
        for group, (key, size) in enumerate(zip(keys.tolist(), sizes.tolist(), strict=True))
    ]
    rows = [
        [endpoint, model, *_figures(table, places[groups == group])]
        for _, endpoint, model, group in sorted(found)
    ]
    total = [TOTAL, None, *_figures(table, places)] if rows else None
    return Sheet(
        name="unpriced",
        title="Calls of unknown price",
        columns=_COLUMNS,
        rows=rows,
        total=total,
        note=_note(_without_counts(table, places)),
    )


def _figures(table: CallTable, places: Places) -> list[Cell]:
    sent, output = (np.maximum(table.at(name, places), 0) for name in ("input_tokens", "output_tokens"))
    days = table.at("day", places)
    return [
        len(places),
        _without_counts(table, places),
        int(sent.sum()),
        int(output.sum()),
        day_of(int(days.min())).isoformat(),
        day_of(int(days.max())).isoformat(),
    ]


def _without_counts(table: CallTable, places: Places) -> int:
    """How many have no counts that a price could be applied to."""
    unknown = (table.at("input_tokens", places) < 0) | (table.at("output_tokens", places) < 0)
    return int(np.count_nonzero(unknown | table.is_one_of("note", [_IMPOSSIBLE], places)))


def _note(without_counts: int) -> str:
    if not without_counts:
        return ""
    return (
        f"{calls_text(without_counts)} cannot be priced, whatever the price: "
        "the endpoint's counts are missing or impossible."
    )
