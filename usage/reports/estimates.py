"""How good the counts before sending have been, and how long a model's replies usually are."""

from decimal import Decimal

import numpy as np

from usage.reports.call_table import CallTable, Filter
from usage.reports.names import Integers
from usage.reports.sheets import Cell, Column, Sheet, percent

_FEWEST_REPLIES = 3
_REPLIES = ("reply", "retry", "compare")
_COLUMNS = (
    Column("model", "Model"),
    Column("calls", "Calls compared", "count"),
    Column("median_error_percent", "Median error", "percent"),
    Column("worst_error_percent", "Worst error", "percent"),
)
_HOW = (
    "The prompt's tokens as estimated before sending against the input that the endpoint reported. "
    "Above zero, too many were expected; below, too few."
)


def estimate_quality(table: CallTable, chosen: Filter) -> Sheet:
    """By model how far off estimated prompts were in percent of the reported input, most calls first.

    Errors are above 0 where too much was estimated; the worst is the one farthest from 0.
    """
    places = table.calls(chosen)
    reported = table.is_one_of("usage_source", ["reported"], places)
    estimated, sent = table.at("estimated_input_tokens", places), table.at("input_tokens", places)
    compared = np.flatnonzero(reported & (sent > 0) & (estimated >= 0))
    estimated, sent = estimated[compared], sent[compared]
    models = [
        (table.names["model"].text(number), calls)
        for number, calls in _by_number(table.at("model", places)[compared])
    ]
    models.sort(key=lambda each: (-len(each[1]), each[0]))
    return Sheet(
        name="estimates",
        title="How good the estimates were",
        columns=_COLUMNS,
        rows=[[name, *_errors(estimated[calls], sent[calls])] for name, calls in models],
        note=_HOW,
    )


def usual_output_tokens(table: CallTable, model: str) -> int | None:
    """How long a completed reply of this model usually is: the median; None before there are three.

    Looks through all calls, a few milliseconds for a million of them: whoever asks at every keystroke keeps
    the answer for as long as the table has the same length.
    """
    number = table.names["model"].known(model)
    if number is None:
        return None
    asked = np.flatnonzero(table.column("model") == number)
    replies = asked[
        table.is_one_of("status", ["completed"], asked) & table.is_one_of("purpose", _REPLIES, asked)
    ]
    lengths = table.at("output_tokens", replies)
    lengths = lengths[lengths >= 0]
    if len(lengths) < _FEWEST_REPLIES:
        return None
    middle = (len(lengths) - 1) // 2
    return int(np.partition(lengths, middle)[middle])


def _by_number(numbers: Integers) -> list[tuple[int, Integers]]:
    """The places of each different number."""
    if not len(numbers):
        return []
    order = np.argsort(numbers, kind="stable")
    found, starts = np.unique(numbers[order], return_index=True)
    ends = [*starts[1:].tolist(), len(order)]
    return [
        (number, order[start:end])
        for number, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True)
    ]


def _errors(estimated: Integers, sent: Integers) -> list[Cell]:
    """How many they are, their median error and their worst, worked out exactly for those in the middle."""
    order = np.argsort((estimated - sent) / sent, kind="stable")

    def error(place: int) -> Decimal:
        call = order[place]
        return Decimal(int(estimated[call] - sent[call])) / int(sent[call])

    middle, last = len(order) // 2, len(order) - 1
    median = (error(middle) + error(last - middle)) / 2
    worst = max(error(0), error(last), key=lambda each: (abs(each), each))
    return [len(order), percent(median, 1), percent(worst, 1)]
