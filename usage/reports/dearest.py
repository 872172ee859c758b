"""The calls that cost the most."""

from datetime import datetime, timedelta

import numpy as np

from usage.reports.call_table import CallTable, Filter, Places
from usage.reports.known_costs import KnownCosts, known_costs
from usage.reports.local_time import local_minutes
from usage.reports.names import Integers
from usage.reports.sheets import Cell, Column, Sheet
from usage.reports.words import calls_text

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of the clock on the wall
_COLUMNS = (
    Column("time", "Time"),
    Column("conversation", "Conversation", "conversation"),
    Column("model", "Model"),
    Column("user", "Person"),
    Column("input_tokens", "Input", "count"),
    Column("output_tokens", "Output", "count"),
    Column("cost_usd", "Cost", "usd"),
)


def dearest_calls(table: CallTable, chosen: Filter, number: int = 10) -> Sheet:
    """The dearest calls, of equally dear ones the earlier first; times are those of the clock on the wall."""
    places = table.calls(chosen)
    costs = known_costs(table, places)
    dearest = _dearest(costs, number)
    times = _times(table, places[dearest])
    rows = [
        _row(table, int(places[call]), time, costs, call)
        for call, time in zip(dearest.tolist(), times, strict=True)
    ]
    unknown = len(places) - int(np.count_nonzero(costs.known()))
    note = f"{calls_text(unknown)} of unknown price cannot be among them." if unknown else ""
    return Sheet(name="dearest", title="Dearest calls", columns=_COLUMNS, rows=rows, note=note)


def _dearest(costs: KnownCosts, number: int) -> Integers:
    """The calls with the highest costs above nothing, in their order."""
    odd = np.array(sorted(costs.odd), dtype=np.int64)
    whole = costs.picodollars
    limit = 1
    if len(whole) > number:
        limit = max(1, int(np.partition(whole, -number)[-number]))
    above, equal = np.flatnonzero(whole > limit), np.flatnonzero(whole == limit)
    candidates = np.unique(np.concatenate([above, equal[:number], odd])).tolist()
    candidates.sort(key=lambda call: (-costs.usd(call), call))
    return np.array(candidates[:number], dtype=np.int64)


def _times(table: CallTable, places: Places) -> list[str]:
    minutes = local_minutes(table.at("minute", places).astype(np.int64), table.zone)
    return [f"{_EPOCH + timedelta(minutes=minute):%Y-%m-%d %H:%M}" for minute in minutes.tolist()]


def _row(table: CallTable, place: int, time: str, costs: KnownCosts, call: int) -> list[Cell]:
    return [
        time,
        table.text("conversation_id", place),
        table.text("model", place),
        table.text("user", place),
        table.count("input_tokens", place),
        table.count("output_tokens", place),
        costs.usd(call),
    ]
