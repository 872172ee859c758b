"""Reading the list that genai-prices publishes, and refusing what cannot be the whole of it."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

from usage.prices.price_fields import PricesError

_FEWEST_PROVIDERS = 20
_HIGHEST_RATE = Decimal(1_000_000)
# What data of another form makes the reading of it raise.
_OTHER_FORM = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InvalidOperation,
    LookupError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
    re.error,
)


def read_published_list(raw: object) -> DataSnapshot:
    """The list in genai-prices' own types, out of its JSON. Raises PricesError, beginning with "it"."""
    try:
        # There is no public way to read the published form but one that also fetches it.
        from genai_prices.types import _providers_from_raw
    except ImportError as exc:
        raise PricesError("it cannot be read by this version of genai-prices") from exc
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise PricesError("it is not a list of providers")
    # How usage is read from replies is of no use here, and may be of a later version.
    plain = [{key: value for key, value in each.items() if key != "extractors"} for each in raw]
    try:
        providers = _providers_from_raw(plain)
        _check(providers)
    except _OTHER_FORM as exc:
        raise PricesError(f"it has another form than expected: {str(exc).partition(chr(10))[0]}") from exc
    return DataSnapshot(providers, from_auto_update=True)


def _check(providers: list[Provider]) -> None:
    """Try what will be asked of the list, so that nothing in it can fail later."""
    if len(providers) < _FEWEST_PROVIDERS:
        raise PricesError(f"it has {len(providers)} providers, expected {_FEWEST_PROVIDERS} or more")
    if not any(provider.id == "openai" and provider.models for provider in providers):
        raise PricesError("it has no prices of OpenAI")
    for provider in providers:
        re.compile(provider.api_pattern)
        for model in provider.models:
            model.is_match("gpt-4o")
            for rate in _rates(model):
                if not (rate.is_finite() and 0 <= rate <= _HIGHEST_RATE):
                    raise PricesError(f"it has a price of {rate} for {model.id}")


def _rates(model: ModelInfo) -> Iterator[Decimal]:
    standard = (
        [model.prices] if isinstance(model.prices, ModelPrice) else [each.prices for each in model.prices]
    )
    if not standard:
        raise PricesError(f"it has no price for {model.id}")
    for prices in (*standard, *(variant.prices for variant in model.price_variants or ())):
        for rate in vars(prices).values():
            if isinstance(rate, TieredPrices):
                yield from (rate.base, *(tier.price for tier in rate.tiers))
            elif rate is not None:
                yield rate
