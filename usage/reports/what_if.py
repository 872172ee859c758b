"""What the same tokens would have cost at other models' prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from usage.reports.call_table import CallTable, Filter, Places
from usage.reports.known_costs import known_costs
from usage.reports.names import Integers
from usage.reports.sheets import Cell, Column, Sheet, percent
from usage.reports.table_sums import sums
from usage.reports.words import calls_text
from usage.units import EXACT, Price

AS_PAID = "as paid"
_TOKENS = ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
_COLUMNS = (
    Column("model", "Model"),
    Column("cost_usd", "Cost", "usd"),
    Column("difference_usd", "Difference", "usd"),
    Column("difference_percent", "Change", "percent"),
)
_CAVEAT = (
    "The same tokens at other prices, call by call: an order of magnitude. Other models count tokens "
    "differently, answer at other lengths and with other quality, and cache differently."
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A model and its rates for calls of every size, as `PriceBook.steps` gives them."""

    model: str
    steps: Sequence[tuple[int, Price]]


def what_if(table: CallTable, chosen: Filter, alternatives: Sequence[Alternative]) -> Sheet:
    """The calls' cost as paid, then at the rates of each alternative, cheapest first.

    Only calls whose counts and cost are known are compared; the note says how many are left out.
    """
    places = table.calls(chosen)
    costs = known_costs(table, places)
    tokens = _tokens(table, places)
    compared = np.flatnonzero(costs.known() & _whole(tokens))
    refused = table.is_one_of("usage_source", ["none"], places) & (costs.picodollars == 0)
    left_out = len(places) - len(compared) - int(np.count_nonzero(refused & ~_whole(tokens)))
    paid = costs.total(compared)
    sizes = _BySize(tokens[compared], alternatives)
    others = sorted((sizes.cost(each.steps), each.model) for each in alternatives)
    return Sheet(
        name="what-if",
        title="The same at other models' prices",
        columns=_COLUMNS,
        rows=[[AS_PAID, paid, None, None], *(_row(model, cost, paid) for cost, model in others)],
        note=_note(len(compared), left_out),
    )


class _BySize:
    """Tokens added up by the size of their calls, so finely that a sum has one rate of each alternative."""

    def __init__(self, tokens: Integers, alternatives: Sequence[Alternative]) -> None:
        self._starts = sorted({0, *(start for each in alternatives for start, _ in each.steps)})
        # A step holds for calls of more tokens than its number.
        numbers = np.maximum(np.searchsorted(self._starts, tokens[:, 0], side="left") - 1, 0)
        size = len(self._starts)
        self._calls = np.bincount(numbers, minlength=size).tolist()
        self._sums = np.column_stack([sums(numbers, column, size) for column in tokens.T]).tolist()

    def cost(self, steps: Sequence[tuple[int, Price]]) -> Decimal:
        """What all of them cost at these rates, exactly."""
        cost = Decimal(0)
        for start, calls, tokens in zip(self._starts, self._calls, self._sums, strict=True):
            price = [price for step, price in steps if step <= start][-1]
            cost = EXACT.add(cost, _cost(price, calls, *tokens))
        return cost


def _cost(
    price: Price, calls: int, sent: int, cached: int, written: int, output: int, reasoning: int
) -> Decimal:
    """So many calls with so many tokens together, all at one price; as `cost_of` has it for one."""
    reasoning_rate = price.reasoning_usd_per_mtok
    if reasoning_rate is None:
        reasoning, reasoning_rate = 0, Decimal(0)
    counts_and_rates = (
        (sent - cached - written, price.input_usd_per_mtok),
        (cached, price.cached_input_usd_per_mtok),
        (written, price.cache_write_usd_per_mtok),
        (output - reasoning, price.output_usd_per_mtok),
        (reasoning, reasoning_rate),
    )
    cost = EXACT.multiply(Decimal(calls), price.per_request_usd)
    for count, rate in counts_and_rates:
        cost = EXACT.add(cost, EXACT.scaleb(EXACT.multiply(Decimal(count), rate), -6))
    return cost


def _tokens(table: CallTable, places: Places) -> Integers:
    """The counts in the order of _TOKENS; -1 for unknown input and output, 0 for parts nobody reported."""
    columns = [table.at(name, places) for name in _TOKENS]
    sent, cached, written, output, reasoning = columns
    return np.column_stack(
        [sent, *(np.maximum(part, 0) for part in (cached, written)), output, np.maximum(reasoning, 0)]
    )


def _whole(tokens: Integers) -> npt.NDArray[np.bool_]:
    """Which calls have counts that are known and possible."""
    sent, cached, written, output, reasoning = tokens.T
    mask: npt.NDArray[np.bool_] = (
        (sent >= 0) & (output >= 0) & (cached + written <= sent) & (reasoning <= output)
    )
    return mask


def _row(model: str, cost: Decimal, paid: Decimal) -> list[Cell]:
    difference = EXACT.subtract(cost, paid)
    return [model, cost, difference, percent(difference, paid)]


def _note(compared: int, left_out: int) -> str:
    text = f"{_CAVEAT} Compared: {calls_text(compared)}."
    return f"{text} Left out: {calls_text(left_out)} of unknown price or tokens." if left_out else text
