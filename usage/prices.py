"""What tokens cost: the rates in force for a call, and the exact cost of its counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

import genai_prices
from genai_prices import data_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from usage.hosts import DEMO, host_of, is_local_host
from usage.model_names import chat_generation, is_chat_model
from usage.own_prices import OwnPrice, OwnPrices, PricesError
from usage.tokens import TokenUsage

LOCAL = "local"
UNKNOWN = "unknown"

_RATE_DECIMALS = 6
_TOKENS_PER_MTOK_EXPONENT = -6
_REQUESTS_PER_KCOUNT_EXPONENT = -3
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
    return _plain(cost)


def provider_of(base_url: str, chosen: str | None) -> str:
    """By whose price list an endpoint bills: a genai-prices provider id, "local", "unknown" or "demo".

    What the person chose (TALLY_PROVIDER) wins; raises PricesError when there is no such provider.
    """
    providers = data_snapshot.get_snapshot().providers
    host = host_of(base_url)
    if host == DEMO:
        return DEMO
    if chosen:
        known = sorted({provider.id for provider in providers} | {LOCAL, UNKNOWN})
        if chosen not in known:
            raise PricesError(f"TALLY_PROVIDER is {chosen!r}: expected one of {', '.join(known)}")
        return chosen
    if is_local_host(host):
        return LOCAL
    # Without its dots a path, which may hold another address, cannot be taken for a host.
    address = f"https://{host}{urlsplit(base_url).path.replace('.', '')}"
    return next((p.id for p in providers if _names_host(p.api_pattern, address)), UNKNOWN)


def _names_host(pattern: str, address: str) -> bool:
    """Whether a provider's pattern covers the whole host, not only how it begins."""
    found = re.match(pattern, address)
    return found is not None and (found[0].endswith((".", "/")) or address[found.end() :][:1] in ("", "/"))


class PriceBook:
    """Looks up prices: own ones first, then the built-in list of the provider that bills the endpoint.

    A provider is a genai-prices id, "local", "unknown" or "demo" (see `provider_of`).
    """

    def __init__(self, own_prices: OwnPrices) -> None:
        self._own_prices = own_prices
        self._source = f"genai-prices {genai_prices.__version__}"

    def warm(self) -> None:
        """Load the built-in list, which takes a fraction of a second at first use."""
        data_snapshot.get_snapshot().find_provider("", "openai", None)

    def price(
        self, provider: str, endpoint: str, model: str, input_tokens: int, at: datetime
    ) -> Price | None:
        """The rates in force at that time for a call of that size; None when they are not known.

        `endpoint` is the host; the size matters because long requests may cost more for every token.
        """
        if provider == DEMO:
            return _free(DEMO)
        if own := self._own_prices.find(endpoint, model):
            return _own(own)
        if provider == LOCAL:
            return _free(LOCAL)
        info = _model_info(provider, model)
        return _listed(info.get_prices(at), input_tokens, self._source) if info else None

    def context_window(self, provider: str, endpoint: str, model: str) -> int | None:
        """How many tokens the model takes at most, or None when that is not known."""
        own = self._own_prices.find(endpoint, model)
        if own and own.context_window:
            return own.context_window
        info = _model_info(provider, model)
        return info.context_window if info else None

    def cheapest_chat_model(
        self, provider: str, endpoint: str, available: Iterable[str], at: datetime
    ) -> str | None:
        """The cheapest chat model of the newest generation; None when no price is known."""
        priced = {}
        for model in filter(is_chat_model, available):
            if price := self.price(provider, endpoint, model, 0, at):
                rates = price.input_usd_per_mtok + price.output_usd_per_mtok
                priced[model] = (-chat_generation(model), rates, len(model), model)
        return min(priced, key=priced.__getitem__, default=None)


def _model_info(provider: str, model: str) -> ModelInfo | None:
    if provider in (DEMO, LOCAL, UNKNOWN):
        return None
    try:
        return data_snapshot.get_snapshot().find_provider_model(model, None, provider, None)[1]
    except LookupError:
        return None


def _free(source: str) -> Price:
    return Price(_ZERO, _ZERO, _ZERO, _ZERO, source)


def _own(own: OwnPrice) -> Price:
    input_rate, cached, written = (
        own.input_usd_per_mtok,
        own.cached_input_usd_per_mtok,
        own.cache_write_usd_per_mtok,
    )
    return Price(
        input_usd_per_mtok=input_rate,
        cached_input_usd_per_mtok=input_rate if cached is None else cached,
        cache_write_usd_per_mtok=input_rate if written is None else written,
        output_usd_per_mtok=own.output_usd_per_mtok,
        source="prices.toml",
    )


def _listed(prices: ModelPrice, input_tokens: int, source: str) -> Price | None:
    input_rate = _rate(prices.input_mtok, input_tokens)
    output_rate = _rate(prices.output_mtok, input_tokens)
    if input_rate is None or output_rate is None:
        return None
    cached, written = (
        _rate(rate, input_tokens) for rate in (prices.cache_read_mtok, prices.cache_write_mtok)
    )
    requests = _rate(prices.requests_kcount, input_tokens) or _ZERO
    return Price(
        input_usd_per_mtok=input_rate,
        cached_input_usd_per_mtok=input_rate if cached is None else cached,
        cache_write_usd_per_mtok=input_rate if written is None else written,
        output_usd_per_mtok=output_rate,
        reasoning_usd_per_mtok=_rate(prices.output_reasoning_mtok, input_tokens),
        per_request_usd=requests.scaleb(_REQUESTS_PER_KCOUNT_EXPONENT),
        source=source,
    )


def _rate(listed: Decimal | TieredPrices | None, input_tokens: int) -> Decimal | None:
    if isinstance(listed, TieredPrices):
        reached = [tier.price for tier in listed.tiers if input_tokens > tier.start]
        listed = reached[-1] if reached else listed.base
    # The list has rates with float noise (0.18000000000000002): what is meant has 6 decimals at most.
    return None if listed is None else _plain(round(listed, _RATE_DECIMALS))


def _rest(whole: int | None, parts: int) -> int | None:
    return None if whole is None else whole - parts


def _plain(amount: Decimal) -> Decimal:
    trimmed = amount.normalize()
    return trimmed.quantize(Decimal(1)) if trimmed == trimmed.to_integral_value() else trimmed
