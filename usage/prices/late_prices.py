"""The prices of past calls that were unknown when they were made, for correcting entries."""

from usage.ledger import LedgerEntry
from usage.prices.book import PriceBook, endpoint_of
from usage.prices.hosts import host_of
from usage.units import LOCAL, Endpoint, Price


class LatePrices:
    """Knows who bills at each call's endpoint: `billed_by` is what the person chose for `base_url`."""

    def __init__(self, prices: PriceBook, base_url: str, billed_by: str | None) -> None:
        self._prices = prices
        self._endpoints = {host_of(base_url): endpoint_of(base_url, billed_by)} if billed_by else {}
        self._base_url = base_url

    def of(self, call: LedgerEntry) -> Price | None:
        """Return the price in force when the call was made, as the meter would have taken it, if known."""
        return self._prices.price_of_answer(
            self._endpoint(call.call.endpoint.host),
            call.call.model,
            call.resolved_model,
            call.usage.input or 0,
            call.call.started_at,
            call.service_tier,
        )

    def _endpoint(self, host: str) -> Endpoint:
        if host not in self._endpoints:
            is_base = host == host_of(self._base_url)
            found = endpoint_of(self._base_url if is_base else f"https://{host}", None)
            # A host of one's own was a gateway that bills: otherwise its calls would have been free.
            self._endpoints[host] = Endpoint(host) if found.billed_by == LOCAL else found
        return self._endpoints[host]
