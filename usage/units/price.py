"""What one call costs: the rates it is charged at, and the exact sum of its counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from texts import N_
from usage.units.tokens import TokenUsage

_TOKENS_PER_MTOK_EXPONENT = -6
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """A kind of tokens with a rate: the name of their count in `TokenUsage`, and what people call them.

    Tokens that are part of others cost what those cost unless they have a rate of their own. Those that are
    no text only come with models that hear, see or speak; people give no prices for them.
    """

    tokens: str
    label: str
    part_of: str | None = None
    is_text: bool = True

    @property
    def name(self) -> str:
        """Return the name of the rate in `Price`, usage.csv and prices.toml."""
        return f"{self.tokens}_usd_per_mtok"


# Costs, own prices with their form, and receipts go by this list; each has its field in `Price`.
RATES = (
    Rate("input", N_("Input")),
    Rate("cached_input", N_("Cached input"), part_of="input"),
    Rate("cache_write", N_("Cache write"), part_of="input"),
    Rate("output", N_("Output")),
    Rate("reasoning", N_("Reasoning"), part_of="output"),
    Rate("cache_write_1h", N_("1-hour cache write"), part_of="cache_write"),
    Rate("input_audio", N_("Audio input"), part_of="input", is_text=False),
    Rate("input_image", N_("Image input"), part_of="input", is_text=False),
    Rate("output_audio", N_("Audio output"), part_of="output", is_text=False),
    Rate("output_image", N_("Image output"), part_of="output", is_text=False),
)


@dataclass(frozen=True, slots=True)
class Price:
    """The rates of one call in USD per million tokens, and where they come from.

    Rates have at most 6 decimals, so that a cost is a whole number of picodollars and sums are exact.
    None for a part means that it is billed as the whole.
    """

    input_usd_per_mtok: Decimal
    cached_input_usd_per_mtok: Decimal
    cache_write_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    source: str
    reasoning_usd_per_mtok: Decimal | None = None
    per_request_usd: Decimal = _ZERO
    cache_write_1h_usd_per_mtok: Decimal | None = None
    input_audio_usd_per_mtok: Decimal | None = None
    input_image_usd_per_mtok: Decimal | None = None
    output_audio_usd_per_mtok: Decimal | None = None
    output_image_usd_per_mtok: Decimal | None = None


# For a call of more input tokens than the number, up to the next step, the price beside it.
PriceSteps = tuple[tuple[int, Price], ...]


def price_at(steps: PriceSteps, input_tokens: int) -> Price | None:
    """Return the price of a call of that size; None where no price is known."""
    reached = [price for start, price in steps if start < max(input_tokens, 1)]
    return reached[-1] if reached else None


def price_of(
    rates: Mapping[str, Decimal | None], source: str, per_request_usd: Decimal | None = None
) -> Price:
    """Return the price with these rates by name; text parts of the input have its rate if they have none."""
    whole = RATES[0]
    parts: dict[str, Any] = {
        rate.name: rates[whole.name]
        for rate in RATES
        if rate.part_of == whole.tokens and rate.is_text and rates.get(rate.name) is None
    }
    return Price(**{**rates, **parts}, source=source, per_request_usd=per_request_usd or _ZERO)


def free_price(source: str) -> Price:
    """Return the price of what costs nothing."""
    return Price(_ZERO, _ZERO, _ZERO, _ZERO, source)


def cost_of(price: Price, usage: TokenUsage) -> Decimal | None:
    """Return the exact cost in USD, or None when a count that costs something is not known.

    A part that was not reported, or has no rate of its own, is billed at the rate of its whole.
    """
    cost = price.per_request_usd
    for rate in RATES:
        count, usd_per_mtok = getattr(usage, rate.tokens), getattr(price, rate.name)
        if rate.part_of is None and count is None and usd_per_mtok:
            return None
        if count is None or usd_per_mtok is None:
            continue
        parts = (
            each for each in RATES if each.part_of == rate.tokens and getattr(price, each.name) is not None
        )
        rest = count - sum(getattr(usage, part.tokens) or 0 for part in parts)
        cost += (rest * usd_per_mtok).scaleb(_TOKENS_PER_MTOK_EXPONENT)
    return plain(cost)


def saved_by_cache(price: Price, usage: TokenUsage) -> Decimal | None:
    """Return by how many USD a cache made a call cheaper; below zero, writing to it cost more than it saved.

    None where nobody said what was read or written. The question about caching asks the same in SQL.
    """
    if usage.input is None or (usage.cached_input is None and usage.cache_write is None):
        return None
    discount = price.input_usd_per_mtok - price.cached_input_usd_per_mtok
    surcharge = price.cache_write_usd_per_mtok - price.input_usd_per_mtok
    saved = (usage.cached_input or 0) * discount - (usage.cache_write or 0) * surcharge
    return plain(saved.scaleb(_TOKENS_PER_MTOK_EXPONENT))


def plain(amount: Decimal) -> Decimal:
    """Return the amount without superfluous zeros and without an exponent above 0."""
    trimmed = amount.normalize()
    return trimmed.quantize(Decimal(1)) if trimmed == trimmed.to_integral_value() else trimmed
