"""Totals over entries of the table of calls, in all or by group; every amount exact."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from usage.ledger import CALL_PURPOSES
from usage.reports.call_table import CallTable, Filter, Places, day_of
from usage.reports.names import Integers
from usage.reports.totals import Grouping, Totals
from usage.units import EXACT, day_group

_LIMIT = 2**63
# Amounts whose sum could leave 64 bits are summed in two parts.
_MICRO = 10**6
_ZERO = Decimal(0)
_TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
_Group = TypeVar("_Group")


@dataclass(frozen=True, slots=True)
class Groups:
    """Entries of the table and the number, from 0 on, of the group that each belongs to."""

    table: CallTable
    places: Places
    numbers: Integers
    size: int

    def totals(self) -> dict[int, Totals]:
        """Totals by the groups' numbers, in their order; only groups that have an entry."""
        present = np.flatnonzero(np.bincount(self.numbers, minlength=self.size))
        calls, input_tokens, cached, output, reasoning, unknown = (
            sums(self.numbers, values, self.size)[present].tolist() for values in self._counts()
        )
        picodollars = np.maximum(self.table.at("picodollars", self.places), 0)
        is_estimated = np.flatnonzero(self.table.is_one_of("usage_source", ["estimated"], self.places))
        costs, estimates = (
            [usd(amount) for amount in np.array(amounts, dtype=object)[present].tolist()]
            for amounts in (
                picodollar_sums(self.numbers, picodollars, self.size),
                picodollar_sums(self.numbers[is_estimated], picodollars[is_estimated], self.size),
            )
        )
        totals = map(Totals, calls, input_tokens, cached, output, reasoning, costs, estimates, unknown)
        found = dict(zip(present.tolist(), totals, strict=True))
        self._add_odd_costs(found)
        return found

    def _counts(self) -> Iterator[npt.NDArray[Any]]:
        """The counts of each entry, in the order of the totals' fields."""
        table, places = self.table, self.places
        is_call = table.is_one_of("purpose", CALL_PURPOSES, places)
        yield is_call
        for name in _TOKENS:
            yield np.maximum(table.at(name, places), 0)
        yield is_call & (table.at("picodollars", places) < 0) & (table.at("partner", places) < 0)

    def _add_odd_costs(self, totals: dict[int, Totals]) -> None:
        for place, cost in self.table.odd_costs.items():
            at = int(np.searchsorted(self.places, place))
            if at < len(self.places) and self.places[at] == place:
                estimated = cost if self.table.text("usage_source", place) == "estimated" else _ZERO
                totals[int(self.numbers[at])] += Totals(cost_usd=cost, estimated_usd=estimated)


def spending(table: CallTable, chosen: Filter) -> Places:
    """The places of calls and corrections: a settlement is a payment among people, not spending."""
    places = table.chosen(chosen)
    paid = table.is_one_of("purpose", ["settlement"], places)
    return places[~paid] if paid.any() else places


def total(table: CallTable, places: Places) -> Totals:
    """One total of these entries."""
    return Groups(table, places, np.zeros(len(places), dtype=np.int64), 1).totals().get(0, Totals())


def grouped(table: CallTable, places: Places, by: Grouping) -> dict[str, Totals]:
    """Totals by the names of the groups."""
    match by:
        case "day" | "week" | "month":
            return merged(by_day(table, places), lambda day: day_group(by, day_of(day)))
        case "hour":
            hours = Groups(table, places, table.at("hour", places).astype(np.int64), 24)
            return merged(hours.totals(), "{:02}".format)
        case "conversation":
            return by_text(table, places, "conversation_id")
        case _:
            return by_text(table, places, by)


def by_text(table: CallTable, places: Places, name: str) -> dict[str, Totals]:
    """Totals by the texts of one column, in no order."""
    names = table.names[name]
    totals = Groups(table, places, table.at(name, places), len(names)).totals()
    return {names.text(number): each for number, each in totals.items()}


def by_day(table: CallTable, places: Places) -> dict[int, Totals]:
    """Totals by local day, counted from 1970-01-01."""
    days = table.at("day", places)
    first, size = _span(days)
    return {first + day: each for day, each in Groups(table, places, days - first, size).totals().items()}


def by_day_and_model(table: CallTable, places: Places) -> dict[tuple[int, str], Totals]:
    """Totals by local day and model."""
    return by_day_and(table, places, table.at("day", places), "model")


def by_day_and(table: CallTable, places: Places, days: Integers, name: str) -> dict[tuple[int, str], Totals]:
    """Totals by days of any kind, which go with the places, and the texts of one column."""
    first, size = _span(days)
    names = table.names[name]
    numbers = (days.astype(np.int64) - first) * len(names) + table.at(name, places)
    totals = Groups(table, places, numbers, size * len(names)).totals()
    return {(first + key // len(names), names.text(key % len(names))): each for key, each in totals.items()}


def merged(groups: dict[int, Totals], name_of: Callable[[int], _Group]) -> dict[_Group, Totals]:
    """The same under other names, those of the same name added up."""
    found: dict[_Group, Totals] = {}
    for number, each in groups.items():
        name = name_of(number)
        found[name] = found[name] + each if name in found else each
    return found


def picodollar_sums(numbers: Integers, picodollars: Integers, size: int) -> list[int]:
    """The exact sum of the amounts for each number below `size`; amounts may be below 0."""
    if not len(picodollars):
        return [0] * size
    largest = max(-int(picodollars.min()), int(picodollars.max()))
    if largest * len(picodollars) < _LIMIT:
        found: list[int] = sums(numbers, picodollars, size).tolist()
        return found
    micro, rest = np.divmod(picodollars, _MICRO)
    parts = zip(sums(numbers, micro, size).tolist(), sums(numbers, rest, size).tolist(), strict=True)
    return [micro * _MICRO + rest for micro, rest in parts]


def usd(picodollars: int) -> Decimal:
    """Picodollars as USD, exactly."""
    return EXACT.scaleb(Decimal(picodollars), -12) if picodollars else _ZERO


def sums(numbers: Integers, values: npt.NDArray[Any], size: int) -> Integers:
    """The sum of the values, counts or yes and no, for each number below `size`, in 64 bits."""
    if size == 1:
        return np.array([values.sum(dtype=np.int64)])
    if values.dtype == np.bool_:
        return np.bincount(numbers[values], minlength=size)
    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, numbers, values)
    return found


def _span(days: Integers) -> tuple[int, int]:
    """The first day, and how many there are from it to the last."""
    return (int(days.min()), int(days.max()) - int(days.min()) + 1) if len(days) else (0, 0)
