"""The most that a call can cost: more tokens than the prompt can have, at the dearest price they may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from usage.units import RATES, TOKENS_PER_MTOK, Price, PriceSteps, TokenUsage, cost_of

LONGEST_REPLY_TOKENS = 128_000  # where nobody says how long a reply may become


def longest_reply(wanted: int | None, room_tokens: int | None) -> int:
    """Return how long a reply may become where that much is wanted and the context has that much room.

    Below 1, some servers reply without end.
    """
    longest = wanted if wanted is not None and wanted > 0 else LONGEST_REPLY_TOKENS
    return longest if room_tokens is None else min(longest, max(room_tokens, 1))


@dataclass(frozen=True, slots=True)
class WorstCase:
    """What the prompt costs at most, and what a million tokens of the reply do.

    `room_tokens` is how long a reply can become before the model's context is full, None when unknown.
    """

    prompt_usd: Decimal
    output_usd_per_mtok: Decimal
    room_tokens: int | None = None

    def cost(self, output_tokens: int) -> Decimal:
        """Return what the call costs at most with a reply of this length."""
        return self.prompt_usd + output_tokens * self.output_usd_per_mtok / TOKENS_PER_MTOK

    @property
    def is_free(self) -> bool:
        """Return whether the call costs nothing whatever happens."""
        return self.prompt_usd == 0 and self.output_usd_per_mtok == 0


def worst_case(prices: Iterable[PriceSteps], tokens: int, room_tokens: int | None) -> WorstCase:
    """Return the highest cost at these prices, several per model that may answer, for a prompt of this size.

    The dearest prompt and the dearest reply may be those of different models or sizes.
    """
    reached = [price for steps in prices for start, price in steps if start < max(tokens, 1)]
    return WorstCase(
        prompt_usd=max(_dearest_prompt(price, tokens) for price in reached),
        output_usd_per_mtok=max(_dearest_output(price) for price in reached),
        room_tokens=room_tokens,
    )


def _dearest_prompt(price: Price, tokens: int) -> Decimal:
    """Return what a prompt costs when every token is billed at the dearest rate of the input."""
    parts: list[dict[str, int]] = [
        {rate.tokens: tokens} for rate in RATES if rate.part_of == "input" and rate.is_text
    ]
    parts.append({"cache_write": tokens, "cache_write_1h": tokens})
    usages = [TokenUsage(input=tokens, output=0, **part) for part in ({}, *parts)]
    return max(cost for usage in usages if (cost := cost_of(price, usage)) is not None)


def _dearest_output(price: Price) -> Decimal:
    """Return the dearest rate of the output and its parts."""
    rates: list[Decimal | None] = [
        getattr(price, rate.name) for rate in RATES if "output" in (rate.tokens, rate.part_of)
    ]
    return max(rate for rate in rates if rate is not None)
