"""How much of the money went into sending earlier messages again, by conversation."""

from decimal import Decimal

import numpy as np

from usage.reports.call_table import CallTable, Filter
from usage.reports.known_costs import known_costs
from usage.reports.sheets import TOTAL, Cell, Column, Sheet, percent
from usage.reports.table_sums import picodollar_sums, usd
from usage.reports.words import calls_text

_COLUMNS = (
    Column("conversation", "Conversation", "conversation"),
    Column("calls", "Calls", "count"),
    Column("cost_usd", "Cost", "usd"),
    Column("history_usd", "Of it history", "usd"),
    Column("history_percent", "Share", "percent"),
)
_HOW = (
    "The earlier messages' share of each prompt is that of the count before sending, applied to the input "
    "that was billed, at the rates of its row; cached tokens count as earlier ones first."
)


def history_tax(table: CallTable, chosen: Filter) -> Sheet:
    """What earlier messages cost, by conversation and in all, dearest first.

    Only calls that cost something and that say how much of them was history are in any of the figures.
    """
    places = table.calls(chosen)
    costs = known_costs(table, places)
    history = table.at("history", places)
    paid = costs.paid()
    counted = np.flatnonzero(paid & (history >= 0))
    numbers, size = table.at("conversation_id", places)[counted], len(table.names["conversation_id"])
    calls = np.bincount(numbers, minlength=size)
    spent = costs.sums(counted, numbers, size)
    old = picodollar_sums(numbers, history[counted], size)
    names = table.names["conversation_id"]
    by_name = sorted(np.flatnonzero(calls).tolist(), key=names.text)
    rows = [
        _row(names.text(number), int(calls[number]), spent[number], usd(old[number]))
        for number in sorted(by_name, key=old.__getitem__, reverse=True)
    ]
    whole = costs.total(counted)
    left_out = int(np.count_nonzero(paid | ~costs.known())) - len(counted)
    return Sheet(
        name="history",
        title="What sending earlier messages again cost",
        columns=_COLUMNS,
        rows=rows,
        total=_row(TOTAL, len(counted), whole, usd(sum(old))),
        note=_HOW + _left_out(left_out),
    )


def _row(name: str, calls: int, spent: Decimal, history: Decimal) -> tuple[Cell, ...]:
    return name, calls, spent, history, percent(history, spent)


def _left_out(count: int) -> str:
    if not count:
        return ""
    return f" Left out: {calls_text(count)} without such a count, or whose price was unknown at the time."
