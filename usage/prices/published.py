"""The price list of genai-prices: what a provider charges for a model, by size, time and service tier."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

import genai_prices
from genai_prices.data_snapshot import DataSnapshot, get_snapshot
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from texts import _
from usage.prices.mended import mended, times_at
from usage.prices.model_choice import FREE_ROUTE, without_route
from usage.units import OPENROUTER, Price, PriceSteps, free_price, plain, price_of

# What providers call the tier that their list prices are for ("on_demand" is Groq's).
STANDARD_TIERS = frozenset({"auto", "default", "standard", "on_demand"})
SEARCH_SIZES = frozenset(
    {"low", "medium", "high"}
)  # Perplexity's: tiers where the fee for a request goes by them
# Those that a chat can ask for; "fast" is priority by another name, and "batch" answers no chat.
ASKED_TIERS = ("flex", "priority")

# The rates of a price as genai-prices calls them.
_LISTED_AS = {
    "input": "input_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "input_audio": "input_audio_mtok",
    "input_image": "input_image_mtok",
    "output_audio": "output_audio_mtok",
    "output_image": "output_image_mtok",
}
_RATE_DECIMALS = 6
_REQUESTS_PER_KCOUNT_EXPONENT = -3
_ZERO, _ONE = Decimal(0), Decimal(1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of many providers. `source` is how a row of the ledger names the list.

    `fetched_on` is a day in UTC, None for the list that came with the package.
    """

    snapshot: DataSnapshot
    source: str
    fetched_on: date | None = None

    @property
    def providers(self) -> list[Provider]:
        """Return all providers that it has prices of."""
        return self.snapshot.providers

    def models(self, provider: str) -> list[str]:
        """Return the names of all models that a provider has in it."""
        return [model.id for each in self.providers if each.id == provider for model in each.models]

    def as_of(self, today: date) -> date | None:
        """Return the day on which the list was fetched, else the day of the newest price in it so far."""
        days = (day for provider in self.providers for model in provider.models for day in _days(model))
        return self.fetched_on or max((day for day in days if day <= today), default=None)

    def steps(
        self, provider: str, model: str, at: datetime, service_tier: str | None, host: str = ""
    ) -> PriceSteps:
        """Return the rates for every size of call at that time; empty where the list does not know them.

        `host` is where the call goes: some regions cost more.
        """
        if provider == OPENROUTER and model.endswith(FREE_ROUTE):
            return ((0, free_price(self.source)),)
        found = self._find(provider, model)
        if found is None or (rates := _rates(*found, at, service_tier)) is None:
            return ()
        times = times_at(host, provider, found[1].id)
        steps: list[tuple[int, Price]] = []
        for start in _starts(rates):
            price = _price(rates, start + 1, times, self.source)
            if price and (not steps or steps[-1][1] != price):
                steps.append((start, price))
        return tuple(steps)

    def service_tiers(self, provider: str, model: str) -> set[str]:
        """Return the service tiers for which the model has a price of its own at any time."""
        found = self._find(provider, model)
        variants = (found[1].price_variants or ()) if found else ()
        return {variant.when["service_tier"] for variant in variants if "service_tier" in variant.when}

    def context_window(self, provider: str, model: str) -> int | None:
        """Return how many tokens the model takes at most, or None when that is not known."""
        found = self._find(provider, model)
        return found[1].context_window if found else None

    def hours_of_change(self, provider: str, model: str, at: datetime) -> list[datetime]:
        """Return when, in the 24 hours from then on, a price for some hours may begin or end, in UTC."""
        found = self._find(provider, model)
        first, last = at.astimezone(UTC), at.astimezone(UTC) + _DAY
        times = _times_of_day(found[1]) if found else ()
        moments = (datetime.combine(day, each, UTC) for each in times for day in (first.date(), last.date()))
        return sorted({moment for moment in moments if first < moment <= last})

    def _find(self, provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
        names = (model, without_route(model)) if provider == OPENROUTER else (model,)
        for name in dict.fromkeys(names):
            with contextlib.suppress(LookupError):
                return self.snapshot.find_provider_model(name, None, provider, None)
        return None


def tier_name(tier: str | None) -> str:
    """Return what people call a tier, asked for or named by a reply; None and "" are the standard one."""
    known = (tier or "standard").lower()
    if known in STANDARD_TIERS:
        return _("Standard")
    return {"flex": _("Flex"), "priority": _("Priority"), "fast": _("Priority")}.get(known, tier or "")


@cache
def built_in_list() -> PriceList:
    """Return the list that came with the package, which takes a fraction of a second to load."""
    return PriceList(mended(get_snapshot()), f"genai-prices {genai_prices.__version__}")


def _rates(provider: Provider, model: ModelInfo, at: datetime, service_tier: str | None) -> ModelPrice | None:
    if not service_tier:
        return model.get_prices(at)
    tier = service_tier.lower()
    context = {"processing": "batch"} if tier == "batch" else {"service_tier": tier}
    # A model that a provider takes over from another's list has only the standard price there.
    is_own = any(model is each for each in provider.models)
    if tier in STANDARD_TIERS | SEARCH_SIZES:
        return model.get_prices(at, context if is_own else None)
    return model.get_prices(at, context) if is_own and _has_variant(model, context, at) else None


def _days(model: ModelInfo) -> Iterator[date]:
    """Yield the days from which a price of the model holds."""
    standard = [] if isinstance(model.prices, ModelPrice) else [each.constraint for each in model.prices]
    for constraint in (*standard, *(variant.constraint for variant in model.price_variants or ())):
        if isinstance(constraint, StartDateConstraint):
            yield constraint.start_date


def _times_of_day(model: ModelInfo) -> Iterator[time]:
    """Yield when a price for some hours begins and ends; the list has no other zone than UTC."""
    for price in () if isinstance(model.prices, ModelPrice) else model.prices:
        if isinstance(price.constraint, TimeOfDateConstraint):
            yield from (price.constraint.start_time, price.constraint.end_time)


def _has_variant(info: ModelInfo, context: Mapping[str, str], at: datetime) -> bool:
    """Return whether the list has a price for this very context that holds at that time."""
    return any(
        variant.when == context and (variant.constraint is None or variant.constraint.active(at))
        for variant in info.price_variants or ()
    )


def _price(listed: ModelPrice, input_tokens: int, times: Decimal, source: str) -> Price | None:
    rates = {
        f"{tokens}_usd_per_mtok": _rate(getattr(listed, name), input_tokens, times)
        for tokens, name in _LISTED_AS.items()
    }
    if rates["input_usd_per_mtok"] is None or rates["output_usd_per_mtok"] is None:
        return None
    requests = _rate(listed.requests_kcount, input_tokens) or _ZERO
    return price_of(rates, source, requests.scaleb(_REQUESTS_PER_KCOUNT_EXPONENT))


def _starts(rates: ModelPrice) -> list[int]:
    """Return the sizes in input tokens above which some rate changes, from 0 on."""
    tiered = (rate for rate in vars(rates).values() if isinstance(rate, TieredPrices))
    return sorted({0, *(tier.start for rate in tiered for tier in rate.tiers)})


def _rate(listed: Decimal | TieredPrices | None, input_tokens: int, times: Decimal = _ONE) -> Decimal | None:
    if isinstance(listed, TieredPrices):
        reached = [tier.price for tier in listed.tiers if input_tokens > tier.start]
        listed = reached[-1] if reached else listed.base
    # The list has rates with float noise (0.18000000000000002): what is meant has 6 decimals at most.
    return None if listed is None else plain(round(listed * times, _RATE_DECIMALS))
