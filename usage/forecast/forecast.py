"""What a call would cost before it is made: its prompt, a reply of the usual length, the longest reply."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from usage.forecast.tokenizer import TokenCount
from usage.forecast.worst_case import LONGEST_REPLY_TOKENS, worst_case
from usage.units import TOKENS_PER_MTOK, Price, PriceSteps, TokenUsage, cost_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a prompt costs with one model, in USD; None is unknown.

    `likely_usd` is the prompt with a reply of `usual_tokens`, None where nothing is known of this model's
    replies; `most_usd` is the dearest prompt and a reply of `longest_tokens`.
    """

    model: str
    tokens: TokenCount
    context_window: int | None
    prompt_usd: Decimal | None
    likely_usd: Decimal | None
    most_usd: Decimal | None
    usual_tokens: int | None
    longest_tokens: int


@dataclass(frozen=True, slots=True)
class OtherModel:
    """What the same tokens cost with another model, in USD; `likely_usd` is None as in the forecast."""

    model: str
    is_better: bool
    prompt_usd: Decimal | None
    likely_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class ReplyLengths:
    """What is known of a reply beforehand, in tokens: how long it may become, and how long it usually is."""

    wanted: int | None = None
    usual: int | None = None

    def longest(self, room_tokens: int | None) -> int:
        """Return how long the reply may become within the room that the context has."""
        longest = self.wanted if self.wanted and self.wanted > 0 else LONGEST_REPLY_TOKENS
        return longest if room_tokens is None else min(longest, max(room_tokens, 1))


def forecast_of(
    model: str,
    count: TokenCount,
    context_window: int | None,
    *,
    price: Price | None,
    steps: PriceSteps,
    most_prompt_tokens: int,
    reply: ReplyLengths,
) -> Forecast:
    """Return the forecast for a prompt of this size at this price; `steps` are the prices of all sizes."""
    room = None if context_window is None else context_window - count.tokens
    longest = reply.longest(room)
    usual = None if reply.usual is None else min(reply.usual, longest)
    most_usd = None
    if steps:
        worst = worst_case([steps], most_prompt_tokens, room)
        most_usd = worst.prompt_usd + longest * worst.output_usd_per_mtok / TOKENS_PER_MTOK
    return Forecast(
        model=model,
        tokens=count,
        context_window=context_window,
        prompt_usd=with_reply(price, count.tokens, 0),
        likely_usd=with_reply(price, count.tokens, usual),
        most_usd=most_usd,
        usual_tokens=usual,
        longest_tokens=longest,
    )


def with_reply(price: Price | None, prompt_tokens: int, reply_tokens: int | None) -> Decimal | None:
    """Return what a prompt and a reply of these lengths cost; None if a length or the price is unknown."""
    if price is None or reply_tokens is None:
        return None
    return cost_of(price, TokenUsage(input=prompt_tokens, output=reply_tokens))


def sum_of(amounts: Iterable[Decimal | None]) -> tuple[Decimal, int]:
    """Return the exact sum of the known amounts, and how many are unknown."""
    given = list(amounts)
    known = [amount for amount in given if amount is not None]
    return sum(known, Decimal(0)), len(given) - len(known)
