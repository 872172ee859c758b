"""How much of the money went into sending earlier messages again, by conversation."""

from typing import Any

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import TOTAL, Cell, Column, Sheet, calls_text, percent
from usage.units import EXACT

_COLUMNS = (
    Column("conversation", N_("Chat"), "conversation"),
    Column("calls", N_("Calls"), "count"),
    Column("cost_usd", N_("Cost"), "usd"),
    Column("history_usd", N_("Of which history"), "usd"),
    Column("history_percent", N_("Share"), "percent"),
)
_HOW = N_(
    "Each prompt’s share of earlier messages, as counted before sending, applied to the input that was "
    "billed. Cached tokens are taken to be earlier messages."
)
# The share of the input is rounded to whole tokens, halves up. Rates are USD per million tokens.
_HISTORY = """
WITH prompts AS (
    SELECT
        *,
        known_usd > 0
            AND is_credible
            AND estimated_input_tokens BETWEEN 1 AND 1073741823
            AND history_tokens BETWEEN 0 AND estimated_input_tokens AS is_counted
    FROM calls
    WHERE CHOSEN AND (known_usd > 0 OR known_usd IS NULL)
),
shares AS (
    SELECT
        *,
        CASE WHEN is_counted THEN
            (2 * history_tokens * input_tokens + estimated_input_tokens) // (2 * estimated_input_tokens)
        END AS old_tokens
    FROM prompts
),
parts AS (
    SELECT
        *,
        CASE WHEN cached_input_usd_per_mtok IS NULL THEN 0
            ELSE least(old_tokens, coalesce(cached_input_tokens, 0))
        END AS old_cached_tokens
    FROM shares
)
SELECT
    conversation_id,
    count(*) FILTER (WHERE is_counted) AS calls,
    coalesce(sum(known_usd) FILTER (WHERE is_counted), 0) AS cost_usd,
    coalesce(sum(
        old_cached_tokens * coalesce(cached_input_usd_per_mtok, 0)
        + (old_tokens - old_cached_tokens) * input_usd_per_mtok
    ) FILTER (WHERE is_counted), 0) AS history_microusd,
    count(*) FILTER (WHERE is_counted IS NOT TRUE) AS left_out
FROM parts
GROUP BY ROLLUP (conversation_id)
HAVING grouping(conversation_id) = 1 OR count(*) FILTER (WHERE is_counted) > 0
ORDER BY grouping(conversation_id) DESC, history_microusd DESC, conversation_id
"""


def history_tax(calls: Calls, chosen: Filter) -> Sheet:
    """Return what earlier messages cost, by conversation and in all, the most expensive first.

    Only calls that cost something and that say how much of them was history are in any of the figures.
    """
    total, *rows = calls.tuples(_HISTORY, chosen)
    return Sheet(
        name="history",
        title=_("What sending earlier messages again cost"),
        columns=_COLUMNS,
        rows=[_row(row.conversation_id, row) for row in rows],
        total=_row(TOTAL, total),
        note=_note(total.left_out),
    )


def _row(name: str, answer: Any) -> list[Cell]:
    history_usd = EXACT.scaleb(answer.history_microusd, -6)
    return [name, answer.calls, answer.cost_usd, history_usd, percent(history_usd, answer.cost_usd)]


def _note(left_out: int) -> str:
    if not left_out:
        return _(_HOW)
    text = _("Left out: {calls} without that count or without a price at the time.")
    return f"{_(_HOW)} {text.format(calls=calls_text(left_out))}"
