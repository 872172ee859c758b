"""What budgets have to know of past calls: what was spent in a period, and which models have answered."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from usage.ledger import correction_id
from usage.reports import Filter, UsageReports, total
from usage.units import Period


class PastCalls:
    """Looks into the ledger, as the reports read it: days are theirs. Raises LedgerError as they do."""

    def __init__(self, reports: UsageReports) -> None:
        self._reports = reports

    def spent(
        self, period: Period, moment: datetime, user: str | None, conversation_id: str | None
    ) -> Decimal:
        """The known costs of the day or month of this moment, or of all time; None for a name means all.

        The whole period counts, also what a clock that was set back says is still to come.
        """
        first, last = _days_of(period, moment.astimezone(self._reports.timezone).date())
        with self._reports.table() as table:
            return total(table, table.chosen(Filter(first, last, user, conversation_id))).cost_usd

    def is_corrected(self, call_id: str) -> bool:
        """Whether the cost of this call, unknown at first, is known by now."""
        return self._reports.has(correction_id(call_id))

    def stand_ins(self, endpoint: str, model: str) -> list[str]:
        """The models that this host named as those that answered when this one was asked for."""
        with self._reports.table() as table:
            every = np.arange(len(table))
            asked = table.is_one_of("endpoint", [endpoint], every) & table.is_one_of("model", [model], every)
            found = np.unique(table.column("resolved_model")[asked])
            named = [table.names["resolved_model"].text(int(number)) for number in found]
        return [name for name in named if name not in ("", model)]


def _days_of(period: Period, today: date) -> tuple[date | None, date | None]:
    if period == "ever":
        return None, None
    if period == "day":
        return today, today
    first = today.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
