"""The calls whose price is still unknown, by endpoint and model."""

from dataclasses import dataclass

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import TOTAL, Column, Sheet, calls_text, rows_of

_COLUMNS = (
    Column("endpoint", N_("Endpoint")),
    Column("model", N_("Model")),
    Column("calls", N_("Calls"), "count"),
    Column("without_counts", N_("No token counts"), "count", minor=True),
    Column("input_tokens", N_("Input"), "count"),
    Column("output_tokens", N_("Output"), "count"),
    Column("first_day", N_("First"), "time"),
    Column("last_day", N_("Last"), "time"),
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

_STAND_INS = """
SELECT endpoint, resolved_model AS answered, model AS asked, count(*) AS calls
FROM calls
WHERE CHOSEN AND known_usd IS NULL AND note IS DISTINCT FROM 'impossible counts'
    AND resolved_model NOT IN ('', model)
GROUP BY ALL
ORDER BY calls DESC, endpoint, answered, asked
"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A model that answered at a host in place of the one that was asked for, and how many calls."""

    endpoint: str
    answered: str
    asked: str
    calls: int


def stand_ins_without_price(calls: Calls, chosen: Filter) -> list[StandIn]:
    """Return the models that answered in place of others and have no price, most calls first."""
    return [StandIn(*each) for each in calls.tuples(_STAND_INS, chosen)]


def unpriced_calls(calls: Calls, chosen: Filter) -> Sheet:
    """Return the calls without a cost that no correction has priced since, most calls first."""
    [_host, _model, *total], *rows = rows_of(calls.ask(_UNPRICED, chosen))
    without_counts = int(str(total[1]))
    return Sheet(
        name="unpriced",
        title=_("Calls without a price"),
        columns=_COLUMNS,
        rows=rows,
        total=[TOTAL, None, *total] if rows else None,
        note=_note(without_counts),
    )


def _note(without_counts: int) -> str:
    if not without_counts:
        return ""
    text = _("{calls} cannot be priced: the token counts are missing or impossible.")
    return text.format(calls=calls_text(without_counts))
