"""What each of some calls cost, a correction's amount in place of a price that was unknown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from usage.reports.call_table import CallTable, Places
from usage.reports.names import Integers
from usage.reports.table_sums import picodollar_sums, usd
from usage.units import EXACT


@dataclass(frozen=True, slots=True)
class KnownCosts:
    """The costs of calls, in the order of their places: picodollars, -1 where unknown.

    `odd` are known costs that are no whole number of picodollars or very large; there `picodollars` is 0.
    """

    picodollars: Integers
    odd: dict[int, Decimal]

    def known(self) -> npt.NDArray[np.bool_]:
        """Which costs are known."""
        return self.picodollars >= 0

    def paid(self) -> npt.NDArray[np.bool_]:
        """Which are known and more than nothing."""
        paid = self.picodollars > 0
        paid[list(self.odd)] = True
        return paid

    def usd(self, call: int) -> Decimal:
        """One known cost."""
        return self.odd[call] if call in self.odd else usd(int(self.picodollars[call]))

    def sums(self, calls: Integers, numbers: Integers, size: int) -> list[Decimal]:
        """The exact sum of the known costs of these calls, one for each of `size` groups.

        `numbers` says for each of the calls to which group it belongs; the calls stand in rising order.
        """
        known = np.maximum(self.picodollars[calls], 0)
        found = [usd(amount) for amount in picodollar_sums(numbers, known, size)]
        for at, cost in _among(calls, self.odd):
            group = int(numbers[at])
            found[group] = EXACT.add(found[group], cost)
        return found

    def total(self, calls: Integers) -> Decimal:
        """The exact sum of all of these."""
        return self.sums(calls, np.zeros(len(calls), dtype=np.int64), 1)[0]


def known_costs(table: CallTable, places: Places) -> KnownCosts:
    """The costs of the calls at these places, which stand in rising order."""
    picodollars = table.at("picodollars", places).copy()
    corrections = table.at("partner", places)
    corrected = np.flatnonzero((picodollars < 0) & (corrections >= 0))
    picodollars[corrected] = table.column("picodollars")[corrections[corrected]]
    partners = {table.partner(place): cost for place, cost in table.odd_costs.items()}
    return KnownCosts(picodollars, dict([*_among(places, table.odd_costs), *_among(places, partners)]))


def _among(rising: Integers, costs: Mapping[int, Decimal]) -> Iterator[tuple[int, Decimal]]:
    """Where the costs' numbers stand among these, with the costs; those that do not are passed over."""
    wanted = np.fromiter(costs, np.int64, len(costs))
    places = np.searchsorted(rising, wanted)
    for place, number in zip(places.tolist(), wanted.tolist(), strict=True):
        if place < len(rising) and rising[place] == number:
            yield place, costs[number]
