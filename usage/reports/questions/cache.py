"""What the endpoints' caches saved, by model."""

from typing import Any

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import TOTAL, Cell, Column, Sheet, calls_text, percent
from usage.units import EXACT

_COLUMNS = (
    Column("model", N_("Model")),
    Column("calls", N_("Calls"), "count"),
    Column("input_tokens", N_("Input"), "count"),
    Column("cached_input_tokens", N_("Cached"), "count"),
    Column("cached_percent", N_("Share of input"), "percent"),
    Column("saved_usd", N_("Saved"), "usd"),
)
_HOW = N_(
    "Saved: the discount on cached tokens, minus the surcharge for writing them to the cache. "
    "Below zero, the cache was written but hardly read."
)
# Rates are USD per million tokens; where one or a count is unknown, nothing is known to be saved.
_SAVED = """
WITH prompts AS (
    SELECT
        *,
        input_tokens IS NOT NULL
            AND (cached_input_tokens IS NOT NULL OR cache_write_tokens IS NOT NULL) AS tells
    FROM calls
    WHERE CHOSEN
)
SELECT
    model,
    count(*) FILTER (WHERE tells) AS calls,
    CAST(coalesce(sum(input_tokens) FILTER (WHERE tells), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(cached_input_tokens) FILTER (WHERE tells), 0) AS BIGINT) AS cached_input_tokens,
    coalesce(sum(
        coalesce(cached_input_tokens * (input_usd_per_mtok - cached_input_usd_per_mtok), 0)
        - coalesce(cache_write_tokens * (cache_write_usd_per_mtok - input_usd_per_mtok), 0)
    ) FILTER (WHERE tells AND is_credible), 0) AS saved_microusd,
    count(*) FILTER (WHERE NOT tells) AS silent,
    count(*) FILTER (WHERE tells AND cost_usd IS NULL) AS unpriced
FROM prompts
GROUP BY ROLLUP (model)
HAVING grouping(model) = 1 OR count(*) FILTER (WHERE tells) > 0
ORDER BY grouping(model) DESC, saved_microusd DESC, model
"""


def cache_savings(calls: Calls, chosen: Filter) -> Sheet:
    """Return how much input came from a cache and what that saved, by model, most saved first.

    Only calls whose endpoint reported cached or cache-write tokens are in any of the figures.
    """
    total, *rows = calls.tuples(_SAVED, chosen)
    return Sheet(
        name="cache",
        title=_("What caching saved"),
        columns=_COLUMNS,
        rows=[_row(row.model, row) for row in rows],
        total=_row(TOTAL, total),
        note=_note(total.silent, total.unpriced),
    )


def _row(name: str, answer: Any) -> list[Cell]:
    counts = answer.calls, answer.input_tokens, answer.cached_input_tokens
    share = percent(answer.cached_input_tokens, answer.input_tokens)
    return [name, *counts, share, EXACT.scaleb(answer.saved_microusd, -6)]


def _note(silent: int, unpriced: int) -> str:
    sentences = [_(_HOW)]
    if silent:
        text = _("Left out: {calls} whose endpoint did not say what was cached.")
        sentences.append(text.format(calls=calls_text(silent)))
    if unpriced:
        text = _("Not in the savings: {calls} without a price at the time.")
        sentences.append(text.format(calls=calls_text(unpriced)))
    return " ".join(sentences)
