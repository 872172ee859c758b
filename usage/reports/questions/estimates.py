"""How good the counts before sending have been, and how long a model's replies usually are."""

from decimal import Decimal
from typing import Any

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import Cell, Column, Sheet, percent

_FEWEST_REPLIES = 3
_COLUMNS = (
    Column("model", N_("Model")),
    Column("calls", N_("Calls compared"), "count"),
    Column("median_error_percent", N_("Median error"), "percent"),
    Column("worst_error_percent", N_("Worst error"), "percent"),
)
_HOW = N_(
    "Prompt tokens as estimated before sending, compared with the input that the endpoint reported. "
    "Above 0, the estimate was too high; below, too low."
)
# An error goes with the counts that it comes from, out of which Python works it out exactly.
_ERRORS = """
WITH compared AS (
    SELECT
        model,
        ROW(
            CAST(estimated_input_tokens - input_tokens AS DOUBLE PRECISION) / input_tokens,
            estimated_input_tokens,
            input_tokens
        ) AS error
    FROM calls
    WHERE CHOSEN
        AND usage_source = 'reported' AND input_tokens > 0 AND estimated_input_tokens IS NOT NULL
)
SELECT
    model,
    count(*) AS calls,
    min(error) AS lowest,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY error) AS middle,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY error DESC) AS other_middle,
    max(error) AS highest
FROM compared
GROUP BY model
ORDER BY calls DESC, model
"""
_USUAL_LENGTH = """
SELECT count(*) AS replies, percentile_disc(0.5) WITHIN GROUP (ORDER BY output_tokens) AS tokens
FROM calls
WHERE model = $model AND status = 'completed' AND purpose IN ('reply', 'retry', 'compare')
    AND output_tokens IS NOT NULL
"""


def estimate_quality(calls: Calls, chosen: Filter) -> Sheet:
    """Return by model how far off estimated prompts were in percent of the reported input, most calls first.

    Errors are above 0 where too much was estimated; the worst is the one farthest from 0.
    """
    return Sheet(
        name="estimates",
        title=_("How good the estimates were"),
        columns=_COLUMNS,
        rows=[_row(model) for model in calls.tuples(_ERRORS, chosen)],
        note=_(_HOW),
    )


def _row(answer: Any) -> list[Cell]:
    median = (_exact(answer.middle) + _exact(answer.other_middle)) / 2
    worst = max(_exact(answer.lowest), _exact(answer.highest), key=lambda error: (abs(error), error))
    return [answer.model, answer.calls, percent(median, 1), percent(worst, 1)]


def _exact(error: tuple[float, int, int]) -> Decimal:
    _, estimated, reported = error
    return Decimal(estimated - reported) / reported


class UsualReplies:
    """Says how long a model's replies usually are, as often as somebody types. Threads may ask at once."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._state: object = None
        self._tokens: dict[str, int | None] = {}

    def tokens(self, model: str) -> int | None:
        """Return the median length of completed replies, None before there are three. Raises LedgerError."""
        with self._calls.unchanged() as state:
            if state != self._state:
                self._state = state
                self._tokens.clear()
            if model not in self._tokens:
                [(replies, tokens)] = self._calls.tuples(_USUAL_LENGTH, model=model)
                self._tokens[model] = int(tokens) if replies >= _FEWEST_REPLIES else None
            return self._tokens[model]
