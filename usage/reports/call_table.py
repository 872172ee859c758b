"""Every call of the ledger as columns in memory: what is asked of them is added up at once, and exactly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from usage.ledger import CALL_PURPOSES
from usage.reports.call_batch import NAME_COLUMNS, TOKEN_COLUMNS, CallBatch
from usage.reports.local_time import local_minutes
from usage.reports.names import Integers, Names

EPOCH = date(1970, 1, 1)
_DAY_MINUTES = 1440
_HOUR_MINUTES = 60
_FIRST_ROOM = 1024

# Which rows of the table a question is about: their places in it.
Places: TypeAlias = Integers


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries a question is about; None leaves a side open. Days are local and both count."""

    first_day: date | None = None
    last_day: date | None = None
    user: str | None = None
    conversation_id: str | None = None


class CallTable:
    """The columns of all entries in the order of the ledger; only ever added to.

    `columns` has the numbers of NAME_COLUMNS' texts (see `names`), TOKEN_COLUMNS (-1 where unknown), and
    `minute` (UTC since 1970), `day` (local, since 1970), `hour` (local, 0 to 23), `picodollars` (-1 unknown),
    `saved`, `history` (-1 unknown), and `partner`: of a corrected call the place of its correction and the
    other way round, -1 for all others. Use `column` to read them. `odd_costs` and `settled` are amounts by
    place.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.names = {name: Names() for name in NAME_COLUMNS}
        self.odd_costs: dict[int, Decimal] = {}
        self.settled: dict[int, Decimal] = {}
        self._size = 0
        types: dict[str, Any] = {"minute": np.int32, "day": np.int32, "hour": np.int8, "partner": np.int32}
        types |= dict.fromkeys(NAME_COLUMNS, np.int32)
        types |= dict.fromkeys((*TOKEN_COLUMNS, "picodollars", "saved", "history"), np.int64)
        self._columns = {name: np.zeros(_FIRST_ROOM, dtype=kind) for name, kind in types.items()}

    def __len__(self) -> int:
        return self._size

    def column(self, name: str) -> npt.NDArray[Any]:
        """All values of one column, in the order of the ledger. Read only."""
        return self._columns[name][: self._size]

    def at(self, name: str, places: Places) -> npt.NDArray[Any]:
        """The values of one column at these places. Read only."""
        column = self.column(name)
        return column if len(places) == self._size else column[places]

    def add(self, batch: CallBatch) -> None:
        """Add these entries."""
        start, self._size = self._size, self._size + len(batch.minutes)
        self._make_room()
        local = local_minutes(batch.minutes, self.zone)
        values: dict[str, Integers] = {
            "minute": batch.minutes,
            "day": local // _DAY_MINUTES,
            "hour": local % _DAY_MINUTES // _HOUR_MINUTES,
            "picodollars": batch.picodollars,
            "saved": batch.saved,
            "history": batch.history,
            "partner": np.full(len(batch.minutes), -1),
            **{name: batch.tokens[:, place] for place, name in enumerate(TOKEN_COLUMNS)},
        }
        for name, names in self.names.items():
            texts, places = batch.names.get(name, ([""], np.zeros(len(batch.minutes), dtype=np.int64)))
            values[name] = names.numbers(texts)[places]
        for name, column in values.items():
            self._columns[name][start : self._size] = column
        self.odd_costs |= {start + place: cost for place, cost in batch.odd_costs.items()}
        self.settled |= {start + place: amount for place, amount in batch.settled.items()}

    def pair(self, call: int, correction: int) -> None:
        """Note that the entry at one place has the cost of the call at another."""
        self._columns["partner"][[call, correction]] = correction, call

    def partner(self, place: int) -> int:
        """The correction of the call at one place, or the call of the correction there; -1 for neither."""
        return int(self._columns["partner"][place])

    def chosen(self, chosen: Filter) -> Places:
        """The places of the entries that a filter lets through."""
        every = np.arange(self._size)
        if chosen == Filter():
            return every
        mask = np.ones(self._size, dtype=np.bool_)
        if chosen.first_day is not None:
            mask &= self.column("day") >= (chosen.first_day - EPOCH).days
        if chosen.last_day is not None:
            mask &= self.column("day") <= (chosen.last_day - EPOCH).days
        for name, text in (("user", chosen.user), ("conversation_id", chosen.conversation_id)):
            if text is not None:
                mask &= self.is_one_of(name, [text], every)
        return np.flatnonzero(mask)

    def calls(self, chosen: Filter) -> Places:
        """The same without corrections and settlements, which are no calls."""
        places = self.chosen(chosen)
        return places[self.is_one_of("purpose", CALL_PURPOSES, places)]

    def is_one_of(self, name: str, texts: Iterable[str], places: Places) -> npt.NDArray[np.bool_]:
        """For each of these places whether this column has one of these texts there."""
        numbers = [number for text in texts if (number := self.names[name].known(text)) is not None]
        column = self.at(name, places)
        mask = np.zeros(len(places), dtype=np.bool_)
        for number in numbers:
            mask |= column == number
        return mask

    def text(self, name: str, place: int) -> str:
        """The text that this column has at one place."""
        return self.names[name].text(int(self._columns[name][place]))

    def count(self, name: str, place: int) -> int | None:
        """The count that this column has at one place, None where it is unknown."""
        count = int(self._columns[name][place])
        return None if count < 0 else count

    def day(self, place: int) -> date:
        """The local day of one entry."""
        return day_of(int(self._columns["day"][place]))

    def _make_room(self) -> None:
        for name, column in self._columns.items():
            if self._size > len(column):
                room = np.zeros(max(self._size, 2 * len(column)), dtype=column.dtype)
                room[: len(column)] = column
                self._columns[name] = room


def day_of(number: int) -> date:
    """The day that is so many days after 1970-01-01."""
    return EPOCH + timedelta(days=number)
