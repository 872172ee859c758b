"""The Usage tab over calls without a price, and what somebody types who has one for them."""

from pathlib import Path
from typing import Any

from tests.helpers.ledger_entries import an_entry, written
from tests.helpers.usage_tab import Tab, services
from usage.reports import Calls
from usage.units import TokenUsage

TYPED = {
    "usage-price-model": "nobody-1",
    "usage-price-endpoint": "API.example.com",
    "usage-price-from": "2026-11-01",
    "usage-price-input-usd-per-mtok": "0.50",
    "usage-price-cached-input-usd-per-mtok": "",
    "usage-price-cache-write-usd-per-mtok": "",
    "usage-price-output-usd-per-mtok": "$2",
    "usage-price-reasoning-usd-per-mtok": "",
    "usage-price-per-request-usd": "",
    "usage-price-context-window": "8,000",
}
KEY = '["nobody-1", "api.example.com", "2026-11-01"]'


def unpriced(tmp_path: Path) -> Calls:
    """Two calls without a price, one of them of bob's."""
    usage = TokenUsage(input=1_000_000, output=500_000)
    return written(
        tmp_path / "usage.csv",
        *(
            an_entry(
                call_id=user,
                user=user,
                model="nobody-1",
                resolved_model=None,
                endpoint="api.example.com",
                usage=usage,
                cost_usd=None,
                price_source="unknown",
                service_tier=None,
            )
            for user in ("ann", "bob")
        ),
    )


def tab(tmp_path: Path, **changes: Any) -> Tab:
    """The tab over two calls without a price."""
    return Tab(services(unpriced(tmp_path), tmp_path, **changes))
