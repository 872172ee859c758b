"""Sums of calls by day, user and one more name, small enough that no view looks at the calls again."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from usage.totals import EXACT, Totals

Integers: TypeAlias = npt.NDArray[np.int64]

# What is summed, in this order. Costs are whole picodollars (1e-12 USD) in two parts, so that no sum
# of them can leave 64 bits: millions of them (microdollars), and the rest.
FIGURES = (
    "calls",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "unknown_price_calls",
    "cost_microusd",
    "cost_rest",
    "estimated_microusd",
    "estimated_rest",
)

# A key is one integer: day, user and name side by side.
_USER_BITS, _NAME_BITS = 17, 28
_DAY_SHIFT = _USER_BITS + _NAME_BITS
NAME_MASK = (1 << _NAME_BITS) - 1
USER_MASK = ((1 << _USER_BITS) - 1) << _NAME_BITS
DAY_MASK = ((1 << 18) - 1) << _DAY_SHIFT


class Names:
    """Gives every different text a small number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def number(self, text: str) -> int:
        """The number of this text, a new one if it has none yet."""
        number = self._numbers.setdefault(text, len(self._texts))
        if number == len(self._texts):
            self._texts.append(text)
        return number

    def numbers(self, texts: Iterable[str]) -> Integers:
        """`number` of each."""
        return np.array([self.number(text) for text in texts], dtype=np.int64)

    def known(self, text: str) -> int | None:
        """The number of this text if it has one."""
        return self._numbers.get(text)

    def text(self, number: int) -> str:
        """The text that has this number."""
        return self._texts[number]

    def texts(self) -> list[str]:
        """All of them in the order of their numbers."""
        return list(self._texts)


def key_of(days: Integers, users: Integers, names: Integers) -> Integers:
    """One key a call; days count from 1970-01-01."""
    return (days << _DAY_SHIFT) | (users << _NAME_BITS) | names


def parts_of(key: int) -> tuple[int, int, int]:
    """Day, user and name in a key."""
    return key >> _DAY_SHIFT, (key & USER_MASK) >> _NAME_BITS, key & NAME_MASK


@dataclass(frozen=True, slots=True)
class Selection:
    """Which keys a question is about: these days, and only this user and this name where given."""

    first_day: int
    last_day: int
    user: int | None = None
    name: int | None = None

    def __call__(self, keys: Integers) -> npt.NDArray[np.bool_]:
        chosen = (keys >= self.first_day << _DAY_SHIFT) & (keys < (self.last_day + 1) << _DAY_SHIFT)
        if self.user is not None:
            chosen &= (keys & USER_MASK) == self.user << _NAME_BITS
        if self.name is not None:
            chosen &= (keys & NAME_MASK) == self.name
        return chosen


class Rollup:
    """One row of figures for each different key, and the few costs that fit in no figure."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._keys = np.zeros(1024, dtype=np.int64)
        self._figures = np.zeros((1024, len(FIGURES)), dtype=np.int64)
        self._odd_costs: list[tuple[int, Totals]] = []

    def add(self, keys: Integers, figures: Integers) -> None:
        """Add calls: a key and a row of figures each."""
        keys, figures = _summed(keys, figures)
        rows = [self._rows.setdefault(key, len(self._rows)) for key in keys.tolist()]
        self._make_room()
        self._keys[rows] = keys
        self._figures[rows] += figures

    def add_odd_cost(self, key: int, cost: Totals) -> None:
        """Add what has no exact place among the figures."""
        self._odd_costs.append((key, cost))

    def totals(self, mask: int, selection: Selection) -> dict[int, Totals]:
        """Totals of the selected calls by the part of the key that `mask` keeps; with 0 just one."""
        keys = self._keys[: len(self._rows)]
        chosen = selection(keys)
        groups, figures = _summed(keys[chosen] & mask, self._figures[: len(self._rows)][chosen])
        totals = dict(zip(groups.tolist(), map(_totals_of, figures.tolist()), strict=True))
        for key, cost in self._odd_costs:
            if selection(np.array([key])).all():
                totals[key & mask] += cost
        return totals

    def _make_room(self) -> None:
        while len(self._rows) > len(self._keys):
            self._keys = np.concatenate([self._keys, np.zeros_like(self._keys)])
            self._figures = np.concatenate([self._figures, np.zeros_like(self._figures)])


def _summed(keys: Integers, figures: Integers) -> tuple[Integers, Integers]:
    if not len(keys):
        return keys, figures
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.add.reduceat(figures[order], starts, axis=0)


def _totals_of(figures: list[int]) -> Totals:
    calls, input_tokens, cached, output, reasoning, unknown, cost, cost_rest, estimated, estimated_rest = (
        figures
    )
    return Totals(
        calls=calls,
        input_tokens=input_tokens,
        cached_input_tokens=cached,
        output_tokens=output,
        reasoning_tokens=reasoning,
        cost_usd=_usd(cost, cost_rest),
        estimated_usd=_usd(estimated, estimated_rest),
        unknown_price_calls=unknown,
    )


def _usd(microdollars: int, rest: int) -> Decimal:
    return EXACT.scaleb(Decimal(microdollars * 10**6 + rest), -12)
