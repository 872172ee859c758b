"""What was used and what it cost, kept up to date with a growing ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from usage.ledger import LedgerError, LedgerProblem
from usage.reports.call_table import CallTable, Filter, day_of
from usage.reports.plain_reader import read_plain
from usage.reports.running_table import RunningTable
from usage.reports.table_sums import by_day_and_model, grouped, spending, total
from usage.reports.totals import Grouping, ModelDay, Report, ReportRow, Spend, Totals

_TIMES: tuple[Grouping, ...] = ("day", "week", "month", "hour")


class UsageReports:
    """Reports on one ledger file. Every question first takes in what is new; threads may ask at once.

    Any of them raises LedgerError when the file cannot be read; a missing one is an empty ledger.
    """

    def __init__(self, ledger_path: Path, timezone: ZoneInfo) -> None:
        self.timezone = timezone
        self._running = RunningTable(ledger_path, timezone, read_plain)
        self._lock = Lock()

    def report(
        self,
        by: Grouping,
        *,
        first_day: date | None = None,
        last_day: date | None = None,
        user: str | None = None,
    ) -> Report:
        """Totals by days, models or another grouping; of all users for None."""
        with self._up_to_date() as running:
            places = spending(running.table, Filter(first_day, last_day, user))
            groups = grouped(running.table, places, by)
            whole = total(running.table, places)
            problems = tuple(running.problems)
        rows = [ReportRow(key, groups[key]) for key in sorted(groups)]
        if by not in _TIMES:
            rows.sort(key=lambda row: row.totals.cost_usd, reverse=True)  # equal ones stay as they stand
        return Report(by, tuple(rows), whole, problems)

    def spend(self, *, today: date, user: str | None = None, conversation_id: str | None = None) -> Spend:
        """What this day, its month so far and this conversation cost; cheap enough for every reply."""
        with self._up_to_date() as running:

            def spent(chosen: Filter) -> Totals:
                return total(running.table, running.table.chosen(chosen))

            conversation = Filter(user=user, conversation_id=conversation_id)
            return Spend(
                today=spent(Filter(today, today, user)),
                month=spent(Filter(today.replace(day=1), today, user)),
                conversation=spent(conversation) if conversation_id else Totals(),
            )

    def daily_cost_by_model(
        self, *, first_day: date | None = None, last_day: date | None = None, user: str | None = None
    ) -> list[ModelDay]:
        """What each model cost on each day that had calls, in order of days and models."""
        with self._up_to_date() as running:
            places = spending(running.table, Filter(first_day, last_day, user))
            groups = by_day_and_model(running.table, places)
        return [
            ModelDay(day_of(day).isoformat(), model, groups[day, model].cost_usd)
            for day, model in sorted(groups)
        ]

    def models(self) -> list[str]:
        """Every model that the ledger names, oldest first: a model's place in it never changes."""
        with self._up_to_date() as running:
            return running.table.names["model"].texts()

    def problems(self) -> tuple[LedgerProblem, ...]:
        """Every line of the ledger that could not be read, and why."""
        with self._up_to_date() as running:
            return tuple(running.problems)

    def has(self, call_id: str) -> bool:
        """Whether the ledger has an entry of this id."""
        with self._up_to_date() as running:
            return running.has(call_id)

    @contextmanager
    def table(self) -> Iterator[CallTable]:
        """The table of all calls as they are now; nothing is added to it meanwhile."""
        with self._up_to_date() as running:
            yield running.table

    @contextmanager
    def _up_to_date(self) -> Iterator[RunningTable]:
        with self._lock:
            try:
                self._running.catch_up()
            except OSError as exc:
                raise LedgerError(f"Cannot read {exc.filename}: {exc.strerror}.") from exc
            yield self._running
