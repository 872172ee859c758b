"""The calls whose price is still unknown, by endpoint and model."""

from usage.reports.calls import Calls, Filter
from usage.reports.sheets import TOTAL, Column, Sheet, calls_text, rows_of

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
# Listed by the model that answered: its price is the missing one.
_UNPRICED = """
SELECT
    endpoint,
    billed_model,
    count(*) AS calls,
    count(*) FILTER (
        WHERE input_tokens IS NULL OR output_tokens IS NULL OR note = 'impossible counts'
    ) AS without_counts,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
    CAST(min(local_day) AS VARCHAR) AS first_day,
    CAST(max(local_day) AS VARCHAR) AS last_day
FROM calls
WHERE CHOSEN AND known_usd IS NULL
GROUP BY GROUPING SETS ((endpoint, billed_model), ())
ORDER BY grouping(endpoint) DESC, calls DESC, endpoint, billed_model
"""


def unpriced_calls(calls: Calls, chosen: Filter) -> Sheet:
    """Return the calls without a cost that no correction has priced since, most calls first."""
    [_, _, *total], *rows = rows_of(calls.ask(_UNPRICED, chosen))
    without_counts = int(str(total[1]))
    return Sheet(
        name="unpriced",
        title="Calls of unknown price",
        columns=_COLUMNS,
        rows=rows,
        total=[TOTAL, None, *total] if rows else None,
        note=_note(without_counts),
    )


def _note(without_counts: int) -> str:
    if not without_counts:
        return ""
    return (
        f"{calls_text(without_counts)} cannot be priced, whatever the price: "
        "the endpoint's counts are missing or impossible."
    )
