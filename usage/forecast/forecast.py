"""What a call would cost before it is made: its prompt, a reply of the usual length, the longest reply."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from usage.forecast.price_changes import PriceChange, PriceStep, step_ahead, step_passed
from usage.forecast.prompt import Prompt, PromptSize
from usage.forecast.tokenizer import TokenCount
from usage.forecast.worst_case import longest_reply, worst_case
from usage.units import Price, PriceSteps, TokenUsage, cost_of, price_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a prompt costs with one model, in USD; None is unknown.

    `likely_usd` is the prompt with a reply of `usual_tokens`, None where nothing is known of this model's
    replies; `most_usd` is the most expensive prompt and a reply of `longest_tokens`. `cached_usd` is what
    becomes of `likely_usd`, or of `prompt_usd` where that is None, if the cache has what it likely has; None
    where that saves nothing. `service_tier` is the one asked for, None for the standard one. `step_passed`
    made the prompt dearer, `step_ahead` would; `change` is what the hour does next. `prompt` is
    what was counted, None where only its size is known.
    """

    model: str
    tokens: TokenCount
    context_window: int | None
    prompt_usd: Decimal | None
    likely_usd: Decimal | None
    most_usd: Decimal | None
    usual_tokens: int | None
    longest_tokens: int
    cached_usd: Decimal | None = None
    service_tier: str | None = None
    step_passed: PriceStep | None = None
    step_ahead: PriceStep | None = None
    change: PriceChange | None = None
    prompt: Prompt | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OtherModel:
    """What the same prompt costs with another model, in USD; `likely_usd` is None as in the forecast."""

    model: str
    is_better: bool
    prompt_usd: Decimal | None
    likely_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class CachedPrompt:
    """How many tokens of a prompt the endpoint's cache likely has, and until when (UTC) at least.

    `rest_is_written`: the endpoint charges for writing the others to the cache.
    """

    tokens: int
    until: datetime
    rest_is_written: bool = False


@dataclass(frozen=True, slots=True)
class ReplyLengths:
    """What is known of a reply beforehand, in tokens: how long it may become, and how long it usually is."""

    wanted: int | None = None
    usual: int | None = None


def forecast_of(
    model: str,
    size: PromptSize,
    context_window: int | None,
    steps: PriceSteps,
    reply: ReplyLengths,
    cached: CachedPrompt | None = None,
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
        cached_usd=_with_cache(price, tokens, usual or 0, cached) if price and cached else None,
        step_passed=step_passed(steps, tokens),
        step_ahead=step_ahead(steps, tokens),
    )


def with_reply(price: Price | None, prompt_tokens: int, reply_tokens: int | None) -> Decimal | None:
    """Return what a prompt and a reply of these lengths cost; None if a length or the price is unknown."""
    if price is None or reply_tokens is None:
        return None
    return cost_of(price, TokenUsage(input=prompt_tokens, output=reply_tokens))


def _with_cache(price: Price, tokens: int, reply_tokens: int, cached: CachedPrompt) -> Decimal | None:
    """Return what a prompt and a reply cost with this in the cache; None if that is no less than without."""
    read = min(cached.tokens, tokens)
    written = tokens - read if cached.rest_is_written else None
    cost = cost_of(price, TokenUsage(tokens, read, written, reply_tokens))
    usual = with_reply(price, tokens, reply_tokens)
    return cost if cost is not None and usual is not None and cost < usual else None


def sum_of(amounts: Iterable[Decimal | None]) -> tuple[Decimal, int]:
    """Return the exact sum of the known amounts, and how many are unknown."""
    given = list(amounts)
    known = [amount for amount in given if amount is not None]
    return sum(known, Decimal(0)), len(given) - len(known)
