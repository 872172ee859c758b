"""The calls of the ledger, and every question put to them in SQL."""

import sys
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from itertools import starmap
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from usage.ledger import CsvLedger, LedgerError, LedgerProblem
from usage.reports.ledger_reading import BULK_BYTES, LedgerReading

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

_MOST_KEPT = 100  # answers about one person, who opens one conversation after the other
_MOST_PEOPLE_KEPT = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries a question is about; None leaves a side open. Days are local and both count."""

    first_day: date | None = None
    last_day: date | None = None
    user: str | None = None
    conversation_id: str | None = None
    turn_ids: Sequence[str] | None = None


# What CHOSEN means in a question over `spending` or `calls`: those of these that the filter has a value for.
CONDITIONS = {
    "first_day": "local_day >= $first_day",
    "last_day": "local_day <= $last_day",
    "user": '"user" = $user',
    "conversation_id": "conversation_id = $conversation_id",
    # A title is not of one version: it names the chat.
    "turn_ids": "(turn_id IN (SELECT unnest($turn_ids)) OR purpose = 'title')",
}


@cache
def _tuple_of(*names: str) -> type[Any]:
    return namedtuple("Row", names)


class Calls:
    """The calls of one ledger. Every question first takes in what is new; threads may ask at once.

    Any of them raises LedgerError when the ledger cannot be read; a missing file is an empty one.
    """

    def __init__(self, ledger: CsvLedger, timezone: ZoneInfo, bulk_bytes: int = BULK_BYTES) -> None:
        """More than `bulk_bytes` that are new in the file are read in bulk, others row by row."""
        self.ledger = ledger
        self.timezone = timezone
        self._bulk_bytes = bulk_bytes
        self._lock = RLock()
        self._questions = 0
        self._reading: LedgerReading | None = None
        self._times_read = 0
        self._kept: OrderedDict[str, tuple[object, dict[Hashable, Any]]] = OrderedDict()

    def ask(self, sql: str, chosen: Filter | None = None, /, **values: Any) -> "pd.DataFrame":
        """Answer a question over the views of `call_tables`; its word CHOSEN stands for the filter `chosen`.

        The answer holds Python's own values: amounts are exact Decimals, None is what is unknown.
        """
        import pandas as pd

        names, rows = self._answer(sql, chosen, values)
        return pd.DataFrame(rows, columns=names, dtype=object)

    def tuples(self, sql: str, chosen: Filter | None = None, /, **values: Any) -> list[Any]:
        """Answer a question as `ask` does, in tuples with the names of the columns: made in no time."""
        names, rows = self._answer(sql, chosen, values)
        return [*starmap(_tuple_of(*names), rows)]

    def _answer(
        self, sql: str, chosen: Filter | None, values: dict[str, Any]
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        if chosen:
            given = {name: value for name, value in asdict(chosen).items() if value is not None}
            conditions = " AND ".join(CONDITIONS[name] for name in given)
            sql, values = sql.replace("CHOSEN", conditions or "TRUE"), values | given
        with self._up_to_date() as reading:
            return reading.tables.answer(sql, values)

    @contextmanager
    def unchanged(self) -> Iterator[object]:
        """Answer all questions asked meanwhile out of the same entries, and give what stands for these."""
        with self._up_to_date() as reading:
            yield self._times_read, reading.lines

    def kept(self, user: str, question: Hashable, answer: Callable[[], T]) -> T:
        """Return `answer()`, or what it was last time where nothing of this person's is new since.

        `answer` asks about this person's calls alone, and `question` says all that it asks.
        """
        with self._up_to_date() as reading:
            state = self._times_read, reading.state_of(user)
            before, answers = self._kept.get(user, (None, {}))
            if before != state or len(answers) >= _MOST_KEPT:
                answers = {}
            if question not in answers:
                answers[question] = answer()
            self._kept[user] = state, answers
            self._kept.move_to_end(user)
            if len(self._kept) > _MOST_PEOPLE_KEPT:
                self._kept.popitem(last=False)
            found: T = answers[question]
            return found

    @contextmanager
    def _up_to_date(self) -> Iterator[LedgerReading]:
        with self._lock:
            if not self._reading or not self._questions:
                self._reading = self._caught_up()
            self._questions += 1
            try:
                yield self._reading
            finally:
                self._questions -= 1

    def problems(self) -> tuple[LedgerProblem, ...]:
        """Return every line of the ledger that could not be read, and why."""
        with self._up_to_date() as reading:
            return tuple(sorted(reading.problems, key=lambda problem: problem.line_number))

    def has(self, call_id: str) -> bool:
        """Say whether the ledger has an entry of this id."""
        with self._up_to_date() as reading:
            return bool(reading.tables.known([call_id]))

    def _caught_up(self) -> LedgerReading:
        """Return a reading with all that the file has by now."""
        reading, self._reading = self._reading, None  # whatever goes wrong, no row is passed over
        try:
            if reading and not reading.is_outdated():
                reading.catch_up()
                return reading
            reading = None  # one database at a time
            self._times_read += 1
            for bulk_bytes in (self._bulk_bytes, sys.maxsize):
                reading = LedgerReading(self.ledger, self.timezone, bulk_bytes)
                if reading.catch_up():
                    return reading
            raise AssertionError("reading row by row takes every file")
        except OSError as exc:
            raise LedgerError(f"Cannot read {exc.filename}: {exc.strerror}.") from exc
