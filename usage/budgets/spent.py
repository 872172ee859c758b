"""What budgets have to know of past calls: what was spent in a period, and which models have answered."""

from datetime import datetime
from decimal import Decimal

from usage.ledger import correction_id
from usage.reports import Calls, Filter, total
from usage.units import Period, month_of

_STAND_INS = """
SELECT resolved_model
FROM entries
WHERE endpoint = $endpoint AND model = $model AND resolved_model NOT IN ('', $model)
GROUP BY resolved_model
ORDER BY min(line)
"""


_CHARGED = """
SELECT count(*) AS calls
FROM entries
WHERE endpoint = $endpoint AND model = $model AND reported_cost_usd > 0
"""


class PastCalls:
    """Looks into the ledger, as the reports read it: days are theirs. Raises LedgerError as they do."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def spent(
        self, period: Period, moment: datetime, user: str | None, conversation_id: str | None
    ) -> Decimal:
        """Return the known costs of the day or month of this moment, or of all time; a None takes in all.

        The whole period counts, also what a clock that was set back says is still to come.
        """
        today = moment.astimezone(self._calls.timezone).date()
        first, last = {"day": (today, today), "month": month_of(today), "ever": (None, None)}[period]
        return total(self._calls, Filter(first, last, user, conversation_id)).cost_usd

    def is_corrected(self, call_id: str) -> bool:
        """Say whether the cost of this call, unknown at first, is known by now."""
        return self._calls.has(correction_id(call_id))

    def was_charged(self, endpoint: str, model: str) -> bool:
        """Say whether this host has named an amount above 0 for a call of this model."""
        return bool(self._calls.ask(_CHARGED, endpoint=endpoint, model=model)["calls"][0])

    def stand_ins(self, endpoint: str, model: str) -> list[str]:
        """Return the models that this host named as those that answered when this one was asked for."""
        return list(self._calls.ask(_STAND_INS, endpoint=endpoint, model=model)["resolved_model"])
