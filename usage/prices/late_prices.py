"""The prices of past calls that were unknown when they were made, for correcting entries."""

from usage.ledger import LedgerEntry
from usage.prices.book import LOCAL, UNKNOWN, PriceBook, provider_of
from usage.prices.hosts import host_of
from usage.prices.price import Price


class LatePrices:
    """Knows by whose list each call's endpoint bills: `provider` is what the person chose for `base_url`."""

    def __init__(self, prices: PriceBook, base_url: str, provider: str | None) -> None:
        self._prices = prices
        self._providers = {host_of(base_url): provider_of(base_url, provider)} if provider else {}
        self._base_url = base_url

    def of(self, call: LedgerEntry) -> Price | None:
        """The price in force when the call was made, as the meter would have taken it; None if unknown."""
        provider, tokens = self._provider(call.endpoint), call.usage.input or 0
        models = call.model, call.resolved_model
        return self._prices.price_of_answer(
            provider, call.endpoint, *models, tokens, call.started_at, call.service_tier
        )

    def _provider(self, endpoint: str) -> str:
        if endpoint not in self._providers:
            is_base = endpoint == host_of(self._base_url)
            found = provider_of(self._base_url if is_base else f"https://{endpoint}", None)
            # A host of one's own was a gateway that bills: otherwise its calls would have been free.
            self._providers[endpoint] = UNKNOWN if found == LOCAL else found
        return self._providers[endpoint]
