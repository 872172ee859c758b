"""Where the price of a prompt changes: above a size, and at an hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from usage.units import Price, PriceSteps, TokenUsage, cost_of, price_at


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A size in input tokens above which every token of the input costs `times` as much, more than once.

    `below_usd` is what the prompt costs at the rates below that size.
    """

    tokens: int
    times: Decimal
    below_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """That the input costs `times` as much from `at` on (UTC), which is `wait` from now."""

    at: datetime
    wait: timedelta
    times: Decimal


def step_passed(steps: PriceSteps, input_tokens: int) -> PriceStep | None:
    """Return the highest step that a prompt of this size is above."""
    return next((step for step in reversed(_dearer(steps, input_tokens)) if step.tokens < input_tokens), None)


def step_ahead(steps: PriceSteps, input_tokens: int) -> PriceStep | None:
    """Return the lowest step that a prompt of this size is not above."""
    return next((step for step in _dearer(steps, input_tokens) if step.tokens >= input_tokens), None)


def price_change(
    now: PriceSteps, next_change: tuple[datetime, PriceSteps] | None, since: datetime, input_tokens: int
) -> PriceChange | None:
    """Return what the next change by the hour makes of the input's price; None if nothing or not known."""
    if next_change is None:
        return None
    at, then = next_change
    times = _times(price_at(now, input_tokens), price_at(then, input_tokens))
    return None if times is None or times == 1 else PriceChange(at, at - since, times)


def _dearer(steps: PriceSteps, input_tokens: int) -> list[PriceStep]:
    prompt = TokenUsage(input=input_tokens, output=0)
    return [
        PriceStep(start, times, cost_of(below, prompt))
        for (_start, below), (start, above) in pairwise(steps)
        if (times := _times(below, above)) and times > 1
    ]


def _times(before: Price | None, after: Price | None) -> Decimal | None:
    """Return how much input costs afterwards, in times of before; None where nothing can be said."""
    if before is None or after is None or not before.input_usd_per_mtok:
        return None
    return after.input_usd_per_mtok / before.input_usd_per_mtok
