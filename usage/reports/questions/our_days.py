"""What Tally recorded of each model on each UTC day, to be held against a bill."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from usage.reports.calls import Calls

_OPENAI = "api.openai.com"
_DAYS = """
SELECT
    CAST(started_at AS DATE) AS day,
    billed_model AS model,
    coalesce(sum(cost_usd), 0) AS usd,
    coalesce(sum(cost_usd) FILTER (WHERE is_estimated), 0) AS estimated_usd,
    count(*) FILTER (WHERE is_call) AS calls,
    count(*) FILTER (WHERE is_call AND is_estimated AND NOT is_unpriced) AS estimated_calls,
    count(*) FILTER (WHERE is_unpriced) AS unknown_price_calls,
    count(*) FILTER (WHERE is_call AND note = 'fate unknown') AS uncertain_calls
FROM spending
WHERE CAST(started_at AS DATE) BETWEEN $first_day AND $last_day
    AND endpoint = $endpoint AND key_owner = 'app'
GROUP BY day, billed_model
ORDER BY day, billed_model
"""
_OWN_KEY_CALLS = """
SELECT count(*) AS calls
FROM calls
WHERE CAST(started_at AS DATE) BETWEEN $first_day AND $last_day
    AND endpoint = $endpoint AND key_owner = 'user'
"""

_OPENAI_CALLS = """
SELECT count(*) AS calls
FROM calls
WHERE endpoint = $endpoint
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurDay:
    """What Tally recorded of one model on one day of UTC, at the endpoint that the bill is from.

    `usd` is the cost as far as it is known, `estimated_usd` the part of it that is estimated. The last three
    count calls: with an estimated cost, without a known price, and sent without word of what became of them.
    """

    day: date
    model: str
    usd: Decimal
    estimated_usd: Decimal = Decimal(0)
    calls: int
    estimated_calls: int = 0
    unknown_price_calls: int = 0
    uncertain_calls: int = 0


def our_days(calls: Calls, first_day: date, last_day: date) -> list[OurDay]:
    """Return the figures by UTC day and by the model that answered, else the one asked for.

    A bill is that of one key: calls with people's own keys are left out (see `own_key_calls`).
    """
    answer = calls.tuples(_DAYS, first_day=first_day, last_day=last_day, endpoint=_OPENAI)
    return [OurDay(**figures._asdict()) for figures in answer]


def has_openai_calls(calls: Calls) -> bool:
    """Say whether any call went to the endpoint whose bill can be held against the ledger."""
    return bool(calls.tuples(_OPENAI_CALLS, endpoint=_OPENAI)[0].calls)


def own_key_calls(calls: Calls, first_day: date, last_day: date) -> int:
    """Return how many calls of these UTC days went out with people's own keys."""
    answer = calls.tuples(_OWN_KEY_CALLS, first_day=first_day, last_day=last_day, endpoint=_OPENAI)
    return int(answer[0].calls)
