"""The most that a call can cost: more tokens than the prompt can have, at the dearest price they may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from usage.units import Price, PriceSteps, TokenUsage, cost_of

LONGEST_REPLY_TOKENS = 128_000  # where nobody says how long a reply may become


@dataclass(frozen=True, slots=True)
class WorstCase:
    """What the prompt costs at most, and what a million tokens of the reply do.

    `room_tokens` is how long a reply can become before the model's context is full, None when unknown.
    """

    prompt_usd: Decimal
    output_usd_per_mtok: Decimal
    room_tokens: int | None = None

    @property
    def is_free(self) -> bool:
        """Whether the call costs nothing, whatever comes of it."""
        return self.prompt_usd == 0 and self.output_usd_per_mtok == 0


def worst_case(prices: Iterable[PriceSteps], tokens: int, room_tokens: int | None) -> WorstCase:
    """The dearest of these prices, some for each model that may answer, for a prompt of up to so many tokens.

    The dearest prompt and the dearest reply may be those of different models or sizes.
    """
    reached = [price for steps in prices for start, price in steps if start < max(tokens, 1)]
    return WorstCase(
        prompt_usd=max(_dearest_prompt(price, tokens) for price in reached),
        output_usd_per_mtok=max(
            max(price.output_usd_per_mtok, price.reasoning_usd_per_mtok or Decimal(0)) for price in reached
        ),
        room_tokens=room_tokens,
    )


def _dearest_prompt(price: Price, tokens: int) -> Decimal:
    """With all of it read anew, out of the cache, or written to it."""
    usages = (
        TokenUsage(input=tokens, output=0),
        TokenUsage(input=tokens, cached_input=tokens, output=0),
        TokenUsage(input=tokens, cache_write=tokens, output=0),
    )
    return max(cost for usage in usages if (cost := cost_of(price, usage)) is not None)
