"""What one call costs: the rates it was charged at, and the exact sum of its counts."""

from dataclasses import dataclass
from decimal import Decimal

from usage.units.tokens import TokenUsage

_TOKENS_PER_MTOK_EXPONENT = -6
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Price:
    """The rates of one call in USD per million tokens, and where they come from.

    Rates have at most 6 decimals, so that a cost is a whole number of picodollars and sums are exact.
    A reasoning rate of None means that reasoning is billed as the output it is part of.
    """

    input_usd_per_mtok: Decimal
    cached_input_usd_per_mtok: Decimal
    cache_write_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    source: str
    reasoning_usd_per_mtok: Decimal | None = None
    per_request_usd: Decimal = _ZERO


# For a call of more input tokens than the number, up to the next step, the price beside it.
PriceSteps = tuple[tuple[int, Price], ...]


def free_price(source: str) -> Price:
    """The price of what costs nothing."""
    return Price(_ZERO, _ZERO, _ZERO, _ZERO, source)


def cost_of(price: Price, usage: TokenUsage) -> Decimal | None:
    """The exact cost in USD, or None when a count that costs something is not known.

    A part (cached, cache write, reasoning) that was not reported is billed at the rate of its whole.
    """
    cached, written = usage.cached_input or 0, usage.cache_write or 0
    reasoning = 0 if price.reasoning_usd_per_mtok is None else usage.reasoning or 0
    counts_and_rates = (
        (_rest(usage.input, cached + written), price.input_usd_per_mtok),
        (cached, price.cached_input_usd_per_mtok),
        (written, price.cache_write_usd_per_mtok),
        (_rest(usage.output, reasoning), price.output_usd_per_mtok),
        (reasoning, price.reasoning_usd_per_mtok or _ZERO),
    )
    cost = price.per_request_usd
    for count, rate in counts_and_rates:
        if count is None and rate:
            return None
        cost += ((count or 0) * rate).scaleb(_TOKENS_PER_MTOK_EXPONENT)
    return plain(cost)


def plain(amount: Decimal) -> Decimal:
    """The same amount without superfluous zeros and without an exponent above 0."""
    trimmed = amount.normalize()
    return trimmed.quantize(Decimal(1)) if trimmed == trimmed.to_integral_value() else trimmed


def _rest(whole: int | None, parts: int) -> int | None:
    return None if whole is None else whole - parts
