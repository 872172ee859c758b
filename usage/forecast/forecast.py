"""What a call would cost before it is made: its prompt, a reply of the usual length, the longest reply."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from usage.forecast.price_changes import PriceChange, PriceStep, step_ahead, step_passed
from usage.forecast.prompt import PromptSize
from usage.forecast.tokenizer import TokenCount
from usage.forecast.worst_case import longest_reply, worst_case
from usage.units import Price, PriceSteps, TokenUsage, cost_of, price_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a prompt costs with one model, in USD; None is unknown.

    `likely_usd` is the prompt with a reply of `usual_tokens`, None where nothing is known of this model's
    replies; `most_usd` is the most expensive prompt and a reply of `longest_tokens`.
    `step_passed` made the prompt dearer, `step_ahead` would; `change` is what the hour does next.
    """

    model: str
    tokens: TokenCount
    context_window: int | None
    prompt_usd: Decimal | None
    likely_usd: Decimal | None
    most_usd: Decimal | None
    usual_tokens: int | None
    longest_tokens: int
    step_passed: PriceStep | None = None
    step_ahead: PriceStep | None = None
    change: PriceChange | None = None


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


def forecast_of(
    model: str, size: PromptSize, context_window: int | None, steps: PriceSteps, reply: ReplyLengths
) -> Forecast:
    """Return the forecast for a prompt of this size at these prices."""
    tokens, price = size.count.tokens, price_at(steps, size.count.tokens)
    room = None if context_window is None else context_window - tokens
    longest = longest_reply(reply.wanted, room)
    usual = None if reply.usual is None else min(reply.usual, longest)
    return Forecast(
        model=model,
        tokens=size.count,
        context_window=context_window,
        prompt_usd=with_reply(price, tokens, 0),
        likely_usd=with_reply(price, tokens, usual),
        most_usd=worst_case([steps], size.most_tokens, room).cost(longest) if steps else None,
        usual_tokens=usual,
        longest_tokens=longest,
        step_passed=step_passed(steps, tokens),
        step_ahead=step_ahead(steps, tokens),
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
